//! What the language does not allow, as far as types do not rule it out.

use super::state::{ANY_ERROR, Retry, State};

impl State {
    /// The first rule that the state breaks, and the hint (<https://states-language.net/spec.html#errors>).
    pub(crate) fn problem(&self) -> Option<&'static str> {
        let checks: &[(bool, &'static str)] = match self {
            Self::Task(task) => {
                let retried: Vec<&[String]> = task.retry.iter().map(|retry| retry.errors.as_slice()).collect();
                let caught: Vec<&[String]> = task.catch.iter().map(|catch| catch.errors.as_slice()).collect();
                &[
                    (task.timeout_seconds == 0, "has no time to run; give it a timeout of a second or more"),
                    (task.retry.iter().any(Retry::never_waits), "is tried again at once; wait a second or more"),
                    (
                        !in_order(&retried),
                        "retries no error, or any error together with or before others; retry any last",
                    ),
                    (
                        !in_order(&caught),
                        "catches no error, or any error together with or before others; catch any last",
                    ),
                ]
            }
            Self::Choice(choice) => &[(choice.rules.is_empty(), "has nothing to choose from; add a condition")],
            Self::Parallel(parallel) => &[
                (parallel.branches.is_empty(), "has no branches; add one"),
                (
                    !in_order(&[&parallel.catch.errors]),
                    "catches no error, or any error together with others; catch any alone",
                ),
            ],
            Self::Map(map) => &[(
                !in_order(&[&map.catch.errors]),
                "catches no error, or any error together with others; catch any alone",
            )],
            Self::Pass(_) | Self::Wait(_) | Self::Succeed(_) | Self::Fail(_) => &[],
        };
        checks.iter().find_map(|(broken, problem)| broken.then_some(*problem))
    }
}

/// Whether each list names errors, and the one that means any error stands alone, and last.
fn in_order(lists: &[&[String]]) -> bool {
    let last = lists.len().saturating_sub(1);
    lists.iter().enumerate().all(|(index, errors)| {
        let any = errors.iter().any(|error| error == ANY_ERROR);
        !errors.is_empty() && (!any || errors.len() == 1 && index == last)
    })
}
