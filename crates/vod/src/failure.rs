//! The one place that turns typed errors into messages and exit codes.

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use miette::{Diagnostic, MietteHandler, MietteHandlerOpts, ReportHandler, RgbColors};
use synth::InvalidStack;
use textwrap::WordSplitter;
use thiserror::Error;

use aws::{CallError, ProfileError};
use config::Problems;
use cost::CostError;
use cost::workload::WorkloadError;
use deploy::{AssemblyError, DeployError};
use operate::OperateError;
use package::PackageError;
use stacks::BuildError;
use stacks::job_templates::JobTemplateError;
use stacks::scripts::CompanionError;

/// Why a command did not do what it was asked for.
#[derive(Debug, Diagnostic, Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Config(#[from] Problems),
    #[error("there is no `{}`", .path.display())]
    #[diagnostic(help("run `vod init` to write one, or name another with `--config`"))]
    NoConfig { path: PathBuf },
    #[error("`{}` is there already", .path.display())]
    #[diagnostic(help("use `--force` to write over it"))]
    Exists { path: PathBuf },
    #[error("cannot {action} `{}`", .path.display())]
    #[diagnostic(help("use a path that this user may {action}"))]
    File {
        action: &'static str,
        path: PathBuf,
        #[source]
        error: io::Error,
    },
    #[error(transparent)]
    #[diagnostic(help(
        "edit the file, or leave `encoding.templates` out to use a family that comes with this program"
    ))]
    JobTemplate(JobTemplateError),
    #[error(transparent)]
    #[diagnostic(help("this is a defect of the program, not of the configuration"))]
    Build(BuildError),
    #[error(transparent)]
    #[diagnostic(help("edit the configuration if it asks for this; otherwise it is a defect of the program"))]
    Stack(#[from] InvalidStack),
    #[error(transparent)]
    #[diagnostic(help("see docs/costs.md for what a workload holds"))]
    Workload(WorkloadError),
    #[error(transparent)]
    #[diagnostic(help("this is a defect of the program, not of the configuration"))]
    Cost(CostError),
    #[error(transparent)]
    #[diagnostic(help("this is a defect of the program, not of the configuration"))]
    Companion(#[from] CompanionError),
    #[error("{error}")]
    Local {
        error: local::Error,
        #[help]
        help: Option<String>,
    },
    #[error(transparent)]
    #[diagnostic(help("{}", .0.hint()))]
    Deploy(#[from] DeployError),
    #[error(transparent)]
    #[diagnostic(help("{}", .0.hint()))]
    Package(#[from] PackageError),
    #[error(transparent)]
    #[diagnostic(help("{}", .0.hint()))]
    Operate(#[from] OperateError),
    #[error(transparent)]
    #[diagnostic(help("{}", .0.hint()))]
    Profile(#[from] ProfileError),
    #[error("AWS does not tell which account would be changed, so nothing is: {0}")]
    #[diagnostic(help("{}", .0.hint()))]
    UnknownCaller(CallError),
    #[error("somebody has to agree, and there is nobody at this terminal")]
    #[diagnostic(help("use `--yes` to agree beforehand"))]
    NobodyToAsk,
    #[error("there is a difference")]
    #[diagnostic(help("this is what `--fail` asks for"))]
    Different,
    #[error("the output could not be written")]
    Output(#[source] io::Error),
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::Deploy(error.into())
    }
}

impl From<AssemblyError> for Failure {
    fn from(error: AssemblyError) -> Self {
        Self::Deploy(error.into())
    }
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::JobTemplate(error) => Self::JobTemplate(error),
            error => Self::Build(error),
        }
    }
}

impl From<CostError> for Failure {
    fn from(error: CostError) -> Self {
        match error {
            CostError::Workload(error) => Self::Workload(error),
            CostError::Build(error) => error.into(),
            CostError::JobTemplate(error) => Self::JobTemplate(error),
            CostError::Stack(error) => Self::Stack(error),
            error => Self::Cost(error),
        }
    }
}

impl From<local::Error> for Failure {
    fn from(error: local::Error) -> Self {
        let help = match &error {
            local::Error::Missing(missing) => Some(missing.help()),
            local::Error::NoCheckout { .. } => Some("run `vod` from a checkout with `cargo run --`".to_owned()),
            local::Error::NotRunning | local::Error::NotDeployed => Some("start it with `vod local up`".to_owned()),
            local::Error::Running => Some("`vod local status` shows it, `vod local down` stops it".to_owned()),
            local::Error::Damaged { .. } => Some("`vod local reset` begins anew".to_owned()),
            local::Error::Command { what, .. } if what.contains("pip") => {
                Some("it needs the network the first time, and PyPI or a mirror that pip is set up for".to_owned())
            }
            local::Error::Deploy(error) => Some(error.hint()),
            local::Error::Call(error) => Some(error.hint()),
            _ => None,
        };
        Self::Local { error, help }
    }
}

impl Failure {
    /// 1 if something outside of the input failed, 2 if the input is wrong.
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Build(_)
            | Self::Stack(_)
            | Self::Cost(_)
            | Self::Companion(_)
            | Self::Local { .. }
            | Self::Deploy(_)
            | Self::Package(_)
            | Self::Operate(_)
            | Self::UnknownCaller(_)
            | Self::Output(_) => ExitCode::from(1),
            Self::Different => ExitCode::from(3),
            Self::Config(_)
            | Self::Workload(_)
            | Self::NoConfig { .. }
            | Self::Exists { .. }
            | Self::File { .. }
            | Self::NobodyToAsk
            | Self::Profile(_)
            | Self::JobTemplate(_) => ExitCode::from(2),
        }
    }

    /// Writes the message to the standard error.
    pub(super) fn report(&self) -> ExitCode {
        if let Self::Output(error) = self
            && error.kind() == io::ErrorKind::BrokenPipe
        {
            // Whoever read the output has seen enough of it.
            return ExitCode::SUCCESS;
        }
        let mut stderr = anstream::stderr().lock();
        // Where even the standard error cannot be written, the exit code has to do.
        let _ = match self {
            // What differs was shown already.
            Self::Different => Ok(()),
            Self::Config(problems) => problems.0.iter().try_for_each(|problem| writeln!(stderr, "{}", Drawn(problem))),
            other => writeln!(stderr, "{}", Drawn(other)),
        };
        self.exit_code()
    }
}

/// A diagnostic as `miette` draws it for this terminal; the stream it is written to takes the colours away if need be.
struct Drawn<'a>(&'a dyn Diagnostic);

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let handler: MietteHandler = MietteHandlerOpts::new()
            .color(true)
            .rgb_colors(RgbColors::Never)
            .terminal_links(false)
            // A command that is there to be copied must not get a hyphen's line break.
            .word_splitter(WordSplitter::NoHyphenation)
            .build();
        handler.debug(self.0, f)
    }
}
