//! `cargo xtask fuzz`: made-up input for what reads the input of strangers.

use clap::ValueEnum as _;
use miette::{IntoDiagnostic as _, WrapErr as _, miette};

use crate::arguments::Target;
use crate::tools::{PythonTool, Tools};
use crate::workspace::{Workspace, run};

const TOOLCHAIN: &str = "nightly";
/// Longer input finds nothing that shorter input does not, but slows everything down, in bytes.
const MAX_INPUT_BYTES: u32 = 64 << 10;
/// What one input may take, in seconds and in MiB (of one allocation, and of all with the sanitizer's own).
const LIMITS: [&str; 3] = ["-timeout=10", "-malloc_limit_mb=256", "-rss_limit_mb=2048"];

/// What libFuzzer prints: a finding, and the numbers at the end.
const PRINTED: [&str; 3] = ["-verbosity=0", "-print_funcs=0", "-print_final_stats=1"];

/// Runs one target, or all of them, for as many seconds each; the first finding ends the run.
///
/// New inputs are collected below the build directory: `fuzz/corpus/` holds the seeds alone.
pub(crate) fn run_targets(workspace: &Workspace, target: Option<Target>, seconds: u32) -> miette::Result<()> {
    let program = Tools::new(workspace).python(PythonTool::CARGO_FUZZ)?;
    let build = workspace.target().join("fuzz");
    let targets = target.map_or_else(|| Target::value_variants().to_vec(), |target| vec![target]);
    for target in targets {
        let value = target.to_possible_value().expect("no target is hidden");
        let name = value.get_name();
        eprintln!("\n==> {name}: {seconds} s");
        let collected = workspace.target().join("xtask/fuzz").join(name);
        fs_err::create_dir_all(&collected).into_diagnostic()?;
        let mut command = workspace.command(&program);
        // This program runs below a stable cargo, which tells its own path.
        command.env_remove("CARGO").env("RUSTUP_TOOLCHAIN", TOOLCHAIN).env_remove("CARGO_TARGET_DIR");
        command.args(["run", "--target-dir"]).arg(&build);
        command.arg(name).arg(&collected).arg(workspace.path("fuzz/corpus").join(name)).arg("--");
        if target != Target::Media {
            command.arg(format!("-dict={}", workspace.path("fuzz/json.dict").display()));
        }
        command
            .args(LIMITS)
            .args(PRINTED)
            .arg(format!("-max_len={MAX_INPUT_BYTES}"))
            .arg(format!("-max_total_time={seconds}"));
        run(&mut command).wrap_err_with(|| {
            miette!(
                help = format!(
                    "without a finding in fuzz/artifacts/{name}: `rustup toolchain install {TOOLCHAIN}`, and a C++ \
                     compiler for libFuzzer"
                ),
                "fuzzing {name} failed"
            )
        })?;
    }
    Ok(())
}
