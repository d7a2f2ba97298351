//! The input-validate handler against the wire of AWS.

use crate::support::{Answer, Fake};
use pipeline::{
    contract::{Handler, Variable},
    errors::ErrorName,
};
use runtime::failure::Failure;
use serde_json::{Value, json};

const VARIABLES: &[(Variable, &str)] = &[
    (Variable::WorkflowName, "vod"),
    (Variable::SourceBucket, "source"),
    (Variable::DestinationBucket, "destination"),
    (Variable::CloudFrontDomain, "d.cloudfront.net"),
    (Variable::ArchiveSource, "DISABLED"),
    (Variable::FrameCapture, "true"),
    (Variable::AcceleratedTranscoding, "PREFERRED"),
    (Variable::InputRotate, "AUTO"),
    (Variable::EnableSns, "true"),
    (Variable::EnableSqs, "false"),
    (Variable::EnableMediaPackage, "false"),
];
const METADATA: &str = "GET /source/a.json";
const SOURCE: &str = "HEAD /source/v.mp4";

async fn call(fake: &Fake, event: Value) -> Result<Value, Failure> {
    fake.call(Handler::InputValidate, VARIABLES, event).await
}

fn video(key: &str) -> Value {
    json!({
        "guid": "g", "workflowTrigger": "Video", "bucket": "source", "key": key, "versionId": "v1",
        "eventTime": "2026-01-02T03:04:05Z",
    })
}

fn metadata() -> Value {
    json!({"guid": "g", "workflowTrigger": "Metadata", "bucket": "source", "key": "a.json", "versionId": "v1"})
}

#[tokio::test]
async fn an_upload_that_a_newer_one_replaced_is_superseded() {
    let of = async |event: Value, newest: &str| {
        let fake = Fake::start();
        fake.always(METADATA, Answer::json(&json!({"srcVideo": "v.mp4"})));
        fake.always(SOURCE, exists(vec![("x-amz-version-id", newest.to_owned())]));
        call(&fake, event).await.unwrap()
    };
    let superseded = of(video("v.mp4"), "v3").await;
    assert_eq!((&superseded["supersededBy"], &superseded["srcVersionId"]), (&json!("v3"), &json!("v3")));
    assert_eq!(of(video("v.mp4"), "v1").await.get("supersededBy"), None, "the newest of three");
    assert_eq!(of(metadata(), "v3").await.get("supersededBy"), None, "the version is the metadata file's");
    let mut unversioned = video("v.mp4");
    unversioned.as_object_mut().unwrap().remove("versionId");
    assert_eq!(of(unversioned, "v3").await.get("supersededBy"), None);
}

fn exists(headers: Vec<(&'static str, String)>) -> Answer {
    Answer::Reply(200, headers, Vec::new())
}

fn refused(status: u16) -> Answer {
    Answer::Reply(status, Vec::new(), Vec::new())
}

#[tokio::test]
async fn a_video_becomes_a_record() {
    let long = format!("{}.mp4", "é".repeat(510));
    let encoded = format!("{}.mp4", "%C3%A9".repeat(510));
    for (key, path) in [
        ("v.mp4", "v.mp4"),
        ("a b+c%20.mp4", "a%20b%2Bc%2520.mp4"),
        ("..x/.y.MP4", "..x/.y.MP4"),
        ("🎬.webm", "%F0%9F%8E%AC.webm"),
        (&long, &encoded),
    ] {
        let fake = Fake::start();
        let line = format!("HEAD /source/{path}");
        fake.once(&line, exists(vec![("content-length", "0".to_owned())]));
        assert_eq!(
            call(&fake, video(key)).await.unwrap(),
            json!({
                "guid": "g", "startTime": "2026-01-02T03:04:05Z", "workflowTrigger": "Video",
                "workflowStatus": "Ingest", "workflowName": "vod", "srcBucket": "source", "srcVideo": key,
                "destBucket": "destination", "cloudFront": "d.cloudfront.net", "frameCapture": true,
                "archiveSource": "DISABLED", "inputRotate": "AUTO", "acceleratedTranscoding": "PREFERRED",
                "enableSns": true, "enableSqs": false, "enableMediaPackage": false,
            })
        );
        assert_eq!(fake.lines(), [line]);
        assert_eq!(fake.seen()[0].query, "", "the newest version is what is encoded");
    }
}

#[tokio::test]
async fn a_metadata_file_changes_the_defaults() {
    let fake = Fake::start();
    let file = r#"{"SrcVideo": "v.mp4", "frameCapture": false, "jobTemplate": "own", "guid": "x", "title": "T"}"#;
    fake.once(METADATA, Answer::text(file));
    fake.once(SOURCE, exists(vec![("x-amz-version-id", "v2".to_owned())]));
    let record = call(&fake, metadata()).await.unwrap();
    assert_eq!(fake.lines(), [METADATA, SOURCE]);
    assert!(fake.seen()[0].query.contains("versionId=v1"));
    for (field, value) in [
        ("guid", json!("g")),
        ("workflowTrigger", json!("Metadata")),
        ("srcVideo", json!("v.mp4")),
        ("srcVersionId", json!("v2")),
        ("srcMetadataFile", json!("a.json")),
        ("frameCapture", json!(false)),
        ("jobTemplate", json!("own")),
        ("isCustomTemplate", json!(true)),
        ("title", json!("T")),
        ("ignoredMetadata", json!(["guid"])),
    ] {
        assert_eq!(record[field], value, "{field}");
    }
    assert!(record["startTime"].as_str().unwrap().starts_with("20"), "without a time, it is the current one");
}

#[tokio::test]
async fn a_bad_metadata_file_is_final() {
    for (file, message) in [
        (&b"not json"[..], "is not JSON"),
        (b"", "is empty"),
        (br#"{"frameCapture": true}"#, "no `srcVideo`"),
        (b"\xFF\xFE{\0}\0", "UTF-16"),
        (br#"{"srcVideo": "v.mp4", "archiveSource": "FREEZER"}"#, "one of DISABLED, GLACIER, DEEP_ARCHIVE"),
    ] {
        let fake = Fake::start();
        fake.once(METADATA, Answer::Reply(200, Vec::new(), file.to_vec()));
        let failure = call(&fake, metadata()).await.unwrap_err();
        assert_eq!(failure.name(), ErrorName::InvalidMetadata);
        assert!(failure.to_string().contains(message), "{failure}");
        assert_eq!(fake.lines(), [METADATA]);
    }
    let fake = Fake::start();
    fake.once(METADATA, Answer::Reply(200, Vec::new(), vec![b' '; 1024 * 1024 + 1]));
    let failure = call(&fake, metadata()).await.unwrap_err();
    assert_eq!(failure.name(), ErrorName::InvalidMetadata);
    assert!(failure.to_string().contains("1048577 bytes"), "{failure}");
}

#[tokio::test]
async fn json_that_is_no_metadata_file_is_let_be() {
    for file in [r#"{"a": 1}"#, "[1, 2]", "{}"] {
        let fake = Fake::start();
        fake.once(METADATA, Answer::text(file));
        let answer = call(&fake, metadata()).await.unwrap();
        let why = "the file is JSON, but no metadata file: it names no video";
        assert_eq!(answer, json!({"guid": "g", "nothingToDo": why}), "{file}");
        assert_eq!(fake.lines(), [METADATA]);
    }
}

const CLAIM: &str = "DynamoDB_20120810.UpdateItem";

async fn claiming(fake: &Fake, event: Value) -> Result<Value, Failure> {
    let variables = [VARIABLES, &[(Variable::ClaimTable, "table")]].concat();
    fake.call(Handler::InputValidate, &variables, event).await
}

/// The refusal of a claim to a video that this workflow has.
fn held_by(guid: &str) -> Answer {
    let mut body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "message": "The conditional request failed",
    });
    body["Item"] = json!({"guid": {"S": "claim-x"}, "claimedBy": {"S": guid}, "claimedAt": {"N": "1"}});
    Answer::Reply(400, vec![("content-type", "application/x-amz-json-1.0".to_owned())], body.to_string().into_bytes())
}

#[tokio::test]
async fn where_both_files_start_workflows_each_claims_the_video_and_its_own_leaves_it_to_a_metadata_file() {
    let of = async |event: Value, answer: Answer| {
        let fake = Fake::start();
        fake.always(METADATA, Answer::text(r#"{"srcVideo": "v.mp4"}"#));
        fake.always(SOURCE, exists(vec![("x-amz-version-id", "v1".to_owned())]));
        fake.once(CLAIM, answer);
        let answer = claiming(&fake, event).await.unwrap();
        let claims = fake.seen_of(CLAIM);
        assert_eq!(claims.len(), 1);
        (answer, claims[0].json())
    };
    let done = || Answer::json(&json!({}));
    let (of_video, first) = of(video("v.mp4"), done()).await;
    let (of_metadata, second) = of(metadata(), done()).await;
    assert_eq!((&of_video["srcVideo"], &of_metadata["srcVideo"]), (&json!("v.mp4"), &json!("v.mp4")));
    assert_eq!(first["Key"], second["Key"], "one video is one claim");
    assert!(first["Key"]["guid"]["S"].as_str().unwrap().starts_with("claim-"));
    assert_eq!(
        (&first["TableName"], &first["ReturnValuesOnConditionCheckFailure"]),
        (&json!("table"), &json!("ALL_OLD"))
    );

    let (left, _) = of(video("v.mp4"), held_by("m")).await;
    assert_eq!(left, json!({"guid": "g", "nothingToDo": "the workflow m encodes it, with a metadata file"}));
    let (again, _) = of(metadata(), held_by("v")).await;
    assert_eq!((&again["srcVideo"], &again["srcMetadataFile"]), (&json!("v.mp4"), &json!("a.json")));
}

#[tokio::test]
async fn a_superseded_upload_claims_nothing() {
    let fake = Fake::start();
    fake.once(SOURCE, exists(vec![("x-amz-version-id", "v2".to_owned())]));
    assert_eq!(claiming(&fake, video("v.mp4")).await.unwrap()["supersededBy"], "v2");
    assert_eq!(fake.lines(), [SOURCE]);
}

#[tokio::test]
async fn without_versions_a_claim_to_an_earlier_upload_counts_no_more() {
    let fake = Fake::start();
    fake.once(SOURCE, exists(Vec::new()));
    fake.once(CLAIM, Answer::json(&json!({})));
    let mut event = video("v.mp4");
    event.as_object_mut().unwrap().remove("versionId");
    claiming(&fake, event).await.unwrap();
    let body = fake.seen_of(CLAIM)[0].json();
    assert!(body["ConditionExpression"].as_str().unwrap().ends_with(" OR #f1 < :v3"), "{body}");
    assert_eq!(body["ExpressionAttributeValues"][":v3"], json!({"N": "1767323045000"}));
}

#[tokio::test]
async fn a_metadata_file_may_come_before_its_video_and_before_no_other_file() {
    for (answer, name) in [
        (refused(404), ErrorName::SourcePending),
        (refused(403), ErrorName::SourceMissing),
        (exists(vec![("x-amz-storage-class", "GLACIER".to_owned())]), ErrorName::SourceMissing),
    ] {
        let fake = Fake::start();
        fake.once(METADATA, Answer::text(r#"{"srcVideo": "v.mp4"}"#));
        fake.once(SOURCE, answer);
        assert_eq!(call(&fake, metadata()).await.unwrap_err().name(), name);
    }
    let fake = Fake::start();
    fake.once(METADATA, Answer::xml_error(404, "NoSuchKey", "gone"));
    assert_eq!(call(&fake, metadata()).await.unwrap_err().name(), ErrorName::SourceMissing);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named() {
    let archived = |class: &str| exists(vec![("x-amz-storage-class", class.to_owned())]);
    for (answer, message) in [
        (refused(404), "there is no object `v.mp4` in the bucket `source`"),
        (refused(403), "`v.mp4` in the bucket `source` may not be read"),
        (archived("DEEP_ARCHIVE"), "is archived"),
    ] {
        let fake = Fake::start();
        fake.once(SOURCE, answer);
        let failure = call(&fake, video("v.mp4")).await.unwrap_err();
        assert_eq!(failure.name(), ErrorName::SourceMissing);
        assert!(failure.to_string().contains(message), "{failure}");
    }
    for (status, code, said) in [
        (404, "NoSuchKey", "there is no object"),
        (404, "NoSuchVersion", "there is no object"),
        (405, "MethodNotAllowed", "there is no object"),
        (403, "AccessDenied", "S3's answer: not authorized to perform: kms:Decrypt"),
        (403, "InvalidObjectState", "is archived: restore it first"),
    ] {
        let fake = Fake::start();
        fake.once(METADATA, Answer::xml_error(status, code, "not authorized to perform: kms:Decrypt"));
        let failure = call(&fake, metadata()).await.unwrap_err();
        assert_eq!(failure.name(), ErrorName::SourceMissing, "{code}");
        assert!(failure.to_string().contains("`a.json`") && failure.to_string().contains(said), "{failure}");
    }
}

#[tokio::test]
async fn a_refusal_without_words_is_reported_by_its_status_and_the_buckets_region() {
    let elsewhere =
        |status| Answer::Reply(status, vec![("x-amz-bucket-region", "eu-central-1".to_owned())], Vec::new());
    for (answer, said) in [
        (
            elsewhere(301),
            "the service answered 301 (Moved Permanently) without a message; the bucket is in the region eu-central-1",
        ),
        (refused(400), "the service answered 400 (Bad Request) without a message"),
        (refused(412), "the service answered 412 (Precondition Failed) without a message"),
        (refused(429), "the service answered 429 (Too Many Requests) without a message"),
        (refused(500), "the service answered 500 (Internal Server Error) without a message"),
        (refused(503), "the service answered 503 (Service Unavailable) without a message"),
    ] {
        let fake = Fake::start();
        fake.always(SOURCE, answer);
        let failure = call(&fake, video("v.mp4")).await.unwrap_err();
        assert_eq!(failure.to_string(), format!("cannot look at the source: {said}"));
    }
}

#[tokio::test]
async fn failures_of_the_service_are_named() {
    let fake = Fake::start();
    fake.once(METADATA, Answer::xml_error(503, "SlowDown", "slow down"));
    fake.once(METADATA, Answer::text(r#"{"srcVideo": "v.mp4"}"#));
    fake.once(SOURCE, refused(503));
    fake.once(SOURCE, exists(Vec::new()));
    assert_eq!(call(&fake, metadata()).await.unwrap()["srcVideo"], "v.mp4");
    assert_eq!(fake.lines(), [METADATA, METADATA, SOURCE, SOURCE]);

    for (answer, name) in [
        (Answer::xml_error(503, "SlowDown", "slow down"), ErrorName::Throttled),
        (Answer::xml_error(500, "InternalError", "later"), ErrorName::Unavailable),
        (Answer::xml_error(400, "ExpiredToken", "no"), ErrorName::Unavailable),
        (Answer::xml_error(403, "RequestTimeTooSkewed", "your clock"), ErrorName::Unavailable),
        (Answer::xml_error(403, "InvalidAccessKeyId", "no such key"), ErrorName::Refused),
        (Answer::xml_error(409, "OperationAborted", "try again"), ErrorName::Throttled),
        (Answer::Hang, ErrorName::Unreachable),
    ] {
        let fake = Fake::start();
        fake.always(METADATA, answer);
        let failure = call(&fake, metadata()).await.unwrap_err();
        assert_eq!(failure.name(), name, "{failure}");
        assert!(failure.to_string().starts_with("cannot read the metadata file: "), "{failure}");
    }
    for (answer, name) in [
        (refused(500), ErrorName::Unavailable),
        (refused(400), ErrorName::Refused),
        (Answer::Hang, ErrorName::Unreachable),
    ] {
        let fake = Fake::start();
        fake.always(SOURCE, answer);
        assert_eq!(call(&fake, video("v.mp4")).await.unwrap_err().name(), name);
    }
}

#[tokio::test]
async fn other_events_and_foreign_buckets_are_refused() {
    let fake = Fake::start();
    let mut foreign = video("v.mp4");
    foreign["bucket"] = json!("other");
    for event in [json!({}), json!({"guid": "g"}), json!(null), foreign] {
        assert_eq!(call(&fake, event).await.unwrap_err().name(), ErrorName::InvalidEvent);
    }
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn the_environment_is_checked() {
    let fake = Fake::start();
    for (index, (variable, _)) in VARIABLES.iter().enumerate() {
        let mut some = VARIABLES.to_vec();
        some.remove(index);
        let failure = fake.call(Handler::InputValidate, &some, video("v.mp4")).await.unwrap_err();
        assert_eq!(failure.to_string(), format!("the environment variable {variable} is not set"));
    }
    let mut wrong = VARIABLES.to_vec();
    wrong[7].1 = "FREEZER";
    let failure = fake.call(Handler::InputValidate, &wrong, video("v.mp4")).await.unwrap_err();
    assert_eq!(failure.name(), ErrorName::Misconfigured);
}
