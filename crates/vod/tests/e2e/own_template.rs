//! A job template that uses what the built-in ones do not.

use serde_json::{Value, json};

/// HLS with a rendition of 180 lines and sound in two languages, of the source's second second, with an overlay in the corner.
pub(crate) fn own_template(name: &str, overlay: &str) -> Value {
    let audio = |selector: &str, modifier: &str, language: &str| {
        json!({
            "nameModifier": modifier,
            "containerSettings": { "container": "M3U8" },
            "outputSettings": { "hlsSettings": {
                "audioGroupId": "audio", "audioTrackType": "ALTERNATE_AUDIO_AUTO_SELECT",
            } },
            "audioDescriptions": [{
                "audioSourceName": selector, "languageCode": language, "languageCodeControl": "USE_CONFIGURED",
                "codecSettings": { "codec": "AAC", "aacSettings": {
                    "bitrate": 96000, "codingMode": "CODING_MODE_2_0", "sampleRate": 48000,
                } },
            }],
        })
    };
    let picture = json!({
        "nameModifier": "_180p",
        "containerSettings": { "container": "M3U8" },
        "outputSettings": { "hlsSettings": { "audioRenditionSets": "audio" } },
        "videoDescription": {
            "width": 320, "height": 180,
            "codecSettings": { "codec": "H_264", "h264Settings": {
                "rateControlMode": "QVBR", "maxBitrate": 500_000, "qvbrSettings": { "qvbrQualityLevel": 7 },
                "gopSize": 1.0, "gopSizeUnits": "SECONDS",
            } },
        },
    });
    let language = |code: &str| json!({ "selectorType": "LANGUAGE_CODE", "languageCode": code });
    json!({
        "name": name,
        "settings": {
            "inputs": [{
                "timecodeSource": "ZEROBASED",
                "audioSelectors": { "English": language("ENG"), "German": language("DEU") },
                "inputClippings": [{ "startTimecode": "00:00:01:00", "endTimecode": "00:00:02:00" }],
                "imageInserter": { "insertableImages": [{
                    "imageInserterInput": overlay,
                    "imageX": 0, "imageY": 0, "layer": 1, "opacity": 100,
                }] },
            }],
            "outputGroups": [{
                "outputGroupSettings": { "type": "HLS_GROUP_SETTINGS", "hlsGroupSettings": {
                    "segmentLength": 1, "minSegmentLength": 0,
                } },
                "outputs": [picture, audio("English", "_en", "ENG"), audio("German", "_de", "DEU")],
            }],
        },
    })
}
