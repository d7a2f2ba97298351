//! CloudWatch log groups.

use crate::aws::logs;
use crate::resource::Handle;
use crate::stack::{RemovalPolicy, Scope};
use crate::value::{Arn, Value};

/// A log group whose events expire.
#[derive(Debug, Clone)]
pub struct LogGroup {
    handle: Handle<logs::LogGroup>,
}

props! {
    /// What a log group is called, and how long it keeps what.
    LogGroupProps() {
        /// The log group's name. Default: one that CloudFormation makes.
        name: String;
        /// For how many days events are kept. Default: 30.
        retention_days: u16 = 30,
        /// What happens to the log group when it leaves the stack. Default: it is deleted.
        removal: RemovalPolicy = RemovalPolicy::Delete,
    }
}

impl LogGroup {
    /// Adds a log group.
    pub fn new(scope: &mut Scope<'_>, id: &str, props: LogGroupProps) -> Self {
        let mut group = logs::LogGroup::new().retention_in_days(props.retention_days);
        group.log_group_name = props.name.map(Value::from);
        let handle = scope.add(id, group);
        scope.removal(&handle, props.removal);
        Self { handle }
    }

    /// The log group's name.
    pub fn name(&self) -> Value<String> {
        self.handle.reference()
    }

    /// The log group's ARN, which ends in `:*` and so stands for its streams as well.
    pub fn arn(&self) -> Value<Arn> {
        self.handle.arn()
    }
}

grants! {
    LogGroup {
        /// Allows writing log streams.
        grant_write: ["logs:CreateLogStream", "logs:PutLogEvents"];
    }
}
