//! A stack's events, as they happen.

use std::time::{Duration, SystemTime};

use aws::{CallError, DeployedStack, During, StackState, state_of};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{ResourceStatus, StackEvent};

use super::{DeployError, Event, Watcher};

/// What happened to a resource, or to the stack itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceEvent {
    /// Its logical ID; of the stack itself, the stack's name.
    pub logical_id: String,
    /// Its physical ID, once it has one.
    pub physical_id: Option<String>,
    pub resource_type: String,
    pub status: ResourceStatus,
    pub reason: Option<String>,
    /// When, in milliseconds since 1970.
    pub millis: i64,
}

/// How often a stack is asked whether an operation has begun: about half a minute.
const MAX_EMPTY_POLLS: u32 = 15;

/// The type of the stack's own events.
const STACK: &str = "AWS::CloudFormation::Stack";

impl ResourceEvent {
    #[must_use]
    pub fn is_of_stack(&self) -> bool {
        self.resource_type == STACK
    }

    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.status.as_str().ends_with("_FAILED")
    }

    /// Whether the resource is done with.
    #[must_use]
    pub fn is_final(&self) -> bool {
        !self.status.as_str().ends_with("_IN_PROGRESS")
    }
}

impl From<StackEvent> for ResourceEvent {
    fn from(event: StackEvent) -> Self {
        Self {
            logical_id: event.logical_resource_id.unwrap_or_default(),
            physical_id: event.physical_resource_id.filter(|id| !id.is_empty()),
            resource_type: event.resource_type.unwrap_or_default(),
            status: event.resource_status.unwrap_or_else(|| ResourceStatus::from("UNKNOWN")),
            reason: event.resource_status_reason.filter(|reason| !reason.is_empty()),
            millis: event.timestamp.and_then(|time| time.to_millis().ok()).unwrap_or_default(),
        }
    }
}

#[derive(Debug)]
pub(super) struct Ended {
    pub(super) stack: DeployedStack,
    /// What happened, in order.
    pub(super) events: Vec<ResourceEvent>,
}

#[derive(Debug)]
pub(super) struct Follower<'a> {
    client: &'a Client,
    stack_id: String,
    /// The newest event that was seen.
    seen: Option<String>,
    /// How often the stack was asked, and the operation had not begun.
    empty_polls: u32,
    events: Vec<ResourceEvent>,
}

impl<'a> Follower<'a> {
    /// Follows what happens from now on.
    pub(super) async fn from_now(client: &'a Client, stack_id: &str) -> Result<Self, CallError> {
        let answer = client.describe_stack_events().stack_name(stack_id).send().await;
        let newest = answer.during("cloudformation:DescribeStackEvents")?.stack_events.unwrap_or_default();
        let seen = newest.into_iter().next().and_then(|event| event.event_id);
        Ok(Self { client, stack_id: stack_id.to_owned(), seen, empty_polls: 0, events: Vec::new() })
    }

    /// Follows the operation that is under way, from its start.
    pub(super) fn from_start_of_operation(client: &'a Client, stack_id: &str) -> Self {
        Self { client, stack_id: stack_id.to_owned(), seen: None, empty_polls: 0, events: Vec::new() }
    }

    /// Tells every event until nothing is under way any more.
    pub(super) async fn until_settled(mut self, watcher: &mut dyn Watcher) -> Result<Ended, DeployError> {
        let mut backoff = Backoff::default();
        loop {
            // The status first: what happens between the two questions is seen with the next ones.
            let stack = DeployedStack::find(self.client, &self.stack_id).await?;
            let stack = stack.ok_or_else(|| DeployError::NoStack { stack: self.stack_id.clone() })?;
            let arrived = self.read().await?;
            if !arrived.is_empty() {
                // More may happen soon.
                backoff = Backoff::default();
            }
            for event in &arrived {
                watcher.notify(&Event::Resource { stack: stack.name.clone(), event: event.clone() });
            }
            self.events.extend(arrived);
            let rests = !matches!(state_of(&stack.status), StackState::Busy | StackState::New);
            self.empty_polls += 1;
            // After so many questions, whatever was asked for has passed unseen.
            let has_begun = self.empty_polls > MAX_EMPTY_POLLS || self.events.iter().any(ResourceEvent::is_of_stack);
            if rests && has_begun {
                return Ok(Ended { stack, events: self.events });
            }
            backoff.wait().await;
        }
    }

    async fn read(&mut self) -> Result<Vec<ResourceEvent>, CallError> {
        let mut events = Vec::new();
        let mut newest = None;
        let mut token = None;
        'pages: loop {
            let request = self.client.describe_stack_events().stack_name(&self.stack_id).set_next_token(token);
            let page = request.send().await.during("cloudformation:DescribeStackEvents")?;
            for event in page.stack_events.unwrap_or_default() {
                if event.event_id.is_some() && event.event_id == self.seen {
                    break 'pages;
                }
                newest = newest.or_else(|| event.event_id.clone());
                let starts = self.seen.is_none() && starts_operation(&event);
                events.push(ResourceEvent::from(event));
                if starts {
                    break 'pages;
                }
            }
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                break;
            }
        }
        self.seen = newest.or_else(|| self.seen.take());
        events.reverse();
        Ok(events)
    }
}

/// When a resource of this type was last deleted from a stack, deleted stacks by their ARN.
pub(super) async fn last_deletion(
    client: &Client,
    stack_id: &str,
    resource_type: &str,
) -> Result<Option<SystemTime>, CallError> {
    let mut pages = client.describe_stack_events().stack_name(stack_id).into_paginator().send();
    while let Some(page) = pages.next().await {
        let events = page.during("cloudformation:DescribeStackEvents")?.stack_events.unwrap_or_default();
        let mut deletions = events
            .into_iter()
            .map(ResourceEvent::from)
            .filter(|event| event.resource_type == resource_type && event.status == ResourceStatus::DeleteComplete);
        if let Some(newest) = deletions.next() {
            let millis = u64::try_from(newest.millis).unwrap_or_default();
            return Ok(Some(SystemTime::UNIX_EPOCH + Duration::from_millis(millis)));
        }
    }
    Ok(None)
}

/// Whether an operation on the stack begins with this event.
fn starts_operation(event: &StackEvent) -> bool {
    event.resource_type.as_deref() == Some(STACK)
        && event.physical_resource_id == event.stack_id
        && matches!(
            event.resource_status,
            Some(
                ResourceStatus::CreateInProgress | ResourceStatus::UpdateInProgress | ResourceStatus::DeleteInProgress
            )
        )
}

const MIN_POLL_INTERVAL: Duration = Duration::from_millis(150);
const MAX_POLL_INTERVAL: Duration = Duration::from_secs(3);

/// The intervals between questions to CloudFormation: short at first, then longer, so that it does not throttle.
#[derive(Debug, Clone, Copy)]
pub(super) struct Backoff {
    next: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { next: MIN_POLL_INTERVAL }
    }
}

impl Backoff {
    pub(super) async fn wait(&mut self) {
        tokio::time::sleep(self.next).await;
        self.next = self.next.mul_f32(1.5).min(MAX_POLL_INTERVAL);
    }
}
