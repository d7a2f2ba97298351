//! A video's way through all handlers, with what people and files may make large: no state is larger than a state
//! machine may carry.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::support::{Answer, Fake};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use pipeline::{
    contract::{Handler, Variable},
    errors::ErrorName,
    state::MAX_ANSWER_BYTES,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const GUID: &str = "81a5c6c9-8545-5843-877b-74981e00e396";
const START: &str = "AWSStepFunctions.StartExecution";
const GET: &str = "DynamoDB_20120810.GetItem";
const UPDATE: &str = "DynamoDB_20120810.UpdateItem";
const PROBE: &str = "POST /2017-08-29/probe";
const CREATE_JOB: &str = "POST /2017-08-29/jobs";
const LIST: &str = "GET /destination/";
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
const ROLE: &str = "arn:aws:iam::111122223333:role/r";

const VARIABLES: &[(Variable, &str)] = &[
    (Variable::WorkflowName, "vod"),
    (Variable::SourceBucket, "source"),
    (Variable::Uploads, r#"{"trigger": "both"}"#),
    (Variable::DestinationBucket, "destination"),
    (Variable::CloudFrontDomain, "d111111abcdef8.cloudfront.net"),
    (Variable::WorkflowTable, "vod"),
    (Variable::TopicArn, "arn:aws:sns:eu-west-1:111122223333:vod"),
    (Variable::QueueUrl, "https://sqs.eu-west-1.amazonaws.com/111122223333/vod"),
    (Variable::IngestStateMachine, "arn:aws:states:eu-west-1:111122223333:stateMachine:vod-ingest"),
    (Variable::ProcessStateMachine, "arn:aws:states:eu-west-1:111122223333:stateMachine:vod-process"),
    (Variable::PublishStateMachine, "arn:aws:states:eu-west-1:111122223333:stateMachine:vod-publish"),
    (Variable::MediaConvertEndpoint, "https://unused"),
    (Variable::MediaConvertRole, ROLE),
    (Variable::MediaConvertQueue, "arn:aws:mediaconvert:eu-west-1:111122223333:queues/Default"),
    (Variable::JobPriority, "0"),
    (Variable::HopDestinations, "[]"),
    (Variable::JobTemplate2160p, "vod-2160p"),
    (Variable::JobTemplate1080p, "vod-1080p"),
    (Variable::JobTemplate720p, "vod-720p"),
    (Variable::PackagingGroup, "vod"),
    (Variable::MediaPackageRole, ROLE),
    (Variable::ArchiveSource, "GLACIER"),
    (Variable::FrameCapture, "true"),
    (Variable::AcceleratedTranscoding, "PREFERRED"),
    (Variable::InputRotate, "AUTO"),
    (Variable::EnableSns, "true"),
    (Variable::EnableSqs, "true"),
    (Variable::EnableMediaPackage, "true"),
    (Variable::Tags, "{}"),
];

/// What makes a video's states large.
#[derive(Debug, Clone)]
struct Film {
    /// How long it plays.
    seconds: usize,
    /// How many tracks of each kind it has, and the text that each says of itself.
    tracks: usize,
    text: String,
    /// Its key.
    key: String,
    /// How many bytes its metadata file has.
    metadata: usize,
    /// How many outputs its job template has, and how long their names are.
    outputs: usize,
    name: usize,
}

impl Film {
    /// Three hours with the deployment's defaults.
    fn ordinary() -> Self {
        Self {
            seconds: 3 * 3600,
            tracks: 2,
            text: "deu".to_owned(),
            key: format!("{}.mp4", "n".repeat(60)),
            metadata: 300,
            outputs: 6,
            name: 80,
        }
    }

    fn path(&self, folder: &str, rest: &str) -> String {
        format!("s3://destination/{GUID}/{folder}/{}{rest}", "o".repeat(self.name))
    }
}

/// Answers of all that the handlers call.
fn aws(film: &Film) -> Fake {
    let mut fake = Fake::from(testing::aws::FakeAws::hostile());
    fake.attempt_timeout = std::time::Duration::from_mins(1);
    let source = format!("/source/{}", utf8_percent_encode(&film.key, PATH));
    let length = vec![("content-length", "1000".to_owned()), ("x-amz-version-id", "v".repeat(100))];
    fake.always(&format!("HEAD {source}"), Answer::Reply(200, length, Vec::new()));
    fake.always(&format!("GET {source}"), Answer::Bytes(Arc::new(vec![0; 1000])));
    let mut metadata = json!({"srcVideo": film.key, "title": "A film"});
    metadata["notes"] = json!("ä\"".repeat(film.metadata / 4));
    fake.always("GET /source/a.json", Answer::json(&metadata));
    let track = |kind: &str, properties: &str, index: usize| {
        json!({"index": index, "trackType": kind, "codec": film.text, properties: {
            "width": 1920, "height": 1080, "channels": 2, "languageCode": film.text, "colorPrimaries": film.text,
        }})
    };
    let kinds = [("video", "videoProperties"), ("audio", "audioProperties"), ("data", "dataProperties")];
    let tracks: Vec<Value> = kinds
        .iter()
        .flat_map(|(kind, properties)| (0..film.tracks).map(|index| track(kind, properties, index)))
        .collect();
    let container = json!({"format": "matroska", "duration": film.seconds, "tracks": tracks});
    let probed =
        json!({"probeResults": [{"container": container, "metadata": {"mimeType": film.text, "fileSize": 9}}]});
    fake.always(PROBE, Answer::json(&probed));
    fake.always(UPDATE, Answer::json(&json!({})));
    fake.always(
        "Publish",
        Answer::text("<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"),
    );
    fake.always("AmazonSQS.SendMessage", Answer::json(&json!({"MessageId": "1", "MD5OfMessageBody": "0"})));
    fake.always(START, Answer::json(&json!({"executionArn": "arn:execution", "startDate": 1_767_323_045})));
    fake.always("GET /2017-08-29/jobTemplates/vod-1080p", Answer::json(&json!({"jobTemplate": template(film)})));
    let job = json!({"job": {"id": "1700000000000-abcdef", "role": ROLE, "settings": {}}});
    fake.always(CREATE_JOB, Answer::Reply(201, Vec::new(), job.to_string().into_bytes()));
    fake.below(&format!("PUT /destination/{GUID}/.workflow/"), Answer::text(""));
    let endpoints: Vec<Value> = ["vod-hls", "vod-dash", "vod-cmaf", "vod-mss"]
        .iter()
        .map(|id| json!({"packagingConfigurationId": id, "url": format!("https://h/{}", "x".repeat(900))}))
        .collect();
    fake.always("POST /assets", Answer::json(&json!({"id": GUID, "egressEndpoints": endpoints})));
    fake
}

/// A template with so many renditions; those of the platform have six, with about 2 KB of settings each.
fn template(film: &Film) -> Value {
    let video = json!({"width": 1280, "height": 720, "codecSettings": {"codec": "H_264", "settingOfTomorrow": "p".repeat(1500)}});
    let outputs: Vec<Value> = (0..film.outputs)
        .map(|index| json!({"nameModifier": format!("_{index}"), "videoDescription": video}))
        .collect();
    let group = |kind: &str| json!({"outputGroupSettings": {"type": kind}, "outputs": outputs});
    json!({"name": "t", "settings": {"outputGroups": [group("HLS_GROUP_SETTINGS"), group("DASH_ISO_GROUP_SETTINGS")]}})
}

/// The event of the finished job: each playlist, each rendition, and of the pictures the last.
fn finished(film: &Film) -> Value {
    let details = json!({"widthInPx": 1280, "heightInPx": 720, "averageBitrate": 1_000_000, "qvbrAvgQuality": 7.1});
    let output =
        |path: String| json!({"outputFilePaths": [path], "durationInMs": film.seconds * 1000, "videoDetails": details});
    let renditions: Vec<Value> =
        (0..film.outputs).map(|index| output(film.path("hls", &format!("_{index}.m3u8")))).collect();
    let files: Vec<Value> =
        (0..film.outputs / 3).map(|index| output(film.path("mp4", &format!("_{index}.mp4")))).collect();
    json!({
        "version": "0", "id": "e", "source": "aws.mediaconvert", "detail-type": "MediaConvert Job State Change",
        "region": "eu-west-1",
        "detail": {
            "timestamp": 1_767_323_145_000_i64, "status": "COMPLETE", "jobId": "1700000000000-abcdef",
            "userMetadata": {"guid": GUID, "workflow": "vod"},
            "outputGroupDetails": [
                {"type": "HLS_GROUP", "playlistFilePaths": [film.path("hls", ".m3u8")], "outputDetails": renditions},
                {"type": "DASH_ISO_GROUP", "playlistFilePaths": [film.path("dash", ".mpd")]},
                {"type": "CMAF_GROUP", "playlistFilePaths": [film.path("cmaf", ".m3u8"), film.path("cmaf", ".mpd")]},
                {"type": "FILE_GROUP", "outputDetails": files},
                {"type": "FILE_GROUP", "outputDetails": [output(film.path("thumbnails", &image(film.seconds / 5 - 1)))]},
            ],
        },
    })
}

fn image(number: usize) -> String {
    format!("_thumb.{number:07}.jpg")
}

/// The listing of all that the job wrote, as one page.
fn listing(film: &Film, event: &Value) -> Answer {
    let mut xml = String::from("<ListBucketResult>");
    let mut add = |path: &str| {
        let key = path.strip_prefix("s3://destination/").unwrap();
        write!(xml, "<Contents><Key>{key}</Key><Size>9</Size></Contents>").unwrap();
    };
    for group in event["detail"]["outputGroupDetails"].as_array().unwrap() {
        let named = group["outputDetails"].as_array().into_iter().flatten().map(|output| &output["outputFilePaths"][0]);
        group["playlistFilePaths"]
            .as_array()
            .into_iter()
            .flatten()
            .chain(named)
            .for_each(|path| add(path.as_str().unwrap()));
    }
    (0..film.seconds / 5).for_each(|number| add(&film.path("thumbnails", &image(number))));
    Answer::text(&format!("{xml}</ListBucketResult>"))
}

/// A record as the table gives it.
fn item(record: &Value) -> Answer {
    fn attribute(value: &Value) -> Value {
        match value {
            Value::Null => json!({"NULL": true}),
            Value::Bool(value) => json!({"BOOL": value}),
            Value::Number(value) => json!({"N": value.to_string()}),
            Value::String(value) => json!({"S": value}),
            Value::Array(values) => json!({"L": values.iter().map(attribute).collect::<Vec<_>>()}),
            Value::Object(members) => json!({"M": map(members)}),
        }
    }
    fn map(members: &serde_json::Map<String, Value>) -> Value {
        members.iter().map(|(name, value)| (name.clone(), attribute(value))).collect::<serde_json::Map<_, _>>().into()
    }
    Answer::json(&json!({"Item": map(record.as_object().unwrap())}))
}

/// The answers on a film's way, by handler.
async fn travel(film: &Film) -> Vec<(Handler, Value)> {
    let fake = aws(film);
    let mut answers = Vec::new();
    let mut step = async |handler: Handler, event: &Value| {
        let path = format!("/source/{}", utf8_percent_encode(&film.key, PATH));
        if handler == Handler::ArchiveSource {
            fake.once(&format!("GET {path}"), Answer::text("<Tagging><TagSet></TagSet></Tagging>"));
            fake.always(&format!("PUT {path}"), Answer::text(""));
        }
        let answer = fake.call(handler, VARIABLES, event.clone()).await;
        let answer = answer.unwrap_or_else(|failure| panic!("{handler}: {failure}"));
        answers.push((handler, answer.clone()));
        answer
    };
    let created = json!({
        "source": "aws.s3", "detail-type": "Object Created", "time": "2026-01-02T03:04:05Z",
        "detail": {"bucket": {"name": "source"}, "object": {"key": film.key, "sequencer": "1"}},
    });
    step(Handler::StepFunctions, &created).await;
    let arrival = json!({"guid": GUID, "workflowTrigger": "Metadata", "bucket": "source", "key": "a.json"});
    let record = step(Handler::InputValidate, &arrival).await;
    let record = step(Handler::Mediainfo, &record).await;
    let record = step(Handler::DynamoUpdate, &record).await;
    step(Handler::SnsNotification, &record).await;
    fake.always(GET, item(&record));
    let record = step(Handler::Profiler, &json!({"guid": GUID})).await;
    let record = step(Handler::Encode, &record).await;
    let record = step(Handler::DynamoUpdate, &record).await;
    fake.always(GET, item(&record));
    let event = finished(film);
    fake.always(LIST, listing(film, &event));
    let record = step(Handler::OutputValidate, &event).await;
    let record = step(Handler::ArchiveSource, &record).await;
    let record = step(Handler::MediaPackageAssets, &record).await;
    let record = step(Handler::DynamoUpdate, &record).await;
    step(Handler::SqsPublish, &record).await;
    step(Handler::SnsNotification, &record).await;
    fake.always(GET, item(&record));
    step(Handler::Profiler, &json!({"guid": GUID})).await;
    let cause = "c".repeat(32_768);
    let failed = json!({
        "guid": GUID, "function": "encode", "srcBucket": "source", "srcVideo": film.key, "title": record["notes"],
        "error": {"Error": "X", "Cause": cause}, "execution": "arn:aws:states:eu-west-1:1:execution:m:x",
    });
    step(Handler::ErrorHandler, &failed).await;
    answers
}

#[tokio::test]
async fn a_film_of_three_hours_leaves_every_state_below_64_kib() {
    for (handler, answer) in travel(&Film::ordinary()).await {
        let bytes = answer.to_string().len();
        assert!(bytes < 64 * 1024, "{handler}: {bytes}");
    }
}

#[tokio::test]
async fn the_pictures_of_a_film_are_counted_in_the_record_and_listed_beside_it() {
    let film = Film { seconds: 12 * 3600, ..Film::ordinary() };
    let answers = travel(&film).await;
    let (_, record) = answers.iter().find(|(handler, _)| *handler == Handler::OutputValidate).unwrap();
    let captures = &record["frameCaptures"][0];
    assert_eq!(
        (&captures["count"], &captures["folder"]),
        (&json!(8640), &json!(format!("s3://destination/{GUID}/thumbnails/")))
    );
    assert_eq!(record["thumbNails"], json!([film.path("thumbnails", &image(8639))]));
    assert!(record["storedInFull"]["thumbNails"].as_str().unwrap().starts_with("s3://destination/"));
}

#[tokio::test]
async fn an_answer_that_no_state_machine_carries_is_an_error_that_it_can_catch() {
    let film = Film::ordinary();
    let fake = aws(&film);
    let answers = travel(&film).await;
    let (_, record) = answers.iter().rev().find(|(handler, _)| *handler == Handler::DynamoUpdate).unwrap();
    let mut record = record.clone();
    record["notes"] = json!("n".repeat(MAX_ANSWER_BYTES));
    fake.always(GET, item(&record));
    let failure = fake.call(Handler::Profiler, VARIABLES, json!({"guid": GUID})).await.unwrap_err();
    assert_eq!(failure.name(), ErrorName::TooLarge);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_handler_answers_more_than_a_state_machine_carries(
        hours in prop::sample::select(vec![0, 1, 3, 12]),
        tracks in prop::sample::select(vec![1, 32, 10_000]),
        text in prop::sample::select(vec!["eng".to_owned(), "\u{1}".repeat(70), "🎬\"".repeat(40)]),
        key in prop::sample::select(vec!["a".repeat(900), "é".repeat(450), "\"".repeat(900)]),
        metadata in prop::sample::select(vec![100, 30 * 1024, 140 * 1024]),
        outputs in prop::sample::select(vec![6, 30, 100]),
        name in prop::sample::select(vec![1, 64, 900]),
    ) {
        let film = Film { seconds: hours * 3600 + 60, tracks, text, key: format!("{key}.mp4"), metadata, outputs, name };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for (handler, answer) in runtime.block_on(travel(&film)) {
            let bytes = answer.to_string().len();
            prop_assert!(bytes <= MAX_ANSWER_BYTES, "{handler}: {bytes} for {film:?}");
        }
    }
}
