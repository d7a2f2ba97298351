//! What becomes of a finished job's event.

use insta::assert_json_snapshot;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::record::sample;

fn record() -> Record {
    sample(&json!({"workflowStatus": "Encoding", "destBucket": "dest", "mine": 1}))
}

fn event(groups: &Value) -> Value {
    json!({
        "source": "aws.mediaconvert",
        "detail-type": "MediaConvert Job State Change",
        "detail": {
            "timestamp": 1_767_323_045_000_i64,
            "status": "COMPLETE",
            "jobId": "1-a",
            "userMetadata": {"guid": "g", "workflow": "vod"},
            "outputGroupDetails": groups,
        },
    })
}

fn objects<'a>(keys: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, u64> {
    keys.into_iter().map(|key| (key.to_owned(), 10)).collect()
}

fn finish(groups: &Value, keys: &[&str]) -> Result<Record, OutputError> {
    let event = event(groups);
    let job = JobComplete::read(&event).unwrap();
    let completed = complete(record(), &job, event, &objects(keys.iter().copied()), "2026-01-02T03:14:05Z".to_owned());
    completed.map(|completed| completed.record)
}

fn file_group(paths: &[&str]) -> Value {
    let outputs: Vec<_> = paths.iter().map(|path| json!({"outputFilePaths": [path], "durationInMs": 30_000})).collect();
    json!({"type": "FILE_GROUP", "outputDetails": outputs})
}

fn groups_of_every_kind() -> Value {
    json!([
        {
            "type": "HLS_GROUP",
            "playlistFilePaths": ["s3://dest/g/hls/a b.m3u8"],
            "outputDetails": [{
                "outputFilePaths": ["s3://dest/g/hls/a b_1080p.m3u8"],
                "durationInMs": 60_000,
                "videoDetails": {"widthInPx": 1920, "heightInPx": 1080, "averageBitrate": 4_000_000,
                    "qvbrAvgQuality": 7.42, "qvbrMinQuality": 7, "qvbrMaxQuality": 8.0, "qvbrMinQualityLocation": 3},
            }],
        },
        {"type": "DASH_ISO_GROUP", "playlistFilePaths": ["s3://dest/g/dash/a b.mpd"],
            "outputDetails": [{"durationInMs": 60_000}]},
        {"type": "CMAF_GROUP", "playlistFilePaths": ["s3://dest/g/cmaf/a b.m3u8", "s3://dest/g/cmaf/a b.mpd"]},
        {"type": "MS_SMOOTH_GROUP", "playlistFilePaths": ["s3://dest/g/mss/a b.ism"]},
        file_group(&["s3://dest/g/mp4/a b_720p.mp4", "s3://dest/g/mp4/a b.vtt"]),
        file_group(&["s3://dest/g/thumbnails/a b_thumb.0000002.jpg"]),
        {"type": "HOLOGRAM_GROUP", "playlistFilePaths": ["gopher://elsewhere"], "outputDetails": [{"durationInMs": 1}]},
    ])
}

#[test]
fn every_kind_of_group_is_published() {
    let groups = groups_of_every_kind();
    let keys = [
        "g/hls/a b.m3u8",
        "g/hls/a b_1080p.m3u8",
        "g/hls/a b_1080p_00001.ts",
        "g/dash/a b.mpd",
        "g/cmaf/a b.m3u8",
        "g/cmaf/a b.mpd",
        "g/mss/a b.ism",
        "g/mp4/a b_720p.mp4",
        "g/mp4/a b.vtt",
        "g/thumbnails/a b_thumb.0000000.jpg",
        "g/thumbnails/a b_thumb.0000001.jpg",
        "g/thumbnails/a b_thumb.0000002.jpg",
        "g/thumbnails/other.0000000.jpg",
        "g/.workflow/srcMediainfo",
    ];
    let record = finish(&groups, &keys).unwrap();
    let ended = (record.end_time.as_deref(), record.encoding.encoding_output);
    assert_eq!(ended, (Some("2026-01-02T03:14:05Z"), Some(event(&groups))));
    assert_eq!((record.workflow_status, &record.extra["mine"]), (WorkflowStatus::Complete, &json!(1)));
    assert_json_snapshot!(record.outputs, @r#"
    {
      "hlsPlaylist": "s3://dest/g/hls/a b.m3u8",
      "hlsUrl": "https://d.cloudfront.net/g/hls/a%20b.m3u8",
      "dashPlaylist": "s3://dest/g/dash/a b.mpd",
      "dashUrl": "https://d.cloudfront.net/g/dash/a%20b.mpd",
      "cmafDashPlaylist": "s3://dest/g/cmaf/a b.mpd",
      "cmafDashUrl": "https://d.cloudfront.net/g/cmaf/a%20b.mpd",
      "cmafHlsPlaylist": "s3://dest/g/cmaf/a b.m3u8",
      "cmafHlsUrl": "https://d.cloudfront.net/g/cmaf/a%20b.m3u8",
      "mssPlaylist": "s3://dest/g/mss/a b.ism",
      "mssUrl": "https://d.cloudfront.net/g/mss/a%20b.ism",
      "mp4Outputs": [
        "s3://dest/g/mp4/a b_720p.mp4"
      ],
      "mp4Urls": [
        "https://d.cloudfront.net/g/mp4/a%20b_720p.mp4"
      ],
      "thumbNails": [
        "s3://dest/g/thumbnails/a b_thumb.0000002.jpg"
      ],
      "thumbNailsUrls": [
        "https://d.cloudfront.net/g/thumbnails/a%20b_thumb.0000002.jpg"
      ],
      "frameCaptures": [
        {
          "folder": "s3://dest/g/thumbnails/",
          "count": 3,
          "first": "a b_thumb.0000000.jpg",
          "last": "a b_thumb.0000002.jpg"
        }
      ],
      "renditions": [
        {
          "group": "HLS_GROUP",
          "files": [
            "s3://dest/g/hls/a b_1080p.m3u8"
          ],
          "durationInMs": 60000,
          "width": 1920,
          "height": 1080,
          "averageBitrate": 4000000,
          "qvbrAvgQuality": 7.42,
          "qvbrMinQuality": 7.0,
          "qvbrMaxQuality": 8.0
        },
        {
          "group": "DASH_ISO_GROUP",
          "durationInMs": 60000
        },
        {
          "group": "FILE_GROUP",
          "files": [
            "s3://dest/g/mp4/a b_720p.mp4"
          ],
          "durationInMs": 30000
        },
        {
          "group": "FILE_GROUP",
          "files": [
            "s3://dest/g/mp4/a b.vtt"
          ],
          "durationInMs": 30000
        },
        {
          "group": "FILE_GROUP",
          "files": [
            "s3://dest/g/thumbnails/a b_thumb.0000002.jpg"
          ],
          "durationInMs": 30000
        },
        {
          "group": "HOLOGRAM_GROUP",
          "durationInMs": 1
        }
      ],
      "outputBytes": 130
    }
    "#);
}

#[test]
fn captures_are_ordered_by_number_and_kept_apart() {
    let names = ["0000009", "0000010", "9999999", "10000000", "x", "", "0000001.bak"];
    let mut keys: Vec<_> = names.iter().map(|number| format!("g/t/a.b.{number}.jpg")).collect();
    keys.extend(["g/t/a.b.c.0000001.jpg".to_owned(), "g/t/a.b.0000003.png".to_owned(), "g/t/a.b.jpg".to_owned()]);
    let keys: Vec<_> = keys.iter().map(String::as_str).collect();
    let shown = |last: &str| {
        let event = event(&json!([file_group(&[&format!("s3://dest/g/t/{last}")])]));
        let job = JobComplete::read(&event).unwrap();
        let completed = complete(record(), &job, event, &objects(keys.iter().copied()), String::new()).unwrap();
        let listed: Value = serde_json::from_str(&completed.files[0].body).unwrap();
        let names: Vec<String> = serde_json::from_value(listed["thumbNails"].clone()).unwrap();
        assert_eq!(completed.record.outputs.thumb_nails, names[names.len() - 1..]);
        let names = names.into_iter();
        names.map(|path| path.strip_prefix("s3://dest/g/t/").unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(shown("a.b.0000009.jpg"), ["a.b.0000009.jpg", "a.b.0000010.jpg", "a.b.9999999.jpg", "a.b.10000000.jpg"]);
    assert_eq!(shown("a.b.jpg"), ["a.b.jpg"]);
    assert_eq!(shown("a.b.c.0000001.jpg"), ["a.b.c.0000001.jpg"]);
}

/// What the event of an accelerated job has for its capture.
fn nameless() -> Value {
    json!({"type": "FILE_GROUP", "outputDetails": [{"durationInMs": 0, "videoDetails": {"widthInPx": 0, "heightInPx": 0}}]})
}

#[test]
fn captures_that_the_event_does_not_name_are_found() {
    let hls = || json!({"type": "HLS_GROUP", "playlistFilePaths": ["s3://dest/g/hls/a.m3u8"]});
    let pictures: Vec<String> = (0..3).map(|number| format!("g/thumbnails/a_thumb.{number:07}.jpg")).collect();
    let mut keys: Vec<&str> = pictures.iter().map(String::as_str).collect();
    keys.push("g/hls/a.m3u8");
    for groups in [json!([hls(), nameless()]), json!([hls()]), json!([hls(), {"type": "FILE_GROUP"}])] {
        let outputs = finish(&groups, &keys).unwrap().outputs;
        let [captures] = &outputs.frame_captures[..] else { panic!("{outputs:?}") };
        assert_eq!((captures.count, captures.last.as_str()), (3, "a_thumb.0000002.jpg"), "{groups}");
        assert_eq!(outputs.thumb_nails, ["s3://dest/g/thumbnails/a_thumb.0000002.jpg"]);
        assert!(outputs.renditions.iter().all(|rendition| rendition.width != Some(0)));
    }
    let named = json!([hls(), file_group(&["s3://dest/g/thumbnails/a_thumb.0000002.jpg"])]);
    assert_eq!(finish(&named, &keys).unwrap().outputs.frame_captures.len(), 1, "once");
}

#[test]
fn files_that_the_event_does_not_name_and_nobody_finds_are_missing() {
    for (groups, keys) in [
        (json!([nameless()]), &["g/thumbnails/readme.txt"][..]),
        (json!([nameless(), nameless()]), &["g/thumbnails/a.0000000.jpg"]),
        (json!([nameless()]), &["g/hls/a.0000000.jpg"]),
    ] {
        let error = finish(&groups, keys).unwrap_err();
        assert!(error.to_string().ends_with("empty: every file of FILE_GROUP"), "{error}");
    }
}

#[test]
fn captures_are_looked_for_where_the_job_put_them() {
    let mut record = record();
    let capture = json!({"NameModifier": "_still", "VideoDescription": {"CodecSettings": {"Codec": "FRAME_CAPTURE"}}});
    record.encoding.encoding_job = Some(json!({"Settings": {"OutputGroups": [
        {"OutputGroupSettings": {"FileGroupSettings": {"Destination": "s3://dest/g/stills/a"}}, "Outputs": [capture]},
        {"OutputGroupSettings": {"FileGroupSettings": {"Destination": "s3://dest/other/a"}}, "Outputs": [capture]},
        {"OutputGroupSettings": {"HlsGroupSettings": {"Destination": "s3://dest/g/hls/a"}}, "Outputs": [{}]},
    ]}}));
    let event = event(&json!([{"type": "FILE_GROUP", "outputDetails": [{}]}]));
    let job = JobComplete::read(&event).unwrap();
    let keys =
        ["g/stills/a_still.0000000.jpg", "g/thumbnails/of_a_former_job.0000000.jpg", "other/a_still.0000000.jpg"];
    let completed = complete(record, &job, event, &objects(keys), String::new()).unwrap();
    let captures = completed.record.outputs.frame_captures;
    assert_eq!(captures.iter().map(|set| set.folder.as_str()).collect::<Vec<_>>(), ["s3://dest/g/stills/"]);
}

#[test]
fn what_is_promised_and_not_there_is_listed() {
    let hls = json!({
        "type": "HLS_GROUP",
        "playlistFilePaths": ["s3://dest/g/a.m3u8"],
        "outputDetails": [{"outputFilePaths": ["s3://dest/g/a_1.m3u8"]}, {"outputFilePaths": ["s3://dest/g/a_2.m3u8"]}],
    });
    let error = finish(&json!([hls, {"type": "CMAF_GROUP"}]), &["g/a_1.m3u8"]).unwrap_err();
    assert_eq!(error.name(), ErrorName::OutputMissing);
    assert_eq!(
        error.to_string(),
        "the job is complete, but these outputs are missing or empty: s3://dest/g/a.m3u8, s3://dest/g/a_2.m3u8, \
         every file of CMAF_GROUP"
    );
    let error = finish(&json!([]), &[]).unwrap_err();
    assert!(error.to_string().ends_with("empty: every output"), "{error}");

    let event = event(&json!([file_group(&["s3://dest/g/a.mp4"])]));
    let empty = BTreeMap::from([("g/a.mp4".to_owned(), 0)]);
    let job = JobComplete::read(&event).unwrap();
    let error = complete(record(), &job, event, &empty, String::new()).unwrap_err();
    assert!(error.to_string().ends_with("s3://dest/g/a.mp4"), "{error}");
}

#[test]
fn outputs_lie_in_the_workflows_folder() {
    for (path, says) in [
        ("s3://dest/h/a.mp4", "`s3://dest/g/`"),
        ("s3://other/g/a.mp4", "`s3://dest/g/`"),
        ("s3://dest/g/../h/a.mp4", "`s3://dest/g/`"),
        ("s3://dest/gg/a.mp4", "`s3://dest/g/`"),
        ("https://dest/g/a.mp4", "looked up"),
        ("s3://dest/", "looked up"),
    ] {
        let error = finish(&json!([file_group(&[path])]), &["h/a.mp4", "g/a.mp4", "g/../h/a.mp4"]).unwrap_err();
        assert_eq!(error.name(), ErrorName::InvalidEvent, "{path}");
        assert!(error.to_string().contains(path) && error.to_string().contains(says), "{error}");
    }
}

#[test]
fn other_events_are_refused() {
    let of = |detail: Value| JobComplete::read(&json!({ "detail": detail })).unwrap_err();
    let running = of(json!({"status": "PROGRESSING", "userMetadata": {"guid": "g"}}));
    assert_eq!(running.to_string(), "the job's status is PROGRESSING, not COMPLETE");
    for error in [
        running,
        of(json!({"status": "COMPLETE"})),
        of(json!({"status": "COMPLETE", "userMetadata": {"guid": ""}})),
        of(json!({"status": 1})),
        of(json!({"status": "COMPLETE", "outputGroupDetails": [{}]})),
        JobComplete::read(&json!(null)).unwrap_err(),
        JobComplete::read(&json!({"guid": "g"})).unwrap_err(),
    ] {
        assert_eq!(error.name(), ErrorName::InvalidEvent, "{error}");
    }
}

#[test]
fn all_outputs_are_billed() {
    let job = JobComplete::read(&event(&json!([
        file_group(&["s3://dest/g/a.mp4", "s3://dest/g/b.mp4"]),
        {"type": "DASH_ISO_GROUP", "outputDetails": [{"durationInMs": 90_000}, {}]},
    ])))
    .unwrap();
    assert!((job.output_minutes() - 2.5).abs() < 1e-9);
    assert_eq!(job.seconds_since(1_767_323_044_500), Some(0.5));
    assert_eq!(job.seconds_since(1_767_323_046_000), None, "clocks differ");
}

proptest! {
    /// Any playlist and file of the workflow's own folder gets an address; the lists of paths and addresses agree.
    #[test]
    fn any_key_is_published(names in prop::collection::btree_set("[^/\\x00]{1,40}", 1..6)) {
        let keys: Vec<_> = names.iter().map(|name| format!("g/mp4/{name}.mp4")).collect();
        let paths: Vec<_> = keys.iter().map(|key| format!("s3://dest/{key}")).collect();
        let paths: Vec<_> = paths.iter().map(String::as_str).collect();
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        let record = finish(&json!([file_group(&paths)]), &keys).unwrap();
        prop_assert_eq!(&record.outputs.mp4_outputs, &paths);
        for (url, key) in record.outputs.mp4_urls.iter().zip(keys) {
            let path = url.strip_prefix("https://d.cloudfront.net/").unwrap();
            prop_assert_eq!(crate::location::decode_listed_key(path), key);
        }
        prop_assert_eq!(record.outputs.output_bytes, Some(10 * names.len() as u64));
    }
}
