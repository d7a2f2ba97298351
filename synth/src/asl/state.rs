//! The states.

use std::{fmt, slice};

use super::{StateId, StateMachineDefinition};
use crate::value::{Arn, Json, Value};

/// A JSONata expression, without its `{% %}`.
///
/// <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jsonata(String);

impl Jsonata {
    /// An expression.
    pub fn new(expression: &str) -> Self {
        Self(expression.to_owned())
    }

    /// The expression's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Jsonata> for Json {
    fn from(expression: Jsonata) -> Self {
        Json::String(format!("{{% {} %}}", expression.0))
    }
}

/// What a choice asks of a state's input.
///
/// ```
/// use synth::asl::field;
/// let condition = field("size").is(3).and(field("error").exists());
/// assert_eq!(condition.to_string(), "$states.input.size = 3 and $exists($states.input.error)");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// The input has the member with this value: a boolean, a number or a text.
    Equals(String, serde_json::Value),
    /// The input has the member with another value.
    Differs(String, serde_json::Value),
    /// The input has the member.
    Exists(String),
    /// Both conditions hold.
    And(Box<Condition>, Box<Condition>),
    /// Any other expression that gives a boolean.
    Jsonata(Jsonata),
}

/// A member of a state's input, for a [`Condition`].
#[derive(Debug, Clone)]
pub struct Field(String);

/// A member of a state's input, by its path in it: `detail.status`.
pub fn field(path: &str) -> Field {
    Field(path.to_owned())
}

impl Field {
    /// The member has this value.
    pub fn is(self, value: impl Into<serde_json::Value>) -> Condition {
        Condition::Equals(self.0, value.into())
    }

    /// The member has another value.
    pub fn is_not(self, value: impl Into<serde_json::Value>) -> Condition {
        Condition::Differs(self.0, value.into())
    }

    /// The input has the member.
    #[must_use]
    pub fn exists(self) -> Condition {
        Condition::Exists(self.0)
    }
}

impl Condition {
    /// Both conditions hold.
    #[must_use]
    pub fn and(self, other: impl Into<Self>) -> Self {
        Self::And(Box::new(self), Box::new(other.into()))
    }
}

impl fmt::Display for Condition {
    /// The condition in JSONata.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use serde_json::Value as Plain;
        let literal = |value: &Plain| match value {
            Plain::String(text) if !text.contains(['\'', '\\']) => format!("'{text}'"),
            other => other.to_string(),
        };
        let operand = |condition: &Self| match condition {
            Self::Jsonata(expression) => format!("({})", expression.0),
            other => other.to_string(),
        };
        match self {
            Self::Equals(field, value) => write!(f, "$states.input.{field} = {}", literal(value)),
            Self::Differs(field, value) => write!(f, "$states.input.{field} != {}", literal(value)),
            Self::Exists(field) => write!(f, "$exists($states.input.{field})"),
            Self::And(left, right) => write!(f, "{} and {}", operand(left), operand(right)),
            Self::Jsonata(expression) => f.write_str(&expression.0),
        }
    }
}

impl From<Jsonata> for Condition {
    fn from(expression: Jsonata) -> Self {
        Self::Jsonata(expression)
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

macro_rules! optional {
    ($name:ident($value:ty): $($(#[$doc:meta])* $state:ident),*) => {
        $(impl $state {
            $(#[$doc])*
            #[must_use]
            pub fn $name(self, $name: impl Into<$value>) -> Self {
                Self { $name: Some($name.into()), ..self }
            }
        })*
    };
}

optional! {
    comment(String):
    /// Says what the state is for.
    Task,
    /// Says what is decided.
    Choice,
    /// Says what the state is for.
    Pass
}

optional! {
    output(Json):
    /// What the state hands on, instead of the call's result.
    Task,
    /// What the state hands on, instead of its input.
    Pass,
    /// What the state that errors lead to is given, instead of the error.
    Catch
}

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
    pub fn all(next: &StateId) -> Self {
        Self::on([ANY_ERROR], next)
    }

    /// These errors lead to a state.
    pub fn on<E: Into<String>>(errors: impl IntoIterator<Item = E>, next: &StateId) -> Self {
        Self { errors: errors.into_iter().map(Into::into).collect(), output: None, next: next.clone() }
    }
}

/// What a task calls, for the permissions that the state machine needs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Call {
    Function(Value<Arn>),
    StateMachine(Value<Arn>),
}

/// A call to another service.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    pub(crate) comment: Option<String>,
    pub(crate) resource: Value<String>,
    pub(crate) calls: Option<Call>,
    pub(crate) arguments: Json,
    pub(crate) output: Option<Json>,
    pub(crate) timeout_seconds: u32,
    pub(crate) retry: Vec<Retry>,
    pub(crate) catch: Vec<Catch>,
    pub(crate) next: Next,
}

impl Task {
    /// A call: what to call and with what, how long it may take, what is tried again, and where errors lead.
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
            calls: None,
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
    pub fn invoke(
        function: impl Into<Value<Arn>>,
        payload: impl Into<Json>,
        timeout_seconds: u32,
        retry: Retry,
        catch: Catch,
        next: impl Into<Next>,
    ) -> Self {
        let function: Value<Arn> = function.into();
        let arguments = Json::object([("FunctionName", Json::from(function.clone())), ("Payload", payload.into())]);
        let task = Self::new(integration("lambda:invoke"), arguments, timeout_seconds, retry, catch, next);
        Self { calls: Some(Call::Function(function)), ..task }.output(Jsonata::new("$states.result.Payload"))
    }

    /// Starts an execution of another state machine, and does not wait for its end.
    ///
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html>
    pub fn start_execution(
        machine: impl Into<Value<Arn>>,
        name: Jsonata,
        input: impl Into<Json>,
        timeout_seconds: u32,
        retry: Retry,
        catch: Catch,
        next: impl Into<Next>,
    ) -> Self {
        let machine: Value<Arn> = machine.into();
        let arguments = Json::object([
            ("StateMachineArn", Json::from(machine.clone())),
            ("Name", name.into()),
            ("Input", input.into()),
        ]);
        let task = Self::new(integration("states:startExecution"), arguments, timeout_seconds, retry, catch, next);
        Self { calls: Some(Call::StateMachine(machine)), ..task }
    }

    /// The function that the task invokes, if it invokes one.
    pub fn function(&self) -> Option<&Value<Arn>> {
        match &self.calls {
            Some(Call::Function(function)) => Some(function),
            _ => None,
        }
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

/// The ARN of an integration that Step Functions has for a service.
fn integration(action: &str) -> Value<Arn> {
    Arn::build("states").global().account("").resource(action)
}

/// A decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    pub(crate) comment: Option<String>,
    pub(crate) rules: Vec<(Condition, StateId)>,
    pub(crate) default: StateId,
}

impl Choice {
    /// A decision, and where it leads when no condition holds.
    pub fn new(default: &StateId) -> Self {
        Self { comment: None, rules: Vec::new(), default: default.clone() }
    }

    /// Leads to a state when the condition holds and no earlier one does.
    #[must_use]
    pub fn when(mut self, condition: impl Into<Condition>, next: &StateId) -> Self {
        self.rules.push((condition.into(), next.clone()));
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
    pub fn new(next: impl Into<Next>) -> Self {
        Self { comment: None, output: None, next: next.into() }
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
    pub branches: Vec<StateMachineDefinition>,
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
    pub processor: StateMachineDefinition,
    /// How many run at once at the most.
    pub max_concurrency: u32,
    /// Where errors lead.
    pub catch: Catch,
    /// What comes when all are done.
    pub next: Next,
}

impl State {
    /// Where the state leads without an error; for a choice, when no condition holds.
    pub(crate) fn next(&self) -> Option<&StateId> {
        match self {
            Self::Task(task) => task.next.target(),
            Self::Choice(choice) => Some(&choice.default),
            Self::Pass(pass) => pass.next.target(),
            Self::Wait(wait) => wait.next.target(),
            Self::Parallel(parallel) => parallel.next.target(),
            Self::Map(map) => map.next.target(),
            Self::Succeed(_) | Self::Fail(_) => None,
        }
    }

    /// Where errors lead.
    pub(crate) fn catches(&self) -> &[Catch] {
        match self {
            Self::Task(task) => &task.catch,
            Self::Parallel(parallel) => slice::from_ref(&parallel.catch),
            Self::Map(map) => slice::from_ref(&map.catch),
            _ => &[],
        }
    }

    /// The states that this one may lead to: the main way first, errors last.
    pub(crate) fn targets(&self) -> Vec<&StateId> {
        let rules: &[_] = if let Self::Choice(choice) = self { &choice.rules } else { &[] };
        let chosen = rules.iter().map(|(_, next)| next);
        chosen.chain(self.next()).chain(self.catches().iter().map(|catch| &catch.next)).collect()
    }

    /// The branches that run inside this state.
    pub(crate) fn branches(&self) -> &[StateMachineDefinition] {
        match self {
            Self::Parallel(parallel) => &parallel.branches,
            Self::Map(map) => slice::from_ref(&map.processor),
            _ => &[],
        }
    }

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
