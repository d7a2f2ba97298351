//! Videos, for a person to read.

use std::fmt::Write;

use operate::executions::Canceled;
use operate::removal::VideoRemoval;
use operate::videos::Video;
use owo_colors::OwoColorize as _;
use pipeline::record::{Warning, WorkflowStatus};
use serde::Deserialize as _;
use serde_json::Value;

use crate::terminal::{WIDTH, counted, fit, megabytes, wrapped};

pub(crate) fn list(videos: &[Video]) -> String {
    let mut text = String::new();
    for video in videos {
        let status = coloured(video.workflow_status, 8);
        // An id is there to be copied, so it is the name that gets what room is left.
        let room = WIDTH.saturating_sub(8 + 1 + 20 + 1 + video.guid.chars().count() + 1);
        let name = fit(video.file(), room.max(10));
        let _ = writeln!(text, "{status} {} {} {name}", seconds(&video.start_time), video.guid);
    }
    if videos.is_empty() {
        text.push_str("There is no video yet: `vod outputs SourceBucket` names the bucket to upload to.\n");
    }
    text
}

/// All about one, as far as its record goes: that of one that failed early has little.
pub(crate) fn record(record: &Value) -> String {
    let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
    let mut out = format!("{}\n", text("guid").bold());
    let status: Option<WorkflowStatus> = serde_json::from_value(record["workflowStatus"].clone()).ok();
    let size = record["srcWidth"].as_u64().zip(record["srcHeight"].as_u64());
    let bytes = record["outputBytes"].as_u64();
    for (name, value) in [
        ("status", status.map(|status| coloured(status, 0)).unwrap_or_default()),
        (
            "source",
            record["srcVideo"].as_str().map(|key| format!("s3://{}/{key}", text("srcBucket"))).unwrap_or_default(),
        ),
        ("metadata", text("srcMetadataFile")),
        ("picture", size.map(|(width, height)| format!("{width}x{height}")).unwrap_or_default()),
        ("template", text("jobTemplate")),
        ("job", text("encodeJobId")),
        ("outputs", bytes.map(megabytes).unwrap_or_default()),
    ] {
        if !value.is_empty() {
            let _ = writeln!(out, "  {name:<10} {value}");
        }
    }
    let end = if status == Some(WorkflowStatus::Error) { "failed" } else { "published" };
    let history = [("startTime", "arrived"), ("encodeSubmitTime", "encoding began"), ("endTime", end)];
    out.push_str("\nHistory\n");
    for (time, what) in history.map(|(name, what)| (text(name), what)).iter().filter(|(time, _)| !time.is_empty()) {
        let _ = writeln!(out, "  {} {what}", seconds(time));
    }
    let addresses = addresses(record);
    if !addresses.is_empty() {
        out.push_str("\nTo watch\n");
    }
    for (name, address) in addresses {
        let _ = writeln!(out, "  {name:<10} {address}");
    }
    let warnings = record["workflowWarnings"].as_array().into_iter().flatten();
    for Warning { at, error, message } in warnings.filter_map(|warning| Warning::deserialize(warning).ok()) {
        let _ = writeln!(out, "\n{}", format!("Warning at {at}: {error}").yellow().bold());
        let _ = writeln!(out, "{}", wrapped(&message, "  "));
    }
    if let Some(message) = record["errorMessage"].as_str() {
        let place = record["workflowErrorAt"].as_str().unwrap_or("the workflow");
        let _ = writeln!(out, "\n{}", format!("Failed at {place}").red().bold());
        let _ = writeln!(out, "{}", wrapped(message, "  "));
        if let Some(link) = record["errorDetails"].as_str() {
            let _ = writeln!(out, "  {link}");
        }
    }
    out
}

pub(crate) fn canceled(canceled: &Canceled) -> String {
    let mut out = String::new();
    for execution in &canceled.executions {
        let _ = writeln!(out, "Stopped the {} workflow.", execution.workflow.into_str());
    }
    match &canceled.job {
        Some(job) => {
            let _ = writeln!(out, "MediaConvert cancels the job {job}.\nThe record says so when it is done.");
        }
        None => out.push_str("The record says that the video was canceled.\n"),
    }
    out
}

pub(crate) fn removal(removal: &VideoRemoval) -> String {
    let VideoRemoval { guid, destination, outputs, asset, catalogue, sources, .. } = removal;
    let mut out = format!("{}\n", format!("{guid} is removed for good:").bold());
    let size = format!("{}, {}", counted(outputs.versions, "object"), megabytes(outputs.bytes));
    let _ = writeln!(out, "  s3://{destination}/{guid}/\n    {size}, every version counted");
    if let Some(asset) = asset {
        let _ = writeln!(out, "  the MediaPackage asset {asset}");
    }
    if let Some(file) = catalogue {
        let _ = writeln!(out, "  its entry in {file}");
    }
    for source in sources {
        let _ = writeln!(out, "  s3://{}/{}", source.bucket, source.key);
    }
    out.push_str("  its record\n");
    if sources.is_empty() {
        out.push_str("The source stays; `--source` removes it as well.\n");
    }
    out.push_str("CloudFront may show what it has cached for a day.\n");
    out
}

/// The addresses in a record, each as a person calls it.
pub(crate) fn addresses(record: &Value) -> Vec<(String, String)> {
    let single = [
        ("HLS", "hlsUrl"),
        ("DASH", "dashUrl"),
        ("CMAF HLS", "cmafHlsUrl"),
        ("CMAF DASH", "cmafDashUrl"),
        ("Smooth", "mssUrl"),
    ];
    let single = single.into_iter().map(|(name, member)| (name.to_owned(), &record[member]));
    let files = record["mp4Urls"].as_array().into_iter().flatten().map(|url| ("MP4".to_owned(), url));
    let packaged = record["egressEndpoints"].as_object().into_iter().flatten();
    let packaged = packaged.map(|(name, url)| (format!("packaged {name}"), url));
    let all = single.chain(files).chain(packaged);
    all.filter_map(|(name, url)| Some((name, url.as_str()?.to_owned()))).collect()
}

/// A moment to the second: `2026-01-02T03:04:05Z`.
fn seconds(time: &str) -> String {
    match time.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => time.to_owned(),
    }
}

fn coloured(status: WorkflowStatus, width: usize) -> String {
    let word = format!("{:<width$}", status.into_str());
    match status {
        WorkflowStatus::Complete => word.green().to_string(),
        WorkflowStatus::Error => word.red().bold().to_string(),
        WorkflowStatus::Ingest | WorkflowStatus::Encoding => word.yellow().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    fn record_of(more: &Value) -> Value {
        let mut record = json!({
            "guid": "0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10", "startTime": "2026-01-02T03:04:05.678Z",
            "workflowTrigger": "Video", "workflowStatus": "Complete", "workflowName": "vod",
            "srcBucket": "vod-source", "srcVideo": "films/holiday.mp4", "srcHeight": 1080, "srcWidth": 1920,
            "destBucket": "vod-destination", "cloudFront": "d1.cloudfront.net", "frameCapture": true,
            "archiveSource": "DISABLED", "jobTemplate_2160p": "u", "jobTemplate_1080p": "f", "jobTemplate_720p": "h",
            "inputRotate": "AUTO", "acceleratedTranscoding": "DISABLED", "enableSns": true, "enableSqs": true,
            "enableMediaPackage": false, "jobTemplate": "vod-1080p-4f2a", "encodeJobId": "1700000000000-abcdef",
            "encodeSubmitTime": "2026-01-02T03:04:15Z",
        });
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        record
    }

    #[test]
    fn a_finished_video() {
        let finished = record_of(&json!({
            "endTime": "2026-01-02T03:14:05Z", "outputBytes": 123_456_789,
            "hlsUrl": "https://d1.cloudfront.net/0b1f4d0e/hls/holiday.m3u8",
            "mp4Urls": ["https://d1.cloudfront.net/0b1f4d0e/mp4/holiday_1080p.mp4"],
            "workflowWarnings": [{
                "at": "media-package-assets", "error": "QuotaReached",
                "message": "cannot create the asset `0b1f4d0e`: UnprocessableEntityException: Asset limit exceeded for this packaging group",
            }],
        }));
        insta::assert_snapshot!(plain(&record(&finished)), @r"
        0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10
          status     Complete
          source     s3://vod-source/films/holiday.mp4
          picture    1920x1080
          template   vod-1080p-4f2a
          job        1700000000000-abcdef
          outputs    123.4 MB

        History
          2026-01-02T03:04:05Z arrived
          2026-01-02T03:04:15Z encoding began
          2026-01-02T03:14:05Z published

        To watch
          HLS        https://d1.cloudfront.net/0b1f4d0e/hls/holiday.m3u8
          MP4        https://d1.cloudfront.net/0b1f4d0e/mp4/holiday_1080p.mp4

        Warning at media-package-assets: QuotaReached
          cannot create the asset `0b1f4d0e`: UnprocessableEntityException: Asset limit
          exceeded for this packaging group
        ");
    }

    #[test]
    fn a_video_that_failed() {
        let failed = record_of(&json!({
            "workflowStatus": "Error", "endTime": "2026-01-02T03:05:00Z", "workflowErrorAt": "encode",
            "errorMessage": "MediaConvert refused the job: 1030: Video codec [av2] of the input is not supported, and there is no other track",
            "errorDetails": "https://console.aws.amazon.com/states/",
        }));
        insta::assert_snapshot!(plain(&record(&failed)), @r"
        0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10
          status     Error
          source     s3://vod-source/films/holiday.mp4
          picture    1920x1080
          template   vod-1080p-4f2a
          job        1700000000000-abcdef

        History
          2026-01-02T03:04:05Z arrived
          2026-01-02T03:04:15Z encoding began
          2026-01-02T03:05:00Z failed

        Failed at encode
          MediaConvert refused the job: 1030: Video codec [av2] of the input is not
          supported, and there is no other track
          https://console.aws.amazon.com/states/
        ");
    }

    #[test]
    fn a_list_of_videos() {
        let video = |status, name: &str| Video {
            guid: "0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10".to_owned(),
            workflow_status: status,
            src_video: Some(name.to_owned()),
            src_metadata_file: None,
            start_time: "2026-01-02T03:04:05.678Z".to_owned(),
            error_message: None,
            workflow_error_at: None,
        };
        let videos = [
            video(WorkflowStatus::Complete, "holiday.mp4"),
            video(WorkflowStatus::Error, "films/a-very-long-name-of-a-video.mov"),
            video(WorkflowStatus::Encoding, "x.mkv"),
        ];
        insta::assert_snapshot!(plain(&list(&videos)), @r"
        Complete 2026-01-02T03:04:05Z 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 holiday.mp4
        Error    2026-01-02T03:04:05Z 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 films/…eo.mov
        Encoding 2026-01-02T03:04:05Z 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 x.mkv
        ");
        assert!(list(&[]).starts_with("There is no video yet"));
    }
}
