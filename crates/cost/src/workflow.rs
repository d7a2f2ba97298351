//! What one video takes of the state machines: the steps that it passes, and the functions that they call.
//!
//! Nothing is counted by hand: the definitions are those of the deployment, followed from their start as a video that
//! meets no error would go, with every choice made by its own condition.

use pipeline::contract::{Feature, Handler, Workflow};
use pipeline::settings::Tier;
use serde_json::Value as Plain;
use synth::asl::DefinitionError;
use synth::{Arn, Value};

use super::CostError;
use stacks::config::Config;
use stacks::workflows::{self, Targets};

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

/// Functions and machines by their names alone.
struct Names;

impl Targets for Names {
    fn function(&self, handler: Handler) -> Value<Arn> {
        arn(handler.name())
    }

    fn process_machine(&self) -> Value<Arn> {
        arn("process-machine")
    }
}

fn arn(name: &str) -> Value<Arn> {
    Arn::parse(&format!("{FUNCTION}{name}")).expect("the beginning of an ARN and a name are one").into()
}

/// Follows a video of a tier through the three machines.
pub(super) fn run_of(config: &Config, features: &[Feature], tier: Tier) -> Result<Run, CostError> {
    let mut run_of = Run { steps: Vec::new(), calls: Vec::new() };
    for workflow in Workflow::ALL {
        let definition: Result<_, DefinitionError> = workflows::definition(workflow, &Names, features);
        let document = definition?.document("", workflows::TIMEOUT_SECONDS).render();
        let steps = follow(&document, &record(config, tier))?;
        for step in &steps {
            let function = document["States"][step]["Arguments"]["FunctionName"].as_str();
            run_of.calls.extend(
                function.and_then(|name| name.strip_prefix(FUNCTION)).and_then(|name| name.parse::<Handler>().ok()),
            );
        }
        run_of.steps.push((workflow, steps));
    }
    Ok(run_of)
}

/// What the choices ask of a video's record.
fn record(config: &Config, tier: Tier) -> Vec<(&'static str, String)> {
    vec![
        ("enableSns", config.notifications.sns.to_string()),
        ("enableSqs", config.notifications.sqs.to_string()),
        ("enableMediaPackage", config.packaging.media_package.to_string()),
        ("frameCapture", config.encoding.frame_capture.to_string()),
        ("archiveSource", format!("'{}'", config.source.archive)),
        ("isCustomTemplate", "false".to_owned()),
        ("encodingProfile", tier.height().to_string()),
    ]
}

/// The members that the record of a video that goes all the way does not have.
const ABSENT: [&str; 1] = ["supersededBy"];

/// The states from the start to the end.
fn follow(document: &Plain, record: &[(&'static str, String)]) -> Result<Vec<String>, CostError> {
    let mut steps = Vec::new();
    let mut next = document["StartAt"].as_str();
    while let Some(name) = next {
        steps.push(name.to_owned());
        let state = &document["States"][name];
        next = match state["Choices"].as_array() {
            None => state["Next"].as_str(),
            Some(choices) => {
                let mut taken = state["Default"].as_str();
                for choice in choices.iter().rev() {
                    if holds(choice["Condition"].as_str().unwrap_or_default(), record)? {
                        taken = choice["Next"].as_str();
                    }
                }
                taken
            }
        };
    }
    Ok(steps)
}

/// Whether a condition holds of a record: comparisons of the record's fields, and whether it has one, joined by `and`.
fn holds(condition: &str, record: &[(&'static str, String)]) -> Result<bool, CostError> {
    let unknown = || CostError::Condition(condition.to_owned());
    let inner = condition.strip_prefix("{% ").and_then(|text| text.strip_suffix(" %}")).ok_or_else(unknown)?;
    for comparison in inner.split(" and ") {
        let asked = comparison.strip_prefix("$exists($states.input.").and_then(|rest| rest.strip_suffix(')'));
        if let Some(field) = asked {
            let has = record.iter().any(|(name, _)| *name == field);
            match (has, ABSENT.contains(&field)) {
                (true, _) => continue,
                (false, true) => return Ok(false),
                (false, false) => return Err(unknown()),
            }
        }
        let (field, equal, value) = match comparison.split_once(" != ") {
            Some((field, value)) => (field, false, value),
            None => comparison.split_once(" = ").map(|(field, value)| (field, true, value)).ok_or_else(unknown)?,
        };
        let field = field.strip_prefix("$states.input.").ok_or_else(unknown)?;
        let (_, found) = record.iter().find(|(name, _)| *name == field).ok_or_else(unknown)?;
        if (found == value) != equal {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(config: &Config, tier: Tier) -> Vec<usize> {
        let features = stacks::features(config);
        run_of(config, &features, tier).unwrap().steps.iter().map(|(_, steps)| steps.len()).collect()
    }

    #[test]
    fn a_video_passes_the_states_that_its_record_asks_for() {
        let mut config = Config::default();
        // Ingest: validate, superseded?, inspect, record, announce?, announce, start, started. Process: profile, which,
        // template, capture?, capture, submit, record, submitted. Publish: validate, archive?, record, queue?, queue,
        // announce?, announce, complete.
        assert_eq!(steps(&config, Tier::P1080), [8, 8, 8]);
        config.notifications.sns = false;
        config.notifications.sqs = false;
        assert_eq!(steps(&config, Tier::P720), [6, 8, 4]);
        config.source.archive = pipeline::settings::ArchiveClass::DeepArchive;
        config.packaging.media_package = true;
        assert_eq!(steps(&config, Tier::P2160), [6, 8, 7]);
    }

    #[test]
    fn functions_are_those_of_the_steps() {
        let config = Config::default();
        let calls = run_of(&config, &stacks::features(&config), Tier::P1080).unwrap().calls;
        let names: Vec<&str> = calls.iter().map(|handler| handler.name()).collect();
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
        for wrong in [
            "",
            "{% true %}",
            "{% $states.input.unheardOf = 1 %}",
            "{% $exists(x) %}",
            "{% $exists($states.input.unheardOf) %}",
        ] {
            assert!(holds(wrong, &record).is_err(), "{wrong}");
        }
    }
}
