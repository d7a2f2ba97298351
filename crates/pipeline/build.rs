//! Brings the files of the player's page along, with one fingerprint of them all, so that no program reads three megabytes
//! to learn it.

use std::{env, fmt::Write as _, fs, path::Path};

use sha2::{Digest as _, Sha256};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates/player");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut paths = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the page's folders can be read") {
            let path = entry.expect("the page's folders can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|suffix| suffix != "hbs") {
                let name = path.strip_prefix(&root).expect("it lies below the folder that was read");
                paths.push(name.to_str().expect("the page's files have plain names").replace('\\', "/"));
            }
        }
    }
    paths.sort();

    let mut fingerprint = Sha256::new();
    let mut files = String::new();
    for path in paths {
        let file = root.join(&path);
        let content = fs::read(&file).expect("the page's files can be read");
        for part in [path.as_bytes(), &content] {
            fingerprint.update(part.len().to_be_bytes());
            fingerprint.update(part);
        }
        let file = file.to_str().expect("the checkout's folder has a plain name");
        writeln!(files, "    File {{ path: {path:?}, content: include_bytes!({file:?}) }},")
            .expect("a text takes any text");
    }
    let fingerprint = fingerprint.finalize();
    let mut source =
        format!("/// The files of the page, but for the page itself.\npub const FILES: &[File] = &[\n{files}];\n");
    source.push_str(
        "/// The page's files as one number: a SHA-256 as 64 hexadecimal digits.\npub const FINGERPRINT: &str = \"",
    );
    for byte in fingerprint {
        write!(source, "{byte:02x}").expect("a text takes any text");
    }
    source.push_str("\";\n");
    let output = Path::new(&env::var_os("OUT_DIR").expect("cargo sets it")).join("player_files.rs");
    fs::write(output, source).expect("cargo's folder can be written");
}
