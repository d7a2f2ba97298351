//! DynamoDB tables.

use crate::aws::dynamodb::{self, table};
use crate::resource::Handle;
use crate::stack::{RemovalPolicy, Scope};
use crate::value::{Arn, Value};

/// A table billed on demand (unless its throughput is given), encrypted with the account's key, with point-in-time recovery.
#[derive(Debug, Clone)]
pub struct Table {
    handle: Handle<dynamodb::Table>,
}

props! {
    /// What a table holds, and whether it is kept.
    TableProps(
        /// The table's keys, and everything else that CloudFormation can set; what is left out gets its secure default.
        properties: dynamodb::Table
    ) {
        ;
        /// What happens to the table when it leaves the stack. Default: it stays.
        removal: RemovalPolicy = RemovalPolicy::Retain,
    }
}

impl Table {
    /// Adds a table.
    pub fn new(scope: &mut Scope<'_>, id: &str, props: TableProps) -> Self {
        let TableProps { mut properties, removal } = props;
        if properties.provisioned_throughput.is_none() {
            properties.billing_mode.get_or_insert(table::BillingMode::PayPerRequest.into());
        }
        properties.sse_specification.get_or_insert_with(|| table::SSESpecification::new(true));
        properties
            .point_in_time_recovery_specification
            .get_or_insert_with(|| table::PointInTimeRecoverySpecification::new().point_in_time_recovery_enabled(true));
        let handle = scope.add(id, properties);
        scope.removal(&handle, removal);
        Self { handle }
    }

    /// The table's name.
    pub fn name(&self) -> Value<String> {
        self.handle.reference()
    }

    /// The table's ARN.
    pub fn arn(&self) -> Value<Arn> {
        self.handle.arn()
    }
}

grants! {
    Table {
        /// Allows getting an item by its key.
        grant_get: ["dynamodb:GetItem"];
        /// Allows updating an item by its key.
        grant_update: ["dynamodb:UpdateItem"];
    }
}
