//! The project's chores: checks, the tools that they need, coverage, fuzzing, code generation and benchmarks (`cargo xtask …`).
//!
//! **Architecture invariant**: nothing that a user runs depends on this crate, and a check has one home: CI calls
//! `cargo xtask test` and nothing else.

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
mod templates;
mod tools;
mod wire;
mod workspace;

use std::path::PathBuf;

use checks::Part;
use clap::{Parser, Subcommand};
use codegen::Mode;
use fuzz::Target;
use workspace::Workspace;

/// The project's chores.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Run every check, or one part of them; installs into .tools/ what a check needs
    Test {
        /// The part to run; all of them when left out
        part: Option<Part>,
    },
    /// Only install the pinned tools into .tools/
    Tools,
    /// Write the generated sources from the schemas and the service model
    Codegen {
        /// Write nothing; fail when a file is not what would be written
        #[arg(long)]
        check: bool,
    },
    /// Write the generated parts of the pages, and check their links and commands
    Docs {
        /// Write nothing; fail when a part is not what would be written
        #[arg(long)]
        check: bool,
    },
    /// Write the table of regions, crates/config/src/regions.json, from the pinned packages
    Regions {
        /// Write nothing; fail when the table is not what would be written
        #[arg(long)]
        check: bool,
    },
    /// Strip the CloudFormation schemas of the types that synth/schema/types.txt lists
    ImportSchemas {
        /// The schemas' directory: cfnlint/data/schemas of an installed Python package cfn-lint
        directory: PathBuf,
    },
    /// Measure what users wait for
    Bench {
        #[command(subcommand)]
        subject: Subject,
    },
    /// Run the tests of `pipeline` and `runtime`, and show how many of their lines ran
    Coverage,
    /// Throw made-up input at what reads the input of strangers, with cargo-fuzz on the nightly toolchain
    Fuzz {
        /// The target to run; all of them, one after the other, when left out
        target: Option<Target>,
        /// How long to run each
        #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
        seconds: u32,
    },
}

#[derive(Subcommand)]
enum Subject {
    /// Wall time and peak memory of a release `vod synth`, against its budget
    Synth {
        /// How many times to run it; the table shows the median
        #[arg(long, default_value_t = 21, value_parser = clap::value_parser!(u16).range(1..))]
        runs: u16,
    },
    /// Start, latency, memory and size of the profiler, beside one in Node, against the targets
    Runtime,
    /// `vod local ingest` against the bare ffmpeg command for the same ladder, and the memory of each process
    Local {
        /// How long the clip is, in seconds
        #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..))]
        seconds: u16,
        /// The clip's width and height
        #[arg(long, default_value = "1920x1080")]
        size: String,
    },
    /// Many small videos at once through `vod local`, three times: all are published, and memory stays what it was
    Crowd {
        /// How many videos to send at once
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
        videos: u16,
    },
}

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
