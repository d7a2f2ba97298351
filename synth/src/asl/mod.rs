//! Typed Amazon States Language, with JSONata for expressions.
//!
//! A state is added to a [`Definition`] before the states that lead to it, and [`Definition::add`] is the only source
//! of a [`StateId`], so no state can name a missing one. Every [`Task`] is made with its timeout, its retries and
//! its catch, every [`Choice`] with its default. A state that must be named before it is added (a loop) is
//! [reserved](Definition::reserve), and [`Definition::finish`] rejects a reservation that was never kept.
//!
//! <https://states-language.net/spec.html>

mod render;
mod state;

use std::collections::BTreeSet;

use indexmap::IndexMap;

use self::state::Call;
pub use self::state::{
    Catch, Choice, Condition, Fail, Field, Jsonata, Map, Next, Parallel, Pass, Retry, State, Succeed, Task, Wait, field,
};
use crate::value::{Arn, Json, Value};

/// A state of one definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateId(pub(crate) String);

/// A state that is named already and added later.
#[derive(Debug)]
#[must_use = "a reserved state must be added with `Definition::keep`"]
pub struct Reservation(String);

/// A state machine's definition, or a branch's, while it is being built.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Definition {
    states: IndexMap<String, Option<State>>,
    duplicates: Vec<String>,
}

/// A complete definition.
#[derive(Debug, Clone, PartialEq)]
pub struct StateMachineDefinition {
    pub(crate) start: String,
    pub(crate) states: Vec<(String, State)>,
}

/// What is wrong with a definition.
#[expect(missing_docs, reason = "each message says what its fields are")]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// Two states have one name.
    #[error("the state `{0}` is added twice; give one of them another name")]
    Duplicate(String),
    /// A reserved state was never added.
    #[error("the state `{0}` is reserved but never added; add it with `keep`")]
    Missing(String),
    /// No path from the start leads to the state.
    #[error("no state leads to `{0}`; remove it, or lead there")]
    Unreachable(String),
    /// A state's name is longer than 80 characters.
    #[error("the state name `{0}` is longer than 80 characters; shorten it")]
    LongName(String),
    /// A state leads to, or the definition starts with, a state of another definition.
    #[error("`{0}` is a state of another definition; a branch can lead only to its own states")]
    Foreign(String),
    /// A state says something that the language does not allow.
    #[error("the state `{state}` {problem}")]
    State { state: String, problem: &'static str },
}

/// The longest name of a state, in characters
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html>).
const MAX_NAME: usize = 80;

impl Definition {
    /// An empty definition.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a state.
    pub fn add(&mut self, name: &str, state: impl Into<State>) -> StateId {
        if self.states.insert(name.to_owned(), Some(state.into())).is_some() {
            self.duplicates.push(name.to_owned());
        }
        StateId(name.to_owned())
    }

    /// Names a state that is added later: for loops.
    pub fn reserve(&mut self, name: &str) -> (StateId, Reservation) {
        if self.states.insert(name.to_owned(), None).is_some() {
            self.duplicates.push(name.to_owned());
        }
        (StateId(name.to_owned()), Reservation(name.to_owned()))
    }

    /// Adds a reserved state.
    #[allow(clippy::needless_pass_by_value, reason = "a reservation is kept once")]
    pub fn keep(&mut self, reservation: Reservation, state: impl Into<State>) {
        self.states.insert(reservation.0, Some(state.into()));
    }

    /// Completes the definition; its states are ordered as the machine meets them.
    ///
    /// # Errors
    /// When a name is taken twice (a branch's too) or too long, a reservation was not kept, a state cannot be reached or
    /// is another definition's, or a state says something that the language does not allow.
    pub fn finish(mut self, start: &StateId) -> Result<StateMachineDefinition, DefinitionError> {
        if let Some(name) = self.duplicates.pop() {
            return Err(DefinitionError::Duplicate(name));
        }
        let mut order = vec![start.0.clone()];
        let mut states = Vec::new();
        let mut met = BTreeSet::new();
        while let Some(name) = order.pop() {
            let Some(state) = self.states.shift_remove(&name) else {
                if met.contains(&name) {
                    continue;
                }
                return Err(DefinitionError::Foreign(name));
            };
            met.insert(name.clone());
            if name.chars().count() > MAX_NAME {
                return Err(DefinitionError::LongName(name));
            }
            let state = state.ok_or_else(|| DefinitionError::Missing(name.clone()))?;
            if let Some(problem) = state.problem() {
                return Err(DefinitionError::State { state: name, problem });
            }
            // Depth first, the main path first: the targets are visited in their order.
            order.extend(state.targets().into_iter().rev().map(|id| id.0.clone()));
            states.push((name, state));
        }
        if let Some((name, _)) = self.states.shift_remove_index(0) {
            return Err(DefinitionError::Unreachable(name));
        }
        // Names are unique in the whole machine: https://states-language.net/spec.html#states-fields
        let branches = states.iter().flat_map(|(_, state)| state.branches()).flat_map(StateMachineDefinition::names);
        match branches.map(ToOwned::to_owned).find(|name| !met.insert(name.clone())) {
            Some(name) => Err(DefinitionError::Duplicate(name)),
            None => Ok(StateMachineDefinition { start: start.0.clone(), states }),
        }
    }
}

impl StateMachineDefinition {
    /// The names of its states, and of those in its branches.
    fn names(&self) -> Vec<&str> {
        let own = self.states.iter().map(|(name, _)| name.as_str());
        own.chain(self.states.iter().flat_map(|(_, state)| state.branches()).flat_map(Self::names)).collect()
    }

    /// The functions that its tasks invoke, those of its branches too, in the order of the states.
    pub fn functions(&self) -> impl Iterator<Item = &Value<Arn>> {
        self.tasks().into_iter().filter_map(Task::function)
    }

    /// The state machines that its tasks start, those of its branches too, in the order of the states.
    pub fn state_machines(&self) -> impl Iterator<Item = &Value<Arn>> {
        self.tasks().into_iter().filter_map(|task| match &task.calls {
            Some(Call::StateMachine(machine)) => Some(machine),
            _ => None,
        })
    }

    fn tasks(&self) -> Vec<&Task> {
        let mut tasks = Vec::new();
        for (_, state) in &self.states {
            match state {
                State::Task(task) => tasks.push(task),
                other => tasks.extend(other.branches().iter().flat_map(Self::tasks)),
            }
        }
        tasks
    }

    /// The states, with their names, that an execution without an error passes, when `holds` decides its choices; a loop is
    /// followed once.
    ///
    /// # Errors
    /// The first of `holds`.
    pub fn follow<E>(&self, mut holds: impl FnMut(&Condition) -> Result<bool, E>) -> Result<Vec<(&str, &State)>, E> {
        let mut passed: Vec<(&str, &State)> = Vec::new();
        let mut next = Some(&self.start);
        while let Some((name, state)) = next.and_then(|next| self.states.iter().find(|(name, _)| name == next)) {
            if passed.iter().any(|(earlier, _)| earlier == name) {
                break;
            }
            passed.push((name, state));
            let mut target = state.next();
            if let State::Choice(choice) = state {
                for (condition, chosen) in &choice.rules {
                    if holds(condition)? {
                        target = Some(chosen);
                        break;
                    }
                }
            }
            next = target.map(|target| &target.0);
        }
        Ok(passed)
    }

    /// The document for a state machine; execution stops after the timeout.
    pub fn document(&self, comment: Option<&str>, timeout_seconds: u32) -> Json {
        render::document(self, comment, timeout_seconds)
    }

    /// A Mermaid flowchart of the states and the ways between them.
    pub fn mermaid(&self) -> String {
        render::mermaid(self)
    }
}
