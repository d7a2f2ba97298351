//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// The project's chores.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) chore: Chore,
}

#[derive(Subcommand)]
pub(crate) enum Chore {
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
pub(crate) enum Subject {
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

/// A part of the checks that can run alone.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Format, clippy, docs, licences
    Lint,
    /// Unit and integration tests, some of them with samples of media that ffmpeg makes
    Unit,
    /// What the handlers call in their tests, against what their roles allow, both ways
    Privileges,
    /// What the tests send to AWS and what their stand-ins answer, against the services' models
    Wire,
    /// The transcoder, as the AWS CLI and boto3 meet it
    Conformance,
    /// cfn-lint, asl-validator and the cloud assembly's schema on what `synth` writes
    Templates,
    /// The stock CDK command line on what `synth` writes, against the emulator
    Cdk,
    /// The player in headless Chromium, on videos that `vod local` published: every protocol, a slow connection, captions,
    /// storyboard; and a page of another origin, which reaches nothing
    Browser,
    /// The platform deployed into the emulator of AWS, updated, rolled back and deleted
    E2e,
    /// The functions' package built twice, in two folders (on demand only: two builds)
    Package,
}

/// A program of `fuzz/fuzz_targets/`.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// Events that start or end a workflow
    Events,
    /// Metadata files
    Metadata,
    /// `MediaConvert`'s events
    Outputs,
    /// Media files
    Media,
}

/// What to do with the generated text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Write what differs, remove what is no longer generated.
    Write,
    /// Fail when anything differs.
    Check,
}

impl Mode {
    /// The mode that the flag `--check` asks for.
    pub(crate) fn of(check: bool) -> Self {
        if check { Self::Check } else { Self::Write }
    }
}
