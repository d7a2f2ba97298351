use proptest::prelude::*;

use super::*;
use crate::settings::{Acceleration, ArchiveClass, InputRotate, StatusUpdateInterval};

fn defaults() -> Defaults {
    Defaults {
        workflow_name: "vod".to_owned(),
        source_bucket: "source".to_owned(),
        options: Options {
            dest_bucket: "destination".to_owned(),
            cloud_front: "d.cloudfront.net".to_owned(),
            archive_source: ArchiveClass::Glacier,
            frame_capture: true,
            accelerated_transcoding: Acceleration::Preferred,
            input_rotate: InputRotate::Auto,
            enable_sns: true,
            ..Options::default()
        },
    }
}

fn request(key: &str, workflow_trigger: StartedBy) -> Request {
    let arrival = Arrival {
        bucket: "source".to_owned(),
        key: key.to_owned(),
        version_id: None,
        sequencer: None,
        event_time: None,
    };
    Request { guid: "g".to_owned(), workflow_trigger, arrival }
}

fn read(file: &[u8]) -> Result<Record, MetadataError> {
    let request = request("a.json", StartedBy::Metadata);
    let metadata = Metadata::parse(file)?.unwrap_or(Metadata { fields: Map::new() });
    defaults().of_metadata(&request, "2026-01-02T03:04:05Z".to_owned(), metadata)
}

/// An error with its cause.
fn message(file: &[u8]) -> String {
    let error = read(file).unwrap_err();
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}

#[test]
fn a_video_takes_the_defaults() {
    let record = defaults().of_video(&request("a b.mp4", StartedBy::Video), "2026-01-02T03:04:05Z".to_owned());
    insta::assert_json_snapshot!(record, @r#"
        {
          "guid": "g",
          "startTime": "2026-01-02T03:04:05Z",
          "workflowTrigger": "Video",
          "workflowStatus": "Ingest",
          "workflowName": "vod",
          "srcBucket": "source",
          "srcVideo": "a b.mp4",
          "destBucket": "destination",
          "cloudFront": "d.cloudfront.net",
          "frameCapture": true,
          "archiveSource": "GLACIER",
          "inputRotate": "AUTO",
          "acceleratedTranscoding": "PREFERRED",
          "enableSns": true,
          "enableSqs": false,
          "enableMediaPackage": false
        }
        "#);
}

#[test]
fn a_file_of_another_bucket_is_refused() {
    let mut foreign = request("a.mp4", StartedBy::Video);
    assert_eq!(defaults().check(&foreign), Ok(()));
    foreign.arrival.bucket = "other".to_owned();
    assert!(defaults().check(&foreign).unwrap_err().to_string().contains("`other`"));
}

#[test]
fn a_metadata_file_sets_every_field_it_may() {
    let file = br#"{"SrcVideo": "b.mp4", "JobTemplate": "own", "jobTemplate_2160p": "u", "JobTemplate_1080p": "f",
        "jobTemplate_720p": "h", "frameCapture": false, "archiveSource": "DISABLED", "inputRotate": "DEGREES_90",
        "acceleratedTranscoding": "ENABLED", "enableSns": false, "enableSqs": true, "captions": [{"file": "b.srt", "language": "en"}],
        "Title": "A", "tags": {"a": [1, null]}, "SRCVIDEO": 1}"#;
    let record = read(file).unwrap();
    insta::assert_json_snapshot!(record, @r#"
        {
          "guid": "g",
          "startTime": "2026-01-02T03:04:05Z",
          "workflowTrigger": "Metadata",
          "workflowStatus": "Ingest",
          "workflowName": "vod",
          "srcBucket": "source",
          "srcVideo": "b.mp4",
          "srcMetadataFile": "a.json",
          "destBucket": "destination",
          "cloudFront": "d.cloudfront.net",
          "frameCapture": false,
          "archiveSource": "DISABLED",
          "jobTemplate_2160p": "u",
          "jobTemplate_1080p": "f",
          "jobTemplate_720p": "h",
          "inputRotate": "DEGREES_90",
          "acceleratedTranscoding": "ENABLED",
          "enableSns": false,
          "enableSqs": true,
          "enableMediaPackage": false,
          "captions": [
            {
              "file": "b.srt",
              "language": "en"
            }
          ],
          "setByMetadata": [
            "srcVideo",
            "jobTemplate",
            "jobTemplate_2160p",
            "jobTemplate_1080p",
            "jobTemplate_720p",
            "frameCapture",
            "archiveSource",
            "inputRotate",
            "acceleratedTranscoding",
            "enableSns",
            "enableSqs",
            "captions"
          ],
          "jobTemplate": "own",
          "isCustomTemplate": true,
          "workflowWarnings": [
            {
              "at": "input-validate",
              "error": "NotApplied",
              "message": "kept from the metadata file, but without effect: `SRCVIDEO` (is `srcVideo` meant?)"
            }
          ],
          "title": "A",
          "tags": {
            "a": [
              1,
              null
            ]
          },
          "sRCVIDEO": 1
        }
        "#);
}

#[test]
fn a_name_alone_is_enough_and_null_is_nothing() {
    let record = read(br#"{"srcVideo": "b.mp4", "frameCapture": null, "captions": null, "own": null}"#).unwrap();
    assert!(record.options.frame_capture);
    assert_eq!((record.options.captions, record.encoding.is_custom_template), (None, None));
    assert_eq!(json!(record.extra), json!({"own": null}));
}

#[test]
fn protected_fields_stay_and_are_noted() {
    let mut file = json!({"srcVideo": "b.mp4", "DestBucket": "mine", "ignoredMetadata": 1});
    let settable: Vec<_> = FIELDS.iter().map(|field| field.name).collect();
    let protected: Vec<_> =
        members().chain(PROGRESS_FIELDS).chain(ENVELOPE).filter(|name| !settable.contains(name)).collect();
    for name in &protected {
        file[name] = json!("mine");
    }
    let record = read(file.to_string().as_bytes()).unwrap();
    assert!(!json!(record).to_string().contains("mine"));
    assert_eq!(record.extra.len(), 1);
    let noted = ignored(&record).unwrap().as_array().unwrap();
    assert_eq!(noted.len(), protected.len() + 1, "each once");
    for name in [
        "guid",
        "startTime",
        "workflowStatus",
        "workflowTrigger",
        "workflowName",
        "enableMediaPackage",
        "cloudFront",
        "srcBucket",
        "destBucket",
        "hlsUrl",
        "encodeJobId",
        "errorMessage",
    ] {
        assert!(noted.contains(&json!(name)), "{name}");
    }
}

#[test]
fn the_case_of_a_first_letter_does_not_matter() {
    let record = read(br#"{"SrcVideo": "a.mp4", "Title": "T", "Director": {"Name": "N"}}"#).unwrap();
    assert_eq!(json!(record.extra), json!({"title": "T", "director": {"Name": "N"}}));
    let twice = read(br#"{"srcVideo": "a.mp4", "title": "first", "Title": "last"}"#).unwrap();
    assert_eq!(json!(twice.extra), json!({"title": "last"}));
}

#[test]
fn a_metadata_file_cannot_pose_as_an_event() {
    let file = json!({
        "srcVideo": "v.mp4", "source": "aws.mediaconvert", "Detail-type": "MediaConvert Job State Change",
        "detail": {"status": "STATUS_UPDATE", "jobId": "x", "userMetadata": {"guid": "another"}}, "region": "here",
    });
    let record = read(file.to_string().as_bytes()).unwrap();
    assert_eq!(ignored(&record), Some(&json!(["source", "detail-type", "detail"])));
    assert_eq!(record.extra["region"], "here");
    let mut older = json!(record);
    older.as_object_mut().unwrap().extend(file.as_object().unwrap().clone());
    older["detail-type"] = json!(crate::job_event::DETAIL_TYPE);
    assert!(!crate::job_event::JobEvent::is_one(&older), "a record from before");
    assert!(crate::job_event::JobEvent::is_one(&json!({"source": "aws.mediaconvert", "detail": {}})));
    assert!(!crate::job_event::JobEvent::is_one(&json!({"source": "aws.mediaconvert", "detail-type": "other"})));
}

#[test]
fn no_number_loses_digits() {
    let numbers = [
        ("12345678901234567890123", json!("12345678901234567890123")),
        ("-18446744073709551616", json!("-18446744073709551616")),
        ("0.12345678901234567890", json!("0.12345678901234567890")),
        ("18446744073709551615", json!(u64::MAX)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("100000000000000000000000", json!(1e23)),
        ("0.1", json!(0.1)),
        ("1e300", json!(1e300)),
    ];
    for (number, kept) in numbers {
        let file = format!(r#"{{"srcVideo": "a\" 99999999999999999999.mp4", "deep": [{{"n": {number}}}]}}"#);
        let record = read(file.as_bytes()).unwrap();
        assert_eq!(record.extra["deep"][0]["n"], kept, "{number}");
        assert_eq!(record.source.src_video, "a\" 99999999999999999999.mp4", "text stays text");
    }
    assert!(read(br#"{"srcVideo": "a", "n": 012345678901234567890123}"#).is_err(), "what is no number stays none");
}

#[test]
fn the_last_of_two_fields_counts() {
    let record = read(br#"{"srcVideo": "a.mp4", "own": 1, "SrcVideo": "b.mp4", "own": 2}"#).unwrap();
    assert_eq!((record.source.src_video.as_str(), &record.extra["own"]), ("b.mp4", &json!(2)));
}

#[test]
fn wrong_fields_say_what_they_may_hold() {
    let fields = [
        r#""srcVideo": 3"#,
        r#""srcVideo": """#,
        r#""jobTemplate": [" "]"#,
        r#""jobTemplate_720p": " ""#,
        r#""FrameCapture": "true""#,
        r#""archiveSource": 1"#,
        r#""archiveSource": "glacier""#,
        r#""inputRotate": 90"#,
        r#""acceleratedTranscoding": {}"#,
        r#""AccelerationSettings": {"mode": "FAST"}"#,
        r#""priority": "high""#,
        r#""StatusUpdateInterval": "SECONDS_5""#,
        r#""enableSqs": "0123456789012345678901234567890123456789!""#,
        r#""listed": "false""#,
    ];
    let messages = fields.map(|field| message(format!(r#"{{"srcVideo": "a.mp4", {field}}}"#).as_bytes()));
    insta::assert_snapshot!(messages.join("\n"), @r#"
        `srcVideo` in the metadata file must be the key of the video, 1 to 1024 bytes long; it is a number
        `srcVideo` in the metadata file must be the key of the video, 1 to 1024 bytes long; it is ""
        `jobTemplate` in the metadata file must be the name of a job template; it is a list
        `jobTemplate_720p` in the metadata file must be the name of a job template; it is " "
        `frameCapture` in the metadata file must be true or false, without quotes; it is "true"
        `archiveSource` in the metadata file must be one of DISABLED, GLACIER, DEEP_ARCHIVE, true, false; it is a number
        `archiveSource` in the metadata file must be one of DISABLED, GLACIER, DEEP_ARCHIVE, true, false; it is "glacier"
        `inputRotate` in the metadata file must be one of DEGREE_0, DEGREES_90, DEGREES_180, DEGREES_270, AUTO; it is a number
        `acceleratedTranscoding` in the metadata file must be one of ENABLED, PREFERRED, DISABLED; it is an object
        `accelerationSettings` in the metadata file must be an object whose `mode` is one of ENABLED, PREFERRED, DISABLED; it is an object
        `priority` in the metadata file must be a whole number, of which MediaConvert takes -50 to 50; it is "high"
        `statusUpdateInterval` in the metadata file must be one of SECONDS_10, SECONDS_12, SECONDS_15, SECONDS_20, SECONDS_30, SECONDS_60, SECONDS_120, SECONDS_180, SECONDS_240, SECONDS_300, SECONDS_360, SECONDS_420, SECONDS_480, SECONDS_540, SECONDS_600; it is "SECONDS_5"
        `enableSqs` in the metadata file must be true or false, without quotes; it is a text of 41 bytes
        `listed` in the metadata file must be true or false, without quotes; it is "false"
        "#);
    let long = json!({"srcVideo": "ü".repeat(513)});
    assert!(message(long.to_string().as_bytes()).contains("1 to 1024 bytes"));
    assert!(read(json!({"srcVideo": "ü".repeat(512)}).to_string().as_bytes()).is_ok());
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let wide: Vec<u8> = r#"{"srcVideo": "a.mp4"}"#.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked: Vec<u8> = [0xFF, 0xFE].into_iter().chain(wide.clone()).collect();
    let deep = format!(r#"{{"srcVideo": "a", "deep": {}1{}}}"#, "[".repeat(200), "]".repeat(200));
    let files: [&[u8]; 13] = [
        b"",
        b"\xEF\xBB\xBF \n",
        &wide,
        &marked,
        b"{\"srcVideo\": \"caf\xE9.mp4\"}",
        b"srcVideo=a.mp4",
        b"{\"srcVideo\": \"a.mp4\",}",
        b"{\"srcVideo\": \"a.mp4\"} {}",
        deep.as_bytes(),
        b"{\"srcVideo\": \"a\", \"n\": 1e999}",
        b"{\"frameCapture\": true}",
        b"{\"SRC_VIDEO\": \"a.mp4\"}",
        b"{\"srcVideo\": \"a\", \"\": 1}",
    ];
    insta::assert_snapshot!(files.map(message).join("\n"), @r#"
        the metadata file is empty; it needs at least {"srcVideo": "…"}
        the metadata file is empty; it needs at least {"srcVideo": "…"}
        the metadata file is UTF-16 or UTF-32; save it as UTF-8
        the metadata file is UTF-16 or UTF-32; save it as UTF-8
        the metadata file is not UTF-8 (at byte 17); save it as UTF-8
        the metadata file is not JSON that can be read: expected value at line 1 column 1
        the metadata file is not JSON that can be read: trailing comma at line 1 column 22
        the metadata file is not JSON that can be read: trailing characters at line 1 column 23
        the metadata file is not JSON that can be read: recursion limit exceeded at line 1 column 153
        the metadata file is not JSON that can be read: number out of range at line 1 column 28
        the metadata file has no `srcVideo`, the key of the video in the source bucket
        the metadata file has no `srcVideo`, the key of the video in the source bucket
        the metadata file has a field with an empty name
        "#);
}

#[test]
fn json_of_other_people_is_no_metadata_file() {
    for file in [
        "{}",
        "[1]",
        "null",
        "3",
        r#"{"a": 1}"#,
        r#"{"": 1}"#,
        r#"{"title": "x", "priority": "high", "captions": [], "listed": 3}"#,
    ] {
        assert_eq!(Metadata::parse(file.as_bytes()).unwrap(), None, "{file}");
    }
    for file in [r#"{"srcVideo": null}"#, r#"{"job-template": 1}"#, r#"{"ArchiveSource": true}"#] {
        assert!(Metadata::parse(file.as_bytes()).unwrap().is_some(), "{file}");
    }
}

#[test]
fn a_byte_order_mark_is_no_mistake() {
    assert_eq!(read(b"\xEF\xBB\xBF{\"srcVideo\": \"\xC3\xA9.mp4\"}").unwrap().source.src_video, "é.mp4");
}

#[test]
fn sizes_have_limits() {
    let many: Map<String, Value> = (0..10_000).map(|index| (format!("f{index}"), json!(index))).collect();
    let mut file = Value::Object(many);
    file["srcVideo"] = json!("a.mp4");
    assert_eq!(read(file.to_string().as_bytes()).unwrap().extra.len(), 10_000);

    file["long"] = json!("x".repeat(MAX_FIRST_RECORD_BYTES));
    assert!(message(file.to_string().as_bytes()).contains("(of its own: 10001)"));
    let large = format!(r#"{{"srcVideo": "a.mp4"{}}}"#, " ".repeat(MAX_METADATA_BYTES));
    assert!(message(large.as_bytes()).contains("1048576 (1 MiB) are allowed"));
    assert!(read(&large.as_bytes()[..MAX_METADATA_BYTES - 1]).is_err(), "cut off");
    let fits = format!(r#"{{"srcVideo": "a.mp4"{}}}"#, " ".repeat(MAX_METADATA_BYTES - 21));
    assert_eq!(fits.len(), MAX_METADATA_BYTES);
    assert!(read(fits.as_bytes()).is_ok());
}

#[test]
fn the_file_of_so0021s_readme_is_taken_as_it_stands() {
    let file = br#"{
        "srcVideo": "example.mpg",
        "archiveSource": true,
        "frameCapture": false,
        "jobTemplate": "custom-job-template"
    }"#;
    let record = read(file).unwrap();
    assert_eq!(record.source.src_video, "example.mpg");
    assert_eq!(record.options.archive_source, ArchiveClass::Glacier, "the deployment's class");
    assert!(!record.options.frame_capture);
    assert_eq!(record.encoding.job_template.as_deref(), Some("custom-job-template"));
    assert!(record.workflow_warnings.is_empty() && record.extra.is_empty());
}

#[test]
fn true_archives_as_the_deployment_does_and_else_to_glacier() {
    use ArchiveClass::{DeepArchive, Disabled, Glacier};
    for (of_deployment, given, expected) in [
        (Disabled, "true", Glacier),
        (Glacier, "true", Glacier),
        (DeepArchive, "true", DeepArchive),
        (DeepArchive, "false", Disabled),
        (DeepArchive, "\"GLACIER\"", Glacier),
    ] {
        let mut defaults = defaults();
        defaults.options.archive_source = of_deployment;
        let file = format!(r#"{{"srcVideo": "a.mp4", "ArchiveSource": {given}}}"#);
        let metadata = Metadata::parse(file.as_bytes()).unwrap().unwrap();
        let request = request("a.json", StartedBy::Metadata);
        let record = defaults.of_metadata(&request, String::new(), metadata).unwrap();
        assert_eq!(record.options.archive_source, expected, "{of_deployment} {given}");
    }
}

#[test]
fn files_that_users_of_so0021_wrote_set_what_they_say() {
    let first = read(
        br#"{"srcVideo": "movie.mp4", "ArchiveSource": false, "Priority": 100, "AccelerationSettings": {"Mode": "ENABLED"}}"#,
    )
    .unwrap();
    assert_eq!(first.options.archive_source, ArchiveClass::Disabled);
    assert_eq!((first.options.job_priority, first.options.accelerated_transcoding), (Some(50), Acceleration::Enabled));
    assert_eq!(
        json!(first.workflow_warnings),
        json!([{"at": "input-validate", "error": "NotApplied",
            "message": "`priority` is 100; MediaConvert takes -50 to 50, so the job has 50"}])
    );

    let second = read(
        br#"{"srcVideo": "02067ab9-953a-4764-9683-5638d93e14d3", "jobTemplate": "VOD-25fps-DRM", "priority": 50,
            "archiveSource": false, "frameCapture": false, "qvbr": true, "StatusUpdateInterval": "SECONDS_60",
            "accelerationSettings": {"Mode": "ENABLED"}}"#,
    )
    .unwrap();
    assert_eq!(
        (second.options.job_priority, second.options.accelerated_transcoding),
        (Some(50), Acceleration::Enabled)
    );
    assert_eq!(second.options.job_status_update_interval, Some(StatusUpdateInterval::Seconds60));
    assert_eq!(second.extra["qvbr"], true);
    let messages: Vec<_> = second.workflow_warnings.iter().map(|warning| warning.message.as_str()).collect();
    assert_eq!(messages, ["kept from the metadata file, but without effect: `qvbr`"]);

    let third = read(
        br#"{
            "srcVideo": "99_Overview_Lecture.mp4",
            "ArchiveSource": true,
            "FrameCapture":false,
            "JobTemplate":"video-on-demand-v102_Ott_1080p_Avc_Aac_16x9_qvbr_v2"
        }    "#,
    )
    .unwrap();
    assert_eq!((third.options.archive_source, third.options.frame_capture), (ArchiveClass::Glacier, false));
    assert!(third.workflow_warnings.is_empty());
}

#[test]
fn a_field_that_is_the_users_own_is_no_reason_for_a_warning() {
    let own =
        read(br#"{"srcVideo": "a.mp4", "title": "A", "tags": ["x"], "role": "trailer", "region": "EU"}"#).unwrap();
    assert!(own.workflow_warnings.is_empty());
    let misspelled =
        read(br#"{"srcVideo": "a.mp4", "job_template": "x", "framecapture": false, "Queue": "q"}"#).unwrap();
    assert_eq!(
        misspelled.workflow_warnings[0].message,
        "kept from the metadata file, but without effect: `job_template` (is `jobTemplate` meant?), \
         `framecapture` (is `frameCapture` meant?), `Queue`"
    );
}

/// Any JSON, with names that mean something more often than chance would have it.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec!["GLACIER", "AUTO", "ENABLED", "a.mp4", ""]).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let names: Vec<String> =
        members().flat_map(|name| [name.to_owned(), format!("{}{}", name[..1].to_uppercase(), &name[1..])]).collect();
    let name = prop_oneof![prop::sample::select(names), any::<String>(), Just("srcVideo".to_owned())];
    leaf.prop_recursive(4, 40, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    /// A file either makes a record that keeps what is the file's own, or a typed error.
    #[test]
    fn any_json_makes_a_record_or_an_error(mut file in any_json(), named in any::<bool>()) {
        if let (true, Some(fields)) = (named, file.as_object_mut()) {
            fields.retain(|name, _| !FIELDS.iter().any(|field| field.name == with_first(name, char::to_ascii_lowercase)));
            fields.shift_remove("");
            fields.insert("SrcVideo".to_owned(), json!("a.mp4"));
        }
        let text = file.to_string();
        let record = read(text.as_bytes());
        prop_assert!(record.is_ok() || !named || !file.is_object(), "{:?}", record);
        if let Ok(record) = record {
            prop_assert_eq!(&record.guid, "g");
            prop_assert_eq!(&record.options.dest_bucket, "destination");
            // As read back: a number may come as its nearest one.
            let file: Map<String, Value> = serde_json::from_str(&text).unwrap();
            let file: Map<String, Value> = file.into_iter().map(|(name, value)| (with_first(&name, char::to_ascii_lowercase), value)).collect();
            for (name, value) in file.into_iter().filter(|(name, _)| !is_ours(name)) {
                prop_assert_eq!(record.extra.get(&name), Some(&value));
            }
            prop_assert_eq!(serde_json::from_value::<Record>(json!(record)).unwrap(), record);
        }
    }

    #[test]
    fn any_bytes_make_a_record_or_an_error(file in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&file);
    }
}
