//! `error-handler` against a stand-in for the table and the topic, also where one or both are down.

use std::time::{Duration, Instant};

use crate::support::{Answer, Fake};
use pipeline::{
    contract::{Handler, Variable},
    errors::ErrorName,
};
use runtime::failure::Failure;
use serde_json::{Value, json};

const UPDATE: &str = "DynamoDB_20120810.UpdateItem";
const PUBLISH: &str = "Publish";
const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:vod";
const EXECUTION: &str = "arn:aws:states:eu-west-1:111122223333:execution:vod-process:5d8c";

async fn call(fake: &Fake, event: Value) -> Result<Value, Failure> {
    let variables = [(Variable::WorkflowTable, "table"), (Variable::TopicArn, TOPIC), (Variable::WorkflowName, "vod")];
    fake.call(Handler::ErrorHandler, &variables, event).await
}

fn published() -> Answer {
    Answer::text("<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>")
}

fn caught() -> Value {
    let cause = json!({"errorType": "TemplateNotFound", "errorMessage": "no `hd`"}).to_string();
    let error = json!({"Error": "TemplateNotFound", "Cause": cause});
    json!({"guid": "5d8c", "function": "encode", "error": error, "execution": EXECUTION})
}

fn job(status: &str) -> Value {
    json!({
        "source": "aws.mediaconvert", "region": "eu-west-1", "detail-type": "MediaConvert Job State Change",
        "detail": {
            "status": status, "jobId": "1-a", "timestamp": 1, "errorCode": 1404, "errorMessage": "no access",
            "userMetadata": {"guid": "5d8c", "workflow": "vod"},
        },
    })
}

/// The values that the only update writes, in the order of their fields' names.
fn stored(fake: &Fake) -> Vec<(String, String)> {
    let seen = fake.seen_of(UPDATE);
    assert_eq!(seen.len(), 1);
    let request = seen[0].json();
    assert_eq!(request["Key"], json!({"guid": {"S": "5d8c"}}));
    let update = request["UpdateExpression"].as_str().unwrap();
    let set = update.strip_prefix("SET ").unwrap().split(" REMOVE ").next().unwrap().split(',');
    let mut fields: Vec<(String, String)> = set
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| {
            let value = &request["ExpressionAttributeValues"][value]["S"];
            (request["ExpressionAttributeNames"][name].as_str().unwrap().to_owned(), value.as_str().unwrap().to_owned())
        })
        .collect();
    fields.sort();
    let ended = fields.iter().position(|(name, _)| name == "endTime").unwrap();
    assert!(fields.remove(ended).1.starts_with("20"));
    fields
}

fn announced(fake: &Fake) -> (String, Value) {
    let seen = fake.seen_of(PUBLISH);
    let form = seen[0].form();
    assert_eq!(form["TopicArn"], TOPIC);
    (form["Subject"].clone(), serde_json::from_str(&form["Message"]).unwrap())
}

fn texts(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn working() -> Fake {
    let fake = Fake::start();
    fake.always(UPDATE, Answer::json(&json!({})));
    fake.always(PUBLISH, published());
    fake
}

#[tokio::test]
async fn a_caught_error_is_recorded_and_announced() {
    let fake = working();
    assert_eq!(call(&fake, caught()).await.unwrap(), Value::Null);
    let link =
        format!("https://console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/{EXECUTION}");
    assert_eq!(
        stored(&fake),
        texts(&[
            ("errorDetails", &link),
            ("errorMessage", "TemplateNotFound: no `hd`"),
            ("workflowErrorAt", "encode"),
            ("workflowStatus", "Error"),
        ])
    );
    let (subject, message) = announced(&fake);
    assert_eq!(subject, "Workflow Status:: Error:: 5d8c");
    assert_eq!(
        message,
        json!({
            "workflowStatus": "Error", "guid": "5d8c", "workflowErrorAt": "encode",
            "errorMessage": "TemplateNotFound: no `hd`", "errorDetails": link,
        })
    );
}

#[tokio::test]
async fn a_video_without_a_record_is_recorded_with_its_source() {
    let fake = working();
    let mut event = caught();
    event["srcBucket"] = json!("source");
    event["srcVideo"] = json!("a b.mp4");
    event["srcMetadataFile"] = json!("a b.json");
    event["startTime"] = json!("2026-01-02T03:04:05Z");
    call(&fake, event).await.unwrap();
    let fields = stored(&fake);
    for field in texts(&[
        ("srcBucket", "source"),
        ("srcVideo", "a b.mp4"),
        ("srcMetadataFile", "a b.json"),
        ("startTime", "2026-01-02T03:04:05Z"),
    ]) {
        assert!(fields.contains(&field), "{field:?} in {fields:?}");
    }
}

#[tokio::test]
async fn failed_and_canceled_jobs_are_recorded_and_announced() {
    for (status, message) in [("ERROR", "1404: no access"), ("CANCELED", "the job was canceled")] {
        let fake = working();
        call(&fake, job(status)).await.unwrap();
        assert_eq!(
            stored(&fake),
            texts(&[
                ("encodeJobId", "1-a"),
                ("errorDetails", "https://console.aws.amazon.com/mediaconvert/home?region=eu-west-1#/jobs/summary/1-a"),
                ("errorMessage", message),
                ("workflowErrorAt", "Encoding"),
                ("workflowStatus", "Error"),
            ])
        );
        assert_eq!(announced(&fake).1["errorMessage"], message);
    }
    let fake = working();
    assert_eq!(call(&fake, job("COMPLETE")).await.unwrap(), Value::Null);
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn what_functions_report_themselves() {
    for (error, said) in [(json!("it broke"), "it broke"), (json!({"name": "E", "message": "m"}), "E: m")] {
        let fake = working();
        call(&fake, json!({"guid": "5d8c", "function": "step-functions", "error": error})).await.unwrap();
        assert_eq!(
            stored(&fake),
            texts(&[("errorMessage", said), ("workflowErrorAt", "step-functions"), ("workflowStatus", "Error")])
        );
        assert_eq!(announced(&fake).1["errorDetails"], Value::Null);
    }
}

#[tokio::test]
async fn without_a_guid_it_is_only_announced() {
    for event in [
        json!({"function": "input-validate", "error": {"Error": "States.Timeout"}, "execution": EXECUTION}),
        json!({"surprise": true}),
        json!(null),
    ] {
        let fake = working();
        call(&fake, event).await.unwrap();
        assert_eq!(fake.lines(), [PUBLISH]);
        assert_eq!(announced(&fake).0, "Workflow Status:: Error:: unknown");
    }
}

#[tokio::test]
async fn what_the_record_refuses_is_announced_nowhere() {
    let fake = Fake::start();
    fake.once(UPDATE, Answer::error(400, "ConditionalCheckFailedException", "The conditional request failed"));
    call(&fake, caught()).await.unwrap();
    assert_eq!(fake.lines(), [UPDATE]);
    let request = fake.seen_of(UPDATE)[0].json();
    let states: Vec<&str> = request["ConditionExpression"].as_str().unwrap().split([',', '(', ')']).collect();
    let values = states.iter().filter_map(|state| request["ExpressionAttributeValues"][*state]["S"].as_str());
    assert_eq!(values.collect::<Vec<_>>(), ["Ingest", "Encoding", "Error"]);
    for event in [caught(), job("ERROR"), job("CANCELED")] {
        let fake = Fake::start();
        fake.once(UPDATE, Answer::error(400, "ConditionalCheckFailedException", "The conditional request failed"));
        call(&fake, event).await.unwrap();
        assert_eq!(fake.lines(), [UPDATE]);
        let condition = fake.seen()[0].json()["ConditionExpression"].as_str().unwrap().to_owned();
        assert!(!condition.contains("attribute_not_exists(#f0) OR"), "no record is made without a source: {condition}");
    }
}

#[tokio::test]
async fn a_repeat_of_what_is_recorded_reaches_the_catalogue_and_nobody_else() {
    let item = json!({
        "guid": {"S": "5d8c"}, "workflowStatus": {"S": "Error"}, "encodeJobId": {"S": "1-a"},
        "workflowErrorAt": {"S": "Encoding"}, "errorMessage": {"S": "1404: no access"},
        "errorDetails": {"S": "https://console.aws.amazon.com/mediaconvert/home?region=eu-west-1#/jobs/summary/1-a"},
    });
    let fake = Fake::start();
    let body = json!({"__type": "ConditionalCheckFailedException", "message": "no", "Item": item}).to_string();
    let kind = vec![("x-amzn-errortype", "ConditionalCheckFailedException".to_owned())];
    fake.once(UPDATE, Answer::Reply(400, kind, body.into_bytes()));
    fake.once("PUT /destination/catalogue/5.json", Answer::text(""));
    let variables = [
        (Variable::WorkflowTable, "table"),
        (Variable::TopicArn, TOPIC),
        (Variable::WorkflowName, "vod"),
        (Variable::CatalogueBucket, "destination"),
    ];
    fake.call(Handler::ErrorHandler, &variables, job("ERROR")).await.unwrap();
    assert_eq!(fake.lines(), [UPDATE, "GET /destination/catalogue/5.json", "PUT /destination/catalogue/5.json"]);
}

#[tokio::test]
async fn the_failure_of_a_video_that_is_not_listed_stays_out_of_the_catalogue() {
    let fake = Fake::start();
    fake.always(UPDATE, Answer::json(&json!({ "Attributes": { "guid": {"S": "5d8c"}, "listed": {"BOOL": false} } })));
    fake.always(PUBLISH, published());
    let variables = [
        (Variable::WorkflowTable, "table"),
        (Variable::TopicArn, TOPIC),
        (Variable::WorkflowName, "vod"),
        (Variable::CatalogueBucket, "destination"),
    ];
    fake.call(Handler::ErrorHandler, &variables, job("ERROR")).await.unwrap();
    assert_eq!(fake.lines(), [UPDATE, PUBLISH]);
}

#[tokio::test]
async fn what_is_announced_and_not_recorded_is_tried_again() {
    for broken in [Answer::error(500, "InternalServerError", "oops"), Answer::error(400, "ValidationException", "no")] {
        let fake = Fake::start();
        fake.always(UPDATE, broken);
        fake.always(PUBLISH, published());
        let failure = call(&fake, caught()).await.unwrap_err();
        assert_eq!(failure.name(), ErrorName::Unreported);
        assert!(pipeline::errors::RETRYABLE.contains(&failure.name()));
        let start = "the failure at `encode` (TemplateNotFound: no `hd`) is announced, but not recorded: cannot record the failure: ";
        assert!(failure.to_string().starts_with(start), "{failure}");
        announced(&fake);
    }
    let fake = Fake::start();
    fake.always(UPDATE, Answer::json(&json!({})));
    fake.always(PUBLISH, Answer::form_error(403, "AuthorizationError", "no"));
    assert_eq!(call(&fake, caught()).await.unwrap(), Value::Null, "the topic is down");
    stored(&fake);
}

#[tokio::test]
async fn a_table_that_hangs_leaves_the_topic_its_time() {
    let fake = Fake::start();
    fake.always(UPDATE, Answer::Hang);
    fake.always(PUBLISH, published());
    let start = Instant::now();
    let (answer, published_after) = tokio::join!(call(&fake, caught()), async {
        while fake.seen_of(PUBLISH).is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        start.elapsed()
    });
    assert_eq!(answer.unwrap_err().name(), ErrorName::Unreported);
    assert!(published_after < Duration::from_secs(4), "{published_after:?}");
}

#[tokio::test]
async fn a_failure_that_nobody_hears_of_names_both_reasons() {
    let fake = Fake::start();
    fake.always(UPDATE, Answer::error(500, "InternalServerError", "oops"));
    fake.always(PUBLISH, Answer::form_error(403, "AuthorizationError", "not you"));
    let failure = call(&fake, caught()).await.unwrap_err();
    assert_eq!(failure.name(), ErrorName::Unreported);
    assert_eq!(
        failure.to_string(),
        "the failure at `encode` (TemplateNotFound: no `hd`) is lost: cannot record the failure: \
         InternalServerError: oops; cannot publish to the topic: AuthorizationError: not you"
    );
    let failure = call(&fake, json!({"function": "f", "error": "e"})).await.unwrap_err();
    assert_eq!(failure.name(), ErrorName::Unreported);
    assert_eq!(
        failure.to_string(),
        "the failure at `f` (e) is lost: cannot publish to the topic: AuthorizationError: not you"
    );
}

#[tokio::test]
async fn throttling_passes() {
    let fake = Fake::start();
    fake.once(UPDATE, Answer::error(400, "ThrottlingException", "slow"));
    fake.once(UPDATE, Answer::json(&json!({})));
    fake.once(PUBLISH, Answer::form_error(400, "Throttling", "slow"));
    fake.once(PUBLISH, published());
    call(&fake, caught()).await.unwrap();
    assert_eq!((fake.seen_of(UPDATE).len(), fake.seen_of(PUBLISH).len()), (2, 2));
}
