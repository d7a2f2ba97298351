//! Progress lines and the closing summary.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::workspace::run;

/// The steps that ran so far, and how they ended.
#[derive(Default)]
pub(crate) struct Progress {
    passed: Vec<(&'static str, Duration)>,
    skipped: Vec<(&'static str, String)>,
}

/// How a step that did not fail ended.
pub(crate) enum Outcome {
    Passed,
    /// Not run, and why; never used where the step could have been run.
    Skipped(String),
}

impl Progress {
    /// Runs one step under a headline; the first failure ends the run.
    pub(crate) fn step(
        &mut self,
        name: &'static str,
        run: impl FnOnce() -> miette::Result<Outcome>,
    ) -> miette::Result<()> {
        eprintln!("\n==> {name}");
        let started = Instant::now();
        let outcome = run().inspect_err(|_| eprintln!("==> {name}: FAILED after {}", seconds(started.elapsed())))?;
        match outcome {
            Outcome::Passed => self.passed.push((name, started.elapsed())),
            Outcome::Skipped(reason) => {
                eprintln!("    skipped: {reason}");
                self.skipped.push((name, reason));
            }
        }
        Ok(())
    }

    /// Prints what ran, what did not and why, and how long it took.
    pub(crate) fn summarize(&self) {
        eprintln!();
        for (name, duration) in &self.passed {
            eprintln!("  passed  {:>8}  {name}", seconds(*duration));
        }
        for (name, reason) in &self.skipped {
            eprintln!("  skipped           {name}: {reason}");
        }
        let total: Duration = self.passed.iter().map(|(_, duration)| *duration).sum();
        eprintln!("\n  {} steps passed, {} skipped, {}", self.passed.len(), self.skipped.len(), seconds(total));
    }
}

pub(crate) fn passed(command: &mut Command) -> miette::Result<Outcome> {
    run(command).map(|()| Outcome::Passed)
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
