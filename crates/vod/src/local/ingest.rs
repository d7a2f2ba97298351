//! `vod local ingest`.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::ValueHint;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};
use local::Error;
use local::ingest::{Ingest, Item, Outcome, Stage, Until, plan};
use pipeline::message::BULKY;
use serde_json::Value;

use super::super::failure::Failure;
use super::super::show::video::addresses;
use super::super::terminal::{bar_style, block_on, canceled_by_ctrl_c, print, print_json};
use super::Place;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The videos.
    #[arg(required = true, value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// A metadata file for each of them; its `srcVideo` is filled in, and captions beside it are uploaded as well.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    metadata: Option<PathBuf>,
    /// Follow the videos until they are published.
    #[arg(long, short)]
    wait: bool,
    /// Print the whole records as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let folder = args.place.folder();
    let ingest = Ingest::new(&folder)?;
    let items = plan(&args.files, args.metadata.as_deref(), ingest.deployment()).map_err(Error::from)?;
    let wait = ingest.deployment().metadata_wait_seconds;
    if wait > 0 && args.metadata.is_none() {
        eprintln!("Each video first waits {wait} s for a metadata file (`source.metadata_wait_seconds`).");
    }
    let until = if args.wait { Until::Ended } else { Until::Started };
    let progress = Progress::new(&items);
    let outcomes = block_on(async {
        let cancel = canceled_by_ctrl_c();
        Ok(ingest.run(&items, until, &cancel, &|index, stage| progress.show(index, stage)).await?)
    });
    progress.finish();
    let outcomes = outcomes?;
    if args.json {
        print_json(&outcomes.iter().map(|outcome| &outcome.record).collect::<Vec<_>>())?;
    } else {
        for (item, outcome) in items.iter().zip(&outcomes) {
            let guid = outcome.record.as_ref().and_then(|record| record["guid"].as_str());
            print(&line(item, outcome, guid.and_then(|guid| ingest.page(guid)).as_deref()))?;
        }
    }
    let failed = outcomes.iter().filter(|outcome| matches!(outcome.stage, Stage::Failed | Stage::NotStarted)).count();
    if failed > 0 { Err(Error::Unfinished { failed, all: outcomes.len() }.into()) } else { Ok(()) }
}

/// What became of a video, for a person; `page` is its address in the player.
fn line(item: &Item, outcome: &Outcome, page: Option<&str>) -> String {
    let mut text = format!("\n{}: {}\n", item.file.display(), phrase(outcome.stage));
    let Some(record) = &outcome.record else { return text };
    if let Some(page) = page {
        text = format!("{text}  {:<11} {page}\n", "player");
    }
    for (name, url) in addresses(record) {
        text = format!("{text}  {name:<11} {url}\n");
    }
    let members = record.as_object().into_iter().flatten().filter(|(name, _)| !BULKY.contains(&name.as_str()));
    let short: Value =
        members.map(|(name, value)| (name.clone(), value.clone())).collect::<serde_json::Map<_, _>>().into();
    format!("{text}{short:#}\n")
}

fn phrase(stage: Stage) -> String {
    match stage {
        Stage::Uploading { percent } => format!("uploading {percent} %"),
        Stage::Uploaded => "uploaded".to_owned(),
        Stage::Ingest => "looked into".to_owned(),
        Stage::Encoding { percent } => format!("encoding {percent} %"),
        Stage::Complete => "Complete".to_owned(),
        Stage::Failed => "Error".to_owned(),
        Stage::NotStarted => "no workflow has started".to_owned(),
    }
}

/// How much of a bar's 100 a stage is: encoding takes most of the time.
fn position(stage: Stage) -> u64 {
    match stage {
        Stage::Uploading { percent } => u64::from(percent) / 10,
        Stage::Uploaded => 10,
        Stage::Ingest => 12,
        Stage::Encoding { percent } => 15 + u64::from(percent) * 80 / 100,
        Stage::Complete | Stage::Failed | Stage::NotStarted => 100,
    }
}

/// A bar for each video on a terminal, plain lines elsewhere; on the standard error.
struct Progress {
    names: Vec<String>,
    bars: Option<(MultiProgress, Vec<ProgressBar>)>,
    /// The last line of each video, where there are no bars.
    lines: Mutex<Vec<String>>,
    started: Instant,
}

impl Progress {
    fn new(items: &[Item]) -> Self {
        let names: Vec<String> = items.iter().map(|item| item.key.clone()).collect();
        let bars = std::io::stderr().is_terminal().then(|| {
            let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
            let style = bar_style("{prefix:30!} {bar:30} {msg:20} {elapsed}");
            let bar = |name: &String| {
                let bar = all.add(ProgressBar::new(100).with_style(style.clone()).with_prefix(name.clone()));
                bar.enable_steady_tick(Duration::from_secs(1));
                bar
            };
            let bars = names.iter().map(bar).collect();
            (all, bars)
        });
        let lines = Mutex::new(vec![String::new(); names.len()]);
        Self { names, bars, lines, started: Instant::now() }
    }

    fn show(&self, index: usize, stage: Stage) {
        if let Some((_, bars)) = &self.bars {
            bars[index].set_position(position(stage));
            bars[index].set_message(phrase(stage));
            if stage.is_last() {
                bars[index].finish();
            }
        } else if let Ok(mut lines) = self.lines.lock() {
            let line = phrase(coarse(stage));
            if lines[index] != line {
                eprintln!("{:7.1} s  {}: {line}", self.started.elapsed().as_secs_f64(), self.names[index]);
                lines[index] = line;
            }
        }
    }

    fn finish(&self) {
        if let Some((_, bars)) = &self.bars {
            bars.iter().filter(|bar| !bar.is_finished()).for_each(ProgressBar::abandon);
        }
    }
}

/// The stage as a log wants to have it: every tenth percent will do.
fn coarse(stage: Stage) -> Stage {
    match stage {
        Stage::Uploading { .. } => Stage::Uploading { percent: 0 },
        Stage::Encoding { percent } => Stage::Encoding { percent: percent / 10 * 10 },
        stage => stage,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bars_only_grow() {
        let stages = [
            Stage::Uploading { percent: 0 },
            Stage::Uploading { percent: 100 },
            Stage::Uploaded,
            Stage::Ingest,
            Stage::Encoding { percent: 0 },
            Stage::Encoding { percent: 100 },
            Stage::Complete,
        ];
        assert!(stages.map(position).is_sorted());
    }

    #[test]
    fn a_person_is_reported_addresses_and_the_record_without_what_is_long() {
        let item = Item { file: "a.mp4".into(), key: "a.mp4".into(), metadata: None, companions: Vec::new() };
        let record =
            json!({ "guid": "g", "hlsUrl": "http://h", "mp4Urls": ["http://1", "http://2"], "encodingJob": {} });
        let outcome = Outcome { stage: Stage::Complete, record: Some(record) };
        insta::assert_snapshot!(line(&item, &outcome, Some("http://p/#/v/g")), @r#"

        a.mp4: Complete
          player      http://p/#/v/g
          HLS         http://h
          MP4         http://1
          MP4         http://2
        {
          "guid": "g",
          "hlsUrl": "http://h",
          "mp4Urls": [
            "http://1",
            "http://2"
          ]
        }
        "#);
    }
}
