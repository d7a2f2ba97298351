//! CloudWatch log groups.

use crate::aws::logs::LogGroup;
use crate::resource::Handle;
use crate::stack::{RemovalPolicy, Scope};

/// Adds a log group that keeps its events for some days and goes with the stack.
pub fn log_group(scope: &mut Scope<'_>, name: &str, group_name: &str, retention_days: u16) -> Handle<LogGroup> {
    let group = LogGroup::new().log_group_name(group_name).retention_in_days(retention_days);
    let handle = scope.add(name, group);
    scope.removal(&handle, RemovalPolicy::Delete);
    handle
}
