//! Definitions as States Language documents and as pictures.

use std::fmt::Write as _;

use indexmap::{IndexMap, IndexSet};

use super::state::{Catch, Jsonata, Next, Retry, State};
use super::{StateId, StateMachineDefinition};
use crate::value::Json;

/// The whole document.
pub(super) fn document(definition: &StateMachineDefinition, comment: Option<&str>, timeout_seconds: u32) -> Json {
    let mut members = Members::default();
    members.put_some("Comment", comment.as_ref());
    members.put("QueryLanguage", "JSONata");
    members.put("TimeoutSeconds", timeout_seconds);
    members.machine(definition);
    members.finish()
}

/// An object's members, in order.
#[derive(Default)]
struct Members(IndexMap<String, Json>);

impl Members {
    fn put(&mut self, key: &str, value: impl Into<Json>) {
        self.0.insert(key.to_owned(), value.into());
    }

    fn put_some<V: Into<Json> + Clone>(&mut self, key: &str, value: Option<&V>) {
        if let Some(value) = value {
            self.put(key, value.clone());
        }
    }

    fn next(&mut self, next: &Next) {
        match next {
            Next::To(StateId(name)) => self.put("Next", name),
            Next::End => self.put("End", true),
        }
    }

    fn machine(&mut self, definition: &StateMachineDefinition) {
        self.put("StartAt", &definition.start);
        self.put("States", Json::object(definition.states.iter().map(|(name, state)| (name, render(state)))));
    }

    fn finish(self) -> Json {
        Json::Object(self.0)
    }
}

fn branch(definition: &StateMachineDefinition) -> Json {
    let mut members = Members::default();
    members.machine(definition);
    members.finish()
}

fn render(state: &State) -> Json {
    let mut members = Members::default();
    members.put("Type", kind(state));
    match state {
        State::Task(task) => {
            members.put_some("Comment", task.comment.as_ref());
            members.put("Resource", task.resource.clone());
            members.put("Arguments", task.arguments.clone());
            members.put_some("Output", task.output.as_ref());
            members.put("TimeoutSeconds", task.timeout_seconds);
            members.put("Retry", Json::list(task.retry.iter().map(retry)));
            members.put("Catch", Json::list(state.catches().iter().map(catch)));
            members.next(&task.next);
        }
        State::Choice(choice) => {
            members.put_some("Comment", choice.comment.as_ref());
            let rules = choice.rules.iter().map(|(condition, StateId(next))| {
                let condition = Jsonata::new(&condition.to_string());
                Json::object([("Condition", condition.into()), ("Next", Json::from(next))])
            });
            members.put("Choices", Json::list(rules));
            members.put("Default", &choice.default.0);
        }
        State::Pass(pass) => {
            members.put_some("Comment", pass.comment.as_ref());
            members.put_some("Output", pass.output.as_ref());
            members.next(&pass.next);
        }
        State::Wait(wait) => {
            members.put("Seconds", wait.seconds);
            members.next(&wait.next);
        }
        State::Succeed(succeed) => members.put_some("Output", succeed.output.as_ref()),
        State::Fail(fail) => {
            members.put("Error", fail.error.clone());
            members.put("Cause", fail.cause.clone());
        }
        State::Parallel(parallel) => {
            members.put("Branches", Json::list(parallel.branches.iter().map(branch)));
            members.put("Catch", Json::list([catch(&parallel.catch)]));
            members.next(&parallel.next);
        }
        State::Map(map) => {
            members.put("Items", map.items.clone());
            members.put("MaxConcurrency", map.max_concurrency);
            members.put("ItemProcessor", branch(&map.processor));
            members.put("Catch", Json::list([catch(&map.catch)]));
            members.next(&map.next);
        }
    }
    members.finish()
}

fn kind(state: &State) -> &'static str {
    match state {
        State::Task(_) => "Task",
        State::Choice(_) => "Choice",
        State::Pass(_) => "Pass",
        State::Wait(_) => "Wait",
        State::Succeed(_) => "Succeed",
        State::Fail(_) => "Fail",
        State::Parallel(_) => "Parallel",
        State::Map(_) => "Map",
    }
}

fn retry(retry: &Retry) -> Json {
    let mut members = Members::default();
    members.put("ErrorEquals", Json::list(&retry.errors));
    members.put("IntervalSeconds", retry.interval_seconds);
    members.put("MaxAttempts", retry.max_attempts);
    members.put("BackoffRate", retry.backoff_rate);
    members.put("MaxDelaySeconds", retry.max_delay_seconds);
    members.put("JitterStrategy", "FULL");
    members.finish()
}

fn catch(catch: &Catch) -> Json {
    let mut members = Members::default();
    members.put("ErrorEquals", Json::list(&catch.errors));
    members.put_some("Output", catch.output.as_ref());
    members.put("Next", &catch.next.0);
    members.finish()
}

/// A Mermaid flowchart; ways that errors take are dotted.
pub(super) fn mermaid(definition: &StateMachineDefinition) -> String {
    let number = |name: &str| definition.states.iter().position(|(other, _)| other == name).unwrap_or_default();
    let mut text = String::from("flowchart TD\n  start([start]) --> s0\n");
    // Writing to a `String` cannot fail.
    for (index, (name, state)) in definition.states.iter().enumerate() {
        let (open, close) = match state {
            State::Choice(_) => ("{", "}"),
            State::Succeed(_) | State::Fail(_) => ("([", "])"),
            _ => ("[", "]"),
        };
        let _ = writeln!(text, "  s{index}{open}\"{}\"{close}", name.replace('"', "#quot;"));
        for arrow in arrows(state, number) {
            let _ = writeln!(text, "  s{index} {arrow}");
        }
    }
    text
}

/// The ways out of a state, each once: a choice's with their conditions, those of errors dotted.
fn arrows(state: &State, number: impl Fn(&str) -> usize) -> IndexSet<String> {
    if let State::Choice(choice) = state {
        let rules = choice.rules.iter().map(|(condition, next)| {
            let condition = condition.to_string().replace("$states.input.", "").replace('"', "'");
            format!("-->|\"{condition}\"| s{}", number(&next.0))
        });
        return rules.chain([format!("--> s{}", number(&choice.default.0))]).collect();
    }
    let errors: Vec<&StateId> = state.catches().iter().map(|catch| &catch.next).collect();
    let arrow = |target| if errors.contains(&target) { "-.->" } else { "-->" };
    state.targets().into_iter().map(|target| format!("{} s{}", arrow(target), number(&target.0))).collect()
}
