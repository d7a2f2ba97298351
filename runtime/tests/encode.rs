//! `encode` against a stand-in for AWS.

#![allow(clippy::unwrap_used, reason = "what breaks fails the test")]

mod fake;

use fake::{Answer, Fake};
use pipeline::{
    contract::{Handler, Variable},
    errors::ErrorName,
};
use runtime::failure::Failure;
use serde_json::{Value, json};

const VARIABLES: [(Variable, &str); 9] = [
    (Variable::MediaConvertEndpoint, "https://mediaconvert.eu-west-1.amazonaws.com"),
    (Variable::MediaConvertRole, "arn:aws:iam::111122223333:role/encode"),
    (Variable::MediaConvertQueue, "arn:aws:mediaconvert:eu-west-1:111122223333:queues/Default"),
    (Variable::JobPriority, "3"),
    (
        Variable::HopDestinations,
        r#"[{"Queue":"arn:aws:mediaconvert:eu-west-1:111122223333:queues/overflow","WaitMinutes":15,"Priority":-3}]"#,
    ),
    (Variable::Tags, r#"{"Project":"vod"}"#),
    (Variable::JobTemplate2160p, "vod-uhd"),
    (Variable::JobTemplate1080p, "vod-fhd"),
    (Variable::JobTemplate720p, "vod-hd"),
];
const CREATE: &str = "POST /2017-08-29/jobs";

fn get(name: &str) -> String {
    format!("GET /2017-08-29/jobTemplates/{name}")
}

fn record(key: &str) -> Value {
    json!({
        "guid": "0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11", "startTime": "2026-01-02T03:04:05Z",
        "workflowTrigger": "Video", "workflowStatus": "Ingest", "workflowName": "vod", "srcBucket": "source",
        "srcVideo": key, "srcMediainfo": r#"{"video":[{"width":1280,"height":720}],"audio":[]}"#,
        "destBucket": "destination", "cloudFront": "d.cloudfront.net", "frameCapture": false,
        "archiveSource": "DISABLED", "inputRotate": "AUTO", "acceleratedTranscoding": "PREFERRED", "enableSns": true,
        "enableSqs": true, "enableMediaPackage": false, "jobTemplate": "vod_720p_mvod", "isCustomTemplate": false,
        "title": "kept",
    })
}

/// A template with settings that no SDK knows.
fn template() -> Answer {
    Answer::json(&json!({ "jobTemplate": {
        "name": "vod_720p_mvod", "arn": "arn:template", "type": "CUSTOM", "createdAt": 1_700_000_000, "priority": 0,
        "statusUpdateInterval": "SECONDS_30",
        "settings": {
            "settingOfTomorrow": { "deep": [1, 2.5, null] },
            "outputGroups": [{
                "name": "HLS",
                "outputGroupSettings": {
                    "type": "HLS_GROUP_SETTINGS",
                    "hlsGroupSettings": { "segmentLength": 6, "minSegmentLength": 0, "newer": "kept" },
                },
                "outputs": [
                    { "nameModifier": "_fhd", "videoDescription": { "width": 1920, "height": 1080 } },
                    { "nameModifier": "_hd", "videoDescription": { "width": 1280, "height": 720, "newer": true } },
                    { "nameModifier": "_preset", "preset": "mine" },
                ],
            }],
        },
    }}))
}

fn created() -> Answer {
    Answer::Reply(
        201,
        Vec::new(),
        json!({ "job": { "id": "1700000000000-abcdef", "role": "r", "settings": {} } }).to_string().into_bytes(),
    )
}

async fn encode(fake: &Fake, record: Value) -> Result<Value, Failure> {
    fake.call(Handler::Encode, &VARIABLES, record).await
}

#[tokio::test]
async fn the_template_becomes_a_job_with_all_its_settings() {
    let fake = Fake::start().await;
    fake.once(&get("vod_720p_mvod"), template());
    fake.once(CREATE, created());
    let answer = encode(&fake, record("a b+c%20é 🎬.mp4")).await.unwrap();
    assert_eq!(fake.lines(), [get("vod_720p_mvod").as_str(), CREATE]);
    let sent = fake.seen_of(CREATE).remove(0);
    assert_eq!(sent.headers["content-length"], sent.body.len().to_string());
    assert_eq!(
        sent.json(),
        json!({
            "role": "arn:aws:iam::111122223333:role/encode",
            "queue": "arn:aws:mediaconvert:eu-west-1:111122223333:queues/Default",
            "priority": 3,
            "clientRequestToken": "0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11",
            "accelerationSettings": { "mode": "PREFERRED" },
            "billingTagsSource": "JOB",
            "statusUpdateInterval": "SECONDS_30",
            "userMetadata": { "guid": "0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11", "workflow": "vod" },
            "tags": { "Project": "vod" },
            "hopDestinations": [{ "queue": "arn:aws:mediaconvert:eu-west-1:111122223333:queues/overflow", "waitMinutes": 15, "priority": -3 }],
            "settings": {
                "settingOfTomorrow": { "deep": [1, 2.5, null] },
                "timecodeConfig": { "source": "ZEROBASED" },
                "inputs": [{
                    "fileInput": "s3://source/a b+c%20é 🎬.mp4",
                    "timecodeSource": "ZEROBASED",
                    "videoSelector": { "rotate": "AUTO" },
                }],
                "outputGroups": [{
                    "name": "HLS",
                    "outputGroupSettings": {
                        "type": "HLS_GROUP_SETTINGS",
                        "hlsGroupSettings": {
                            "segmentLength": 6, "minSegmentLength": 0, "newer": "kept",
                            "destination": "s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/hls/a-b-c-20",
                        },
                    },
                    "outputs": [
                        { "nameModifier": "_hd", "videoDescription": { "width": 1280, "height": 720, "newer": true } },
                        { "nameModifier": "_preset", "preset": "mine" },
                    ],
                }],
            },
        })
    );
    for (member, value) in [
        ("encodeJobId", json!("1700000000000-abcdef")),
        ("workflowStatus", json!("Encoding")),
        ("jobTemplate", json!("vod_720p_mvod")),
        ("isCustomTemplate", json!(false)),
        ("title", json!("kept")),
    ] {
        assert_eq!(answer[member], value, "{member}");
    }
    let job = &answer["encodingJob"];
    assert_eq!(job["Settings"]["OutputGroups"][0]["Outputs"][0]["NameModifier"], "_hd");
    assert_eq!(job["UserMetadata"]["guid"], "0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11");
    assert!(answer["encodeSubmitTime"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn any_key_is_named_as_it_is() {
    let longest = "é".repeat(510) + ".mp4";
    for key in [".hidden.mp4", "a//b/../c.mp4", "%2F+ .mp4", "日本語\u{301}🎬.mp4", "a\"b\\c\n.mp4", &longest] {
        let fake = Fake::start().await;
        fake.once(&get("vod_720p_mvod"), template());
        fake.once(CREATE, created());
        encode(&fake, record(key)).await.unwrap();
        let sent = fake.seen_of(CREATE)[0].json();
        assert_eq!(sent["settings"]["inputs"][0]["fileInput"], format!("s3://source/{key}"));
    }
}

#[tokio::test]
async fn a_missing_template_is_looked_for_under_its_other_names() {
    let names = ["vod_720p_mvod", "vod_720p_mvod_fixed", "vod_720p_qvbr", "vod_720p_qvbr_fixed", "vod-hd"];
    let missing = || Answer::error(404, "NotFoundException", "no such template");
    for (at, found) in names.iter().enumerate() {
        let fake = Fake::start().await;
        names[..at].iter().for_each(|name| fake.once(&get(name), missing()));
        fake.once(&get(found), template());
        fake.once(CREATE, created());
        let answer = encode(&fake, record("a.mp4")).await.unwrap();
        assert_eq!(answer["jobTemplate"], *found);
        assert_eq!(fake.lines().len(), at + 2);
    }
    let fake = Fake::start().await;
    for name in names {
        fake.once(&get(name), missing());
    }
    let failure = encode(&fake, record("a.mp4")).await.unwrap_err();
    assert_eq!(failure.name(), ErrorName::TemplateNotFound);
    assert_eq!(
        failure.to_string(),
        "there is no job template named `vod_720p_mvod`; tried vod_720p_mvod, vod_720p_mvod_fixed, vod_720p_qvbr, vod_720p_qvbr_fixed, vod-hd"
    );
}

#[tokio::test]
async fn a_template_that_the_metadata_file_names_has_no_stand_in() {
    let fake = Fake::start().await;
    for name in ["mine", "mine_fixed"] {
        fake.once(&get(name), Answer::error(404, "NotFoundException", "no such template"));
    }
    let mut own = record("a.mp4");
    own["isCustomTemplate"] = json!(true);
    own["jobTemplate"] = json!("mine");
    assert_eq!(encode(&fake, own).await.unwrap_err().name(), ErrorName::TemplateNotFound);
    assert_eq!(fake.lines(), [get("mine"), get("mine_fixed")]);
}

#[tokio::test]
async fn a_request_that_does_not_fit_into_the_state_goes_to_a_file_and_never_stops_the_video() {
    const FILE: &str = "PUT /destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/.workflow/";
    let mut large = record("a.mp4");
    large["notes"] = json!("n".repeat(pipeline::state::MAX_RECORD_BYTES - 1500));
    for (written, is_kept) in [(Answer::text(""), true), (Answer::xml_error(403, "AccessDenied", "no"), false)] {
        let fake = Fake::start().await;
        fake.once(&get("vod_720p_mvod"), template());
        fake.once(CREATE, created());
        fake.below(FILE, written);
        let answer = encode(&fake, large.clone()).await.unwrap();
        assert_eq!((answer.get("encodingJob"), &answer["encodeJobId"]), (None, &json!("1700000000000-abcdef")));
        let file = fake.seen().pop().unwrap();
        assert_eq!(file.json()["encodingJob"]["UserMetadata"]["workflow"], "vod");
        let place = file.line.replace("PUT /", "s3://");
        assert_eq!(answer.pointer("/storedInFull/encodingJob"), is_kept.then(|| json!(place)).as_ref());
    }
}

#[tokio::test]
async fn throttling_passes() {
    let fake = Fake::start().await;
    let slow = || Answer::error(429, "TooManyRequestsException", "slow down");
    fake.once(&get("vod_720p_mvod"), slow());
    fake.once(&get("vod_720p_mvod"), template());
    fake.once(CREATE, slow());
    fake.once(CREATE, created());
    encode(&fake, record("a.mp4")).await.unwrap();
    let sent = fake.seen_of(CREATE);
    assert_eq!(sent[0].body, sent[1].body, "a repeat carries the same token");
}

#[tokio::test]
async fn the_service_is_quoted() {
    let refused = "/outputGroups/0/outputs/0: Should have a video description";
    for (answer, name, said) in [
        (Answer::error(400, "BadRequestException", refused), ErrorName::Refused, refused),
        (Answer::error(403, "ForbiddenException", "not you"), ErrorName::Refused, "not you"),
        (Answer::error(429, "TooManyRequestsException", "slow down"), ErrorName::Throttled, "slow down"),
        (Answer::error(500, "InternalServerErrorException", "oops"), ErrorName::Unavailable, "oops"),
        (Answer::text("{}"), ErrorName::Unavailable, "the answer holds no job id"),
        (Answer::text("<html>"), ErrorName::Unavailable, ""),
        (Answer::Hang, ErrorName::Unreachable, ""),
    ] {
        let fake = Fake::start().await;
        fake.once(&get("vod_720p_mvod"), template());
        fake.always(CREATE, answer);
        let failure = encode(&fake, record("a.mp4")).await.unwrap_err();
        assert_eq!(failure.name(), name, "{failure}");
        let message = failure.to_string();
        assert!(message.starts_with("cannot submit the job: ") && message.contains(said), "{message}");
    }
}

#[tokio::test]
async fn a_template_that_cannot_be_read_is_not_taken_for_missing() {
    for (answer, name) in [
        (Answer::error(403, "ForbiddenException", "not you"), ErrorName::Refused),
        (Answer::error(500, "InternalServerErrorException", "oops"), ErrorName::Unavailable),
        (Answer::text("{}"), ErrorName::Unavailable),
        (Answer::text("[1"), ErrorName::Unavailable),
        (Answer::Hang, ErrorName::Unreachable),
    ] {
        let fake = Fake::start().await;
        fake.always(&get("vod_720p_mvod"), answer);
        let failure = encode(&fake, record("a.mp4")).await.unwrap_err();
        assert_eq!(failure.name(), name, "{failure}");
        assert!(failure.to_string().starts_with("cannot read the job template `vod_720p_mvod`: "), "{failure}");
        assert!(fake.lines().iter().all(|line| *line == get("vod_720p_mvod")));
    }
}

#[tokio::test]
async fn what_cannot_be_encoded_is_not_submitted() {
    let with = |member: &str, value: Value| {
        let mut record = record("a.mp4");
        record[member] = value;
        record
    };
    for (record, name) in [
        (with("captions", json!("en")), ErrorName::InvalidMetadata),
        (with("srcMediainfo", json!("{}")), ErrorName::NoUsableTrack),
        (with("srcMediainfo", json!(r#"{"audio":[{}]}"#)), ErrorName::NoUsableTrack),
        (with("srcMediainfo", json!("<xml>")), ErrorName::InvalidMedia),
        (with("guid", json!(3)), ErrorName::InvalidEvent),
    ] {
        let fake = Fake::start().await;
        fake.always(&get("vod_720p_mvod"), template());
        let failure = encode(&fake, record).await.unwrap_err();
        assert_eq!(failure.name(), name, "{failure}");
        assert!(fake.seen_of(CREATE).is_empty());
    }
}

#[tokio::test]
async fn a_wrong_variable_is_named() {
    for (variable, value) in
        [(Variable::JobPriority, "high"), (Variable::HopDestinations, "{}"), (Variable::Tags, "[]")]
    {
        let fake = Fake::start().await;
        let variables = VARIABLES.map(|(name, given)| (name, if name == variable { value } else { given }));
        let failure = fake.call(Handler::Encode, &variables, record("a.mp4")).await.unwrap_err();
        assert_eq!(failure.name(), ErrorName::Misconfigured);
        assert!(failure.to_string().contains(variable.name()));
    }
}
