//! Events: what starts a workflow, and what MediaConvert reports.

use pipeline::contract::Handler;
use serde_json::json;
use synth::constructs::{Queue, Rule, RuleProps, TargetProps};
use synth::{Json, Scope, Value};

use super::functions::Functions;
use super::storage::Storage;
use config::Config;

/// How long EventBridge and Lambda try to deliver an event: MediaConvert's and S3's events stay useful for a day.
const MAXIMUM_AGE_SECONDS: i64 = 24 * 3600;

/// How often delivery is tried again within that time.
const RETRIES: i64 = 24;

/// How often Lambda runs a function again that failed on an event.
const INVOCATION_RETRIES: u8 = 2;

/// The handlers that events reach directly.
pub(super) const EVENT_HANDLERS: [Handler; 3] = [Handler::StepFunctions, Handler::DynamoUpdate, Handler::ErrorHandler];

/// A rule, for those that watch it.
#[derive(Debug)]
pub(super) struct EventRule {
    /// The rule's name as a construct.
    pub(super) construct: &'static str,
    /// Its name without the deployment's.
    pub(super) suffix: &'static str,
    /// Its name.
    pub(super) name: Value<String>,
}

/// Adds the rules, and the way of failed events into the dead-letter queue.
pub(super) fn add(
    scope: &mut Scope<'_>,
    config: &Config,
    storage: &Storage,
    functions: &Functions,
    dead_letters: &Queue,
) -> Vec<EventRule> {
    let mut scope = scope.child("Events");
    let mut rules = Vec::new();
    let mut rule = |name: &'static str, suffix: &'static str, description: &str, pattern: Json, handler: Handler| {
        let props = RuleProps::new(pattern).name(format!("{}-{suffix}", config.name)).description(description);
        let rule = Rule::new(&mut scope, name, props);
        let target = TargetProps::default()
            .dead_letters(dead_letters.clone())
            .maximum_age_seconds(MAXIMUM_AGE_SECONDS)
            .retries(RETRIES);
        rule.add_target(&mut scope, functions.get(handler), target);
        rules.push(EventRule { construct: name, suffix, name: rule.name() });
    };
    rule(
        "SourceUploaded",
        "source-uploaded",
        "Starts a workflow for each video or metadata file that arrives.",
        uploads(config, storage),
        Handler::StepFunctions,
    );
    for (name, suffix, description, statuses, handler) in [
        (
            "EncodeComplete",
            "encode-complete",
            "Publishes the outputs of a finished job.",
            &["COMPLETE"][..],
            Handler::StepFunctions,
        ),
        (
            "EncodeFailed",
            "encode-failed",
            "Records and announces a job that failed or was canceled.",
            &["ERROR", "CANCELED"],
            Handler::ErrorHandler,
        ),
        ("EncodeProgress", "encode-progress", "Records a job's progress.", &["STATUS_UPDATE"], Handler::DynamoUpdate),
    ] {
        rule(name, suffix, description, jobs(config, statuses), handler);
    }
    for handler in EVENT_HANDLERS {
        let name = format!("{}Failure", super::functions::construct_name(handler));
        functions.get(handler).on_failure(&mut scope, &name, dead_letters.arn(), INVOCATION_RETRIES);
    }
    rules
}

/// Objects whose suffix, in any case, starts a workflow; or all those of the folder. One key cannot be asked for its beginning
/// and its end, whatever the case: what a folder holds besides, and what is ignored, the function lets be.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>
fn uploads(config: &Config, storage: &Storage) -> Json {
    let suffixes = config.source.trigger.starts_on().iter().flat_map(|kind| kind.suffixes());
    let suffixes = suffixes.map(|suffix| json!({ "suffix": { "equals-ignore-case": format!(".{suffix}") } }));
    let keys = match &config.source.folder {
        Some(folder) => vec![json!({ "prefix": folder })],
        None => suffixes.collect(),
    };
    let keys = keys.into_iter().map(Json::from);
    Json::object([
        ("source", Json::list(["aws.s3"])),
        ("detail-type", Json::list(["Object Created"])),
        (
            "detail",
            Json::object([
                ("bucket", Json::object([("name", Json::list([storage.source.name().clone()]))])),
                ("object", Json::object([("key", Json::list(keys))])),
            ]),
        ),
    ])
}

/// The platform's own jobs in one of these states.
///
/// <https://docs.aws.amazon.com/mediaconvert/latest/ug/mediaconvert_event_list.html>
fn jobs(config: &Config, statuses: &[&str]) -> Json {
    json!({
        "source": ["aws.mediaconvert"],
        "detail-type": ["MediaConvert Job State Change"],
        "detail": { "status": statuses, "userMetadata": { "workflow": [config.name.as_str()] } },
    })
    .into()
}
