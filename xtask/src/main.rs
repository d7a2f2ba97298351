//! The project's chores: checks, the tools that they need, coverage, fuzzing, code generation and benchmarks (`cargo xtask …`).
//!
//! **Architecture invariant**: nothing that a user runs depends on this crate, and a check has one home: CI calls
//! `cargo xtask test` and nothing else.

mod arguments;
#[cfg(test)]
mod arrows;
mod authorization;
mod bench;
mod browser;
mod checks;
mod codegen;
mod coverage;
mod docs;
mod fuzz;
mod local;
mod privileges;
mod progress;
mod regions;
mod template;
mod templates;
mod tools;
mod wire;
mod workspace;

use clap::Parser as _;

use crate::arguments::{Arguments, Chore, Mode, Subject};
use crate::workspace::Workspace;

fn main() -> miette::Result<()> {
    let workspace = Workspace::new();
    match Arguments::parse().chore {
        Chore::Test { part } => checks::run_and_report(&workspace, part),
        Chore::Tools => tools::Tools::new(&workspace).install_all(),
        Chore::Codegen { check } => codegen::run(&workspace.path(""), Mode::of(check)),
        Chore::Docs { check } => docs::run(&workspace, Mode::of(check)),
        Chore::Regions { check } => regions::run(&workspace, Mode::of(check)),
        Chore::ImportSchemas { directory } => codegen::import::run(&workspace.path(""), &directory),
        Chore::Bench { subject: Subject::Synth { runs } } => bench::synth(&workspace, runs),
        Chore::Bench { subject: Subject::Runtime } => bench::runtime(&workspace),
        Chore::Bench { subject: Subject::Local { seconds, size } } => bench::local(&workspace, seconds, &size),
        Chore::Bench { subject: Subject::Crowd { videos } } => bench::crowd(&workspace, videos),
        Chore::Coverage => coverage::run_and_report(&workspace),
        Chore::Fuzz { target, seconds } => fuzz::run_targets(&workspace, target, seconds),
    }
}
