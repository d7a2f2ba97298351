//! Text with `${Name}` in it, and the values that belong there.

use std::collections::BTreeSet;

use super::Value;

/// Text and values do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubstituteError {
    /// The text names a value that is not given.
    #[error("`${{{0}}}` has no value; give one, or write `${{!{0}}}` for the text itself")]
    Missing(String),
    /// A value is given that the text does not name.
    #[error("`{0}` is given but never used; use it or leave it out")]
    Unused(String),
    /// A `${` is never closed.
    #[error("`${{` at byte {0} has no `}}`")]
    Open(usize),
}

impl Value<String> {
    /// Puts values into a text at `${Name}`; `${!Name}` stands for the text `${Name}` itself, as in `Fn::Sub`.
    ///
    /// # Errors
    /// When the text names a value that is not given, or the other way round.
    pub fn substitute(text: &str, values: &[(&str, Self)]) -> Result<Self, SubstituteError> {
        let mut parts: Vec<Self> = Vec::new();
        let mut used = BTreeSet::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let (before, from) = rest.split_at(start);
            let end = from.find('}').ok_or(SubstituteError::Open(text.len() - from.len()))?;
            let name = &from[2..end];
            parts.push(before.into());
            if let Some(literal) = name.strip_prefix('!') {
                parts.push(format!("${{{literal}}}").into());
            } else {
                let value = values.iter().find(|(known, _)| *known == name);
                let (known, value) = value.ok_or_else(|| SubstituteError::Missing(name.to_owned()))?;
                used.insert(*known);
                parts.push(value.clone());
            }
            rest = &from[end + 1..];
        }
        parts.push(rest.into());
        match values.iter().find(|(name, _)| !used.contains(name)) {
            Some((name, _)) => Err(SubstituteError::Unused((*name).to_owned())),
            None => Ok(Self::concat(parts)),
        }
    }
}
