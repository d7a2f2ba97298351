//! Why CloudFormation refuses a change set: what its early validation and the account's hooks found.
//!
//! Since November 2025 the reason of a failed change set names the validation and not the resource: "The following hook(s)/validation
//! failed: `[AWS::EarlyValidation::ResourceExistenceCheck]` … use the `DescribeEvents` API". The events belong to the change set.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeEvents.html>

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{EventFilter, OperationEvent};

use aws::{CallError, During};

/// What failed, one line each; where that cannot be read, a line that says so if the reason leaves it open.
pub(super) async fn of(client: &Client, change_set: &str, reason: &str) -> Vec<String> {
    match failed_events(client, change_set).await {
        Ok(events) => {
            let mut lines: Vec<String> = Vec::new();
            for line in events.iter().filter_map(line) {
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
            lines
        }
        // The refusal itself must not be hidden by what was to explain it.
        Err(error) if reason.contains("DescribeEvents") => vec![format!("What failed cannot be read: {error}")],
        Err(_) => Vec::new(),
    }
}

async fn failed_events(client: &Client, change_set: &str) -> Result<Vec<OperationEvent>, CallError> {
    let failed = EventFilter::builder().failed_events(true).build();
    let mut pages = client.describe_events().change_set_name(change_set).filters(failed).into_paginator().send();
    let mut events = Vec::new();
    while let Some(page) = pages.next().await {
        events.extend(page.during("cloudformation:DescribeEvents")?.operation_events.unwrap_or_default());
    }
    Ok(events)
}

/// Which resource, why, where in the template, and who says so.
fn line(event: &OperationEvent) -> Option<String> {
    let reasons = [event.validation_status_reason(), event.hook_status_reason(), event.resource_status_reason()];
    let reason = reasons.into_iter().flatten().find(|reason| !reason.is_empty())?;
    let named = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let resource = named(event.logical_resource_id()).map(|id| match named(event.resource_type()) {
        Some(kind) => format!("{id} ({kind}): "),
        None => format!("{id}: "),
    });
    let place = named(event.validation_path()).map(|path| format!(" at {path}")).unwrap_or_default();
    let check = named(event.validation_name()).or(named(event.hook_type()));
    let check = check.map(|check| format!(" [{check}]")).unwrap_or_default();
    Some(format!("{}{reason}{place}{check}", resource.unwrap_or_default()))
}
