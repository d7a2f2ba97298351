//! `encode` against a stand-in for AWS.

use crate::support::{Answer, Fake};
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
const SEARCH: &str = "GET /2017-08-29/search";
const GUID: &str = "0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11";

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

/// What a search finds: jobs with an id, a token, a status, and whose they are.
fn found(jobs: &[(&str, &str, &str, &str)]) -> Answer {
    let job = |(id, token, status, guid): &(&str, &str, &str, &str)| {
        json!({
            "id": id, "role": "arn:aws:iam::111122223333:role/encode", "settings": {}, "status": status,
            "clientRequestToken": token, "createdAt": 1_767_323_105, "userMetadata": { "guid": guid, "workflow": "vod" },
        })
    };
    Answer::json(&json!({ "jobs": jobs.iter().map(job).collect::<Vec<_>>() }))
}

async fn encode(fake: &Fake, record: Value) -> Result<Value, Failure> {
    fake.always(SEARCH, found(&[]));
    call(fake, record).await
}

async fn call(fake: &Fake, record: Value) -> Result<Value, Failure> {
    fake.call(Handler::Encode, &VARIABLES, record).await
}

#[tokio::test]
async fn the_template_becomes_a_job_with_all_its_settings() {
    let fake = Fake::start();
    fake.once(&get("vod_720p_mvod"), template());
    fake.once(CREATE, created());
    let answer = encode(&fake, record("a b+c%20é 🎬.mp4")).await.unwrap();
    assert_eq!(fake.lines(), [get("vod_720p_mvod").as_str(), SEARCH, SEARCH, CREATE], "both queues are searched");
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
        let fake = Fake::start();
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
        let fake = Fake::start();
        names[..at].iter().for_each(|name| fake.once(&get(name), missing()));
        fake.once(&get(found), template());
        fake.once(CREATE, created());
        let answer = encode(&fake, record("a.mp4")).await.unwrap();
        assert_eq!(answer["jobTemplate"], *found);
        assert_eq!(fake.lines().len(), at + 4);
    }
    let fake = Fake::start();
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
    let fake = Fake::start();
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
        let fake = Fake::start();
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
    let fake = Fake::start();
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
        let fake = Fake::start();
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
        let fake = Fake::start();
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
        let fake = Fake::start();
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
        let fake = Fake::start();
        let variables = VARIABLES.map(|(name, given)| (name, if name == variable { value } else { given }));
        let failure = fake.call(Handler::Encode, &variables, record("a.mp4")).await.unwrap_err();
        assert_eq!(failure.name(), ErrorName::Misconfigured);
        assert!(failure.to_string().contains(variable.into_str()));
    }
}

#[tokio::test]
async fn a_repeat_after_more_than_a_minute_adopts_the_job_that_was_paid_for() {
    for status in ["SUBMITTED", "PROGRESSING", "COMPLETE", "STATE_OF_TOMORROW"] {
        let fake = Fake::start();
        fake.once(&get("vod_720p_mvod"), template());
        fake.once(SEARCH, found(&[("1-other", "other", status, "another-video"), ("1-a", GUID, status, GUID)]));
        fake.once(SEARCH, found(&[]));
        let answer = call(&fake, record("a b+é.mp4")).await.unwrap();
        assert_eq!((&answer["encodeJobId"], &answer["workflowStatus"]), (&json!("1-a"), &json!("Encoding")));
        assert_eq!(answer["encodeSubmitTime"], "2026-01-02T03:05:05Z");
        assert_eq!(answer["encodingJob"]["ClientRequestToken"], GUID);
        assert!(fake.seen_of(CREATE).is_empty(), "{status}");
        let asked: Vec<String> = fake.seen_of(SEARCH).into_iter().map(|seen| seen.query).collect();
        for (asked, queue) in asked.iter().zip(["Default", "overflow"]) {
            assert!(asked.contains("inputFile=s3%3A%2F%2Fsource%2Fa%20b%2B%C3%A9.mp4"), "{asked}");
            assert!(asked.contains(&format!("queues%2F{queue}")) && asked.contains("order=DESCENDING"), "{asked}");
        }
    }
}

#[tokio::test]
async fn a_retry_on_purpose_makes_another_job_and_its_repeat_finds_that_one() {
    let mut retried = record("a.mp4");
    retried["encodeJobId"] = json!("1-a");
    let fake = Fake::start();
    fake.always(&get("vod_720p_mvod"), template());
    fake.always(SEARCH, found(&[("1-a", GUID, "COMPLETE", GUID)]));
    fake.once(CREATE, created());
    call(&fake, retried.clone()).await.unwrap();
    let token = fake.seen_of(CREATE)[0].json()["clientRequestToken"].as_str().unwrap().to_owned();
    assert_ne!(token, GUID);

    fake.always(SEARCH, found(&[("1-b", &token, "PROGRESSING", GUID), ("1-a", GUID, "COMPLETE", GUID)]));
    assert_eq!(call(&fake, retried).await.unwrap()["encodeJobId"], "1-b");
    assert_eq!(fake.seen_of(CREATE).len(), 1);
}

#[tokio::test]
async fn a_job_that_failed_before_it_was_recorded_is_not_adopted() {
    for status in ["ERROR", "CANCELED"] {
        let fake = Fake::start();
        fake.once(&get("vod_720p_mvod"), template());
        fake.always(SEARCH, found(&[("1-a", GUID, status, GUID)]));
        fake.once(CREATE, created());
        assert_eq!(call(&fake, record("a.mp4")).await.unwrap()["encodeJobId"], "1700000000000-abcdef");
        assert_ne!(fake.seen_of(CREATE)[0].json()["clientRequestToken"], GUID, "the service may still know the token");
    }
}

#[tokio::test]
async fn the_job_is_found_on_any_page_and_older_pages_are_not_read() {
    let page = |id: &str, token: &str, created: u32, next: Option<&str>| {
        Answer::json(&json!({ "nextToken": next, "jobs": [{
            "id": id, "role": "r", "settings": {}, "status": "PROGRESSING", "clientRequestToken": token,
            "createdAt": created, "userMetadata": { "guid": GUID },
        }] }))
    };
    let fake = Fake::start();
    fake.always(&get("vod_720p_mvod"), template());
    fake.once(SEARCH, page("1-b", "other", 1_767_323_106, Some("2")));
    fake.once(SEARCH, page("1-a", GUID, 1_767_323_105, None));
    fake.once(SEARCH, found(&[]));
    assert_eq!(call(&fake, record("a.mp4")).await.unwrap()["encodeJobId"], "1-a");
    assert!(fake.seen_of(SEARCH)[1].query.contains("nextToken=2"));

    // A job from before the video's start ends the search.
    fake.once(SEARCH, page("1-b", "other", 1_767_323_000, Some("2")));
    fake.once(SEARCH, found(&[]));
    fake.once(CREATE, created());
    call(&fake, record("a.mp4")).await.unwrap();
    assert_eq!(fake.seen_of(SEARCH).len(), 5);
}

#[tokio::test]
async fn a_video_that_has_just_arrived_is_not_searched_for() {
    let fake = Fake::start();
    fake.once(&get("vod_720p_mvod"), template());
    fake.once(CREATE, created());
    let mut fresh = record("a.mp4");
    fresh["startTime"] = json!(
        aws_smithy_types::DateTime::from(std::time::SystemTime::now())
            .fmt(aws_smithy_types::date_time::Format::DateTime)
            .unwrap()
    );
    call(&fake, fresh).await.unwrap();
    assert_eq!(fake.lines(), [get("vod_720p_mvod").as_str(), CREATE]);
}

#[tokio::test]
async fn a_search_that_may_pass_is_retried_and_one_that_is_refused_stops_no_video() {
    for (answer, name) in [
        (Answer::error(429, "TooManyRequestsException", "slow down"), ErrorName::Throttled),
        (Answer::error(500, "InternalServerErrorException", "oops"), ErrorName::Unavailable),
        (Answer::Hang, ErrorName::Unreachable),
    ] {
        let fake = Fake::start();
        fake.always(&get("vod_720p_mvod"), template());
        fake.always(SEARCH, answer);
        let failure = call(&fake, record("a.mp4")).await.unwrap_err();
        assert_eq!(failure.name(), name, "{failure}");
        assert!(failure.to_string().starts_with("cannot find out whether the job exists: "), "{failure}");
        assert!(fake.seen_of(CREATE).is_empty());
    }
    let fake = Fake::start();
    fake.always(&get("vod_720p_mvod"), template());
    fake.always(SEARCH, Answer::error(403, "ForbiddenException", "not you"));
    fake.once(CREATE, created());
    call(&fake, record("a.mp4")).await.unwrap();
}
