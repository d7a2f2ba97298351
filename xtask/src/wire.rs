//! The requests of the tests and the answers of their stand-ins, against the services' models.
//!
//! Tests of the handlers, of the custom resource and of `vod`'s commands write down what they send and get
//! (`runtime/tests/wire`); `xtask/tools/wire.py` holds that against botocore.

use std::path::PathBuf;

use miette::{IntoDiagnostic as _, bail};

use crate::{
    checks::passed,
    progress::Outcome,
    tools::Tools,
    workspace::{Workspace, run},
};

/// The variable that names the directory.
pub(crate) const VARIABLE: &str = "AWS_WIRE";

/// Where the tests write.
pub(crate) fn directory(workspace: &Workspace) -> PathBuf {
    workspace.target().join("xtask/aws-wire")
}

/// Forgets what earlier runs wrote.
pub(crate) fn forget(workspace: &Workspace) -> miette::Result<()> {
    let directory = directory(workspace);
    if directory.exists() {
        fs_err::remove_dir_all(&directory).into_diagnostic()?;
    }
    fs_err::create_dir_all(&directory).into_diagnostic()
}

/// Runs the tests that write.
pub(crate) fn collect(workspace: &Workspace) -> miette::Result<()> {
    forget(workspace)?;
    let tests = ["test", "--quiet", "--package", "runtime", "--package", "vod", "--tests"];
    run(workspace.cargo(&tests).env(VARIABLE, directory(workspace)))
}

/// Holds what was written against the models.
pub(crate) fn judge(workspace: &Workspace) -> miette::Result<Outcome> {
    let mut files = Vec::new();
    for file in fs_err::read_dir(directory(workspace)).into_diagnostic()? {
        files.push(file.into_diagnostic()?.path());
    }
    files.sort();
    if files.is_empty() {
        bail!("no test wrote down what it sent");
    }
    let python = Tools::new(workspace).conformance()?;
    passed(workspace.command(python).arg("-B").arg(workspace.path("xtask/tools/wire.py")).args(files))
}
