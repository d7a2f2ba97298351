//! Videos, for a person to read.

use std::collections::BTreeSet;
use std::fmt::Write;

use comfy_table::{Cell, Color, ColumnConstraint};
use jiff::Timestamp;
use operate::executions::Canceled;
use operate::removal::VideoRemoval;
use operate::videos::{Listed, More, Video};
use owo_colors::OwoColorize as _;
use pipeline::catalogue::given_title;
use pipeline::record::{Rendition, Stored, Warning, WorkflowStatus};
use serde::Serialize;
use serde_json::Value;

use crate::moment::{ago, playing};
use crate::terminal::{self, counted, megabytes, wrapped};
use crate::videos::Caches;

/// How much of a title is shown at least, before the table gets another column.
const MIN_TITLE: usize = 24;

/// How many characters of a guid are shown where there is no room for all of it.
const SHORT_GUID: usize = 8;

/// A video as a program reads it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row<'a> {
    guid: &'a str,
    workflow_status: WorkflowStatus,
    title: String,
    src_video: Option<&'a str>,
    src_metadata_file: Option<&'a str>,
    start_time: &'a str,
    end_time: Option<&'a str>,
    duration_in_ms: Option<u128>,
    output_bytes: Option<u64>,
    /// The address of its page in the player.
    player_url: Option<String>,
    error_message: Option<&'a str>,
    workflow_error_at: Option<&'a str>,
}

impl<'a> Row<'a> {
    pub(crate) fn of(video: &'a Video, page: Option<String>) -> Self {
        Self {
            guid: &video.guid,
            workflow_status: video.workflow_status,
            title: video.title(),
            src_video: video.src_video.as_deref(),
            src_metadata_file: video.src_metadata_file.as_deref(),
            start_time: &video.start_time,
            end_time: video.end_time.as_deref(),
            duration_in_ms: video.duration().map(|duration| duration.as_millis()),
            output_bytes: video.output_bytes,
            player_url: page,
            error_message: video.error_message.as_deref(),
            workflow_error_at: video.workflow_error_at.as_deref(),
        }
    }
}

/// A table as wide as a terminal, or, where it goes to a program, whole values with tabs between them.
pub(crate) fn list(
    videos: &[Video],
    page: impl Fn(&Video) -> Option<String>,
    width: Option<usize>,
    now: Timestamp,
) -> String {
    let pages: Vec<Option<String>> = videos.iter().map(page).collect();
    let length = |video: &Video| video.duration().map(playing).unwrap_or_default();
    let Some(width) = width else {
        let mut text = String::new();
        for (video, page) in videos.iter().zip(pages) {
            let (title, length, page) = (video.title(), length(video), page.unwrap_or_default());
            let (status, time, guid) = (video.workflow_status, seconds(&video.start_time), &video.guid);
            let _ = writeln!(text, "{status}\t{title}\t{length}\t{time}\t{guid}\t{}\t{page}", video.file());
        }
        return text;
    };
    if videos.is_empty() {
        return String::new();
    }
    let ages: Vec<String> = videos.iter().map(|video| ago(now, &video.start_time)).collect();
    let guids: Vec<&str> = videos.iter().map(|video| video.guid.as_str()).collect();
    let shortest = distinct(&guids);
    // Every column has a space on both sides.
    let with_spaces = |longest: Option<usize>, header: &str| longest.unwrap_or_default().max(header.len()) + 2;
    let status = with_spaces(guids.iter().map(|_| "Complete".len()).max(), "Status");
    let age = with_spaces(ages.iter().map(String::len).max(), "Arrived");
    let duration = with_spaces(videos.iter().map(|video| length(video).len()).max(), "Length");
    let guid = guids.iter().map(|guid| guid.len()).max();
    let link = pages.iter().flatten().map(String::len).max();
    // What is most wanted comes first, for as long as there is room.
    let mut room = width.saturating_sub(status + age + with_spaces(Some(shortest), "Id") + MIN_TITLE + 2);
    let mut fits = |columns: usize| {
        let fits = columns <= room;
        room -= if fits { columns } else { 0 };
        fits
    };
    let has_duration = fits(duration);
    let has_whole_guid = fits(guid.unwrap_or_default().saturating_sub(shortest));
    let has_link = has_whole_guid && link.is_some() && fits(with_spaces(link, "Player"));

    let mut header = vec!["Status", "Title", "Arrived", "Id"];
    if has_duration {
        header.insert(2, "Length");
    }
    if has_link {
        header.push("Player");
    }
    let mut table = terminal::table::<0>([]);
    table.set_header(header).set_width(u16::try_from(width).unwrap_or(u16::MAX)).force_no_tty().enforce_styling();
    for ((video, age), page) in videos.iter().zip(ages).zip(pages) {
        let guid = if has_whole_guid { &video.guid } else { video.guid.get(..shortest).unwrap_or(&video.guid) };
        let status = Cell::new(video.workflow_status).fg(match video.workflow_status {
            WorkflowStatus::Complete => Color::DarkGreen,
            WorkflowStatus::Error => Color::DarkRed,
            WorkflowStatus::Ingest | WorkflowStatus::Encoding => Color::DarkYellow,
        });
        let mut row = comfy_table::Row::from([status, Cell::new(video.title())]);
        if has_duration {
            row.add_cell(Cell::new(length(video)));
        }
        row.add_cell(Cell::new(age)).add_cell(Cell::new(guid));
        if has_link {
            row.add_cell(Cell::new(page.unwrap_or_default()));
        }
        row.max_height(1);
        table.add_row(row);
    }
    // The title gets what room is left.
    for (_, column) in table.column_iter_mut().enumerate().filter(|(index, _)| *index != 1) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    format!("{}\n", table.trim_fmt())
}

/// How many characters tell these guids apart.
fn distinct(guids: &[&str]) -> usize {
    let longest = guids.iter().map(|guid| guid.len()).max().unwrap_or_default();
    let tells_apart = |length: &usize| {
        let short: BTreeSet<&str> = guids.iter().map(|guid| guid.get(..*length).unwrap_or(guid)).collect();
        short.len() == guids.len()
    };
    (SHORT_GUID.min(longest)..longest).find(tells_apart).unwrap_or(longest)
}

/// What to do to see more, if there is more.
pub(crate) fn more(listed: &Listed) -> Option<String> {
    let twice = listed.videos.len() * 2;
    match listed.more {
        More::Exactly(0) => None,
        More::Exactly(count) => Some(format!("{count} more: `--all`, or `--limit {twice}`")),
        More::AtLeast(0) => Some(format!("There may be more: `--all`, or `--limit {twice}`")),
        More::AtLeast(count) => Some(format!("More than {count} more: `--all`, or `--limit {twice}`")),
    }
}

/// All about one, as far as its record goes: that of one that failed early has little.
pub(crate) fn record(stored: &Stored, title: Option<&Value>, addresses: &[(String, String)]) -> String {
    let (source, outputs, encoding) = (&stored.source, &stored.outputs, &stored.encoding);
    let mut out = format!("{}\n", stored.guid.bold());
    let status = stored.workflow_status;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let size = source.src_width.zip(source.src_height);
    for (name, value) in [
        ("title", given_title(title).unwrap_or_default()),
        ("status", status.map(coloured).unwrap_or_default()),
        (
            "source",
            source.src_video.as_ref().map(|key| format!("s3://{}/{key}", text(&source.src_bucket))).unwrap_or_default(),
        ),
        ("metadata", text(&source.src_metadata_file)),
        ("picture", size.map(|(width, height)| format!("{width}x{height}")).unwrap_or_default()),
        ("duration", Rendition::longest(&outputs.renditions).map(playing).unwrap_or_default()),
        ("template", text(&encoding.job_template)),
        ("job", text(&encoding.encode_job_id)),
        ("outputs", outputs.output_bytes.map(megabytes).unwrap_or_default()),
    ] {
        if !value.is_empty() {
            let _ = writeln!(out, "  {name:<10} {value}");
        }
    }
    let end = if status == Some(WorkflowStatus::Error) { "failed" } else { "published" };
    let history = [
        (Some(&stored.start_time), "arrived"),
        (encoding.encode_submit_time.as_ref(), "encoding began"),
        (stored.end_time.as_ref(), end),
    ];
    let known = |(time, what): (Option<&String>, _)| Some((time.filter(|time| !time.is_empty())?.clone(), what));
    let history: Vec<_> = history.into_iter().filter_map(known).collect();
    if !history.is_empty() {
        out.push_str("\nHistory\n");
    }
    for (time, what) in &history {
        let _ = writeln!(out, "  {} {what}", seconds(time));
    }
    if !outputs.renditions.is_empty() {
        out.push_str("\nRenditions\n");
    }
    for rendition in &outputs.renditions {
        let group = rendition.group.trim_end_matches("_GROUP").replace('_', " ");
        let size = rendition.width.zip(rendition.height);
        let size = size.map_or_else(|| "-".to_owned(), |(width, height)| format!("{width}x{height}"));
        let rate = rendition.average_bitrate.map(|bits| format!("{} kbit/s", bits.div_ceil(1000)));
        let quality = rendition.qvbr_avg_quality.map(|quality| format!("quality {quality:.1}"));
        let line =
            format!("  {group:<10} {size:<10} {:>12}  {}", rate.unwrap_or_default(), quality.unwrap_or_default());
        let _ = writeln!(out, "{}", line.trim_end());
    }
    if !addresses.is_empty() {
        out.push_str("\nTo watch\n");
    }
    for (name, address) in addresses {
        let _ = writeln!(out, "  {name:<10} {address}");
    }
    for Warning { at, error, message } in &stored.workflow_warnings {
        let _ = writeln!(out, "\n{}", format!("Warning at {at}: {error}").yellow().bold());
        let _ = writeln!(out, "{}", wrapped(message, "  "));
    }
    if let Some(message) = &stored.failure.error_message {
        let place = stored.failure.workflow_error_at.as_deref().unwrap_or("the workflow");
        let _ = writeln!(out, "\n{}", format!("Failed at {place}").red().bold());
        let _ = writeln!(out, "{}", wrapped(message, "  "));
        if let Some(link) = &stored.failure.error_details {
            let _ = writeln!(out, "  {link}");
        }
    }
    out
}

/// What is about to be tried again.
pub(crate) fn retries(videos: &[Video]) -> String {
    if videos.is_empty() {
        return "Nothing failed.\n".to_owned();
    }
    let mut out = format!("{}\n", format!("{} tried again:", are(videos.len())).bold());
    for video in videos {
        let place = video.workflow_error_at.as_deref().unwrap_or("the workflow");
        let _ = writeln!(out, "  {} {}: failed at {place}", video.guid, video.title());
    }
    out.push_str("What failed while it was encoded is encoded again; each job is charged.\n");
    out
}

/// What is about to be encoded again.
pub(crate) fn encodings(videos: &[Video]) -> String {
    let mut out = format!("{}\n", format!("{} encoded again; each job is charged:", are(videos.len())).bold());
    for video in videos {
        let length = video.duration().map(|duration| format!(" ({})", playing(duration))).unwrap_or_default();
        let _ = writeln!(out, "  {} {}{length}", video.guid, video.title());
    }
    out
}

/// `1 video is`, `2 videos are`.
fn are(count: usize) -> String {
    format!("{} {}", counted(count, "video"), if count == 1 { "is" } else { "are" })
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

/// What is about to be removed.
pub(crate) fn removals(removals: &[VideoRemoval], caches: Caches) -> String {
    let mut out = match removals {
        [] => return "Nothing is to be removed.\n".to_owned(),
        [removal] => of_removal(removal),
        removals => of_removals(removals),
    };
    if removals.iter().all(|removal| removal.sources.is_empty()) {
        let stays = if removals.len() == 1 {
            "The source stays; `--source` removes it"
        } else {
            "The sources stay; `--source` removes them"
        };
        let _ = writeln!(out, "{stays} as well.");
    }
    out.push_str(match caches {
        Caches::Kept => "CloudFront may show what it has cached for a day, without `--invalidate`.\n",
        Caches::Invalidated => "CloudFront forgets what it has cached, within minutes.\n",
    });
    out
}

fn of_removal(removal: &VideoRemoval) -> String {
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
    out
}

fn of_removals(removals: &[VideoRemoval]) -> String {
    let mut out = format!("{}\n", format!("{} removed for good:", are(removals.len())).bold());
    for VideoRemoval { guid, title, .. } in removals {
        let _ = writeln!(out, "  {guid} {title}");
    }
    let objects = removals.iter().map(|removal| removal.outputs.versions).sum();
    let bytes = removals.iter().map(|removal| removal.outputs.bytes).sum();
    let _ = writeln!(out, "With them go");
    let _ = writeln!(out, "  {}, {}, every version counted", counted(objects, "output"), megabytes(bytes));
    for (count, what) in [
        (removals.iter().filter(|removal| removal.asset.is_some()).count(), "MediaPackage asset"),
        (removals.iter().map(|removal| removal.sources.len()).sum(), "uploaded file"),
    ] {
        if count > 0 {
            let _ = writeln!(out, "  {}", counted(count, what));
        }
    }
    out.push_str("  their entries in the catalogue and their records\n");
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

fn coloured(status: WorkflowStatus) -> String {
    let word = status.into_str();
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

    /// With the escapes of colours where they can be read.
    fn coloured_text(text: &str) -> String {
        text.replace('\u{1b}', "␛")
    }

    fn shown(record: &Value) -> String {
        let addresses = addresses(record);
        plain(&super::record(&Stored::read(record).unwrap(), record.get("title"), &addresses))
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
            "endTime": "2026-01-02T03:14:05Z", "outputBytes": 123_456_789, "title": "  Our\n holiday ",
            "renditions": [
                {"group": "HLS_GROUP", "durationInMs": 634_600, "width": 1920, "height": 1080, "averageBitrate": 4_000_001,
                    "qvbrAvgQuality": 7.44},
                {"group": "DASH_ISO_GROUP", "durationInMs": 634_500, "averageBitrate": 128_000},
                {"group": "FILE_GROUP", "width": 320, "height": 180},
            ],
            "hlsUrl": "https://d1.cloudfront.net/0b1f4d0e/hls/holiday.m3u8",
            "mp4Urls": ["https://d1.cloudfront.net/0b1f4d0e/mp4/holiday_1080p.mp4"],
            "workflowWarnings": [{
                "at": "media-package-assets", "error": "QuotaReached",
                "message": "cannot create the asset `0b1f4d0e`: UnprocessableEntityException: Asset limit exceeded for this packaging group",
            }],
        }));
        insta::assert_snapshot!(shown(&finished), @r"
        0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10
          title      Our holiday
          status     Complete
          source     s3://vod-source/films/holiday.mp4
          picture    1920x1080
          duration   10:35
          template   vod-1080p-4f2a
          job        1700000000000-abcdef
          outputs    123.4 MB

        History
          2026-01-02T03:04:05Z arrived
          2026-01-02T03:04:15Z encoding began
          2026-01-02T03:14:05Z published

        Renditions
          HLS        1920x1080   4001 kbit/s  quality 7.4
          DASH ISO   -            128 kbit/s
          FILE       320x180

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
        insta::assert_snapshot!(shown(&failed), @r"
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

    fn video(guid: &str, status: &str, time: &str, more: &Value) -> Video {
        let mut video = json!({ "guid": guid, "workflowStatus": status, "startTime": time });
        video.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(video).unwrap()
    }

    fn videos() -> [Video; 4] {
        let renditions = |millis: u64| json!([{ "group": "HLS_GROUP", "durationInMs": millis }]);
        [
            video(
                "6a308a53-7c1f-5a64-9d0e-8a0f7f3f3f10",
                "Complete",
                "2026-01-02T11:48:00.5Z",
                &json!({ "title": "Our holiday", "srcVideo": "films/x.mp4", "renditions": renditions(24_000) }),
            ),
            video(
                "0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f11",
                "Encoding",
                "2026-01-02T09:00:00Z",
                &json!({ "srcVideo": "films/a very long name of a film that nobody has heard of, the director's cut.mov" }),
            ),
            video(
                "0b1f4d0f-7c1f-5a64-9d0e-8a0f7f3f3f12",
                "Error",
                "2026-01-01T09:00:00Z",
                &json!({ "srcMetadataFile": "a.json" }),
            ),
            video(
                "75e30536-7c1f-5a64-9d0e-8a0f7f3f3f13",
                "Complete",
                "2025-01-02T03:04:05Z",
                &json!({ "title": "جولة 海の映画と長い題名", "srcVideo": "y.mp4", "renditions": renditions(3_723_000) }),
            ),
        ]
    }

    fn listed(width: Option<usize>) -> String {
        let page = |video: &Video| Some(format!("https://d1.cloudfront.net/#/v/{}", video.guid));
        list(&videos(), page, width, "2026-01-02T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_list_on_a_terminal_of_80_columns() {
        insta::assert_snapshot!(plain(&listed(Some(80))), @r"
         Status    Title                                  Length   Arrived     Id
        ────────────────────────────────────────────────────────────────────────────────
         Complete  Our holiday                            0:24     11 min ago  6a308a53
         Encoding  a very long name of a film that…                3 h ago     0b1f4d0e
         Error     a.json                                          27 h ago    0b1f4d0f
         Complete  جولة 海の映画と長い題名                1:02:03  2025-01-02  75e30536
        ");
        insta::assert_snapshot!(coloured_text(&listed(Some(80))).lines().nth(2).unwrap(), @"␛[38;5;2m Complete ␛[39m Our holiday                            0:24     11 min ago  6a308a53");
    }

    #[test]
    fn a_narrow_terminal_has_fewer_columns_and_a_wide_one_more() {
        insta::assert_snapshot!(plain(&listed(Some(40))), @r"
         Status    Title   Arrived     Id
        ────────────────────────────────────────
         Complete  Our…    11 min ago  6a308a53
         Encoding  a ver…  3 h ago     0b1f4d0e
         Error     a.json  27 h ago    0b1f4d0f
         Complete  جولة…   2025-01-02  75e30536
        ");
        insta::assert_snapshot!(coloured_text(&listed(Some(40))).lines().nth(4).unwrap(), @"␛[38;5;1m Error    ␛[39m a.json  27 h ago    0b1f4d0f");
        insta::assert_snapshot!(plain(&listed(Some(120))), @r"
         Status    Title                                              Length   Arrived     Id
        ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
         Complete  Our holiday                                        0:24     11 min ago  6a308a53-7c1f-5a64-9d0e-8a0f7f3f3f10
         Encoding  a very long name of a film that nobody has heard…           3 h ago     0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f11
         Error     a.json                                                      27 h ago    0b1f4d0f-7c1f-5a64-9d0e-8a0f7f3f3f12
         Complete  جولة 海の映画と長い題名                            1:02:03  2025-01-02  75e30536-7c1f-5a64-9d0e-8a0f7f3f3f13
        ");
        insta::assert_snapshot!(plain(&listed(Some(200))).lines().nth(2).unwrap(), @" Complete  Our holiday                                               0:24     11 min ago  6a308a53-7c1f-5a64-9d0e-8a0f7f3f3f10  https://d1.cloudfront.net/#/v/6a308a53-7c1f-5a64-9d0e-8a0f7f3f3f10");
    }

    #[test]
    fn a_program_gets_whole_values() {
        insta::assert_snapshot!(listed(None).replace('\t', " | "), @r"
        Complete | Our holiday | 0:24 | 2026-01-02T11:48:00Z | 6a308a53-7c1f-5a64-9d0e-8a0f7f3f3f10 | films/x.mp4 | https://d1.cloudfront.net/#/v/6a308a53-7c1f-5a64-9d0e-8a0f7f3f3f10
        Encoding | a very long name of a film that nobody has heard of, the director's cut.mov |  | 2026-01-02T09:00:00Z | 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f11 | films/a very long name of a film that nobody has heard of, the director's cut.mov | https://d1.cloudfront.net/#/v/0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f11
        Error | a.json |  | 2026-01-01T09:00:00Z | 0b1f4d0f-7c1f-5a64-9d0e-8a0f7f3f3f12 | a.json | https://d1.cloudfront.net/#/v/0b1f4d0f-7c1f-5a64-9d0e-8a0f7f3f3f12
        Complete | جولة 海の映画と長い題名 | 1:02:03 | 2025-01-02T03:04:05Z | 75e30536-7c1f-5a64-9d0e-8a0f7f3f3f13 | y.mp4 | https://d1.cloudfront.net/#/v/75e30536-7c1f-5a64-9d0e-8a0f7f3f3f13
        ");
        assert_eq!(list(&[], |_| None, None, Timestamp::UNIX_EPOCH), "");
        assert_eq!(list(&[], |_| None, Some(80), Timestamp::UNIX_EPOCH), "");
    }

    #[test]
    fn as_many_characters_of_guids_as_tell_them_apart() {
        assert_eq!(distinct(&["0123456789", "0123456788"]), 10);
        assert_eq!(distinct(&["0123456789", "0123456889"]), 8);
        assert_eq!(distinct(&["g", "h"]), 1);
    }

    #[test]
    fn more_than_is_listed() {
        let more = |more| super::more(&Listed { videos: videos().to_vec(), more }).unwrap_or_default();
        assert_eq!(more(More::Exactly(0)), "");
        assert_eq!(more(More::Exactly(3)), "3 more: `--all`, or `--limit 8`");
        assert_eq!(more(More::AtLeast(80)), "More than 80 more: `--all`, or `--limit 8`");
        assert_eq!(more(More::AtLeast(0)), "There may be more: `--all`, or `--limit 8`");
    }
}
