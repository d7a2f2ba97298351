//! Reading requests: form first, then the rules between settings.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::form;
use crate::generated::settings::{
    EndpointList, Job, JobList, JobSearch, JobTemplate, JobTemplateList, JobTemplateUpdate, Preset, PresetList,
    PresetUpdate, Probe, Queue, QueueList, QueueUpdate, Tagging, Untagging,
};
use crate::generated::tables;
use crate::model::Structure;
use crate::problem::{Fault, Invalid, Problem};
use crate::rules::{self, Subject};

/// The parameters of an operation of the service, those of its path and query among them.
pub trait Request: DeserializeOwned {
    /// The members that it has.
    #[doc(hidden)]
    const FORM: &'static Structure;

    /// The rules between its settings that it breaks.
    #[doc(hidden)]
    fn broken_rules(&self) -> Vec<Problem> {
        Vec::new()
    }

    /// Reads a request in its `PascalCase` form from text.
    ///
    /// # Errors
    ///
    /// Lists everything that the service would reject.
    fn from_json(text: &str) -> Result<Self, Invalid> {
        Self::from_value(&serde_json::from_str(text).map_err(unreadable)?)
    }

    /// Reads a request in its `PascalCase` form.
    ///
    /// # Errors
    ///
    /// Lists everything that the service would reject.
    fn from_value(value: &Value) -> Result<Self, Invalid> {
        none_of(form::problems(Self::FORM, value))?;
        let request = Self::deserialize(value).map_err(unreadable)?;
        none_of(request.broken_rules())?;
        Ok(request)
    }
}

/// Requests and their tables; those with rules between their settings.
macro_rules! requests {
    ($($type:ident $table:ident $($rules:ident)?),* $(,)?) => {
        $(impl Request for $type {
            const FORM: &'static Structure = &tables::$table;

            $(fn broken_rules(&self) -> Vec<Problem> {
                $rules::broken(&Subject::from(self))
            })?
        })*
    };
}

requests!(
    EndpointList ENDPOINT_LIST,
    Job JOB rules,
    JobList JOB_LIST,
    JobSearch JOB_SEARCH,
    JobTemplate JOB_TEMPLATE rules,
    JobTemplateList JOB_TEMPLATE_LIST,
    JobTemplateUpdate JOB_TEMPLATE_UPDATE,
    Preset PRESET rules,
    PresetList PRESET_LIST,
    PresetUpdate PRESET_UPDATE,
    Probe PROBE,
    Queue QUEUE,
    QueueList QUEUE_LIST,
    QueueUpdate QUEUE_UPDATE,
    Tagging TAGGING,
    Untagging UNTAGGING,
);

fn none_of(problems: Vec<Problem>) -> Result<(), Invalid> {
    if problems.is_empty() { Ok(()) } else { Err(Invalid { problems }) }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn unreadable(error: serde_json::Error) -> Invalid {
    Invalid { problems: vec![Problem { path: String::new(), fault: Fault::Unreadable(error.to_string()) }] }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;
    use crate::model::Shape;

    /// A value with every setting in it, but for texts with a pattern; `turn` picks among the values of enumerations.
    fn fullest(shape: &Shape, turn: usize) -> Option<Value> {
        Some(match shape {
            Shape::Structure(structure) => {
                let members = structure.members.iter();
                let members = members.filter_map(|(name, shape)| Some(((*name).to_owned(), fullest(shape, turn)?)));
                members.collect::<Map<_, _>>().into()
            }
            Shape::List(item) => json!([fullest(item, turn)?]),
            Shape::Map(item) => json!({"any key": fullest(item, turn)?}),
            Shape::Choice(choices) => choices[turn % choices.len()].into(),
            Shape::Text { pattern: Some(_), .. } => return None,
            Shape::Text { min, .. } => "x".repeat(min.unwrap_or(1)).into(),
            Shape::Integer { min, .. } => min.unwrap_or(0).into(),
            Shape::Number { min, .. } => json!(min.unwrap_or(0)),
        })
    }

    #[test]
    fn the_types_read_whatever_the_tables_allow() {
        fn read<T: Request>() {
            for turn in 0..50 {
                let value = fullest(&Shape::Structure(T::FORM), turn).unwrap();
                none_of(form::problems(T::FORM, &value)).unwrap_or_else(|invalid| panic!("{invalid}"));
                T::deserialize(&value).unwrap();
            }
        }
        read::<Job>();
        read::<JobTemplate>();
        read::<Preset>();
        read::<EndpointList>();
        read::<JobList>();
        read::<JobSearch>();
        read::<JobTemplateList>();
        read::<JobTemplateUpdate>();
        read::<PresetList>();
        read::<PresetUpdate>();
        read::<Probe>();
        read::<Queue>();
        read::<QueueList>();
        read::<QueueUpdate>();
        read::<Tagging>();
        read::<Untagging>();
    }

    #[test]
    fn presets_and_jobs_obey_the_same_rules() {
        let codec = json!({"Codec": "H_264", "H264Settings": {"RateControlMode": "QVBR"}});
        let video = json!({"VideoDescription": {"CodecSettings": codec}});
        let preset = Preset::from_value(&json!({"Name": "mine", "Settings": video})).unwrap_err();
        assert_eq!(preset.problems[0].path, "Settings.VideoDescription.CodecSettings.H264Settings.MaxBitrate");
        let groups = json!([{"Outputs": [video]}]);
        let job = json!({"Role": "arn:aws:iam::111122223333:role/r", "Settings": {"OutputGroups": groups}});
        let job = Job::from_value(&job).unwrap_err();
        let path = "Settings.OutputGroups[0].Outputs[0].VideoDescription.CodecSettings.H264Settings.MaxBitrate";
        assert_eq!(job.problems[0].path, path);
    }
}
