//! IAM roles.

use crate::aws::iam::{self as resources, role};
use crate::iam::{self, PolicyDocument, Statement};
use crate::json::Json;
use crate::resource::Handle;
use crate::stack::Scope;
use crate::value::{Arn, Value};

/// A role with one inline policy, which grows with what it is allowed.
///
/// Inline, so that whoever has the role has its permissions: no resource needs to wait for a policy as well.
#[derive(Debug, Clone)]
pub struct Role {
    handle: Handle<resources::Role>,
}

impl Role {
    /// Adds a role that the statement's principal may assume, with the stack's path for roles if it has one.
    pub fn new(scope: &mut Scope<'_>, name: &str, description: &str, trust: Statement) -> Self {
        let mut role = resources::Role::new(PolicyDocument::new([trust])).description(description);
        if let Some(path) = &scope.stack().role_path {
            role = role.path(path.as_str());
        }
        Self { handle: scope.add(name, role) }
    }

    /// The role's ARN.
    #[must_use]
    pub fn arn(&self) -> Value<Arn> {
        self.handle.arn()
    }

    /// Attaches a managed policy, by its ARN.
    pub fn attach(&self, scope: &mut Scope<'_>, policy: Value<String>) {
        scope.edit(&self.handle, |role| {
            if let Value::Literal(policies) = role.managed_policy_arns.get_or_insert_with(|| Value::Literal(Vec::new()))
            {
                policies.push(policy);
            }
        });
    }

    /// Adds a statement to the role's policy.
    pub fn allow(&self, scope: &mut Scope<'_>, statement: Statement) {
        scope.add_statement(&self.handle, access, statement);
    }

    /// Allows handing the role to a service, which [`Condition::passed_to`](iam::Condition::passed_to) names.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>
    #[must_use]
    pub fn grant_pass(&self, to: iam::Condition) -> Statement {
        const ACTIONS: [iam::Action; 1] = [iam::Action::new("iam:PassRole")];
        Statement::allow(ACTIONS, [self.arn()]).when(to)
    }
}

/// The role's one inline policy, made when it is first asked for.
fn access(role: &mut resources::Role) -> Option<&mut Value<Json>> {
    let empty = || [role::Policy::new(PolicyDocument::default(), "Access")].into();
    match role.policies.get_or_insert_with(empty) {
        Value::Literal(policies) => policies.first_mut().map(|policy| &mut policy.policy_document),
        Value::Intrinsic(_) => None,
    }
}
