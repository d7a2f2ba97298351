//! Monitoring: the dashboard, and the alarms that announce themselves on the topic.

use pipeline::contract::{Handler, Workflow};
use pipeline::metrics::{Metric, NAMESPACE, WORKFLOW_DIMENSION};
use synth::aws::cloudwatch::{self, alarm};
use synth::constructs::Topic;
use synth::{Handle, Scope, Value};

use super::dashboard;
use super::events::{EVENT_HANDLERS, EventRule};
use super::functions::{Functions, construct_name};
use super::parts::Parts;
use config::Config;
use strum::VariantArray as _;

/// Adds the dashboard and, unless they are off, the alarms.
pub(super) fn add(
    scope: &mut Scope<'_>,
    parts: &Parts,
    rules: &[EventRule],
) -> Result<Handle<cloudwatch::Dashboard>, dashboard::DashboardError> {
    let mut scope = scope.child("Monitoring");
    if parts.config.alarms.enabled {
        add_alarms(&mut scope, parts, rules);
    }
    let body = dashboard::body(parts)?;
    // All dashboards of an account are global.
    let dashboard = cloudwatch::Dashboard::new(body).dashboard_name(super::global_name(&parts.config));
    Ok(scope.add("Dashboard", dashboard))
}

/// What an alarm watches.
struct Watch {
    name: String,
    suffix: String,
    description: String,
    namespace: &'static str,
    metric: &'static str,
    statistic: alarm::Statistic,
    dimension: (&'static str, Value<String>),
    threshold: f64,
}

fn add_alarms(scope: &mut Scope<'_>, parts: &Parts, rules: &[EventRule]) {
    let config = &parts.config;
    let limits = &config.alarms;
    let mut watches = Vec::new();
    for &workflow in Workflow::VARIANTS {
        let machine = || parts.workflows.get(workflow).arn().into();
        for (metric, what) in [("ExecutionsFailed", "failed"), ("ExecutionsTimedOut", "timed out")] {
            let name = workflow.into_str();
            watches.push(Watch {
                name: format!("{}{metric}", workflow.construct()),
                suffix: format!("{name}-{}", what.replace(' ', "-")),
                description: format!("Executions of the {name} workflow {what}."),
                namespace: "AWS/States",
                metric,
                statistic: alarm::Statistic::Sum,
                dimension: ("StateMachineArn", machine()),
                threshold: limits.failed_executions.get().into(),
            });
        }
    }
    let notifications = &parts.notifications;
    let dead_letters = [
        ("EventDeadLetters", "Events could not be handled.", Some(&notifications.event_dead_letters)),
        ("QueueDeadLetters", "Readers of the queue failed on messages.", notifications.queue_dead_letters.as_ref()),
    ];
    for (name, description, queue) in dead_letters {
        watches.extend(queue.map(|queue| Watch {
            name: name.to_owned(),
            suffix: if name == "EventDeadLetters" { "event-dead-letters" } else { "queue-dead-letters" }.to_owned(),
            description: description.to_owned(),
            namespace: "AWS/SQS",
            metric: "ApproximateNumberOfMessagesVisible",
            statistic: alarm::Statistic::Maximum,
            dimension: ("QueueName", queue.name()),
            threshold: limits.dead_letters.get().into(),
        }));
    }
    watches.extend(lost_events(&parts.functions, rules));
    watches.push(Watch {
        name: "ErrorHandlerErrors".to_owned(),
        suffix: "error-handler-errors".to_owned(),
        description: "The error handler itself failed: a video's error may be recorded nowhere.".to_owned(),
        namespace: "AWS/Lambda",
        metric: "Errors",
        statistic: alarm::Statistic::Sum,
        dimension: ("FunctionName", parts.functions.get(Handler::ErrorHandler).name()),
        threshold: limits.error_handler_errors.get().into(),
    });
    watches.push(Watch {
        name: "EncodeBacklog".to_owned(),
        suffix: "encode-backlog".to_owned(),
        description: "Jobs waited long in the encoding queue.".to_owned(),
        namespace: "AWS/MediaConvert",
        metric: "StandbyTime",
        statistic: alarm::Statistic::Maximum,
        dimension: ("Queue", parts.encoding.queue.clone().into()),
        // The unit is milliseconds, and the metric comes when the job has ended
        // (https://docs.aws.amazon.com/mediaconvert/latest/ug/metrics.html).
        threshold: f64::from(limits.encode_wait_minutes.get()) * 60_000.0,
    });
    // The default quota is 10,000 assets for each packaging group, and no metric of AWS's says how many there are.
    watches.extend(parts.packaging.is_some().then(|| Watch {
        name: "AssetsFailed".to_owned(),
        suffix: "assets-failed".to_owned(),
        description: "Videos were published without a MediaPackage asset that plays.".to_owned(),
        namespace: NAMESPACE,
        metric: Metric::AssetsFailed.into_str(),
        statistic: alarm::Statistic::Sum,
        dimension: (WORKFLOW_DIMENSION, config.name.as_str().into()),
        threshold: 1.0,
    }));
    for watch in watches {
        let name = watch.name.clone();
        scope.add(&name, watch.alarm(config, &notifications.topic));
    }
}

/// Events that could be neither handled nor kept, because the dead-letter queue or its key refused them: nothing else shows it.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>
fn lost_events(functions: &Functions, rules: &[EventRule]) -> Vec<Watch> {
    let of_rules = rules.iter().map(|rule| Watch {
        name: format!("{}Lost", rule.construct),
        suffix: format!("{}-lost", rule.suffix),
        description: format!("EventBridge could neither deliver events of the rule {} nor keep them.", rule.suffix),
        namespace: "AWS/Events",
        metric: "InvocationsFailedToBeSentToDlq",
        statistic: alarm::Statistic::Sum,
        dimension: ("RuleName", rule.name.clone()),
        threshold: 1.0,
    });
    let of_functions = EVENT_HANDLERS.into_iter().map(|handler| Watch {
        name: format!("{}EventsLost", construct_name(handler)),
        suffix: format!("{handler}-events-lost"),
        description: format!("Lambda could not keep events that {handler} failed on."),
        namespace: "AWS/Lambda",
        metric: "DestinationDeliveryFailures",
        statistic: alarm::Statistic::Sum,
        dimension: ("FunctionName", functions.get(handler).name()),
        threshold: 1.0,
    });
    of_rules.chain(of_functions).collect()
}

impl Watch {
    fn alarm(self, config: &Config, topic: &Topic) -> cloudwatch::Alarm {
        let (dimension, value) = self.dimension;
        cloudwatch::Alarm::new()
            .alarm_name(format!("{}-{}", config.name, self.suffix))
            .alarm_description(self.description)
            .namespace(self.namespace)
            .metric_name(self.metric)
            .dimensions([alarm::Dimension::new(dimension, value)])
            .statistic(self.statistic)
            .period(i64::from(config.alarms.period_minutes.get()) * 60)
            .evaluation_periods(1)
            .threshold(self.threshold)
            .comparison_operator(alarm::ComparisonOperator::GreaterThanOrEqualToThreshold)
            .treat_missing_data(alarm::TreatMissingData::NotBreaching)
            .alarm_actions([topic.arn()])
            .ok_actions([topic.arn()])
    }
}
