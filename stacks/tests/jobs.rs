//! The jobs that encode makes of the platform's templates are jobs that MediaConvert accepts.

use std::path::Path;

use mediaconvert::{Job, Request as _, from_wire, to_wire};
use pipeline::job::{self, Deployment};
use pipeline::profile;
use pipeline::record::Record;
use pipeline::settings::{Acceleration, InputRotate};
use proptest::prelude::*;
use serde_json::{Value, json};
use strum::VariantArray as _;

const TEMPLATES: [&str; 10] = [
    "cmaf-720p",
    "cmaf-1080p",
    "cmaf-2160p",
    "mvod-720p",
    "mvod-1080p",
    "mvod-2160p",
    "qvbr-720p",
    "qvbr-1080p",
    "qvbr-2160p",
    "qvbr-1080p-mp4",
];

fn template(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../snapshots/job-templates/{name}.snap"));
    let text = std::fs::read_to_string(path).unwrap();
    let (_, json) = text.trim_start_matches("---").split_once("---").unwrap();
    to_wire(&serde_json::from_str(json).unwrap())
}

fn deployment() -> Deployment {
    Deployment {
        role: "arn:aws:iam::111122223333:role/encode".to_owned(),
        queue: "arn:aws:mediaconvert:eu-west-1:111122223333:queues/Default".to_owned(),
        priority: "50".parse().unwrap(),
        hops: r#"[{"Queue":"arn:aws:mediaconvert:eu-west-1:111122223333:queues/other","WaitMinutes":15}]"#
            .parse()
            .unwrap(),
        tags: r#"{"Project":"vod"}"#.parse().unwrap(),
    }
}

/// A record whose source has these tracks.
fn record(media: &Value, key: &str, rotate: InputRotate, acceleration: Acceleration, captions: &Value) -> Record {
    let record = json!({
        "guid": "0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11", "startTime": "2026-01-02T03:04:05Z",
        "workflowTrigger": "Video", "workflowStatus": "Ingest", "workflowName": "vod", "srcBucket": "source",
        "srcVideo": key, "srcMediainfo": media.to_string(), "destBucket": "destination",
        "cloudFront": "d.cloudfront.net", "frameCapture": true, "archiveSource": "DISABLED",
        "inputRotate": rotate,
        "acceleratedTranscoding": acceleration, "enableSns": true, "enableSqs": true, "enableMediaPackage": false,
        "captions": captions,
    });
    let templates = profile::Templates { p2160: "uhd".to_owned(), p1080: "fhd".to_owned(), p720: "hd".to_owned() };
    profile::apply(serde_json::from_value(record).unwrap(), &templates).unwrap()
}

fn assert_accepted(record: &Record, name: &str) {
    let job = job::build(record, &template(name), &deployment(), "token").unwrap();
    if let Err(invalid) = Job::from_value(&from_wire(&job)) {
        panic!("{name}: {invalid}\n{:?}", record.source);
    }
    assert_eq!(pipeline::wire::from_wire(job.clone()), from_wire(&job), "both crates spell alike");
}

fn captions() -> Value {
    json!([
        { "file": "in/a b+é.srt", "language": "en", "label": "English" },
        { "file": "b.VTT", "language": "pt-BR", "mode": "burn-in" },
        { "file": "c.vtt", "language": "deu", "label": "Deutsch" },
    ])
}

#[test]
fn sources_of_every_kind() {
    let sizes = [
        (3840, 2160),
        (1920, 1080),
        (1080, 1920),
        (1920, 800),
        (1440, 1080),
        (320, 240),
        (641, 361),
        (16, 16),
        (9000, 100),
    ];
    let media = sizes.iter().flat_map(|(width, height)| {
        let video = json!([{ "width": width, "height": height }]);
        [json!({ "video": video, "audio": [{}] }), json!({ "video": video, "audio": [] })]
    });
    for media in media.chain([json!({ "video": [], "audio": [{}, {}] })]) {
        for captions in [Value::Null, captions()] {
            let record = record(&media, "film.mp4", InputRotate::Auto, Acceleration::Preferred, &captions);
            for name in TEMPLATES {
                assert_accepted(&record, name);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_source(
        (width, height) in (1..9000_u32, 1..9000_u32),
        rotation in prop::sample::select(&[0, 90, 180, 270][..]),
        rotate in prop::sample::select(InputRotate::VARIANTS),
        acceleration in prop::sample::select(Acceleration::VARIANTS),
        name in prop::sample::select(&TEMPLATES[..]),
        key in "[^/\\x00]{1,200}(/[^/\\x00]{1,50}){0,3}",
    ) {
        let media = json!({ "video": [{ "width": width, "height": height, "rotation": rotation }], "audio": [{}] });
        assert_accepted(&record(&media, &key, rotate, acceleration, &Value::Null), name);
    }
}
