//! The one place that turns typed errors into messages and exit codes.

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use miette::{Diagnostic, MietteHandler, MietteHandlerOpts, ReportHandler, RgbColors};
use thiserror::Error;

use crate::config::Problems;

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
    #[error("the output could not be written")]
    Output(#[source] io::Error),
}

impl Failure {
    /// 1 if something outside of the input failed, 2 if the input is wrong.
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Output(_) => ExitCode::from(1),
            Self::Config(_) | Self::NoConfig { .. } | Self::Exists { .. } | Self::File { .. } => ExitCode::from(2),
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
        let handler: MietteHandler =
            MietteHandlerOpts::new().color(true).rgb_colors(RgbColors::Never).terminal_links(false).build();
        handler.debug(self.0, f)
    }
}
