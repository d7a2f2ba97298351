//! What goes wrong with videos on the deployed platform, and that everybody hears of it; see [`crate::e2e::matrix`].

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::e2e::assembly::Configuration;
use crate::e2e::emulator::{ACCOUNT, REGION};
use crate::e2e::own_template::own_template;
use crate::e2e::samples;
use crate::e2e::studio::Studio;
use crate::e2e::transcoder::encoders;
use crate::e2e::workflow::{text, wait_for};

/// S3 delivers an event at least once.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_arrival_is_one_job() {
    let studio = Studio::open(Configuration::Default).await;
    studio.upload("twice.mp4", &samples::plain());
    let event = json!({
        "source": "aws.s3", "detail-type": "Object Created", "time": "2026-01-02T03:04:05Z", "region": REGION,
        "account": ACCOUNT,
        "detail": {
            "bucket": { "name": studio.source },
            "object": { "key": "again.mp4", "sequencer": "0061", "version-id": "v1" },
        },
    });
    studio.upload("again.mp4", &samples::plain());
    let first = studio.platform.emulator.invoke("vod-step-functions", &event);
    let second = studio.platform.emulator.invoke("vod-step-functions", &event);
    assert_eq!(first["executions"][0]["guid"], second["executions"][0]["guid"], "{first} {second}");
    assert_eq!(
        (&first["executions"][0]["started"], &second["executions"][0]["started"]),
        (&json!(true), &json!(false))
    );
    studio.settle();
    studio.completed("twice.mp4");
    studio.completed("again.mp4");
    let mut tokens: Vec<_> =
        studio.transcoder.jobs().into_iter().map(|job| job["userMetadata"]["guid"].clone()).collect();
    let all = tokens.len();
    tokens.sort_by_key(Value::to_string);
    tokens.dedup();
    assert_eq!(tokens.len(), all, "no video has two jobs");
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_without_a_good_end() {
    let studio = Studio::open(Configuration::Set(&["source.trigger=both", "source.metadata_wait_seconds=10"])).await;
    studio.transcoder.create_template(&own_template("lacking", &format!("s3://{}/nothing.png", studio.source)));
    studio.upload("lacking.bin", &samples::plain());
    let metadata = json!({ "srcVideo": "lacking.bin", "jobTemplate": "lacking" });
    studio.upload("lacking.json", metadata.to_string().as_bytes());
    let failed = studio.failed("lacking.bin");
    assert!(failed.contains("nothing.png"), "{failed}");

    studio.upload("long.mp4", &samples::long());
    studio.reached("long.mp4", &["Encoding"]);
    let job = studio.transcoder.jobs().remove(0);
    studio.transcoder.cancel(job["id"].as_str().unwrap());
    assert_eq!(studio.failed("long.mp4"), "the job was canceled");

    let announced = studio.announced(4);
    let both: BTreeSet<String> = ["Ingest", "Error"].map(str::to_owned).into();
    assert!(announced.len() == 2 && announced.values().all(|statuses| *statuses == both), "{announced:?}");
    studio.settle();
}

/// Shows that all other tests run with policies enforced.
#[tokio::test(flavor = "multi_thread")]
async fn a_function_without_its_permissions_fails() {
    let studio = Studio::open(Configuration::Default).await;
    studio.platform.disarm("FunctionsMediainfoRole").await;
    studio.upload("plain.mp4", &samples::plain());
    let refused = studio.failed("plain.mp4");
    assert!(refused.contains("may not be read"), "{refused}");
    studio.settle();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transcoder_that_dies_loses_nothing() {
    let mut studio = Studio::open(Configuration::Default).await;
    studio.upload("costly.mp4", &samples::costly());
    let state = studio.platform.emulator.state().to_owned();
    wait_for("ffmpeg", &studio.platform, || (encoders(&state) == 1).then_some(()));
    studio.transcoder.kill();
    wait_for("end of ffmpeg", &studio.platform, || (encoders(&state) == 0).then_some(()));
    studio.transcoder = studio.transcoder.again(&studio.platform.emulator);
    let record = studio.reached("costly.mp4", &["Error", "Complete"]);
    if text(&record, "workflowStatus") == Some("Error") {
        assert!(text(&record, "errorMessage").is_some_and(|message| message.contains("restart")), "{record:#}");
    }
    studio.settle();
}
