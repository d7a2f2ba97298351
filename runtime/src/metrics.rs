//! Metrics in CloudWatch's embedded format: a log line that CloudWatch reads as metrics, and no call to an API.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::time::{SystemTime, UNIX_EPOCH};

use pipeline::metrics::{Metric, NAMESPACE, STAGE_DIMENSION, WORKFLOW_DIMENSION};
use serde_json::{Value, json};

/// Writes metrics of a deployment to the log.
pub(crate) fn emit(workflow: &str, stage: Option<&str>, values: &[(Metric, f64)]) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    println!("{}", document(workflow, stage, values, now.as_millis()));
}

/// The log line; what has a stage is counted for the deployment and for the stage.
fn document(workflow: &str, stage: Option<&str>, values: &[(Metric, f64)], millis: u128) -> Value {
    let definitions: Vec<Value> =
        values.iter().map(|(metric, _)| json!({ "Name": metric.into_str(), "Unit": metric.unit() })).collect();
    let mut dimensions = vec![vec![WORKFLOW_DIMENSION]];
    if stage.is_some() {
        dimensions.push(vec![WORKFLOW_DIMENSION, STAGE_DIMENSION]);
    }
    let mut line = json!({
        "_aws": {
            "Timestamp": u64::try_from(millis).unwrap_or(u64::MAX),
            "CloudWatchMetrics": [{ "Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": definitions }],
        },
        WORKFLOW_DIMENSION: workflow,
    });
    if let Some(stage) = stage {
        line[STAGE_DIMENSION] = stage.into();
    }
    for (metric, value) in values {
        line[metric.into_str()] = (*value).into();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_counted_by_deployment_and_by_stage() {
        assert_eq!(
            document("vod", Some("encode"), &[(Metric::WorkflowsFailed, 1.0)], 1000),
            json!({
                "_aws": {
                    "Timestamp": 1000,
                    "CloudWatchMetrics": [{
                        "Namespace": "VideoOnDemand",
                        "Dimensions": [["Workflow"], ["Workflow", "Stage"]],
                        "Metrics": [{ "Name": "WorkflowsFailed", "Unit": "Count" }],
                    }],
                },
                "Workflow": "vod",
                "Stage": "encode",
                "WorkflowsFailed": 1.0,
            })
        );
    }
}
