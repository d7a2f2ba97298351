//! What one video takes of the state machines: the steps that it passes, and the functions that they call.
//!
//! Nothing is counted by hand: the definitions are those of the deployment, followed from their start as a video that
//! meets no error would go, with every choice made by its own condition.

use pipeline::contract::{Feature, Handler, Workflow};
use pipeline::settings::Tier;
use serde_json::Value as Plain;
use synth::asl::{Condition, State};
use synth::{Arn, Value};

use super::CostError;
use stacks::config::Config;
use stacks::workflows::{self, Targets};
use strum::VariantArray as _;

/// The beginning of the ARNs by which the functions are distinguished here.
const FUNCTION: &str = "arn:aws:lambda:::";

/// What one video takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    /// The steps of each machine, in the order they are passed.
    pub(super) steps: Vec<(Workflow, Vec<String>)>,
    /// The functions that the steps call, each as often as it is called.
    pub(super) calls: Vec<Handler>,
}

/// A function or machine by its name alone.
fn arn(name: &str) -> Value<Arn> {
    Arn::parse(&format!("{FUNCTION}{name}")).expect("the beginning of an ARN and a name are one").into()
}

/// Follows a video of a tier through the three machines.
pub(super) fn run_of(config: &Config, features: &[Feature], tier: Tier) -> Result<Run, CostError> {
    let mut run = Run { steps: Vec::new(), calls: Vec::new() };
    let record = record(config, tier);
    for &workflow in Workflow::VARIANTS {
        let targets = Targets {
            function: &|handler| arn(handler.into_str()),
            process: Some(arn("process-machine")),
            metadata_wait_seconds: config.source.metadata_wait(),
        };
        let definition = workflows::definition(workflow, targets, features)?;
        let states = definition.follow(|condition| holds(condition, &record))?;
        for (_, state) in &states {
            if let State::Task(task) = state {
                let function = task.function().and_then(Value::literal);
                let name = function.and_then(|function| function.as_str().strip_prefix(FUNCTION));
                run.calls.extend(name.and_then(|name| name.parse::<Handler>().ok()));
            }
        }
        run.steps.push((workflow, states.into_iter().map(|(name, _)| name.to_owned()).collect()));
    }
    Ok(run)
}

/// What the choices ask of a video's record; nothing for a member that the record of a video that goes all the way lacks.
type Record = [(&'static str, Option<Plain>)];

fn record(config: &Config, tier: Tier) -> Vec<(&'static str, Option<Plain>)> {
    vec![
        ("enableSns", Some(config.notifications.sns.into())),
        ("enableSqs", Some(config.notifications.sqs.into())),
        ("enableMediaPackage", Some(config.packaging.media_package.into())),
        ("frameCapture", Some(config.encoding.frame_capture.into())),
        ("archiveSource", Some(config.source.archive.into_str().into())),
        ("isCustomTemplate", Some(false.into())),
        ("encodingProfile", Some(tier.height().into())),
        ("workflowTrigger", Some("Video".into())),
        ("supersededBy", None),
        ("nothingToDo", None),
    ]
}

/// Whether a condition holds of a record, which must know every member that the condition asks for.
fn holds(condition: &Condition, record: &Record) -> Result<bool, CostError> {
    let unknown = || CostError::Condition(condition.to_string());
    let member = |field: &str| {
        let known = record.iter().find(|(name, _)| *name == field);
        known.map(|(_, value)| value.as_ref()).ok_or_else(unknown)
    };
    Ok(match condition {
        Condition::Equals(field, value) => member(field)? == Some(value),
        Condition::Differs(field, value) => member(field)?.is_some_and(|found| found != value),
        Condition::Exists(field) => member(field)?.is_some(),
        Condition::And(left, right) => holds(left, record)? && holds(right, record)?,
        Condition::Jsonata(_) => return Err(unknown()),
    })
}

#[cfg(test)]
mod tests {
    use synth::asl::{Jsonata, field};

    use super::*;

    fn steps(config: &Config, tier: Tier) -> Vec<usize> {
        let features = stacks::features(config);
        run_of(config, &features, tier).unwrap().steps.iter().map(|(_, steps)| steps.len()).collect()
    }

    #[test]
    fn a_video_passes_the_states_that_its_record_asks_for() {
        let mut config = Config::default();
        // Ingest: validate, a video?, inspect, record, announce?, announce, start, started. Process: profile, which,
        // template, capture?, capture, submit, record, submitted. Publish: validate, archive?, record, queue?, queue,
        // announce?, announce, complete.
        assert_eq!(steps(&config, Tier::P1080), [8, 8, 8]);
        config.notifications.sns = false;
        config.notifications.sqs = false;
        assert_eq!(steps(&config, Tier::P720), [6, 8, 4]);
        config.source.archive = pipeline::settings::ArchiveClass::DeepArchive;
        config.packaging.media_package = true;
        assert_eq!(steps(&config, Tier::P2160), [6, 8, 7]);
        config.source.trigger = pipeline::settings::WorkflowTrigger::Both;
        assert_eq!(steps(&config, Tier::P2160), [8, 8, 7], "a video?, wait for a metadata file");
    }

    #[test]
    fn functions_are_those_of_the_steps() {
        let config = Config::default();
        let calls = run_of(&config, &stacks::features(&config), Tier::P1080).unwrap().calls;
        let names: Vec<&str> = calls.iter().map(Handler::into_str).collect();
        assert_eq!(
            names,
            [
                "input-validate",
                "mediainfo",
                "dynamo-update",
                "sns-notification",
                "profiler",
                "encode",
                "dynamo-update",
                "output-validate",
                "dynamo-update",
                "sqs-publish",
                "sns-notification"
            ]
        );
    }

    #[test]
    fn a_condition_that_is_not_understood_is_an_error() {
        let record = record(&Config::default(), Tier::P720);
        let jsonata = |expression: &str| Condition::from(Jsonata::new(expression));
        for wrong in
            [jsonata(""), jsonata("true"), field("unheardOf").is(1), jsonata("$exists(x)"), field("unheardOf").exists()]
        {
            assert!(holds(&wrong, &record).is_err(), "{wrong}");
        }
    }
}
