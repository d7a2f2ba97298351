//! SNS topics.

use super::{Function, Key};
use crate::aws::{lambda, sns};
use crate::iam::{Action, Condition, PolicyDocument, Principal, Statement};
use crate::resource::Handle;
use crate::stack::Scope;
use crate::value::{Arn, Value};

/// A topic that is spoken to over TLS only.
#[derive(Debug, Clone)]
pub struct Topic {
    handle: Handle<sns::Topic>,
    policy: Handle<sns::TopicPolicy>,
    key: Option<Key>,
}

props! {
    /// What a topic is called, and what encrypts it.
    TopicProps() {
        /// The topic's name. Default: one that CloudFormation makes.
        name: String,
        /// Who messages come from, in e-mails. Default: the topic's name.
        display_name: String,
        /// The key that encrypts the messages. Default: none, they are not encrypted at rest.
        key: Key;
    }
}

const PUBLISH: Action = Action::new("sns:Publish");

impl Topic {
    /// Adds a topic, and a policy that refuses messages without TLS.
    pub fn new(scope: &mut Scope<'_>, id: &str, props: TopicProps) -> Self {
        let mut topic = sns::Topic::new();
        topic.topic_name = props.name.map(Value::from);
        topic.display_name = props.display_name.map(Value::from);
        topic.kms_master_key_id = props.key.as_ref().map(Key::id);
        let handle = scope.add(id, topic);
        let arn: Value<Arn> = handle.reference();
        // A topic's policy takes only actions that a topic has, so the denial names the one that sends.
        let document = PolicyDocument::new([Statement::deny_insecure([PUBLISH], [&arn])]);
        let policy = scope.add(&format!("{id}Policy"), sns::TopicPolicy::new(document, [arn]));
        Self { handle, policy, key: props.key }
    }

    /// The topic's ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.handle.reference()
    }

    /// The topic's name.
    pub fn name(&self) -> Value<String> {
        self.handle.attribute("TopicName")
    }

    /// Lets a service of this account publish.
    pub fn allow_service(&self, scope: &mut Scope<'_>, service: &'static str) {
        let statement = Statement::allow([PUBLISH], [self.arn()])
            .principal(Principal::Service(service))
            .when(Condition::own_account());
        scope.add_statement(&self.policy, |policy| Some(&mut policy.policy_document), statement);
    }

    /// Sends every message to an e-mail address, once its owner has confirmed.
    pub fn subscribe_email(&self, scope: &mut Scope<'_>, id: &str, address: &str) {
        let subscription = sns::Subscription::new(sns::subscription::Protocol::Email, self.arn()).endpoint(address);
        scope.add(id, subscription);
    }

    /// Hands every message to a function, and lets the topic call it.
    pub fn subscribe_function(&self, scope: &mut Scope<'_>, id: &str, function: &Function) {
        let subscription = sns::Subscription::new(sns::subscription::Protocol::Lambda, self.arn());
        scope.add(id, subscription.endpoint(function.arn()));
        let allowed = lambda::Permission::new("lambda:InvokeFunction", function.arn(), "sns.amazonaws.com");
        scope.add(&format!("{id}Permission"), allowed.source_arn(self.arn()));
    }
}

grants! {
    Topic, key {
        /// Allows publishing, and using the key that encrypts the messages.
        grant_publish: ["sns:Publish"];
    }
}
