//! EventBridge rules.

use super::{Function, Queue};
use crate::aws::events::{self, rule};
use crate::aws::lambda;
use crate::resource::Handle;
use crate::stack::Scope;
use crate::value::{Json, Value};

/// EventBridge, as the service that calls and sends.
const EVENTBRIDGE: &str = "events.amazonaws.com";

/// A rule for the events of the default bus.
#[derive(Debug, Clone)]
pub struct Rule {
    id: String,
    handle: Handle<events::Rule>,
}

props! {
    /// Which events a rule takes.
    RuleProps(
        /// The pattern of the events
        /// (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html>).
        pattern: Json
    ) {
        /// The rule's name. Default: one that CloudFormation makes.
        name: String,
        /// What the rule is for. Default: none.
        description: String;
    }
}

props! {
    /// How a rule's events are delivered.
    TargetProps() {
        /// The queue for events that could not be delivered. Default: none, they are lost.
        dead_letters: Queue;
        /// For how many seconds delivery is tried. Default: a day, the longest.
        maximum_age_seconds: i64 = 24 * 3600,
        /// How often delivery is tried again. Default: 185 times, the most.
        retries: i64 = 185,
    }
}

impl Rule {
    /// Adds a rule, which has no target yet.
    pub fn new(scope: &mut Scope<'_>, id: &str, props: RuleProps) -> Self {
        let mut rule = events::Rule::new().event_pattern(props.pattern).state(rule::State::Enabled);
        rule.name = props.name.map(Value::from);
        rule.description = props.description.map(Value::from);
        Self { id: id.to_owned(), handle: scope.add(id, rule) }
    }

    /// The rule's name.
    pub fn name(&self) -> Value<String> {
        self.handle.reference()
    }

    /// Hands the rule's events to a function, and lets the rule call it.
    pub fn add_target(&self, scope: &mut Scope<'_>, function: &Function, props: TargetProps) {
        let TargetProps { dead_letters, maximum_age_seconds, retries } = props;
        let retry =
            rule::RetryPolicy::new().maximum_event_age_in_seconds(maximum_age_seconds).maximum_retry_attempts(retries);
        let mut target = rule::Target::new(function.arn(), "Function").retry_policy(retry);
        if let Some(dead_letters) = dead_letters {
            target = target.dead_letter_config(rule::DeadLetterConfig::new().arn(dead_letters.arn()));
            dead_letters.allow_send(scope, EVENTBRIDGE, self.handle.arn());
        }
        let mut permission = format!("{}Permission", self.id);
        scope.edit(&self.handle, |rule| {
            let targets = rule.targets.get_or_insert_with(|| Value::Literal(Vec::new()));
            if let Value::Literal(targets) = targets {
                if !targets.is_empty() {
                    let number = targets.len() + 1;
                    target.id = format!("Function{number}").into();
                    permission = format!("{permission}{number}");
                }
                targets.push(target);
            }
        });
        let allowed =
            lambda::Permission::new("lambda:InvokeFunction", function.arn(), EVENTBRIDGE).source_arn(self.handle.arn());
        scope.add(&permission, allowed);
    }
}
