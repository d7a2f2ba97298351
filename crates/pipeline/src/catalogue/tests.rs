//! The catalogue's rules, by example and by property.

use proptest::prelude::*;
use serde_json::{Value, json};
use strum::VariantArray as _;

use super::*;
use crate::record::{Record, WorkflowStatus, sample};

fn record(status: &str, more: &Value) -> Record {
    let mut members = json!({
        "guid": "5d8c", "workflowStatus": status, "srcBucket": "private-source",
        "srcVideo": "in box/summer_by the\u{7} sea.v2.MP4",
    });
    members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    sample(&members)
}

fn complete() -> Value {
    json!({
        "hlsPlaylist": "s3://destination/5d8c/hls/a b.m3u8",
        "dashPlaylist": "s3://destination/5d8c/dash/a b.mpd",
        "mp4Outputs": ["s3://destination/5d8c/mp4/a b.mp4"],
        "thumbNails": ["s3://destination/5d8c/thumbnails/a b_thumb.0000012.jpg"],
        "frameCaptures": [{"folder": "s3://destination/5d8c/thumbnails/", "count": 13,
            "first": "a b_thumb.0000000.jpg", "last": "a b_thumb.0000012.jpg"}],
        "renditions": [
            {"group": "HLS_GROUP", "durationInMs": 63_040, "width": 1280, "height": 720},
            {"group": "HLS_GROUP", "durationInMs": 63_000, "width": 1920, "height": 1080},
            {"group": "HLS_GROUP", "durationInMs": 63_000},
        ],
        "encodingJob": {"Settings": {"OutputGroups": [{"Outputs": [{"VideoDescription": {"CodecSettings": {
            "FrameCaptureSettings": {"FramerateNumerator": 1, "FramerateDenominator": 5}}}}]}]}},
    })
}

fn entry(status: &str, more: &Value, changed: i64) -> Entry {
    Entry::of_record(&record(status, more), "destination", changed).unwrap()
}

#[test]
fn a_published_video_is_all_that_the_page_needs_and_nothing_private() {
    let entry = entry("Complete", &complete(), 1_767_323_045_123);
    insta::assert_snapshot!(serde_json::to_string_pretty(&entry).unwrap(), @r#"
        {
          "id": "5d8c",
          "title": "summer by the sea.v2",
          "status": "Complete",
          "added": "2026-01-02T03:04:05Z",
          "changed": 1767323045123,
          "seconds": 63.04,
          "width": 1920,
          "height": 1080,
          "poster": "5d8c/thumbnails/a%20b_thumb.0000002.jpg",
          "storyboard": {
            "before": "5d8c/thumbnails/a%20b_thumb.",
            "after": ".jpg",
            "digits": 7,
            "count": 13,
            "seconds": 5.0
          },
          "streams": {
            "hls": "5d8c/hls/a%20b.m3u8",
            "dash": "5d8c/dash/a%20b.mpd",
            "mp4": "5d8c/mp4/a%20b.mp4"
          }
        }
    "#);
}

#[test]
fn a_video_that_is_not_there_yet_has_a_title_and_a_status() {
    let text = serde_json::to_string(&entry("Ingest", &json!({}), 7)).unwrap();
    insta::assert_snapshot!(text, @r#"{"id":"5d8c","title":"summer by the sea.v2","status":"Ingest","added":"2026-01-02T03:04:05Z","changed":7,"streams":{}}"#);
}

#[test]
fn titles() {
    let title = |file: &str, more: Value| entry("Ingest", &json!({"srcVideo": file, "title": more}), 1).title;
    assert_eq!(title("a/b.mp4", json!("  The\n sea ")), "The sea");
    assert_eq!(title("a/b.mp4", json!(" ")), "b");
    assert_eq!(title("a/b.mp4", json!(3)), "b");
    assert_eq!(title("a/.mp4", json!(null)), ".mp4");
    assert_eq!(title("b", json!(null)), "b");
    assert_eq!(title("<script>.mp4", json!(null)), "<script>");
    assert_eq!(title("b", json!("ü".repeat(500))).chars().count(), 161);
}

#[test]
fn outputs_elsewhere_are_not_named() {
    assert_eq!(Entry::of_record(&record("Complete", &complete()), "other", 1), None);
    let odd = json!({"hlsPlaylist": "s3://destination/5d8c/../x.m3u8", "dashPlaylist": "s3://other/5d8c/x.mpd"});
    assert_eq!(entry("Complete", &odd, 1).streams, Streams::default());
}

#[test]
fn a_video_that_is_not_to_be_listed_has_no_entry() {
    let of = |listed: Value| Entry::of_record(&record("Complete", &json!({"listed": listed})), "destination", 1);
    assert_eq!(of(json!(false)), None);
    assert!(of(json!(true)).is_some() && of(json!("no")).is_some());
}

#[test]
fn a_picture_of_ones_own_comes_before_those_of_the_video() {
    let poster = |place: &str| {
        let captures = json!([{"folder": "s3://destination/5d8c/", "count": 1, "first": "a.0.jpg", "last": "a.0.jpg"}]);
        let renditions = json!([{"group": "HLS_GROUP", "durationInMs": 10_000}]);
        entry("Complete", &json!({"poster": place, "frameCaptures": captures, "renditions": renditions}), 1).poster
    };
    assert_eq!(poster("s3://destination/5d8c/poster/1.png").unwrap(), "5d8c/poster/1.png");
    for elsewhere in ["s3://other/5d8c/poster/1.png", "s3://destination/other/1.png", "mine.png"] {
        assert_eq!(poster(elsewhere).unwrap(), "5d8c/a.0.jpg", "{elsewhere}");
    }
}

#[test]
fn pictures_of_other_names_make_no_storyboard() {
    let of = |count: usize, first: &str, last: &str| {
        let captures = |count, first, last| json!({"folder": "s3://destination/5d8c/", "count": count, "first": first, "last": last});
        let captures = [captures(count, first, last), captures(1, "b.00.jpg", "b.00.jpg")];
        let more = json!({"frameCaptures": captures, "renditions": [{"group": "HLS_GROUP", "durationInMs": 10_000}]});
        entry("Complete", &more, 1).storyboard
    };
    assert_eq!(of(1, "poster.jpg", "poster.jpg"), None);
    assert_eq!(of(1, "a.0000001.jpg", "a.0000001.jpg"), None);
    assert_eq!(of(2, "a.00.jpg", "a.02.jpg"), None, "there is a gap");
    assert_eq!(of(0, "a.00.jpg", "a.00.jpg"), None);
    let two = of(2, "a.00.jpg", "a.01.jpg").unwrap();
    assert_eq!((two.count, two.digits, two.path(1).as_str()), (2, 2, "5d8c/a.01.jpg"));
    assert!((two.seconds - 5.0).abs() < 1e-9, "without the job's settings: spread over the video");
}

#[test]
fn a_failure_keeps_what_is_known() {
    let known = Catalogue::default().with(entry("Encoding", &json!({}), 5)).unwrap();
    let failed = known.with(Entry::of_failure("5d8c", &json!({}), "2026-01-02T04:00:00Z", 9)).unwrap();
    let video = &failed.videos[0];
    assert_eq!((video.status, video.title.as_str()), (WorkflowStatus::Error, "summer by the sea.v2"));
    assert_eq!(video.added, "2026-01-02T03:04:05Z");

    let report = json!({"srcVideo": "a/letter.mp4", "startTime": "2026-01-02T03:04:05Z", "error": {"Cause": "s3://x"}});
    let alone = Entry::of_failure("g", &report, "now", 9);
    assert_eq!((alone.title.as_str(), alone.added.as_str()), ("letter", "2026-01-02T03:04:05Z"));
    assert!(!serde_json::to_string(&alone).unwrap().contains("s3://"));
}

#[test]
fn a_video_is_taken_out_alone() {
    let other = Entry { id: "6e9d".to_owned(), ..entry("Ingest", &json!({}), 1) };
    let alone = Catalogue::default().with(other.clone()).unwrap();
    let both = alone.with(entry("Complete", &complete(), 5)).unwrap();
    assert_eq!(both.without("5d8c"), Some(alone.clone()));
    assert_eq!(alone.without("5d8c"), None, "nothing to write");
    assert_eq!(alone.without("6e9d"), Some(Catalogue::default()));
}

#[test]
fn files_by_the_first_digit() {
    assert_eq!(key("5d8c"), "catalogue/5.json");
    assert_eq!(key("F"), "catalogue/f.json");
    assert_eq!((key("guid"), key("")), ("catalogue/0.json".to_owned(), "catalogue/0.json".to_owned()));
    let all: Vec<_> = keys().collect();
    assert_eq!((all.len(), all[0].as_str(), all[15].as_str()), (16, "catalogue/0.json", "catalogue/f.json"));
}

#[test]
fn pauses_differ_and_end() {
    let of = |id: &str| (0..MAX_ATTEMPTS).map(|lost| backoff(id, lost)).collect::<Vec<_>>();
    let (one, other) = (of("5d8c"), of("5d8d"));
    assert_ne!(one, other);
    assert!(one.iter().all(|pause| *pause <= MAX_BACKOFF));
    assert!(one.iter().sum::<Duration>() < Duration::from_secs(18), "{one:?}");
}

#[test]
fn the_oldest_leave_a_full_file() {
    let mut file = Catalogue::default();
    for number in 0..MAX_VIDEOS + 3 {
        let mut entry = entry("Ingest", &json!({}), 1);
        entry.id = format!("{number:05}");
        entry.added = format!("2026-01-02T03:{number:05}");
        file = file.with(entry).unwrap();
    }
    assert_eq!(file.videos.len(), MAX_VIDEOS);
    assert_eq!(file.videos.last().unwrap().id, "00003");
    let old = Entry { id: "old".to_owned(), added: "2025".to_owned(), ..file.videos[0].clone() };
    assert_eq!(file.with(old), None, "nothing to write");
    assert!(file.write().len() < 200_000);
    assert_eq!(Catalogue::read(file.write().as_bytes()).unwrap(), file);
}

proptest! {
    /// Whatever the order and however often, all events together make one catalogue; complete videos stay complete.
    #[test]
    fn order_and_repeats_do_not_matter(
        events in prop::collection::vec((0..3_u32, 0..4_usize, 0..20_i64), 1..12)
            .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
    ) {
        let of = |(video, status, changed): (u32, usize, i64)| {
            let status = WorkflowStatus::VARIANTS[status];
            let id = format!("{video}");
            if status == WorkflowStatus::Error {
                return Entry::of_failure(&id, &json!({}), "2026-01-02T03:04:06Z", changed);
            }
            let more = if status == WorkflowStatus::Complete { complete() } else { json!({}) };
            Entry { id, ..entry(status.into_str(), &more, changed) }
        };
        let all = |events: &[(u32, usize, i64)]| {
            let twice = events.iter().chain(events);
            twice.fold(Catalogue::default(), |file, event| file.with(of(*event)).unwrap_or(file))
        };
        let (ordered, shuffled) = (all(&events.0), all(&events.1));
        prop_assert_eq!(&ordered, &shuffled);
        for video in &ordered.videos {
            let complete = events.0.iter().any(|(id, status, _)| {
                id.to_string() == video.id && WorkflowStatus::VARIANTS[*status] == WorkflowStatus::Complete
            });
            prop_assert_eq!(complete, video.status == WorkflowStatus::Complete);
        }
    }
}
