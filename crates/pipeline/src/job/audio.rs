//! Outputs of sources without sound, and of sources with nothing else.

use serde_json::{Value, json};

use super::{has, remove};

/// Where an output names groups of audio outputs, or says which track it is, by container.
const TRACK_SETTINGS: [(&str, &str); 2] =
    [("M3U8", "/outputSettings/hlsSettings"), ("CMFC", "/containerSettings/cmfcSettings")];

/// Leaves out audio, and the outputs that have nothing else.
pub(super) fn leave_out(outputs: &mut Vec<Value>) {
    outputs.retain(|output| {
        has(output, "videoDescription") || has(output, "preset") || has(output, "captionDescriptions")
    });
    for output in outputs {
        remove(output, "", "audioDescriptions");
        for (_, settings) in TRACK_SETTINGS {
            remove(output, settings, "audioRenditionSets");
        }
    }
}

/// Leaves nothing but audio: each sort once, as a stream that plays without a picture.
pub(super) fn leave_alone(outputs: &mut Vec<Value>) {
    outputs.retain(|output| has(output, "audioDescriptions"));
    let mut sorts: Vec<Value> = Vec::new();
    outputs.retain(|output| {
        let is_new = !sorts.contains(&output["audioDescriptions"]);
        if is_new {
            sorts.push(output["audioDescriptions"].clone());
        }
        is_new
    });
    for output in outputs {
        remove(output, "", "videoDescription");
        remove(output, "", "captionDescriptions");
        stand_alone(output);
    }
}

/// Makes an output a variant of the playlist instead of a rendition beside the picture's.
fn stand_alone(output: &mut Value) {
    let container = &output["containerSettings"]["container"];
    let Some((_, path)) = TRACK_SETTINGS.iter().find(|(name, _)| container == name) else { return };
    remove(output, path, "audioGroupId");
    remove(output, path, "audioRenditionSets");
    let mut place = output;
    for member in path.split('/').skip(1) {
        if !place[member].is_object() {
            place[member] = json!({});
        }
        place = &mut place[member];
    }
    place["audioTrackType"] = "AUDIO_ONLY_VARIANT_STREAM".into();
}
