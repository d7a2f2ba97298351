//! The zip that Lambda takes: one program, and the same bytes from the same program wherever and whenever it is made.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use atomic_write_file::AtomicWriteFile;
use fs_err as fs;
use thiserror::Error;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

/// What Lambda starts.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html>
const PROGRAM: &str = "bootstrap";

#[derive(Debug, Error)]
#[error("cannot pack `{}` into `{}`", program.display(), zip.display())]
pub struct ArchiveError {
    program: PathBuf,
    zip: PathBuf,
    source: io::Error,
}

/// Packs a program as `bootstrap`.
pub fn pack(program: &Path, zip: &Path) -> Result<(), ArchiveError> {
    write(program, zip).map_err(|source| ArchiveError { program: program.to_owned(), zip: zip.to_owned(), source })
}

fn write(program: &Path, path: &Path) -> io::Result<()> {
    let content = fs::read(program)?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // The first moment that a zip can name, one way to compress, and Unix's permissions on every system.
    let options = SimpleFileOptions::default()
        .last_modified_time(DateTime::default())
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .system(System::Unix)
        .unix_permissions(0o755);
    let mut zip = ZipWriter::new(io::Cursor::new(Vec::new()));
    zip.start_file(PROGRAM, options)?;
    zip.write_all(&content)?;
    let bytes = zip.finish()?.into_inner();
    let mut file = AtomicWriteFile::open(path)?;
    file.write_all(&bytes)?;
    file.commit()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn the_same_program_is_the_same_zip() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
        fs::write(&one, "program").unwrap();
        let zips = [&one, &other].map(|path| path.with_extension("zip"));
        pack(&one, &zips[0]).unwrap();
        fs::copy(&one, &other).unwrap();
        fs::File::open(&other).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        pack(&other, &zips[1]).unwrap();
        assert_eq!(fs::read(&zips[0]).unwrap(), fs::read(&zips[1]).unwrap());

        let mut zip = zip::ZipArchive::new(fs::File::open(&zips[0]).unwrap()).unwrap();
        let mut file = zip.by_name("bootstrap").unwrap();
        assert_eq!(file.unix_mode().map(|mode| mode & 0o777), Some(0o755));
        let mut content = String::new();
        file.read_to_string(&mut content).unwrap();
        assert_eq!(content, "program");
    }

    #[test]
    fn a_missing_program_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = pack(&folder.path().join("nowhere"), &folder.path().join("zip")).unwrap_err();
        assert!(error.to_string().contains("nowhere"));
        assert!(!folder.path().join("zip").exists());
    }
}
