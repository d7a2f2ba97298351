//! KMS keys.

use crate::aws::kms;
use crate::iam::{Action, Condition, PolicyDocument, Principal, Statement};
use crate::resource::Handle;
use crate::stack::{RemovalPolicy, Scope};
use crate::value::{Arn, Value};

/// What the account's administrators may do with a key: manage it, but not use it.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>
const ADMINISTRATION: [Action; 22] = [
    Action::new("kms:CancelKeyDeletion"),
    Action::new("kms:CreateAlias"),
    Action::new("kms:CreateGrant"),
    Action::new("kms:DeleteAlias"),
    Action::new("kms:DescribeKey"),
    Action::new("kms:DisableKey"),
    Action::new("kms:DisableKeyRotation"),
    Action::new("kms:EnableKey"),
    Action::new("kms:EnableKeyRotation"),
    Action::new("kms:GetKeyPolicy"),
    Action::new("kms:GetKeyRotationStatus"),
    Action::new("kms:ListAliases"),
    Action::new("kms:ListGrants"),
    Action::new("kms:ListKeyPolicies"),
    Action::new("kms:ListResourceTags"),
    Action::new("kms:PutKeyPolicy"),
    Action::new("kms:RevokeGrant"),
    Action::new("kms:ScheduleKeyDeletion"),
    Action::new("kms:TagResource"),
    Action::new("kms:UntagResource"),
    Action::new("kms:UpdateAlias"),
    Action::new("kms:UpdateKeyDescription"),
];

/// What writing and reading encrypted messages takes.
const USE: [Action; 2] = [Action::new("kms:Decrypt"), Action::new("kms:GenerateDataKey")];

/// A symmetric key that rotates every year.
#[derive(Debug, Clone)]
pub struct Key {
    handle: Handle<kms::Key>,
}

props! {
    /// What a key is for.
    KeyProps() {
        /// What the key encrypts. Default: none.
        description: String;
        /// What happens to the key when it leaves the stack. Default: it stays.
        removal: RemovalPolicy = RemovalPolicy::Retain,
    }
}

impl Key {
    /// Adds a key that the account's own policies may administer and use.
    ///
    /// A key policy speaks only of its own key, which is what `*` means in it.
    pub fn new(scope: &mut Scope<'_>, id: &str, props: KeyProps) -> Self {
        let account = Principal::Aws(Arn::build("iam").global().resource("root"));
        let document = PolicyDocument::new([
            Statement::allow(ADMINISTRATION, ["*"]).sid("Administration").principal(account.clone()),
            Statement::allow(USE, ["*"]).sid("UseByPolicies").principal(account),
        ]);
        let mut key = kms::Key::new().enable_key_rotation(true).key_policy(document);
        key.description = props.description.map(Value::from);
        let handle = scope.add(id, key);
        scope.removal(&handle, props.removal);
        Self { handle }
    }

    /// The key's ID.
    pub fn id(&self) -> Value<String> {
        self.handle.reference()
    }

    /// The key's ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.handle.arn()
    }

    /// Lets a service use the key, for requests of which the condition holds.
    pub fn allow_service(&self, scope: &mut Scope<'_>, service: &'static str, whose: Condition) {
        let statement = Statement::allow(USE, ["*"]).principal(Principal::Service(service)).when(whose);
        scope.add_statement(&self.handle, |key| key.key_policy.as_mut(), statement);
    }
}

grants! {
    Key {
        /// Allows using the key; the grants of what it encrypts include this.
        grant_use: ["kms:Decrypt", "kms:GenerateDataKey"];
    }
}
