//! SQS queues.

use crate::aws::sqs;
use crate::iam::{Action, Condition, PolicyDocument, Principal, Statement};
use crate::resource::Handle;
use crate::stack::{RemovalPolicy, Scope};
use crate::value::{Arn, Value};

use super::Key;

/// An encrypted queue that is spoken to over TLS only.
#[derive(Debug, Clone)]
pub struct Queue {
    handle: Handle<sqs::Queue>,
    policy: Handle<sqs::QueuePolicy>,
    key: Key,
}

/// The longest that SQS keeps a message: 14 days, in seconds.
const LONGEST_RETENTION: i64 = 14 * 24 * 3600;

impl Queue {
    /// Adds a queue; messages that were received several times in vain go to the dead-letter queue, if there is one.
    pub fn new(scope: &mut Scope<'_>, name: &str, queue_name: &str, key: &Key, dead_letters: Option<&Self>) -> Self {
        let mut properties = sqs::Queue::new()
            .queue_name(queue_name)
            .kms_master_key_id(key.id())
            .message_retention_period(LONGEST_RETENTION);
        if let Some(dead_letters) = dead_letters {
            let redrive =
                sqs::queue::RedrivePolicy::new().dead_letter_target_arn(dead_letters.arn()).max_receive_count(3);
            properties = properties.redrive_policy(redrive);
        }
        let handle = scope.add(name, properties);
        // Messages are announcements of what is recorded elsewhere: nothing is lost with them.
        scope.removal(&handle, RemovalPolicy::Delete);
        let document = PolicyDocument::new([Statement::deny_insecure_transport("sqs", [handle.arn()])]);
        let policy = sqs::QueuePolicy::new(document, [handle.reference::<String>()]);
        let policy = scope.add(&format!("{name}Policy"), policy);
        Self { handle, policy, key: key.clone() }
    }

    /// The queue's URL.
    #[must_use]
    pub fn url(&self) -> Value<String> {
        self.handle.reference()
    }

    /// The queue's ARN.
    #[must_use]
    pub fn arn(&self) -> Value<Arn> {
        self.handle.arn()
    }

    /// The queue's name.
    #[must_use]
    pub fn name(&self) -> Value<String> {
        self.handle.attribute("QueueName")
    }

    /// Lets a service send messages on behalf of one resource.
    pub fn allow_send(&self, scope: &mut Scope<'_>, service: &'static str, source: impl Into<Value<String>>) {
        let statement = Statement::allow(SEND, [self.arn()])
            .principal(Principal::Service(service))
            .when(Condition::arn_equals("aws:SourceArn", source.into()));
        scope.add_statement(&self.policy, |policy| Some(&mut policy.policy_document), statement);
    }

    /// Allows sending messages, and encrypting them.
    #[must_use]
    pub fn grant_send(&self) -> [Statement; 2] {
        [Statement::allow(SEND, [self.arn()]), self.key.grant_use()]
    }
}

const SEND: [Action; 1] = [Action::new("sqs:SendMessage")];
