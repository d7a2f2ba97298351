//! Outputs: what a deployment tells its user.

use pipeline::contract::Workflow;
use strum::VariantArray as _;
use synth::{Output, Stack, Value, sub};

use super::parts::Parts;

/// Adds the outputs.
pub(super) fn add(stack: &mut Stack, parts: &Parts) {
    let mut output = |name: &str, description: &str, value: Value<String>| {
        let export = parts.config.export_outputs.then(|| format!("{}:{name}", parts.config.name).into());
        stack.output(name, Output { description: description.to_owned(), value, export });
    };
    output("SourceBucket", "Where to upload videos.", parts.storage.source.name().clone());
    output("DestinationBucket", "Where outputs go.", parts.storage.destination.name().clone());
    output("LogBucket", "Where access logs go.", parts.storage.logs.name().clone());
    output("WorkflowTable", "The table of workflow records.", parts.storage.table.name());
    output("CloudFrontDomain", "The domain name of the outputs.", parts.delivery.distribution.domain_name());
    output("DistributionId", "The CloudFront distribution.", parts.delivery.distribution.reference());
    if parts.config.player.enabled {
        output("PlayerUrl", "The player.", sub!["https://", &parts.delivery.viewer_domain, "/"]);
    }
    output(
        "TopicArn",
        "The topic that failures, alarms and videos are announced on.",
        parts.notifications.topic.arn().into(),
    );
    if let Some(queue) = &parts.notifications.queue {
        output("QueueUrl", "The queue of finished videos.", queue.url());
        output("QueueArn", "The queue of finished videos, as an ARN.", queue.arn().into());
    }
    for &workflow in Workflow::VARIANTS {
        output(
            &workflow.output(),
            &format!("The {} workflow.", workflow.into_str()),
            parts.workflows.get(workflow).arn().into(),
        );
    }
    if let Some(packaging) = &parts.packaging {
        output("PackagingGroup", "The MediaPackage group of the assets.", packaging.group.reference());
    }
}
