//! SNS topics.

use crate::aws::sns;
use crate::iam::{Action, Condition, PolicyDocument, Principal, Statement};
use crate::resource::Handle;
use crate::stack::Scope;
use crate::value::{Arn, Value};

use super::Key;

/// An encrypted topic that is spoken to over TLS only.
#[derive(Debug, Clone)]
pub struct Topic {
    handle: Handle<sns::Topic>,
    policy: Handle<sns::TopicPolicy>,
    key: Key,
}

const PUBLISH: [Action; 1] = [Action::new("sns:Publish")];

impl Topic {
    /// Adds a topic.
    pub fn new(scope: &mut Scope<'_>, name: &str, topic_name: &str, display_name: &str, key: &Key) -> Self {
        let topic = sns::Topic::new().topic_name(topic_name).display_name(display_name).kms_master_key_id(key.id());
        let handle = scope.add(name, topic);
        let arn: Value<Arn> = handle.reference();
        // A topic's policy takes only actions that a topic has, so the denial names the one that sends.
        let document = PolicyDocument::new([Statement::deny_insecure([PUBLISH[0]], [&arn])]);
        let policy = sns::TopicPolicy::new(document, [arn]);
        let policy = scope.add(&format!("{name}Policy"), policy);
        Self { handle, policy, key: key.clone() }
    }

    /// The topic's ARN.
    #[must_use]
    pub fn arn(&self) -> Value<Arn> {
        self.handle.reference()
    }

    /// The topic's name.
    #[must_use]
    pub fn name(&self) -> Value<String> {
        self.handle.attribute("TopicName")
    }

    /// Lets a service of this account publish.
    pub fn allow_service(&self, scope: &mut Scope<'_>, service: &'static str) {
        let statement = Statement::allow(PUBLISH, [self.arn()])
            .principal(Principal::Service(service))
            .when(Condition::own_account());
        scope.add_statement(&self.policy, |policy| Some(&mut policy.policy_document), statement);
    }

    /// Sends every message to an e-mail address, once its owner has confirmed.
    pub fn subscribe_email(&self, scope: &mut Scope<'_>, name: &str, address: &str) {
        let subscription = sns::Subscription::new(sns::subscription::Protocol::Email, self.arn()).endpoint(address);
        scope.add(name, subscription);
    }

    /// Allows publishing, and encrypting what is published.
    #[must_use]
    pub fn grant_publish(&self) -> [Statement; 2] {
        [Statement::allow(PUBLISH, [self.arn()]), self.key.grant_use()]
    }
}
