//! DynamoDB tables.

use crate::aws::dynamodb::{self, table};
use crate::iam::{Action, Statement};
use crate::resource::Handle;
use crate::stack::{RemovalPolicy, Scope};
use crate::value::{Arn, Value};

/// A table billed on demand (unless its throughput is given), encrypted with the account's key, with point-in-time recovery.
#[derive(Debug, Clone)]
pub struct Table {
    handle: Handle<dynamodb::Table>,
}

impl Table {
    /// Adds a table; what the properties leave out gets its secure default.
    pub fn new(scope: &mut Scope<'_>, name: &str, mut properties: dynamodb::Table, removal: RemovalPolicy) -> Self {
        if properties.provisioned_throughput.is_none() {
            properties.billing_mode.get_or_insert(table::BillingMode::PayPerRequest.into());
        }
        properties.sse_specification.get_or_insert_with(|| table::SSESpecification::new(true));
        properties
            .point_in_time_recovery_specification
            .get_or_insert_with(|| table::PointInTimeRecoverySpecification::new().point_in_time_recovery_enabled(true));
        let handle = scope.add(name, properties);
        scope.removal(&handle, removal);
        Self { handle }
    }

    /// The table's name.
    #[must_use]
    pub fn name(&self) -> Value<String> {
        self.handle.reference()
    }

    /// The table's ARN.
    #[must_use]
    pub fn arn(&self) -> Value<Arn> {
        self.handle.arn()
    }

    /// Allows getting an item by its key.
    #[must_use]
    pub fn grant_get(&self) -> Statement {
        const ACTIONS: [Action; 1] = [Action::new("dynamodb:GetItem")];
        Statement::allow(ACTIONS, [self.arn()])
    }

    /// Allows updating an item by its key.
    #[must_use]
    pub fn grant_update(&self) -> Statement {
        const ACTIONS: [Action; 1] = [Action::new("dynamodb:UpdateItem")];
        Statement::allow(ACTIONS, [self.arn()])
    }
}
