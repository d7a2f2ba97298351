//! Whether a deployment is well: its alarms, and what runs.

use pipeline::contract::Workflow;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::OperateError;
use super::executions::Machines;
use super::videos::output;
use aws::Aws;
use aws::DeployedStack;
use aws::service::CLOUDWATCH;
use strum::VariantArray as _;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alarm {
    pub name: String,
    pub description: String,
}

/// The raised alarms among those that notify the deployment's topic.
pub async fn raised(aws: &Aws, stack: &DeployedStack) -> Result<Vec<Alarm>, OperateError> {
    let topic = output(stack, "TopicArn")?;
    let mut raised = Vec::new();
    let mut body = json!({ "StateValue": "ALARM", "ActionPrefix": topic });
    loop {
        let page: Page = aws.call_json(CLOUDWATCH, "cloudwatch:DescribeAlarms", &body).await?;
        // Another topic's name may begin so.
        let ours = page.metric_alarms.into_iter().filter(|alarm| alarm.actions.contains(&topic));
        raised.extend(ours.map(|it| Alarm { name: it.name, description: it.description }));
        let Some(token) = page.next_token else { return Ok(raised) };
        body["NextToken"] = token.into();
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default)]
    metric_alarms: Vec<MetricAlarm>,
    next_token: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MetricAlarm {
    #[serde(rename = "AlarmName")]
    name: String,
    #[serde(rename = "AlarmDescription")]
    description: String,
    #[serde(rename = "AlarmActions")]
    actions: Vec<String>,
}

/// How many executions of each state machine run.
pub async fn running(aws: &Aws, stack: &DeployedStack) -> Result<Vec<(Workflow, usize)>, OperateError> {
    let machines = Machines::of(aws, stack)?;
    let mut running = Vec::new();
    for &workflow in Workflow::VARIANTS {
        running.push((workflow, machines.all_running(workflow).await?.len()));
    }
    Ok(running)
}
