//! The names of executions.

use uuid::Uuid;

/// The longest name of an execution (<https://docs.aws.amazon.com/step-functions/latest/dg/limits.html>).
const MAX_NAME: usize = 80;

/// The longest id of a workflow that leaves room for the number of an attempt.
const MAX_GUID: usize = 64;

/// How often one video may be encoded.
pub(super) const ATTEMPTS: u8 = 100;

/// The names that an execution may have; the first that is free, or is of the same running execution, is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names {
    /// Only this one: who finds it taken has nothing left to do.
    One(String),
    /// The first attempt's name, such as the guid, and then that name with the number of the attempt.
    ///
    /// Step Functions takes a repeat for the execution itself as long as that one runs with the same input, so asking
    /// twice starts one attempt, and asking again after it ended starts another.
    Attempts(String),
}

impl Names {
    /// One name made of this text: the text itself where Step Functions and CloudWatch take it, else a hash of it.
    pub(super) fn one(text: &str) -> Self {
        let fits = text.len() <= MAX_NAME && is_plain(text);
        Self::One(if fits { text.to_owned() } else { hashed(text) })
    }

    /// The names of the attempts at what was first tried under this one.
    pub(super) fn again(first: &str) -> Self {
        let fits = first.len() <= MAX_NAME - "-100".len() && is_plain(first);
        Self::Attempts(if fits { first.to_owned() } else { hashed(first) })
    }

    /// The names, in the order to try them.
    pub fn iter(&self) -> impl Iterator<Item = String> {
        let (first, attempts) = match self {
            Self::One(name) => (name, 1),
            Self::Attempts(guid) => (guid, ATTEMPTS),
        };
        (1..=attempts).map(move |attempt| if attempt == 1 { first.clone() } else { format!("{first}-{attempt}") })
    }
}

fn hashed(text: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes()).to_string()
}

/// Whether a text can be the id of a workflow.
pub(super) fn is_guid(text: &str) -> bool {
    text.len() <= MAX_GUID && is_plain(text)
}

/// Whether a text is there and has only characters that every console and log takes.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn attempts_are_numbered_from_the_second_on() {
        let names: Vec<_> = Names::again("g").iter().collect();
        assert_eq!(names[..3], ["g", "g-2", "g-3"]);
        assert_eq!(names.len(), usize::from(ATTEMPTS));
        assert_eq!(Names::one("g-1").iter().collect::<Vec<_>>(), ["g-1"]);
    }

    proptest! {
        #[test]
        fn any_text_makes_a_valid_name(text in "\\PC{0,100}|[a-zA-Z0-9_-]{0,90}", other in any::<String>()) {
            for name in Names::one(&text).iter().chain(Names::again(&text).iter()) {
                prop_assert!((1..=MAX_NAME).contains(&name.len()) && is_plain(&name), "{name}");
            }
            prop_assert_eq!(Names::one(&text) == Names::one(&other), text == other);
        }
    }
}
