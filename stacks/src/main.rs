#![forbid(unsafe_code)]
//! The program `vod`.

use std::process::ExitCode;

fn main() -> ExitCode {
    vod::cli::main()
}
