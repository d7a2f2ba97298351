//! How settings lie over one another.
//!
//! What is on top wins; objects are merged member by member, other values and lists are replaced as a whole. Three lists
//! are matched by position instead, as their items on top are often incomplete:
//!
//! - a template has one input at most: it lies below each of the job's inputs;
//! - an output group without outputs, such as one that gives only its destination, lies over the template's group in
//!   the same place; a group with outputs of its own stands as it is;
//! - an output's audio and caption descriptions lie over those of its preset.

use serde_json::{Map, Value};

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
pub(super) fn job_over_template(job: &Value, template: &Value) -> Value {
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
        let merged = groups.iter().enumerate().map(|(at, group)| match below["OutputGroups"].get(at) {
            Some(below) if !has_outputs(group) && same_type(group, below) => over(group, below),
            _ => group.clone(),
        });
        settings["OutputGroups"] = merged.collect();
    }
    merged["Settings"] = settings;
    merged
}

/// An output over its preset's settings, in place; the preset's name goes.
pub(super) fn output_over_preset(output: &mut Value, preset: &Value) {
    let mut merged = over(output, preset);
    for list in ["AudioDescriptions", "CaptionDescriptions"] {
        if let (Some(top), Some(below)) = (items(output, list), items(preset, list)) {
            let merged_list =
                top.iter().enumerate().map(|(at, item)| below.get(at).map_or(item.clone(), |b| over(item, b)));
            merged[list] = merged_list.collect();
        }
    }
    if let Some(members) = merged.as_object_mut() {
        members.shift_remove("Preset");
    }
    *output = merged;
}

/// Every output of a request.
pub(super) fn outputs_mut(request: &mut Value) -> impl Iterator<Item = &mut Value> {
    let groups = request.pointer_mut("/Settings/OutputGroups").and_then(Value::as_array_mut);
    let groups = groups.into_iter().flatten();
    groups.filter_map(|group| group.get_mut("Outputs").and_then(Value::as_array_mut)).flatten()
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

fn items<'v>(value: &'v Value, list: &str) -> Option<&'v Vec<Value>> {
    value.get(list)?.as_array()
}

fn has_outputs(group: &Value) -> bool {
    items(group, "Outputs").is_some_and(|outputs| !outputs.is_empty())
}

fn same_type(one: &Value, other: &Value) -> bool {
    let kind = |group: &Value| group.pointer("/OutputGroupSettings/Type").cloned();
    match (kind(one), kind(other)) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
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
