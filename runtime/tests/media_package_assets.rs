//! The media-package-assets handler against the wire of AWS.

use crate::support::{Answer, Fake};
use pipeline::{
    contract::{Handler, Variable},
    errors::ErrorName,
};
use runtime::failure::Failure;
use serde_json::{Value, json};

const CREATE: &str = "POST /assets";
const DESCRIBE: &str = "GET /assets/g";
const ROLE: &str = "arn:aws-us-gov:iam::111122223333:role/packaging";
const VARIABLES: [(Variable, &str); 3] = [
    (Variable::PackagingGroup, "vod"),
    (Variable::MediaPackageRole, ROLE),
    (Variable::Tags, r#"{"SolutionId":"SO0021","team":"a b"}"#),
];

fn record(outputs: &Value) -> Value {
    let mut record = json!({
        "guid": "g", "startTime": "2026-01-02T03:04:05Z", "workflowTrigger": "Video", "workflowStatus": "Complete",
        "workflowName": "vod", "srcBucket": "source", "srcVideo": "a b.mp4", "destBucket": "dest",
        "cloudFront": "d.cloudfront.net", "frameCapture": true, "archiveSource": "DISABLED", "jobTemplate_2160p": "u",
        "jobTemplate_1080p": "f", "jobTemplate_720p": "h", "inputRotate": "DEGREE_0",
        "acceleratedTranscoding": "DISABLED", "enableSns": true, "enableSqs": false, "enableMediaPackage": true,
        "mine": {"a.b": 1}
    });
    record.as_object_mut().unwrap().extend(outputs.as_object().unwrap().clone());
    record
}

fn hls() -> Value {
    record(&json!({"hlsPlaylist": "s3://dest/g/hls/.a b+%🎬.m3u8", "hlsUrl": "https://d.cloudfront.net/g"}))
}

fn source() -> String {
    "arn:aws-us-gov:s3:::dest/g/hls/.a b+%🎬.m3u8".to_owned()
}

fn asset(source: &str) -> Answer {
    let host = "https://0123.egress.mediapackage-vod.eu-west-1.amazonaws.com";
    let endpoints: Vec<_> = ["vod-hls", "vod-dash", "vod-cmaf", "vod-mss"]
        .iter()
        .map(|id| json!({"packagingConfigurationId": id, "status": "QUEUED", "url": format!("{host}/out/v1/{id}")}))
        .collect();
    Answer::json(&json!({"id": "g", "packagingGroupId": "vod", "sourceArn": source, "egressEndpoints": endpoints}))
}

fn taken() -> Answer {
    Answer::error(422, "UnprocessableEntityException", "ID g already exists")
}

async fn call(fake: &Fake, event: Value) -> Result<Value, Failure> {
    fake.call(Handler::MediaPackageAssets, &VARIABLES, event).await
}

#[tokio::test]
async fn an_asset_is_made_of_the_playlist() {
    let fake = Fake::start();
    fake.once(CREATE, asset(&source()));
    let mut expected = hls();
    expected["mediaPackageResourceId"] = "g".into();
    expected["egressEndpoints"] = json!({
        "CMAF": "https://d.cloudfront.net/out/v1/vod-cmaf",
        "DASH": "https://d.cloudfront.net/out/v1/vod-dash",
        "HLS": "https://d.cloudfront.net/out/v1/vod-hls",
        "MSS": "https://d.cloudfront.net/out/v1/vod-mss",
    });
    assert_eq!(call(&fake, hls()).await.unwrap(), expected);
    assert_eq!(fake.lines(), [CREATE]);
    assert_eq!(
        fake.seen()[0].json(),
        json!({
            "id": "g",
            "packagingGroupId": "vod",
            "sourceArn": source(),
            "sourceRoleArn": ROLE,
            "tags": {"SolutionId": "SO0021", "team": "a b"},
        })
    );
}

#[tokio::test]
async fn a_repeat_finds_the_asset() {
    let first = Fake::start();
    first.once(CREATE, asset(&source()));
    let again = Fake::start();
    again.once(CREATE, taken());
    again.once(DESCRIBE, asset(&source()));
    assert_eq!(call(&again, hls()).await.unwrap(), call(&first, hls()).await.unwrap());
    assert_eq!(again.lines(), [CREATE, DESCRIBE]);
}

/// An asset of the playlist with this state and age.
fn old_asset(status: &str, created: &str) -> Answer {
    let url = "https://0123.egress.mediapackage-vod.eu-west-1.amazonaws.com/out/v1/a";
    let endpoint = json!({ "packagingConfigurationId": "vod-hls", "status": status, "url": url });
    Answer::json(&json!({
        "id": "g", "packagingGroupId": "vod", "sourceArn": source(), "createdAt": created, "egressEndpoints": [endpoint],
    }))
}

#[tokio::test]
async fn an_asset_that_failed_or_is_of_an_earlier_job_is_made_again() {
    let mut event = hls();
    event["encodingOutput"] = json!({ "detail": { "timestamp": 1_767_323_045_000_u64 } });
    for existing in [old_asset("FAILED", "2026-01-02T03:04:06Z"), old_asset("PLAYABLE", "2026-01-02T03:04:04Z")] {
        let fake = Fake::start();
        fake.once(CREATE, taken());
        fake.once(DESCRIBE, existing);
        fake.once("DELETE /assets/g", Answer::Reply(202, Vec::new(), b"{}".to_vec()));
        let failure = call(&fake, event.clone()).await.unwrap_err();
        assert_eq!(failure.name(), ErrorName::Unavailable, "the step is tried again: {failure}");
        // Until it is gone, the step finds it again; then it makes a new one.
        fake.once(CREATE, asset(&source()));
        call(&fake, event.clone()).await.unwrap();
        assert_eq!(fake.lines(), [CREATE, DESCRIBE, "DELETE /assets/g", CREATE]);
    }
    // One of this job is kept.
    let fake = Fake::start();
    fake.once(CREATE, taken());
    fake.once(DESCRIBE, old_asset("PLAYABLE", "2026-01-02T03:04:06Z"));
    assert!(call(&fake, event).await.unwrap()["egressEndpoints"]["HLS"].is_string());
    assert_eq!(fake.lines(), [CREATE, DESCRIBE]);
}

#[tokio::test]
async fn an_asset_without_an_address_is_a_warning_and_the_outputs_stay_announced() {
    for endpoints in [json!([]), json!([{ "packagingConfigurationId": "vod-hls", "status": "QUEUED" }])] {
        let fake = Fake::start();
        fake.once(CREATE, Answer::json(&json!({ "id": "g", "egressEndpoints": endpoints })));
        let answer = call(&fake, hls()).await.unwrap();
        assert_eq!(answer.get("egressEndpoints"), None);
        assert_eq!(answer["workflowWarnings"][0]["error"], "AssetFailed");
        let record = serde_json::from_value(answer).unwrap();
        let announced = pipeline::message::announcement(&record).unwrap().body;
        assert!(announced.contains("https://d.cloudfront.net/g") && announced.contains("AssetFailed"), "{announced}");
    }
}

#[tokio::test]
async fn a_reached_quota_is_a_warning_of_a_published_video() {
    for answer in [
        Answer::error(422, "UnprocessableEntityException", "Asset limit exceeded for this packaging group"),
        Answer::error(429, "TooManyRequestsException", "The maximum number of assets has been reached"),
    ] {
        let fake = Fake::start();
        fake.always(CREATE, answer);
        let mut expected = hls();
        let mut answer = call(&fake, hls()).await.unwrap();
        let warnings = answer.as_object_mut().unwrap().shift_remove("workflowWarnings").unwrap();
        assert_eq!(
            (&warnings[0]["at"], &warnings[0]["error"]),
            (&json!("media-package-assets"), &json!("QuotaReached"))
        );
        assert!(expected.as_object_mut().unwrap().shift_remove("mediaPackageResourceId").is_none());
        assert_eq!(answer, expected, "all else is as it was");
        assert!(fake.seen_of(DESCRIBE).is_empty());
    }
}

#[tokio::test]
async fn an_asset_of_something_else_is_left_alone() {
    for described in
        [asset("arn:aws-us-gov:s3:::dest/other.m3u8"), Answer::error(404, "NotFoundException", "no such asset")]
    {
        let fake = Fake::start();
        fake.once(CREATE, taken());
        fake.once(DESCRIBE, described);
        let failure = call(&fake, hls()).await.unwrap_err();
        assert_eq!(failure.name(), ErrorName::Refused);
        assert!(failure.to_string().ends_with("UnprocessableEntityException: ID g already exists"), "{failure}");
    }
}

#[tokio::test]
async fn without_a_playlist_there_is_nothing_to_package() {
    let fake = Fake::start();
    for outputs in [json!({}), json!({"dashPlaylist": "s3://dest/g/a.mpd", "mp4Outputs": ["s3://dest/g/a.mp4"]})] {
        let failure = call(&fake, record(&outputs)).await.unwrap_err();
        assert_eq!(failure.name(), ErrorName::NothingToPackage);
    }
    for event in [json!({}), json!([]), record(&json!({"frameCapture": 3}))] {
        assert_eq!(call(&fake, event).await.unwrap_err().name(), ErrorName::InvalidEvent);
    }
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn throttling_passes() {
    let fake = Fake::start();
    fake.once(CREATE, Answer::error(429, "TooManyRequestsException", "slowly"));
    fake.once(CREATE, Answer::error(503, "ServiceUnavailableException", "later"));
    fake.once(CREATE, asset(&source()));
    call(&fake, hls()).await.unwrap();
}

#[tokio::test]
async fn failures_have_names() {
    for (line, answer, name) in [
        (CREATE, Answer::error(403, "ForbiddenException", "no"), ErrorName::Refused),
        (CREATE, Answer::error(429, "TooManyRequestsException", "slowly"), ErrorName::Throttled),
        (CREATE, Answer::error(500, "InternalServerErrorException", "oh"), ErrorName::Unavailable),
        (CREATE, Answer::Hang, ErrorName::Unreachable),
        (CREATE, Answer::text("<html>"), ErrorName::Unavailable),
        (
            CREATE,
            Answer::json(&json!({"egressEndpoints": [{"packagingConfigurationId": "vod-hls", "url": "?"}]})),
            ErrorName::Unavailable,
        ),
        (DESCRIBE, Answer::error(403, "ForbiddenException", "no"), ErrorName::Refused),
        (DESCRIBE, Answer::error(500, "InternalServerErrorException", "oh"), ErrorName::Unavailable),
    ] {
        let fake = Fake::start();
        fake.always(CREATE, taken());
        fake.always(line, answer.clone());
        let failure = call(&fake, hls()).await.unwrap_err();
        assert_eq!(failure.name(), name, "{line} {answer:?}: {failure}");
    }
}

#[tokio::test]
async fn wrong_tags_are_named() {
    let fake = Fake::start();
    let mut variables = VARIABLES;
    variables[2].1 = "[]";
    let failure = fake.call(Handler::MediaPackageAssets, &variables, hls()).await.unwrap_err();
    assert_eq!(failure.name(), ErrorName::Misconfigured);
    assert!(failure.to_string().contains("TAGS"));
}
