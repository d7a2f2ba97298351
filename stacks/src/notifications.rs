//! Notifications: the topic, the queue, and the key that encrypts both.

use synth::Scope;
use synth::constructs::{Key, KeyProps, Queue, QueueProps, Topic, TopicProps};
use synth::iam::Condition;

use super::storage::removal_policy;
use config::Config;

/// How the platform reports.
#[derive(Debug)]
pub(super) struct Notifications {
    /// Where failures, alarms and, if wanted, the course of each video are announced.
    pub(super) topic: Topic,
    /// Where the records of finished videos go, if wanted.
    pub(super) queue: Option<Queue>,
    /// Where events go that could not be delivered.
    pub(super) event_dead_letters: Queue,
    /// Where messages go that the queue's readers failed on.
    pub(super) queue_dead_letters: Option<Queue>,
    /// What encrypts all of them.
    pub(super) key: Key,
}

impl Notifications {
    /// Adds the topic, the queues and their key.
    pub(super) fn new(scope: &mut Scope<'_>, config: &Config) -> Self {
        let mut scope = scope.child("Notifications");
        let name = &config.name;
        let props = KeyProps::default().description(format!("Encrypts the messages of {name}."));
        let key = Key::new(&mut scope, "Key", props.removal(removal_policy(config)));
        // AWS documents the account for alarms that go to an encrypted topic; for events that go to an encrypted queue its
        // page has no condition (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html,
        // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html).
        key.allow_service(&mut scope, "events.amazonaws.com", Condition::own_account().if_exists());
        key.allow_service(&mut scope, "cloudwatch.amazonaws.com", Condition::own_account());
        let props = TopicProps::default().name(format!("{name}-notifications")).display_name("Video on demand");
        let topic = Topic::new(&mut scope, "Topic", props.key(key.clone()));
        topic.allow_service(&mut scope, "cloudwatch.amazonaws.com");
        if let Some(address) = &config.admin_email {
            topic.subscribe_email(&mut scope, "AdminEmail", address.as_str());
        }
        // Messages repeat what is recorded elsewhere: queues go with the stack, and nothing is lost with them.
        let encrypted = |suffix: &str| QueueProps::default().name(format!("{name}-{suffix}")).key(key.clone());
        let queue_dead_letters = config
            .notifications
            .sqs
            .then(|| Queue::new(&mut scope, "DeadLetters", encrypted("published-dead-letters")));
        let queue = queue_dead_letters.as_ref().map(|dead_letters| {
            Queue::new(&mut scope, "Queue", encrypted("published").dead_letters(dead_letters.clone()))
        });
        let event_dead_letters = Queue::new(&mut scope, "EventDeadLetters", encrypted("event-dead-letters"));
        Self { topic, queue, event_dead_letters, queue_dead_letters, key }
    }
}
