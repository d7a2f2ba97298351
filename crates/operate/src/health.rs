//! Whether a deployment is well: its alarms, and what runs.

use pipeline::contract::Workflow;
use serde_json::{Value, json};

use super::OperateError;
use super::executions::Machines;
use super::videos::output;
use aws::DeployedStack;
use aws::rest::{CLOUDWATCH, Call};
use aws::{Aws, CallError};
use strum::VariantArray as _;

/// An alarm that is raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// What it means.
    pub description: String,
}

/// The raised alarms among those that notify the deployment's topic.
///
/// # Errors
/// When `CloudWatch` cannot be asked.
pub async fn raised(aws: &Aws, stack: &DeployedStack) -> Result<Vec<Alarm>, OperateError> {
    let topic = output(stack, "TopicArn")?;
    let mut raised = Vec::new();
    let mut token = Value::Null;
    loop {
        let mut body = json!({ "StateValue": "ALARM", "ActionPrefix": topic });
        if !token.is_null() {
            body["NextToken"] = token;
        }
        let mut answer = ask(aws, body).await?;
        for alarm in answer["MetricAlarms"].as_array().into_iter().flatten() {
            // Another topic's name may begin so.
            if alarm["AlarmActions"].as_array().is_some_and(|actions| actions.iter().any(|action| *action == topic)) {
                let text = |name: &str| alarm[name].as_str().unwrap_or_default().to_owned();
                raised.push(Alarm { name: text("AlarmName"), description: text("AlarmDescription") });
            }
        }
        token = answer.get_mut("NextToken").map(Value::take).unwrap_or_default();
        if token.is_null() {
            return Ok(raised);
        }
    }
}

async fn ask(aws: &Aws, body: Value) -> Result<Value, CallError> {
    let call = Call {
        service: CLOUDWATCH,
        operation: "cloudwatch:DescribeAlarms",
        method: http::Method::POST,
        path: Vec::new(),
        target: Some("GraniteServiceVersion20100801.DescribeAlarms"),
        body: Some(body),
    };
    aws.call(call).await
}

/// How many executions of each state machine run.
///
/// # Errors
/// When Step Functions cannot be asked.
pub async fn running(aws: &Aws, stack: &DeployedStack) -> Result<Vec<(Workflow, usize)>, OperateError> {
    let machines = Machines::of(aws, stack)?;
    let mut running = Vec::new();
    for &workflow in Workflow::VARIANTS {
        running.push((workflow, machines.all_running(workflow).await?.len()));
    }
    Ok(running)
}
