//! Links `vod` where it is going to run: a position-independent program would have 75,000 addresses to correct, and 300 pages
//! to copy for it, before each command.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |part: &str| env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    // musl's programs are linked by other files, and macOS takes nothing else.
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
