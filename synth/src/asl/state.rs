//! The states.

use super::{Finished, StateId};
use crate::json::Json;
use crate::value::{Arn, Value};

/// A JSONata expression, without its `{% %}`.
///
/// <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jsonata(String);

impl Jsonata {
    /// An expression.
    #[must_use]
    pub fn new(expression: &str) -> Self {
        Self(expression.to_owned())
    }

    /// The expression's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Jsonata> for Json {
    fn from(expression: Jsonata) -> Self {
        Json::String(format!("{{% {} %}}", expression.0))
    }
}

/// Where a state leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// To another state.
    To(StateId),
    /// To the end of the machine or branch.
    End,
}

impl Next {
    pub(crate) fn target(&self) -> Option<&StateId> {
        match self {
            Self::To(id) => Some(id),
            Self::End => None,
        }
    }
}

impl From<&StateId> for Next {
    fn from(id: &StateId) -> Self {
        Self::To(id.clone())
    }
}

/// A state.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Does work.
    Task(Task),
    /// Decides where to go.
    Choice(Choice),
    /// Hands its input on, or changes it.
    Pass(Pass),
    /// Lets time pass.
    Wait(Wait),
    /// Ends well.
    Succeed(Succeed),
    /// Ends badly.
    Fail(Fail),
    /// Runs branches side by side.
    Parallel(Parallel),
    /// Runs a branch for each item of a list.
    Map(Map),
}

macro_rules! state_from {
    ($($name:ident),* $(,)?) => {
        $(impl From<$name> for State {
            fn from(state: $name) -> Self {
                Self::$name(state)
            }
        })*
    };
}

state_from!(Task, Choice, Pass, Wait, Succeed, Fail, Parallel, Map);

/// The name that stands for every error.
pub(super) const ANY_ERROR: &str = "States.ALL";

/// When and how often something is tried again.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    pub(crate) errors: Vec<String>,
    pub(crate) interval_seconds: u32,
    pub(crate) max_attempts: u32,
    pub(crate) backoff_rate: f64,
    pub(crate) max_delay_seconds: u32,
}

impl Retry {
    /// Tries again after these errors: at most `max_attempts` more times, the first after about `interval_seconds`,
    /// each later wait twice as long and never above `max_delay_seconds`, with full jitter.
    #[must_use]
    pub fn on<E: Into<String>>(
        errors: impl IntoIterator<Item = E>,
        max_attempts: u32,
        interval_seconds: u32,
        max_delay_seconds: u32,
    ) -> Self {
        let errors = errors.into_iter().map(Into::into).collect();
        Self { errors, interval_seconds, max_attempts, backoff_rate: 2.0, max_delay_seconds }
    }

    pub(super) fn never_waits(&self) -> bool {
        self.interval_seconds == 0 || self.max_delay_seconds == 0
    }
}

/// Where errors lead.
#[derive(Debug, Clone, PartialEq)]
pub struct Catch {
    pub(crate) errors: Vec<String>,
    pub(crate) output: Option<Json>,
    pub(crate) next: StateId,
}

impl Catch {
    /// Every error leads to a state.
    #[must_use]
    pub fn all(next: &StateId) -> Self {
        Self::on([ANY_ERROR], next)
    }

    /// These errors lead to a state.
    #[must_use]
    pub fn on<E: Into<String>>(errors: impl IntoIterator<Item = E>, next: &StateId) -> Self {
        Self { errors: errors.into_iter().map(Into::into).collect(), output: None, next: next.clone() }
    }

    /// What the state is given.
    #[must_use]
    pub fn output(mut self, output: impl Into<Json>) -> Self {
        self.output = Some(output.into());
        self
    }
}

/// A call to another service.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    pub(crate) comment: Option<String>,
    pub(crate) resource: Value<String>,
    pub(crate) arguments: Json,
    pub(crate) output: Option<Json>,
    pub(crate) timeout_seconds: u32,
    pub(crate) retry: Vec<Retry>,
    pub(crate) catch: Vec<Catch>,
    pub(crate) next: Next,
}

impl Task {
    /// A call: what to call and with what, how long it may take, what is tried again, and where errors lead.
    #[must_use]
    pub fn new(
        resource: impl Into<Value<String>>,
        arguments: impl Into<Json>,
        timeout_seconds: u32,
        retry: Retry,
        catch: Catch,
        next: impl Into<Next>,
    ) -> Self {
        Self {
            comment: None,
            resource: resource.into(),
            arguments: arguments.into(),
            output: None,
            timeout_seconds,
            retry: vec![retry],
            catch: vec![catch],
            next: next.into(),
        }
    }

    /// Invokes a Lambda function; the state's output is the function's answer.
    ///
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html>
    #[must_use]
    pub fn invoke(
        function: impl Into<Value<Arn>>,
        payload: impl Into<Json>,
        timeout_seconds: u32,
        retry: Retry,
        catch: Catch,
        next: impl Into<Next>,
    ) -> Self {
        let function: Value<Arn> = function.into();
        let arguments = Json::object([("FunctionName", Json::from(function)), ("Payload", payload.into())]);
        let resource = crate::cat!["arn:", crate::PseudoParameter::Partition, ":states:::lambda:invoke"];
        Self::new(resource, arguments, timeout_seconds, retry, catch, next)
            .output(Jsonata::new("$states.result.Payload"))
    }

    /// Says what the state is for.
    #[must_use]
    pub fn comment(mut self, comment: &str) -> Self {
        self.comment = Some(comment.to_owned());
        self
    }

    /// What the state hands on, instead of the call's result.
    #[must_use]
    pub fn output(mut self, output: impl Into<Json>) -> Self {
        self.output = Some(output.into());
        self
    }

    /// Another retrier, tried before the ones that are there.
    #[must_use]
    pub fn retry_first(mut self, retry: Retry) -> Self {
        self.retry.insert(0, retry);
        self
    }

    /// Another catcher, tried before the ones that are there.
    #[must_use]
    pub fn catch_first(mut self, catch: Catch) -> Self {
        self.catch.insert(0, catch);
        self
    }
}

/// A decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    pub(crate) comment: Option<String>,
    pub(crate) rules: Vec<(Jsonata, StateId)>,
    pub(crate) default: StateId,
}

impl Choice {
    /// A decision, and where it leads when no condition holds.
    #[must_use]
    pub fn new(default: &StateId) -> Self {
        Self { comment: None, rules: Vec::new(), default: default.clone() }
    }

    /// Leads to a state when the condition holds and no earlier one does.
    #[must_use]
    pub fn when(mut self, condition: Jsonata, next: &StateId) -> Self {
        self.rules.push((condition, next.clone()));
        self
    }

    /// Says what is decided.
    #[must_use]
    pub fn comment(mut self, comment: &str) -> Self {
        self.comment = Some(comment.to_owned());
        self
    }
}

/// A state that does no work.
#[derive(Debug, Clone, PartialEq)]
pub struct Pass {
    pub(crate) comment: Option<String>,
    pub(crate) output: Option<Json>,
    pub(crate) next: Next,
}

impl Pass {
    /// Hands its input on.
    #[must_use]
    pub fn new(next: impl Into<Next>) -> Self {
        Self { comment: None, output: None, next: next.into() }
    }

    /// What it hands on instead.
    #[must_use]
    pub fn output(mut self, output: impl Into<Json>) -> Self {
        self.output = Some(output.into());
        self
    }

    /// Says what the state is for.
    #[must_use]
    pub fn comment(mut self, comment: &str) -> Self {
        self.comment = Some(comment.to_owned());
        self
    }
}

/// A pause.
#[derive(Debug, Clone, PartialEq)]
pub struct Wait {
    /// How long, in seconds.
    pub seconds: u32,
    /// What comes then.
    pub next: Next,
}

/// A good end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Succeed {
    /// What the machine hands out instead of the state's input.
    pub output: Option<Json>,
}

/// A bad end.
#[derive(Debug, Clone, PartialEq)]
pub struct Fail {
    /// The error's name.
    pub error: Json,
    /// What happened.
    pub cause: Json,
}

/// Branches side by side; the output is the list of theirs.
#[derive(Debug, Clone, PartialEq)]
pub struct Parallel {
    /// The branches.
    pub branches: Vec<Finished>,
    /// Where errors lead.
    pub catch: Catch,
    /// What comes when all are done.
    pub next: Next,
}

/// A branch for each item of a list; the output is the list of the branches' outputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// The list.
    pub items: Jsonata,
    /// What is done with each item.
    pub processor: Finished,
    /// How many run at once at the most.
    pub max_concurrency: u32,
    /// Where errors lead.
    pub catch: Catch,
    /// What comes when all are done.
    pub next: Next,
}

impl State {
    /// The states that this one may lead to: the main way first, errors last.
    pub(crate) fn targets(&self) -> Vec<&StateId> {
        match self {
            Self::Task(task) => {
                task.next.target().into_iter().chain(task.catch.iter().map(|catch| &catch.next)).collect()
            }
            Self::Choice(choice) => choice.rules.iter().map(|(_, id)| id).chain([&choice.default]).collect(),
            Self::Pass(pass) => pass.next.target().into_iter().collect(),
            Self::Wait(wait) => wait.next.target().into_iter().collect(),
            Self::Parallel(parallel) => parallel.next.target().into_iter().chain([&parallel.catch.next]).collect(),
            Self::Map(map) => map.next.target().into_iter().chain([&map.catch.next]).collect(),
            Self::Succeed(_) | Self::Fail(_) => Vec::new(),
        }
    }

    /// The branches that run inside this state.
    pub(crate) fn branches(&self) -> &[Finished] {
        match self {
            Self::Parallel(parallel) => &parallel.branches,
            Self::Map(map) => std::slice::from_ref(&map.processor),
            _ => &[],
        }
    }
}
