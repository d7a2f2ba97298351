//! What a job must have once its template and presets are below it: sources, places to write to, and something to encode.

use serde_json::Value;

use crate::service::api::error::ApiError;

/// Where each type of output group has its settings.
const GROUPS: [(&str, &str); 5] = [
    ("CMAF_GROUP_SETTINGS", "CmafGroupSettings"),
    ("DASH_ISO_GROUP_SETTINGS", "DashIsoGroupSettings"),
    ("FILE_GROUP_SETTINGS", "FileGroupSettings"),
    ("HLS_GROUP_SETTINGS", "HlsGroupSettings"),
    ("MS_SMOOTH_GROUP_SETTINGS", "MsSmoothGroupSettings"),
];

/// Refuses a job that cannot be carried out for lack of settings.
pub(super) fn check(request: &Value) -> Result<(), ApiError> {
    let mut missing = Vec::new();
    let settings = &request["Settings"];
    let inputs = list(settings, "Inputs");
    if inputs.is_empty() {
        missing.push("Settings.Inputs: a job needs an input".to_owned());
    }
    for (at, input) in inputs.iter().enumerate() {
        if !["FileInput", "VideoGenerator", "TamsSettings"].iter().any(|source| input.get(source).is_some()) {
            missing.push(format!("Settings.Inputs[{at}].FileInput: this setting is required"));
        }
    }
    let groups = list(settings, "OutputGroups");
    if groups.is_empty() {
        missing.push("Settings.OutputGroups: a job needs an output group".to_owned());
    }
    for (at, group) in groups.iter().enumerate() {
        check_group(group, &format!("Settings.OutputGroups[{at}]"), &mut missing);
    }
    if missing.is_empty() { Ok(()) } else { Err(ApiError::bad_request(missing.join("\n"))) }
}

fn check_group(group: &Value, place: &str, missing: &mut Vec<String>) {
    let settings = &group["OutputGroupSettings"];
    let kind = GROUPS.iter().find(|(kind, _)| settings["Type"] == **kind);
    match kind {
        None => missing.push(format!("{place}.OutputGroupSettings.Type: this setting is required")),
        Some((_, own)) if settings[own]["Destination"].as_str().is_none_or(str::is_empty) => {
            missing.push(format!("{place}.OutputGroupSettings.{own}.Destination: this setting is required"));
        }
        Some(_) => {}
    }
    let outputs = list(group, "Outputs");
    if outputs.is_empty() {
        missing.push(format!("{place}.Outputs: a group needs an output"));
    }
    for (at, output) in outputs.iter().enumerate() {
        let encodes = output.get("VideoDescription").is_some()
            || ["AudioDescriptions", "CaptionDescriptions"].iter().any(|kind| !list(output, kind).is_empty());
        if !encodes {
            missing.push(format!("{place}.Outputs[{at}]: an output needs video, audio or captions"));
        }
    }
}

fn list<'v>(value: &'v Value, member: &str) -> &'v [Value] {
    value.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
