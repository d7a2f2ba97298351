//! EventBridge rules.

use super::{Function, Queue};
use crate::aws::events::{self, rule};
use crate::aws::lambda;
use crate::json::Json;
use crate::resource::Handle;
use crate::stack::Scope;

/// Where a rule's events go, and where they go when that fails.
#[derive(Debug, Clone, Copy)]
pub struct EventTarget<'a> {
    /// The function that is called.
    pub function: &'a Function,
    /// What takes an event that the function could not be given.
    pub dead_letters: &'a Queue,
    /// How long delivery is tried, in seconds.
    pub maximum_age_seconds: u32,
    /// How often delivery is tried again.
    pub retries: u8,
}

/// Adds a rule that hands the default bus's matching events to a function.
pub fn rule_to_function(
    scope: &mut Scope<'_>,
    name: &str,
    rule_name: &str,
    description: &str,
    pattern: Json,
    target: EventTarget<'_>,
) -> Handle<events::Rule> {
    let destination = rule::Target::new(target.function.arn(), "Function")
        .dead_letter_config(rule::DeadLetterConfig::new().arn(target.dead_letters.arn()))
        .retry_policy(
            rule::RetryPolicy::new()
                .maximum_event_age_in_seconds(target.maximum_age_seconds)
                .maximum_retry_attempts(target.retries),
        );
    let rule = events::Rule::new()
        .name(rule_name)
        .description(description)
        .event_pattern(pattern)
        .state(rule::State::Enabled)
        .targets([destination]);
    let handle = scope.add(name, rule);
    target.dead_letters.allow_send(scope, "events.amazonaws.com", handle.arn());
    let permission = lambda::Permission::new("lambda:InvokeFunction", target.function.arn(), "events.amazonaws.com")
        .source_arn(handle.arn());
    scope.add(&format!("{name}Permission"), permission);
    handle
}
