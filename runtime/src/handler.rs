//! A handler: its clients, built once for all invocations of a process, and an async function of them.
//!
//! Most steps of a workflow take its record: `record` and `relay` make handlers of functions that know nothing of
//! JSON.

use futures_util::{FutureExt as _, future::LocalBoxFuture};
use pipeline::{
    errors::ErrorName,
    record::{Record, Warning},
    state::{MAX_ANSWER_BYTES, json_bytes},
};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::failure::Failure;

/// One call of a handler.
#[derive(Debug, Clone, PartialEq)]
pub struct Invocation {
    /// What the handler was called with.
    pub event: Value,
    /// When Lambda stops the function, whatever it is doing.
    pub deadline: Instant,
}

/// A handler, ready for invocations.
pub trait Handle {
    fn handle(&self, invocation: Invocation) -> LocalBoxFuture<'_, Result<Value, Failure>>;
}

/// A handler of clients and the function that uses them.
pub(crate) fn service<C, F>(clients: C, function: F) -> Box<dyn Handle>
where
    C: 'static,
    F: AsyncFn(&C, Invocation) -> Result<Value, Failure> + 'static,
{
    Box::new(Service { clients, function })
}

struct Service<C, F> {
    clients: C,
    function: F,
}

impl<C, F: AsyncFn(&C, Invocation) -> Result<Value, Failure>> Handle for Service<C, F> {
    fn handle(&self, invocation: Invocation) -> LocalBoxFuture<'_, Result<Value, Failure>> {
        (self.function)(&self.clients, invocation).boxed_local()
    }
}

/// A step that completes a workflow's record.
pub(crate) fn record<C>(
    step: impl AsyncFn(&C, Record) -> Result<Record, Failure>,
) -> impl AsyncFn(&C, Invocation) -> Result<Value, Failure> {
    bounded(async move |clients: &C, Invocation { event, .. }: Invocation| {
        let record = read(&event, "a workflow record")?;
        serde_json::to_value(step(clients, record).await?).map_err(Failure::unwritable)
    })
}

/// A step that does something with a workflow's record and hands it on as it came, or with a warning.
///
/// The answer is as large as what the state machine gave, so no limit is held against it.
pub(crate) fn relay<C>(
    step: impl AsyncFn(&C, &Record) -> Result<Option<Warning>, Failure>,
) -> impl AsyncFn(&C, Invocation) -> Result<Value, Failure> {
    async move |clients: &C, Invocation { event, .. }: Invocation| {
        let mut record: Record = read(&event, "a workflow record")?;
        let Some(warning) = step(clients, &record).await? else { return Ok(event) };
        record.workflow_warnings.push(warning);
        serde_json::to_value(record).map_err(Failure::unwritable)
    }
}

/// An event as what a handler takes, which is named with its article.
pub(crate) fn read<'e, T: Deserialize<'e>>(event: &'e Value, expected: &'static str) -> Result<T, Failure> {
    T::deserialize(event).map_err(|source| Failure::InvalidEvent { expected, source })
}

/// An answer that no state machine can carry.
#[derive(Debug, thiserror::Error)]
#[error("the answer has {bytes} bytes; a state machine carries {MAX_ANSWER_BYTES}")]
struct TooLarge {
    bytes: usize,
}

/// A handler whose answers a state machine can carry. A larger one is an error, which is caught, recorded and announced;
/// by itself it would end the execution without a trace.
pub(crate) fn bounded<C>(
    function: impl AsyncFn(&C, Invocation) -> Result<Value, Failure>,
) -> impl AsyncFn(&C, Invocation) -> Result<Value, Failure> {
    async move |clients: &C, invocation: Invocation| {
        let answer = function(clients, invocation).await?;
        let bytes = json_bytes(&answer);
        if bytes > MAX_ANSWER_BYTES {
            return Err(Failure::rejected(ErrorName::TooLarge, TooLarge { bytes }));
        }
        Ok(answer)
    }
}
