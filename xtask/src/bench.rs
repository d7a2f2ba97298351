//! `cargo xtask bench`: what users wait for, against its budget.

mod crowd;
mod local;
mod runtime;
mod stand_in;

use std::process::Stdio;
use std::time::{Duration, Instant};

use miette::{IntoDiagnostic as _, bail};
use wait4::Wait4 as _;

pub(crate) use self::crowd::crowd;
pub(crate) use self::local::local;
pub(crate) use self::runtime::runtime;
use crate::workspace::{Workspace, run};

const WALL_BUDGET: Duration = Duration::from_millis(20);
const MEMORY_BUDGET: u64 = 20 << 20;

struct Sample {
    wall: Duration,
    /// Peak resident set, in bytes.
    memory: u64,
}

/// Measures a release build of `vod synth` and fails when the median is over the budget.
pub(crate) fn synth(workspace: &Workspace, runs: u16) -> miette::Result<()> {
    run(&mut workspace.cargo(&["build", "--release", "--package", "vod"]))?;
    let out = workspace.target().join("xtask/bench");
    let mut samples = Vec::new();
    for _ in 0..runs {
        let mut command = workspace.command(workspace.target().join("release/vod"));
        command.args(["synth", "--quiet", "--out"]).arg(&out).stdin(Stdio::null());
        let started = Instant::now();
        let ended = command.spawn().into_diagnostic()?.wait4().into_diagnostic()?;
        let wall = started.elapsed();
        if !ended.status.success() {
            bail!("vod synth ended with {}", ended.status);
        }
        samples.push(Sample { wall, memory: ended.rusage.maxrss });
    }
    let (wall, memory) =
        (median(samples.iter().map(|sample| sample.wall)), median(samples.iter().map(|sample| sample.memory)));
    println!("vod synth, release, median of {runs} runs");
    println!("  {:<6} {:>9} {:>9}", "", "measured", "budget");
    println!("  {:<6} {:>6.1} ms {:>6.1} ms", "wall", milliseconds(wall), milliseconds(WALL_BUDGET));
    println!("  {:<6} {:>5.1} MiB {:>5.1} MiB", "memory", mebibytes(memory), mebibytes(MEMORY_BUDGET));
    if wall > WALL_BUDGET || memory > MEMORY_BUDGET {
        bail!("over the budget");
    }
    Ok(())
}

/// The middle value; of an even number of values the upper of the two.
fn median<T: Ord>(values: impl Iterator<Item = T>) -> T {
    let mut sorted: Vec<T> = values.collect();
    sorted.sort();
    sorted.swap_remove(sorted.len() / 2)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "a program's memory in bytes is far below 2^52")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// The peak resident set of a process in bytes, from the text of its `/proc/<id>/status`.
fn peak(status: &str) -> Option<u64> {
    let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?;
    kibibytes.parse::<u64>().ok().map(|kibibytes| kibibytes << 10)
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_ignores_outliers() {
        assert_eq!(median([9, 1, 2].into_iter()), 2);
        assert_eq!(median([7].into_iter()), 7);
        assert_eq!(median([1, 2, 3, 100].into_iter()), 3);
    }
}
