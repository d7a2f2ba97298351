//! The one error of the command line: what went wrong, the exit code, and how it looks on a terminal.

use std::error::Error;
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use aws::MAX_WILDCARDS;
use local::StateError;
use miette::{Diagnostic, LabeledSpan, MietteHandler, MietteHandlerOpts, ReportHandler, RgbColors};
use textwrap::WordSplitter;
use thiserror::Error;

use super::invocation;

#[derive(Debug)]
pub(super) struct Failure {
    exit: Exit,
    /// What is shown, each with its causes and its hint.
    diagnostics: Vec<Box<dyn Diagnostic + Send + Sync>>,
}

/// The exit codes, as `vod --help` has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    Success = 0,
    /// Something outside of the input failed.
    Outside = 1,
    /// What was asked for is wrong, or nobody agreed; nothing was changed.
    Input = 2,
    /// `--fail` found a difference.
    Different = 3,
}

/// What is wrong with the command line, the files that it names, or the terminal.
#[derive(Debug, Diagnostic, Error)]
pub(super) enum UsageError {
    #[error("there is no `{}`", .path.display())]
    #[diagnostic(help("run `vod init` to write one, or name another with `--config`"))]
    NoConfig { path: PathBuf },
    #[error("`{}` is there already", .path.display())]
    #[diagnostic(help("use `--force` to write over it"))]
    Exists { path: PathBuf },
    #[error("cannot {action} `{}`", .path.display())]
    #[diagnostic(help("{}", hint_of_file(action, .error)))]
    File {
        action: &'static str,
        path: PathBuf,
        #[source]
        error: io::Error,
    },
    #[error("there is no stack {stack} here")]
    #[diagnostic(help("use one of {}", .known.join(", ")))]
    NoSuchStack { stack: String, known: Vec<String> },
    #[error("somebody has to agree, and there is nobody at this terminal")]
    #[diagnostic(help("use `--yes` to agree beforehand"))]
    NobodyToAsk,
    #[error("`{}` is no picture that every browser shows", .path.display())]
    #[diagnostic(help("use JPEG, PNG or WebP"))]
    NoPicture { path: PathBuf },
    #[error("CloudFront does not take {count} videos out of its caches at once")]
    #[diagnostic(help("remove at most {MAX_WILDCARDS} with `--invalidate`, and the others after a few minutes"))]
    TooManyToInvalidate { count: usize },
    #[error("`--name` names one video, and these are several")]
    #[diagnostic(help("leave it out: each keeps the name that it has"))]
    NameOfMany,
    #[error("a video has no name")]
    #[diagnostic(help("give it one with `--name`, such as `--name holiday.mp4`"))]
    NoName,
    #[error("nothing is changed: it was not agreed to")]
    #[diagnostic(help("repeat the command, and answer `y`, or use `--yes`"))]
    Declined,
    #[error("the output could not be written")]
    Output(#[source] io::Error),
}

impl UsageError {
    fn is_input(&self) -> bool {
        !matches!(self, Self::Output(_))
    }

    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::File { action, path: path.to_owned(), error }
    }
}

fn hint_of_file(action: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::IsADirectory => "name a file: this is a folder".to_owned(),
        io::ErrorKind::InvalidData => "save the file as UTF-8".to_owned(),
        io::ErrorKind::NotFound => "look at the path: a part of it is not there".to_owned(),
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => "name a folder: this is a file".to_owned(),
        _ => format!("use a path that this user may {action}"),
    }
}

/// An error of a crate that gives no hints itself.
#[derive(Debug)]
struct Hinted {
    error: Box<dyn Error + Send + Sync>,
    hint: &'static str,
}

impl fmt::Display for Hinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for Hinted {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

impl Diagnostic for Hinted {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.hint))
    }
}

const DEFECT: &str = "this is a defect of the program, not of the configuration";

impl Failure {
    pub(super) fn new(exit: Exit, error: impl Diagnostic + Send + Sync + 'static) -> Self {
        Self { exit, diagnostics: vec![Box::new(error)] }
    }

    fn hinted(exit: Exit, error: impl Error + Send + Sync + 'static, hint: &'static str) -> Self {
        Self::new(exit, Hinted { error: Box::new(error), hint })
    }

    /// Something is in the way of the deployment, which was shown already.
    pub(super) fn unhealthy() -> Self {
        Self { exit: Exit::Outside, diagnostics: Vec::new() }
    }

    /// There is a difference, which was shown already.
    pub(super) fn different() -> Self {
        Self { exit: Exit::Different, diagnostics: Vec::new() }
    }

    /// The standard output cannot be written. Whoever closed it has seen enough of it.
    pub(super) fn output(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { exit: Exit::Success, diagnostics: Vec::new() };
        }
        Self::new(Exit::Outside, UsageError::Output(error))
    }

    /// All of these in one, if there are any: outside of the input something failed if one of them says so.
    pub(super) fn all(failures: Vec<Self>) -> Result<(), Self> {
        let Some(exit) = failures.iter().map(|failure| failure.exit).min_by_key(|exit| *exit as u8) else {
            return Ok(());
        };
        Err(Self { exit, diagnostics: failures.into_iter().flat_map(|failure| failure.diagnostics).collect() })
    }

    pub(super) fn report(&self) -> ExitCode {
        let mut stderr = anstream::stderr().lock();
        for diagnostic in &self.diagnostics {
            // Where even the standard error cannot be written, the exit code has to do.
            let _ = writeln!(stderr, "{}", Drawn(&Repeating(&**diagnostic)));
        }
        ExitCode::from(self.exit as u8)
    }
}

/// Errors that bring their own hints, by the exit code that each leads to.
macro_rules! exits {
    ($($exit:ident: $($error:ty),+;)+) => {$($(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new(Exit::$exit, error)
            }
        }
    )+)+};
}

exits! {
    Outside: aws::CallError, package::PackageError;
    Input: aws::ProfileError;
}

/// Errors that bring their own hints, and say whether they are about the input.
macro_rules! exits_by_variant {
    ($($error:ty),+) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new(if error.is_input() { Exit::Input } else { Exit::Outside }, error)
            }
        }
    )+};
}

exits_by_variant!(deploy::DeployError, local::Error, operate::OperateError, UsageError);

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        local::Error::from(error).into()
    }
}

impl From<config::Problems> for Failure {
    fn from(problems: config::Problems) -> Self {
        let diagnostics = problems.0.into_iter().map(|problem| Box::new(problem) as Box<_>);
        Self { exit: Exit::Input, diagnostics: diagnostics.collect() }
    }
}

impl From<synth::AssemblyError> for Failure {
    fn from(error: synth::AssemblyError) -> Self {
        let hint = error.hint();
        Self::hinted(Exit::Input, error, hint)
    }
}

/// Errors of crates that give no hints, by the exit code and the hint of each.
macro_rules! hints {
    ($($error:ty: $exit:ident, $hint:expr;)+) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::hinted(Exit::$exit, error, $hint)
            }
        }
    )+};
}

hints! {
    stacks::scripts::ScriptError: Outside, DEFECT;
    synth::InvalidStack:
        Outside, "edit the configuration if it asks for this; otherwise it is a defect of the program";
    stacks::job_templates::JobTemplateError:
        Input, "edit the file, or leave `encoding.templates` out to use a family that comes with this program";
}

impl From<stacks::BuildError> for Failure {
    fn from(error: stacks::BuildError) -> Self {
        match error {
            stacks::BuildError::JobTemplate(error) => error.into(),
            error => Self::hinted(Exit::Outside, error, DEFECT),
        }
    }
}

impl From<cost::CostError> for Failure {
    fn from(error: cost::CostError) -> Self {
        match error {
            cost::CostError::Workload(error) => {
                Self::hinted(Exit::Input, error, "see docs/costs.md for what a workload holds")
            }
            cost::CostError::Build(error) => error.into(),
            cost::CostError::JobTemplate(error) => error.into(),
            error => Self::hinted(Exit::Outside, error, DEFECT),
        }
    }
}

/// A diagnostic whose hint repeats the options that the user gave.
#[derive(Debug)]
struct Repeating<'a>(&'a dyn Diagnostic);

impl fmt::Display for Repeating<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }
}

impl Error for Repeating<'_> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

impl Diagnostic for Repeating<'_> {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.0.help()?.to_string();
        Some(Box::new(invocation::commands_in(&help).into_owned()))
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.0.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.0.labels()
    }

    fn diagnostic_source(&self) -> Option<&dyn Diagnostic> {
        self.0.diagnostic_source()
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

#[cfg(test)]
mod tests {
    use std::io;

    use aws::CallError;
    use deploy::DeployError;
    use operate::OperateError;
    use pipeline::trigger::RetryError;

    use super::*;

    #[test]
    fn what_was_asked_for_is_told_from_what_failed_outside() {
        let (guid, stack, status) = (|| "g".to_owned(), || "vod".to_owned(), || "Encoding".to_owned());
        let refused = || CallError::refused("s3:PutObject", None, "no".to_owned());
        let table: [(Failure, Exit); 20] = [
            (OperateError::NoVideo { guid: guid() }.into(), Exit::Input),
            (OperateError::ShortGuid { guid: guid() }.into(), Exit::Input),
            (OperateError::Ambiguous { guid: guid(), candidates: Vec::new() }.into(), Exit::Input),
            (OperateError::AtWork { guid: guid(), status: status() }.into(), Exit::Input),
            (OperateError::Retry(RetryError::NotFailed { guid: guid(), status: status() }).into(), Exit::Input),
            (OperateError::Retry(RetryError::UnknownStage { guid: guid(), stage: stack() }).into(), Exit::Outside),
            (OperateError::Declined.into(), Exit::Input),
            (OperateError::StillSubmitting { execution: guid() }.into(), Exit::Outside),
            (OperateError::Call(refused()).into(), Exit::Outside),
            (DeployError::NoStack { stack: stack() }.into(), Exit::Input),
            (DeployError::NoOutput { name: stack(), known: Vec::new() }.into(), Exit::Input),
            (DeployError::OtherAccount { stack: stack(), wanted: guid(), found: guid() }.into(), Exit::Input),
            (DeployError::Declined { stack: stack() }.into(), Exit::Input),
            (DeployError::Overtaken { stack: stack(), reason: guid() }.into(), Exit::Outside),
            (local::Error::from(local::ingest::PlanError::NoFile { file: "a.mp4".into() }).into(), Exit::Input),
            (local::Error::from(OperateError::NoVideo { guid: guid() }).into(), Exit::Input),
            (local::Error::Interrupted.into(), Exit::Outside),
            (UsageError::NobodyToAsk.into(), Exit::Input),
            (UsageError::Output(io::ErrorKind::StorageFull.into()).into(), Exit::Outside),
            (refused().into(), Exit::Outside),
        ];
        for (failure, exit) in table {
            assert_eq!(failure.exit, exit, "{failure:?}");
        }
        let both = [refused().into(), OperateError::Declined.into()];
        assert_eq!(Failure::all(both.into()).unwrap_err().exit, Exit::Outside);
    }
}
