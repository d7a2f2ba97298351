//! `vod status`: whether the deployment is well.

use std::collections::BTreeMap;
use std::fmt::Write;

use aws::{Aws, DeployedStack, StackState, state_of, succeeded};
use jiff::{SignedDuration, Timestamp};
use operate::OperateError;
use operate::health::{Alarm, raised, running};
use operate::videos::{Video, Videos};
use owo_colors::OwoColorize as _;
use pipeline::record::WorkflowStatus;
use serde::Serialize;

use super::failure::Failure;
use super::moment::rounded;
use super::options::{DeploymentArgs, StackArgs, deployed};
use super::terminal::{WIDTH, block_on, fit, print, print_json, width, wrapped_to};

/// How many of the newest videos are looked at.
const NEWEST: usize = 100;

const MAX_FAILURES: usize = 5;

/// As long as an execution takes at most: who is in progress for longer does not go on.
const LONG: SignedDuration = SignedDuration::from_hours(24);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    deployment: DeploymentArgs,
    #[command(flatten)]
    stack: StackArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct StackHealth {
    name: String,
    region: String,
    /// None of a stack that is not deployed.
    status: Option<String>,
    /// When it was last changed.
    since: Option<String>,
    reason: Option<String>,
    /// Of the platform's own stack, where it can be asked.
    #[serde(flatten)]
    platform: Option<PlatformHealth>,
}

#[derive(Debug, Serialize)]
struct PlatformHealth {
    alarms: Vec<Alarm>,
    /// How many executions of each workflow run.
    running: BTreeMap<&'static str, usize>,
    videos: NewestVideos,
}

/// What is known of the newest videos.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct NewestVideos {
    /// How many were looked at.
    newest: usize,
    /// How many are in which status.
    by_status: BTreeMap<&'static str, usize>,
    /// Those that failed, the newest first.
    failed: Vec<FailedVideo>,
    /// That of those in progress which has been so for the longest time.
    longest_in_progress: Option<VideoInProgress>,
}

#[derive(Debug, Serialize)]
struct FailedVideo {
    guid: String,
    file: String,
    at: Option<String>,
    message: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct VideoInProgress {
    guid: String,
    title: String,
    status: WorkflowStatus,
    start_time: String,
}

impl PlatformHealth {
    async fn of(aws: &Aws, stack: &DeployedStack) -> Result<Self, OperateError> {
        let counts = running(aws, stack).await?.into_iter();
        Ok(Self {
            alarms: raised(aws, stack).await?,
            running: counts.map(|(workflow, count)| (workflow.into_str(), count)).collect(),
            videos: NewestVideos::of(&Videos::of(aws, stack)?.newest(NEWEST).await?),
        })
    }
}

impl NewestVideos {
    fn of(videos: &[Video]) -> Self {
        let mut found = Self { newest: videos.len(), ..Self::default() };
        for video in videos {
            *found.by_status.entry(video.workflow_status.into_str()).or_default() += 1;
        }
        let failed = videos.iter().filter(|video| video.workflow_status == WorkflowStatus::Error);
        found.failed = failed
            .map(|video| FailedVideo {
                guid: video.guid.clone(),
                file: video.file().to_owned(),
                at: video.workflow_error_at.clone(),
                message: video.error_message.clone(),
            })
            .collect();
        let oldest = videos.iter().filter(|video| video.is_at_work()).min_by_key(|video| &video.start_time);
        found.longest_in_progress = oldest.map(|video| VideoInProgress {
            guid: video.guid.clone(),
            title: video.title(),
            status: video.workflow_status,
            start_time: video.start_time.clone(),
        });
        found
    }
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let config = args.deployment.configuration()?;
    let target = args.stack.of(&config)?;
    let stacks = block_on(async {
        let aws = args.deployment.connect(&target).await?;
        let mut stacks = Vec::new();
        for (at, stack) in deployed(&aws, &target).await? {
            let mut health = StackHealth {
                name: at.name.clone(),
                region: at.region(&aws)?.to_owned(),
                status: stack.as_ref().map(|stack| stack.status.as_str().to_owned()),
                since: stack.as_ref().and_then(|stack| stack.changed.clone()),
                reason: stack.as_ref().and_then(|stack| stack.reason.clone()),
                platform: None,
            };
            let is_platform = at.name == config.name.as_str();
            if let Some(stack) = stack.filter(|stack| is_platform && state_of(&stack.status) == StackState::Ready) {
                health.platform = Some(PlatformHealth::of(&aws, &stack).await?);
            }
            stacks.push(health);
        }
        Ok(stacks)
    })?;
    if args.json {
        return print_json(&stacks);
    }
    print(&text(&stacks, width().unwrap_or(WIDTH), Timestamp::now()))
}

/// What a person reads, in lines of a width.
fn text(stacks: &[StackHealth], width: usize, now: Timestamp) -> String {
    let mut text = String::new();
    for StackHealth { name, region, status, since, reason, platform } in stacks {
        let Some(status) = status else {
            let _ = writeln!(text, "{name} in {region}: not deployed");
            continue;
        };
        let is_well = succeeded(&status.as_str().into());
        let status = if is_well { status.green().to_string() } else { status.red().bold().to_string() };
        let since = since.as_ref().map(|time| format!(" since {time}")).unwrap_or_default();
        let _ = writeln!(text, "{name} in {region}: {status}{since}");
        if let Some(reason) = reason {
            let _ = writeln!(text, "{}", wrapped_to(width, reason, "  "));
        }
        if let Some(platform) = platform {
            text.push_str(&platform.text(width, now));
        }
    }
    text
}

impl PlatformHealth {
    fn text(&self, width: usize, now: Timestamp) -> String {
        let mut text = String::new();
        for Alarm { name, description } in &self.alarms {
            let line = wrapped_to(width, &format!("ALARM {name}: {description}"), "  ");
            let _ = writeln!(text, "{}", line.red().bold());
        }
        if self.alarms.is_empty() {
            text.push_str("  no alarm is raised\n");
        }
        let running: Vec<String> = self
            .running
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|(workflow, count)| format!("{count} {workflow}"))
            .collect();
        let _ = match running.as_slice() {
            [] => writeln!(text, "  no workflow runs"),
            running => writeln!(text, "  workflows that run: {}", running.join(", ")),
        };
        let NewestVideos { newest, by_status, failed, longest_in_progress } = &self.videos;
        if *newest == 0 {
            text.push_str("  no videos yet\n");
            return text;
        }
        let counts: Vec<String> =
            by_status.iter().map(|(status, count)| format!("{count} {}", status.to_lowercase())).collect();
        let line = format!("of the newest {newest}: {}", counts.join(", "));
        let _ = writeln!(text, "{}", wrapped_to(width, &line, "  "));
        if let Some(VideoInProgress { guid, title, status, start_time }) = longest_in_progress {
            let age = start_time.parse().map(|start| now.duration_since(start)).ok();
            let time = age.and_then(|age| rounded(age.unsigned_abs()));
            let time = time.map_or_else(|| format!("since {start_time}"), |time| format!("for {time}"));
            let line = wrapped_to(width, &format!("longest in progress, {time}: {guid} {title} ({status})"), "  ");
            let is_long = age.is_none_or(|age| age > LONG);
            let _ = if is_long { writeln!(text, "{}", line.yellow()) } else { writeln!(text, "{line}") };
        }
        for FailedVideo { guid, file, at, .. } in failed.iter().take(MAX_FAILURES) {
            let place = at.as_deref().unwrap_or("the workflow");
            let line = format!("  {guid} {file} failed at {place}");
            let _ = writeln!(text, "{}", fit(&line, width).red());
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn shown(stacks: &[StackHealth], width: usize) -> String {
        text(stacks, width, "2026-01-02T12:00:00Z".parse().unwrap())
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    fn stack(status: Option<&str>, platform: Option<PlatformHealth>) -> StackHealth {
        StackHealth {
            name: "vod".to_owned(),
            region: "us-east-1".to_owned(),
            status: status.map(str::to_owned),
            since: status.map(|_| "2026-01-01T00:00:00Z".to_owned()),
            reason: None,
            platform,
        }
    }

    fn video(guid: &str, status: &str, time: &str, more: &Value) -> Video {
        let mut video =
            json!({ "guid": guid, "workflowStatus": status, "startTime": time, "srcVideo": "films/holiday.mp4" });
        video.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(video).unwrap()
    }

    fn troubled() -> PlatformHealth {
        let videos = [
            video("a-1", "Complete", "2026-01-02T09:00:00Z", &json!({})),
            video("b-2", "Error", "2026-01-02T08:00:00Z", &json!({ "workflowErrorAt": "encode" })),
            video("c-3", "Ingest", "2026-01-02T07:00:00Z", &json!({})),
            video("d-4", "Encoding", "2026-01-01T07:00:00.5Z", &json!({ "title": "Our holiday" })),
        ];
        PlatformHealth {
            alarms: vec![Alarm {
                name: "vod-event-dead-letters".to_owned(),
                description: "Events could not be handled. The queue has them.".to_owned(),
            }],
            running: [("ingest", 0), ("process", 2), ("publish", 1)].into(),
            videos: NewestVideos::of(&videos),
        }
    }

    #[test]
    fn failures_are_named_and_what_is_in_progress_for_long() {
        let stacks = [stack(None, None), stack(Some("UPDATE_COMPLETE"), Some(troubled()))];
        insta::assert_snapshot!(plain(&shown(&stacks, 80)), @r"
        vod in us-east-1: not deployed
        vod in us-east-1: UPDATE_COMPLETE since 2026-01-01T00:00:00Z
          ALARM vod-event-dead-letters: Events could not be handled. The queue has them.
          workflows that run: 2 process, 1 publish
          of the newest 4: 1 complete, 1 encoding, 1 error, 1 ingest
          longest in progress, for 28 h: d-4 Our holiday (Encoding)
          b-2 films/holiday.mp4 failed at encode
        ");
        insta::assert_snapshot!(plain(&shown(&stacks, 40)), @r"
        vod in us-east-1: not deployed
        vod in us-east-1: UPDATE_COMPLETE since 2026-01-01T00:00:00Z
          ALARM vod-event-dead-letters: Events
          could not be handled. The queue has
          them.
          workflows that run: 2 process, 1 publish
          of the newest 4: 1 complete, 1
          encoding, 1 error, 1 ingest
          longest in progress, for 28 h: d-4 Our
          holiday (Encoding)
          b-2 films/holiday.mp4 failed at encode
        ");
        insta::assert_snapshot!(shown(&stacks, 80).replace('\u{1b}', "␛"), @r"
        vod in us-east-1: not deployed
        vod in us-east-1: ␛[32mUPDATE_COMPLETE␛[39m since 2026-01-01T00:00:00Z
        ␛[1m␛[31m  ALARM vod-event-dead-letters: Events could not be handled. The queue has them.␛[39m␛[0m
          workflows that run: 2 process, 1 publish
          of the newest 4: 1 complete, 1 encoding, 1 error, 1 ingest
        ␛[33m  longest in progress, for 28 h: d-4 Our holiday (Encoding)␛[39m
        ␛[31m  b-2 films/holiday.mp4 failed at encode␛[39m
        ");
    }

    #[test]
    fn where_nothing_is_wrong_there_is_little_to_say() {
        let platform =
            PlatformHealth { alarms: Vec::new(), running: [("ingest", 0)].into(), videos: NewestVideos::of(&[]) };
        insta::assert_snapshot!(plain(&shown(&[stack(Some("UPDATE_COMPLETE"), Some(platform))], 80)), @r"
        vod in us-east-1: UPDATE_COMPLETE since 2026-01-01T00:00:00Z
          no alarm is raised
          no workflow runs
          no videos yet
        ");
        let recent = [video("c-3", "Ingest", "2026-01-02T11:59:30Z", &json!({}))];
        assert_eq!(NewestVideos::of(&recent).longest_in_progress.unwrap().guid, "c-3");
    }
}
