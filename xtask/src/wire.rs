//! What the tests send to AWS and what their stand-ins answer: written down by `testing::aws`, a file of JSON lines a test
//! program, and held against the services' models, which `xtask/tools/wire.py` has from botocore.

use std::path::PathBuf;

use miette::{IntoDiagnostic as _, bail};

use crate::progress::{Outcome, passed};
use crate::tools::{PythonTool, Tools};
use crate::workspace::{Workspace, run};

/// The variable that names the directory in which tests write.
pub(crate) const VARIABLE: &str = "AWS_WIRE";

pub(crate) fn directory(workspace: &Workspace) -> PathBuf {
    workspace.target().join("xtask/aws-wire")
}

pub(crate) fn forget(workspace: &Workspace) -> miette::Result<()> {
    let directory = directory(workspace);
    if directory.exists() {
        fs_err::remove_dir_all(&directory).into_diagnostic()?;
    }
    fs_err::create_dir_all(&directory).into_diagnostic()
}

/// Runs the tests of these packages, which write.
pub(crate) fn collect(workspace: &Workspace, packages: &[&str]) -> miette::Result<()> {
    forget(workspace)?;
    let mut test = workspace.cargo(&["test", "--quiet", "--tests"]);
    for package in packages {
        test.args(["--package", package]);
    }
    run(test.env(VARIABLE, directory(workspace)))
}

pub(crate) fn files(workspace: &Workspace) -> miette::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for file in fs_err::read_dir(directory(workspace)).into_diagnostic()? {
        files.push(file.into_diagnostic()?.path());
    }
    files.sort();
    if files.is_empty() {
        bail!("no test wrote down what it sent");
    }
    Ok(files)
}

pub(crate) fn judge(workspace: &Workspace) -> miette::Result<Outcome> {
    let python = Tools::new(workspace).python(PythonTool::BOTO3)?;
    let script = workspace.path("xtask/tools/wire.py");
    passed(workspace.command(python).arg("-B").arg(script).args(files(workspace)?))
}
