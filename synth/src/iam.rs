//! Typed IAM policy documents.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>

use crate::logical_id::Path;
use crate::problem::Problem;
use crate::value::{Arn, Json, PseudoParameter, Value};

/// An IAM action, such as `s3:GetObject`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Action(&'static str);

impl Action {
    /// An action from its name.
    ///
    /// # Panics
    /// When the name has no service prefix or holds a wildcard: at compile time, where the action is a constant.
    ///
    /// ```
    /// const READ: synth::iam::Action = synth::iam::Action::new("s3:GetObject");
    /// assert_eq!(READ.name(), "s3:GetObject");
    /// ```
    /// ```compile_fail
    /// const ALL: synth::iam::Action = synth::iam::Action::new("s3:*");
    /// assert_eq!(ALL.name(), "s3:*");
    /// ```
    /// ```compile_fail
    /// const NAMELESS: synth::iam::Action = synth::iam::Action::new("s3:");
    /// assert_eq!(NAMELESS.name(), "s3:");
    /// ```
    pub const fn new(name: &'static str) -> Self {
        let bytes = name.as_bytes();
        let last = bytes.len().saturating_sub(1);
        let mut index = 0;
        let mut colons = 0;
        while index < bytes.len() {
            assert!(bytes[index] != b'*' && bytes[index] != b'?', "an action may not hold a wildcard");
            if bytes[index] == b':' && index > 0 && index < last {
                colons += 1;
            }
            index += 1;
        }
        assert!(colons == 1, "an action is written service:Name");
        Self(name)
    }

    /// The action's name.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

/// Whether a statement allows or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

/// Who a resource policy speaks of.
#[derive(Debug, Clone, PartialEq)]
pub enum Principal {
    /// An AWS service, such as `lambda.amazonaws.com`.
    Service(&'static str),
    /// An account, a role or a user, by ARN.
    Aws(Value<Arn>),
    /// A web identity provider, by ARN.
    Federated(Value<Arn>),
    /// Everybody: for statements that deny, or that a condition narrows.
    Anyone,
}

/// What must hold of a request for a statement to speak of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    operator: String,
    key: String,
    value: Json,
}

impl Condition {
    /// The request's value is the one given, or one of those given.
    pub fn string_equals(key: &str, value: impl Into<Json>) -> Self {
        Self::new("StringEquals", key, value)
    }

    /// The request's value matches a pattern with `*` and `?`.
    pub fn string_like(key: &str, value: impl Into<Json>) -> Self {
        Self::new("StringLike", key, value)
    }

    /// The request's ARN is the one given.
    pub fn arn_equals(key: &str, value: impl Into<Json>) -> Self {
        Self::new("ArnEquals", key, value)
    }

    /// The request's ARN matches a pattern.
    pub fn arn_like(key: &str, value: impl Into<Json>) -> Self {
        Self::new("ArnLike", key, value)
    }

    /// The request came without TLS.
    pub fn insecure_transport() -> Self {
        Self::new("Bool", "aws:SecureTransport", "false")
    }

    /// A service acts for a resource of the stack's own account
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>).
    pub fn own_account() -> Self {
        Self::string_equals("aws:SourceAccount", PseudoParameter::AccountId)
    }

    /// The role is handed to this service
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>).
    pub fn passed_to(service: &str) -> Self {
        Self::string_equals("iam:PassedToService", service)
    }

    /// The same, and it also holds of a request that does not have the key.
    ///
    /// For a key that AWS does not document for the service that calls: where the service sends it, it is compared;
    /// where it does not, the request is not refused for that
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IfExists>).
    #[must_use]
    pub fn if_exists(mut self) -> Self {
        self.operator.push_str("IfExists");
        self
    }

    fn new(operator: &str, key: &str, value: impl Into<Json>) -> Self {
        Self { operator: operator.to_owned(), key: key.to_owned(), value: value.into() }
    }
}

/// One statement of a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    sid: Option<String>,
    effect: Effect,
    principals: Vec<Principal>,
    actions: Vec<Json>,
    resources: Vec<Value<String>>,
    conditions: Vec<Condition>,
}

impl Statement {
    /// Allows actions on resources.
    pub fn allow<R: Into<Value<String>>>(
        actions: impl IntoIterator<Item = Action>,
        resources: impl IntoIterator<Item = R>,
    ) -> Self {
        let actions = actions.into_iter().map(|action| action.name().into()).collect();
        let resources = resources.into_iter().map(Into::into).collect();
        Self { sid: None, effect: Effect::Allow, principals: vec![], actions, resources, conditions: vec![] }
    }

    /// Allows actions that IAM cannot narrow to a resource.
    ///
    /// The reason stands in the statement's `Sid`, for whoever reads the template.
    pub fn allow_on_any(actions: impl IntoIterator<Item = Action>, reason: &str) -> Self {
        Self::allow(actions, ["*"]).sid(reason)
    }

    /// Denies actions on resources, whatever else allows them.
    pub fn deny<R: Into<Value<String>>>(
        actions: impl IntoIterator<Item = Action>,
        resources: impl IntoIterator<Item = R>,
    ) -> Self {
        Self { effect: Effect::Deny, ..Self::allow(actions, resources) }
    }

    /// Allows a principal to assume the role that the statement trusts.
    ///
    /// Whom an identity provider vouches for comes with a web identity; conditions must say whose
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html>).
    pub fn trust(principal: Principal) -> Self {
        const ASSUME: Action = Action::new("sts:AssumeRole");
        const ASSUME_WITH_WEB_IDENTITY: Action = Action::new("sts:AssumeRoleWithWebIdentity");
        let action = match principal {
            Principal::Federated(_) => ASSUME_WITH_WEB_IDENTITY,
            Principal::Service(_) | Principal::Aws(_) | Principal::Anyone => ASSUME,
        };
        Self::allow::<&str>([action], []).principal(principal)
    }

    /// Denies everybody every request to a service that is not made over TLS.
    ///
    /// The one wildcard among actions: a denial is the stronger for it.
    pub fn deny_insecure_transport<R: Into<Value<String>>>(
        service: &str,
        resources: impl IntoIterator<Item = R>,
    ) -> Self {
        let statement = Self::deny_insecure([], resources);
        Self { actions: vec![format!("{service}:*").into()], ..statement }
    }

    /// Denies everybody these actions when they are not asked for over TLS.
    pub fn deny_insecure<R: Into<Value<String>>>(
        actions: impl IntoIterator<Item = Action>,
        resources: impl IntoIterator<Item = R>,
    ) -> Self {
        Self::deny(actions, resources)
            .sid("DenyInsecureTransport")
            .principal(Principal::Anyone)
            .when(Condition::insecure_transport())
    }

    /// Names the statement; other characters than letters and digits are dropped.
    #[must_use]
    pub fn sid(mut self, sid: &str) -> Self {
        self.sid = Some(sid.chars().filter(char::is_ascii_alphanumeric).collect());
        self
    }

    /// Adds a principal: for resource policies.
    #[must_use]
    pub fn principal(mut self, principal: Principal) -> Self {
        self.principals.push(principal);
        self
    }

    /// Adds a condition; all of them must hold.
    ///
    /// # Panics
    /// When the statement has a condition with that operator on that key: IAM's JSON cannot hold both, and without one
    /// of them the statement would say something else. Give the values that are allowed to one condition, as a list.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        let twice = |other: &Condition| other.operator == condition.operator && other.key == condition.key;
        assert!(!self.conditions.iter().any(twice), "two conditions {} on {}", condition.operator, condition.key);
        self.conditions.push(condition);
        self
    }
}

impl From<Principal> for Json {
    fn from(principal: Principal) -> Self {
        match principal {
            Principal::Service(service) => Json::object([("Service", service)]),
            Principal::Aws(arn) => Json::object([("AWS", arn)]),
            Principal::Federated(arn) => Json::object([("Federated", arn)]),
            Principal::Anyone => "*".into(),
        }
    }
}

/// One item stands alone, several stand in a list: the form that people write.
fn one_or_many(mut items: Vec<Json>) -> Json {
    if items.len() == 1 { items.remove(0) } else { Json::List(items) }
}

/// Several principals of one kind share the kind's key.
fn principals(principals: Vec<Principal>) -> Json {
    let mut merged: indexmap::IndexMap<String, Vec<Json>> = indexmap::IndexMap::new();
    for principal in principals {
        match Json::from(principal) {
            Json::Object(members) => {
                for (kind, value) in members {
                    merged.entry(kind).or_default().push(value);
                }
            }
            anyone => return anyone,
        }
    }
    Json::object(merged.into_iter().map(|(kind, values)| (kind, one_or_many(values))))
}

impl From<Statement> for Json {
    fn from(statement: Statement) -> Self {
        let mut members: Vec<(&str, Json)> = Vec::new();
        if let Some(sid) = statement.sid {
            members.push(("Sid", sid.into()));
        }
        members.push(("Effect", if statement.effect == Effect::Allow { "Allow" } else { "Deny" }.into()));
        if !statement.principals.is_empty() {
            members.push(("Principal", principals(statement.principals)));
        }
        members.push(("Action", one_or_many(statement.actions)));
        if !statement.resources.is_empty() {
            members.push(("Resource", one_or_many(statement.resources.into_iter().map(Json::from).collect())));
        }
        let mut conditions: indexmap::IndexMap<String, indexmap::IndexMap<String, Json>> = indexmap::IndexMap::new();
        for condition in statement.conditions {
            conditions.entry(condition.operator).or_default().insert(condition.key, condition.value);
        }
        if !conditions.is_empty() {
            let operators = conditions.into_iter().map(|(operator, keys)| (operator, Json::object(keys)));
            members.push(("Condition", Json::object(operators)));
        }
        Json::object(members)
    }
}

/// A policy document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PolicyDocument {
    statements: Vec<Statement>,
}

impl PolicyDocument {
    /// A document from its statements.
    pub fn new(statements: impl IntoIterator<Item = Statement>) -> Self {
        Self { statements: statements.into_iter().collect() }
    }
}

impl From<PolicyDocument> for Json {
    fn from(document: PolicyDocument) -> Self {
        Json::object([("Version", Json::from("2012-10-17")), ("Statement", Json::list(document.statements))])
    }
}

impl From<PolicyDocument> for Value<Json> {
    fn from(document: PolicyDocument) -> Self {
        Self::Literal(document.into())
    }
}

/// Adds a statement to the document that the resource at a path already has, unless it is in it.
pub(crate) fn append(document: &mut Value<Json>, statement: Statement, path: &Path) -> Result<(), Problem> {
    let Value::Literal(Json::Object(members)) = document else {
        return Err(Problem::OpaquePolicy { path: path.clone() });
    };
    let Some(Json::List(statements)) = members.get_mut("Statement") else {
        return Err(Problem::OpaquePolicy { path: path.clone() });
    };
    let sid = statement.sid.clone();
    let statement = Json::from(statement);
    if statements.contains(&statement) {
        return Ok(());
    }
    if let Some(sid) = sid {
        let name = Json::String(sid.clone());
        if statements.iter().any(|other| matches!(other, Json::Object(members) if members.get("Sid") == Some(&name))) {
            return Err(Problem::DuplicateSid { path: path.clone(), sid });
        }
    }
    statements.push(statement);
    Ok(())
}
