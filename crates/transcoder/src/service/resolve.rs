//! From a request to what is carried out: the job template below the job's settings, presets below the outputs'. All of
//! it works on requests in `PascalCase`, as JSON.
//!
//! What is on top wins; objects are merged member by member, other values and lists are replaced as a whole. Three lists
//! are matched by position instead, as their items on top are often incomplete:
//!
//! - a template has one input at most: it lies below each of the job's inputs;
//! - an output group without outputs, such as one that gives only its destination, lies over the template's group in
//!   the same place; a group with outputs stands as it is;
//! - an output's audio and caption descriptions lie over those of its preset.

use mediaconvert::{Job, Request as _};
use serde_json::{Map, Value};

use super::{
    InvalidRequest, Service,
    account::Account,
    store::{Definition, Entity, JobTemplate, Preset, Session},
};

pub(crate) struct Resolved {
    /// With the template's settings; presets are names.
    pub(crate) request: Value,
    /// With the presets' settings as well.
    pub(crate) settings: Value,
}

/// Puts the template and the presets of a request below it, and checks the result.
pub(crate) fn resolve(request: &Value, session: &Session<'_>, service: &Service) -> Result<Resolved, InvalidRequest> {
    let account = &service.account;
    let mut request = request.clone();
    if let Some(given) = request.get("JobTemplate").and_then(Value::as_str) {
        let template = referred::<JobTemplate>(given, session, account)?;
        request = job_over_template(&request, &template.request);
        // The rules between settings hold for the whole, not only for what the request says itself.
        Job::from_value(&service.for_the_model(&request))?;
    }
    let mut settings = request.clone();
    let groups = settings.pointer_mut("/Settings/OutputGroups").and_then(Value::as_array_mut).into_iter().flatten();
    let outputs = groups.filter_map(|group| group.get_mut("Outputs").and_then(Value::as_array_mut)).flatten();
    for output in outputs {
        let Some(given) = output.get("Preset").and_then(Value::as_str) else { continue };
        let preset = referred::<Preset>(given, session, account)?;
        output_over_preset(output, &preset.request["Settings"]);
    }
    Job::from_value(&service.for_the_model(&settings))?;
    check_complete(&settings)?;
    Ok(Resolved { request, settings })
}

/// A template or preset that a request names; what does not exist makes the request a bad one.
fn referred<'s, E: Entity + AsRef<Definition> + 's>(
    given: &str,
    session: &'s Session<'_>,
    account: &Account,
) -> Result<&'s Definition, InvalidRequest> {
    let name = account.name(E::KIND, given)?;
    let found = session.get::<E>(&name).map(AsRef::as_ref);
    found.ok_or_else(|| InvalidRequest::new(format!("there is no {} `{name}`", E::KIND.spoken())))
}

/// What a job takes from its template besides the settings.
const JOB_WIDE: [&str; 6] = [
    "AccelerationSettings",
    "ElementalInferenceSettings",
    "HopDestinations",
    "Priority",
    "Queue",
    "StatusUpdateInterval",
];

/// A job's request over its template's.
fn job_over_template(job: &Value, template: &Value) -> Value {
    let mut merged = job.clone();
    for member in JOB_WIDE {
        if let (None, Some(below)) = (merged.get(member), template.get(member)) {
            merged[member] = below.clone();
        }
    }
    let (top, below) = (&job["Settings"], &template["Settings"]);
    let mut settings = over(top, below);
    if let Some(inputs) = top.get("Inputs").and_then(Value::as_array) {
        let below = below.pointer("/Inputs/0").unwrap_or(&Value::Null);
        settings["Inputs"] = inputs.iter().map(|input| over(input, below)).collect();
    }
    if let Some(groups) = top.get("OutputGroups").and_then(Value::as_array) {
        let kind = |group: &Value| group.pointer("/OutputGroupSettings/Type").cloned();
        let merged = groups.iter().enumerate().map(|(at, group)| {
            let has_outputs = !items(group, "Outputs").is_empty();
            match below["OutputGroups"].get(at) {
                Some(below) if !has_outputs && kind(group).zip(kind(below)).is_none_or(|(one, other)| one == other) => {
                    over(group, below)
                }
                _ => group.clone(),
            }
        });
        settings["OutputGroups"] = merged.collect();
    }
    merged["Settings"] = settings;
    merged
}

/// An output over its preset's settings, in place; the preset's name goes.
fn output_over_preset(output: &mut Value, preset: &Value) {
    let mut merged = over(output, preset);
    for list in ["AudioDescriptions", "CaptionDescriptions"] {
        let (top, below) = (items(output, list), items(preset, list));
        if !top.is_empty() {
            let below = below.iter().chain(std::iter::repeat(&Value::Null));
            merged[list] = top.iter().zip(below).map(|(item, below)| over(item, below)).collect();
        }
    }
    if let Some(members) = merged.as_object_mut() {
        members.shift_remove("Preset");
    }
    *output = merged;
}

fn over(top: &Value, below: &Value) -> Value {
    let (Value::Object(top_members), Value::Object(below)) = (top, below) else { return top.clone() };
    let mut merged: Map<String, Value> = below.clone();
    for (name, value) in top_members {
        let value = below.get(name).map_or_else(|| value.clone(), |below| over(value, below));
        merged.insert(name.clone(), value);
    }
    merged.into()
}

fn items<'v>(value: &'v Value, list: &str) -> &'v [Value] {
    value.get(list).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Where each type of output group has its settings.
const GROUPS: [(&str, &str); 5] = [
    ("CMAF_GROUP_SETTINGS", "CmafGroupSettings"),
    ("DASH_ISO_GROUP_SETTINGS", "DashIsoGroupSettings"),
    ("FILE_GROUP_SETTINGS", "FileGroupSettings"),
    ("HLS_GROUP_SETTINGS", "HlsGroupSettings"),
    ("MS_SMOOTH_GROUP_SETTINGS", "MsSmoothGroupSettings"),
];

/// Refuses a job that cannot be carried out for lack of settings.
fn check_complete(request: &Value) -> Result<(), InvalidRequest> {
    let mut missing = Vec::new();
    let settings = &request["Settings"];
    let inputs = items(settings, "Inputs");
    if inputs.is_empty() {
        missing.push("Settings.Inputs: a job needs an input".to_owned());
    }
    for (at, input) in inputs.iter().enumerate() {
        if !["FileInput", "VideoGenerator", "TamsSettings"].iter().any(|source| input.get(source).is_some()) {
            missing.push(format!("Settings.Inputs[{at}].FileInput: this setting is required"));
        }
    }
    let groups = items(settings, "OutputGroups");
    if groups.is_empty() {
        missing.push("Settings.OutputGroups: a job needs an output group".to_owned());
    }
    for (at, group) in groups.iter().enumerate() {
        let place = format!("Settings.OutputGroups[{at}]");
        let settings = &group["OutputGroupSettings"];
        match GROUPS.iter().find(|(kind, _)| settings["Type"] == **kind) {
            None => missing.push(format!("{place}.OutputGroupSettings.Type: this setting is required")),
            Some((_, own)) if settings[own]["Destination"].as_str().is_none_or(str::is_empty) => {
                missing.push(format!("{place}.OutputGroupSettings.{own}.Destination: this setting is required"));
            }
            Some(_) => {}
        }
        let outputs = items(group, "Outputs");
        if outputs.is_empty() {
            missing.push(format!("{place}.Outputs: a group needs an output"));
        }
        for (at, output) in outputs.iter().enumerate() {
            let encodes = output.get("VideoDescription").is_some()
                || ["AudioDescriptions", "CaptionDescriptions"].iter().any(|kind| !items(output, kind).is_empty());
            if !encodes {
                missing.push(format!("{place}.Outputs[{at}]: an output needs video, audio or captions"));
            }
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(InvalidRequest::new(missing.join("\n"))) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_job_wins_and_the_template_fills_in() {
        let template = json!({
            "Name": "mine", "Priority": 5, "Queue": "slow",
            "Settings": {
                "TimecodeConfig": {"Source": "ZEROBASED"},
                "Inputs": [{"TimecodeSource": "ZEROBASED", "AudioSelectors": {"Audio Selector 1": {"DefaultSelection": "DEFAULT"}}}],
                "OutputGroups": [
                    {"Name": "HLS", "OutputGroupSettings": {"Type": "HLS_GROUP_SETTINGS", "HlsGroupSettings": {"SegmentLength": 6}},
                     "Outputs": [{"NameModifier": "_1"}, {"NameModifier": "_2"}]},
                    {"Name": "files", "OutputGroupSettings": {"Type": "FILE_GROUP_SETTINGS"}, "Outputs": [{"NameModifier": "_3"}]}
                ]
            }
        });
        let job = json!({
            "JobTemplate": "mine", "Queue": "fast",
            "Settings": {
                "Inputs": [{"FileInput": "s3://b/1"}, {"FileInput": "s3://b/2", "TimecodeSource": "EMBEDDED"}],
                "OutputGroups": [
                    {"OutputGroupSettings": {"Type": "HLS_GROUP_SETTINGS", "HlsGroupSettings": {"Destination": "s3://out/"}}},
                    {"OutputGroupSettings": {"Type": "FILE_GROUP_SETTINGS"}, "Outputs": [{"NameModifier": "_own"}]}
                ]
            }
        });
        let merged = job_over_template(&job, &template);
        assert_eq!((&merged["Priority"], &merged["Queue"]), (&json!(5), &json!("fast")));
        assert_eq!(merged["Settings"]["TimecodeConfig"]["Source"], "ZEROBASED");
        let inputs = &merged["Settings"]["Inputs"];
        assert_eq!(inputs[0]["TimecodeSource"], "ZEROBASED");
        assert_eq!(inputs[1]["TimecodeSource"], "EMBEDDED");
        assert_eq!(inputs[1]["AudioSelectors"]["Audio Selector 1"]["DefaultSelection"], "DEFAULT");
        let groups = &merged["Settings"]["OutputGroups"];
        let hls = &groups[0]["OutputGroupSettings"]["HlsGroupSettings"];
        assert_eq!((&hls["SegmentLength"], &hls["Destination"]), (&json!(6), &json!("s3://out/")));
        assert_eq!(groups[0]["Outputs"].as_array().unwrap().len(), 2);
        assert_eq!(groups[1], job["Settings"]["OutputGroups"][1], "a group with outputs stands as it is");
    }

    #[test]
    fn groups_left_out_of_the_job_stay_out_and_other_types_do_not_mix() {
        let group = |kind: &str| json!({"OutputGroupSettings": {"Type": kind}, "Outputs": [{"NameModifier": "_t"}]});
        let template =
            json!({"Settings": {"OutputGroups": [group("HLS_GROUP_SETTINGS"), group("CMAF_GROUP_SETTINGS")]}});
        let files = json!({"OutputGroupSettings": {"Type": "FILE_GROUP_SETTINGS"}});
        let job = json!({"Settings": {"OutputGroups": [files]}});
        assert_eq!(job_over_template(&job, &template)["Settings"], job["Settings"]);
        let nothing = json!({"Settings": {}});
        assert_eq!(job_over_template(&nothing, &template)["Settings"], template["Settings"]);
    }

    #[test]
    fn an_output_lies_over_its_preset() {
        let preset = json!({
            "ContainerSettings": {"Container": "MP4"},
            "VideoDescription": {"Width": 640, "Height": 360},
            "AudioDescriptions": [{"CodecSettings": {"Codec": "AAC"}}, {"CodecSettings": {"Codec": "AC3"}}]
        });
        let mut output = json!({
            "Preset": "p", "NameModifier": "_a", "VideoDescription": {"Width": 320},
            "AudioDescriptions": [{"AudioSourceName": "Audio Selector 2"}]
        });
        output_over_preset(&mut output, &preset);
        assert_eq!(
            output,
            json!({
                "ContainerSettings": {"Container": "MP4"},
                "VideoDescription": {"Width": 320, "Height": 360},
                "AudioDescriptions": [{"CodecSettings": {"Codec": "AAC"}, "AudioSourceName": "Audio Selector 2"}],
                "NameModifier": "_a"
            })
        );
    }
}
