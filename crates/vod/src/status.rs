//! `vod status`: whether the deployment is well.

use std::fmt::Write;

use aws::{DeployedStack, StackState, state_of, succeeded};
use operate::health::{Alarm, raised, running};
use operate::videos::{Video, Videos, counts};
use owo_colors::OwoColorize as _;
use pipeline::contract::Workflow;
use pipeline::record::WorkflowStatus;

use super::failure::Failure;
use super::options::{DeploymentArgs, StackArgs, deployed};
use super::terminal::{WIDTH, block_on, fit, print, wrapped};

/// How many of the newest videos are looked at.
const NEWEST: usize = 100;

const MAX_FAILURES: usize = 5;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    deployment: DeploymentArgs,
    #[command(flatten)]
    stack: StackArgs,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let config = args.deployment.configuration()?;
    let target = args.stack.of(&config)?;
    let text = block_on(async {
        let aws = args.deployment.connect(&target).await?;
        let mut text = String::new();
        for (at, stack) in deployed(&aws, &target).await? {
            text.push_str(&stack_line(&at.name, at.region(&aws)?, stack.as_ref()));
            let is_platform = at.name == config.name.as_str();
            if let Some(stack) = stack.filter(|stack| is_platform && state_of(&stack.status) == StackState::Ready) {
                text.push_str(&alarms(&raised(&aws, &stack).await?));
                text.push_str(&at_work(&running(&aws, &stack).await?));
                text.push_str(&pipeline(&Videos::of(&aws, &stack)?.newest(NEWEST).await?));
            }
        }
        Ok(text)
    })?;
    print(&text)
}

fn stack_line(name: &str, region: &str, stack: Option<&DeployedStack>) -> String {
    let Some(stack) = stack else { return format!("{name} in {region}: not deployed\n") };
    let status = stack.status.as_str();
    let status = if succeeded(&stack.status) { status.green().to_string() } else { status.red().bold().to_string() };
    let since = stack.changed.as_ref().map(|time| format!(" since {time}")).unwrap_or_default();
    let mut line = format!("{name} in {region}: {status}{since}\n");
    if let Some(reason) = &stack.reason {
        let _ = writeln!(line, "{}", wrapped(reason, "  "));
    }
    line
}

fn alarms(raised: &[Alarm]) -> String {
    if raised.is_empty() {
        return "  no alarm is raised\n".to_owned();
    }
    let line = |alarm: &Alarm| wrapped(&format!("ALARM {}: {}", alarm.name, alarm.description), "  ");
    raised.iter().map(|alarm| format!("{}\n", line(alarm).red().bold())).collect::<Vec<_>>().concat()
}

fn at_work(running: &[(Workflow, usize)]) -> String {
    let counts: Vec<String> = running
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(workflow, count)| format!("{count} {}", workflow.into_str()))
        .collect();
    match counts.as_slice() {
        [] => "  no workflow runs\n".to_owned(),
        counts => format!("  workflows that run: {}\n", counts.join(", ")),
    }
}

fn pipeline(videos: &[Video]) -> String {
    if videos.is_empty() {
        return "  no videos yet\n".to_owned();
    }
    let counts: Vec<String> =
        counts(videos).into_iter().map(|(status, count)| format!("{count} {}", status.to_lowercase())).collect();
    let mut text = format!("  of the newest {}: {}\n", videos.len(), counts.join(", "));
    let failed = videos.iter().filter(|video| video.workflow_status == WorkflowStatus::Error);
    for video in failed.take(MAX_FAILURES) {
        let place = video.workflow_error_at.as_deref().unwrap_or("the workflow");
        let line = format!("  {} {} failed at {place}", video.guid, video.file());
        let _ = writeln!(text, "{}", fit(&line, WIDTH).red());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_named() {
        let video = |guid: &str, status| Video {
            guid: guid.to_owned(),
            workflow_status: status,
            src_video: Some("films/holiday.mp4".to_owned()),
            src_metadata_file: None,
            title: None,
            end_time: None,
            renditions: Vec::new(),
            output_bytes: None,
            start_time: "2026-01-02T03:04:05Z".to_owned(),
            error_message: Some("no".to_owned()),
            workflow_error_at: Some("encode".to_owned()),
        };
        let videos = [
            video("a-1", WorkflowStatus::Complete),
            video("b-2", WorkflowStatus::Error),
            video("c-3", WorkflowStatus::Complete),
        ];
        let raised = [Alarm {
            name: "vod-event-dead-letters".to_owned(),
            description: "Events could not be handled. The queue has them.".to_owned(),
        }];
        let running = [(Workflow::Ingest, 0), (Workflow::Process, 2), (Workflow::Publish, 1)];
        let rest = format!("{}{}{}", alarms(&raised), at_work(&running), pipeline(&videos));
        let text = format!("{}{rest}", stack_line("vod", "us-east-1", None));
        insta::assert_snapshot!(anstream::adapter::strip_str(&text).to_string(), @r"
        vod in us-east-1: not deployed
          ALARM vod-event-dead-letters: Events could not be handled. The queue has them.
          workflows that run: 2 process, 1 publish
          of the newest 3: 2 complete, 1 error
          b-2 films/holiday.mp4 failed at encode
        ");
        let quiet = format!("{}{}{}", alarms(&[]), at_work(&running[..1]), pipeline(&[]));
        assert_eq!(quiet, "  no alarm is raised\n  no workflow runs\n  no videos yet\n");
    }
}
