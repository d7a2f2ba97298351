//! SQS queues.

use super::Key;
use crate::aws::sqs;
use crate::iam::{Action, Condition, PolicyDocument, Principal, Statement};
use crate::resource::Handle;
use crate::stack::{RemovalPolicy, Scope};
use crate::value::{Arn, Value};

/// An encrypted queue that is spoken to over TLS only.
#[derive(Debug, Clone)]
pub struct Queue {
    handle: Handle<sqs::Queue>,
    policy: Handle<sqs::QueuePolicy>,
    key: Option<Key>,
}

props! {
    /// How a queue keeps its messages.
    QueueProps() {
        /// The queue's name. Default: one that CloudFormation makes.
        name: String,
        /// The key that encrypts the messages. Default: one that SQS owns.
        key: Key,
        /// The queue for messages that were received several times in vain. Default: none, they are received until they expire.
        dead_letters: Queue,
        /// For how many seconds a message that was received is hidden from others: six times as long as the timeout of a
        /// function that takes it. Default: 30, which is SQS's.
        visibility_timeout_seconds: i64;
        /// How often a message is received before it goes to the dead-letter queue. Default: 3 times.
        max_receives: i64 = 3,
        /// For how many seconds a message is kept. Default: 14 days, the longest.
        retention_seconds: i64 = 14 * 24 * 3600,
        /// What happens to the queue and its messages when it leaves the stack. Default: it is deleted.
        removal: RemovalPolicy = RemovalPolicy::Delete,
    }
}

impl Queue {
    /// Adds a queue, and a policy that refuses requests without TLS.
    pub fn new(scope: &mut Scope<'_>, id: &str, props: QueueProps) -> Self {
        let mut properties = sqs::Queue::new().message_retention_period(props.retention_seconds);
        properties.queue_name = props.name.map(Value::from);
        properties.visibility_timeout = props.visibility_timeout_seconds.map(Value::from);
        match &props.key {
            Some(key) => properties.kms_master_key_id = Some(key.id()),
            None => properties.sqs_managed_sse_enabled = Some(true.into()),
        }
        properties.redrive_policy = props.dead_letters.map(|dead_letters| {
            sqs::queue::RedrivePolicy::new()
                .dead_letter_target_arn(dead_letters.arn())
                .max_receive_count(props.max_receives)
        });
        let handle = scope.add(id, properties);
        scope.removal(&handle, props.removal);
        let document = PolicyDocument::new([Statement::deny_insecure_transport("sqs", [handle.arn()])]);
        let policy = sqs::QueuePolicy::new(document, [handle.reference::<String>()]);
        let policy = scope.add(&format!("{id}Policy"), policy);
        Self { handle, policy, key: props.key }
    }

    /// The queue's URL.
    pub fn url(&self) -> Value<String> {
        self.handle.reference()
    }

    /// The queue's ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.handle.arn()
    }

    /// The queue's name.
    pub fn name(&self) -> Value<String> {
        self.handle.attribute("QueueName")
    }

    /// Lets a service send messages on behalf of one resource.
    pub fn allow_send(&self, scope: &mut Scope<'_>, service: &'static str, source: impl Into<Value<Arn>>) {
        const SEND: [Action; 1] = [Action::new("sqs:SendMessage")];
        let statement = Statement::allow(SEND, [self.arn()])
            .principal(Principal::Service(service))
            .when(Condition::arn_equals("aws:SourceArn", source.into()));
        scope.add_statement(&self.policy, |policy| Some(&mut policy.policy_document), statement);
    }
}

grants! {
    Queue, key {
        /// Allows sending messages, and using the key that encrypts them.
        grant_send: ["sqs:SendMessage"];
        /// Allows receiving messages and deleting them, and using the key that encrypts them.
        grant_consume: [
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:ChangeMessageVisibility",
            "sqs:GetQueueAttributes",
        ];
    }
}
