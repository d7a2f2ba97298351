//! IAM roles, and who is granted what.

use crate::aws::iam::{self as resources, role};
use crate::iam::{self, PolicyDocument, Statement};
use crate::resource::Handle;
use crate::stack::Scope;
use crate::value::{Arn, Json, Value};

/// Who can be granted something: a role, or what runs as one.
pub trait Grantee {
    /// The role that gets the permission.
    fn role(&self) -> &Role;
}

/// A role with one inline policy, which grows with what it is allowed.
///
/// Inline, so that whoever has the role has its permissions: no resource needs to wait for a policy as well.
#[derive(Debug, Clone)]
pub struct Role {
    handle: Handle<resources::Role>,
}

props! {
    /// Who may take a role, and what it is for.
    RoleProps(
        /// The statement that names who may assume the role: [`Statement::trust`].
        trust: Statement
    ) {
        /// What the role is for. Default: none.
        description: String;
    }
}

impl Role {
    /// Adds a role, with the stack's path for roles if it has one.
    pub fn new(scope: &mut Scope<'_>, id: &str, props: RoleProps) -> Self {
        let mut role = resources::Role::new(PolicyDocument::new([props.trust]));
        role.description = props.description.map(Value::from);
        role.path = scope.stack().role_path.as_ref().map(Value::from);
        Self { handle: scope.add(id, role) }
    }

    /// The role's ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.handle.arn()
    }

    /// Attaches a managed policy, by its ARN.
    pub fn attach(&self, scope: &mut Scope<'_>, policy: Value<Arn>) {
        scope.edit(&self.handle, |role| {
            if let Value::Literal(policies) = role.managed_policy_arns.get_or_insert_with(|| Value::Literal(Vec::new()))
            {
                policies.push(policy.into());
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
    pub fn grant_pass(&self, scope: &mut Scope<'_>, grantee: &impl Grantee, to: iam::Condition) {
        const ACTIONS: [iam::Action; 1] = [iam::Action::new("iam:PassRole")];
        grantee.role().allow(scope, Statement::allow(ACTIONS, [self.arn()]).when(to));
    }
}

impl Grantee for Role {
    fn role(&self) -> &Role {
        self
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
