use super::*;

#[test]
fn a_template_of_ones_own_keeps_what_it_says() {
    let template = json!({
        "name": "mine", "statusUpdateInterval": "SECONDS_10", "priority": 7, "queue": "theirs",
        "settings": {
            "newSetting": { "deep": [1] },
            "timecodeConfig": { "source": "EMBEDDED", "anchor": "00:00:00:00" },
            "inputs": [{
                "audioSelectors": { "Audio Selector 1": { "tracks": [2] }, "dub": { "tracks": [1] } },
                "videoSelector": { "colorSpace": "REC_709", "rotate": "DEGREE_0" },
                "fileInput": "s3://theirs/x",
            }],
            "outputGroups": [
                {
                    "customName": "../../elsewhere", "newMember": true,
                    "outputGroupSettings": {
                        "type": "HLS_GROUP_SETTINGS",
                        "hlsGroupSettings": { "destination": "s3://theirs/out/", "newer": 1 },
                    },
                    "outputs": [{ "preset": "System-Avc_16x9_1080p_29_97fps_8500kbps", "nameModifier": "_p" }],
                },
                {
                    "name": "Captures",
                    "outputGroupSettings": { "type": "FILE_GROUP_SETTINGS" },
                    "outputs": [{ "videoDescription": { "width": 1920, "height": 1080, "codecSettings": { "codec": "FRAME_CAPTURE" } } }],
                },
                {
                    "outputGroupSettings": { "type": "HLS_GROUP_SETTINGS", "hlsGroupSettings": {} },
                    "outputs": [{ "videoDescription": { "newer": 2 } }, "nonsense"],
                },
                { "outputGroupSettings": { "type": "FILE_GROUP_SETTINGS" }, "outputs": [] },
            ],
        },
    });
    let job = job(&with(film(1280, 720), json!({ "jobTemplate": "mine", "frameCapture": true })), &template);
    insta::assert_json_snapshot!(job["settings"]);
    assert_eq!(job["statusUpdateInterval"], "SECONDS_10");
    assert_eq!((&job["priority"], job.get("jobTemplate")), (&json!(-5), None));
}
