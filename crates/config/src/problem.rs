//! What is wrong with a configuration: the message, the place and the hint, for `miette` to draw.

use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource};
use thiserror::Error;

use super::de::{Reason, one_of};
use super::node::Path;

/// One thing that is wrong, shown at its place.
#[derive(Debug, Clone, Diagnostic, Error)]
#[error("{message}")]
pub struct Problem {
    message: String,
    #[source_code]
    source_code: NamedSource<Arc<str>>,
    #[label(collection)]
    labels: Vec<LabeledSpan>,
    #[help]
    help: Option<String>,
}

impl Problem {
    pub(super) fn new(
        message: String,
        help: Option<String>,
        source_code: NamedSource<Arc<str>>,
        labels: Vec<LabeledSpan>,
    ) -> Self {
        Self { message, source_code, labels, help }
    }
}

/// Everything that is wrong with a configuration, in the order of its sources.
#[derive(Debug, Clone, Error)]
#[error("{} problem{} in the configuration", .0.len(), if .0.len() == 1 { "" } else { "s" })]
pub struct Problems(pub Vec<Problem>);

/// The message and the help for a value that could not be read.
pub(super) fn words(path: &Path, reason: &Reason) -> (String, Option<String>) {
    match reason {
        Reason::UnknownKey { key, known } => (format!("there is no key `{path}`"), Some(suggestion(key, known))),
        Reason::UnknownWord { word, known } => (format!("`{path}` cannot be {word:?}"), Some(suggestion(word, known))),
        Reason::Missing(key) => (format!("`{path}` lacks `{key}`"), Some(format!("add `{key} = …`"))),
        Reason::WrongType { found, wanted } => {
            (format!("`{path}` cannot be {found}"), Some(format!("use {}", in_toml(wanted))))
        }
        Reason::Invalid { message, hint } => (format!("`{path}`: {message}"), hint.clone()),
    }
}

/// What serde expects, in TOML's words and not in Rust's.
fn in_toml(wanted: &str) -> &str {
    match wanted {
        "a boolean" => "true or false",
        "a string" | "path string" => "a text, between quotes",
        "i64" => "a whole number",
        "a sequence" => "a list, `[…, …]`",
        "a map" => "a table",
        wanted if wanted.starts_with("struct ") => "a table",
        wanted => wanted,
    }
}

/// The nearest of the known words if it is near, and else all of them.
fn suggestion(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(candidate) => format!("did you mean {candidate:?}?"),
        None => format!("use {}", one_of(known)),
    }
}

/// The known word that is most like this one, if one is like it at all.
pub(super) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let likeness =
        |candidate: &str| strsim::normalized_damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase());
    let near = known.iter().map(|candidate| (likeness(candidate), *candidate)).filter(|(likeness, _)| *likeness >= 0.6);
    near.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, candidate)| candidate)
}
