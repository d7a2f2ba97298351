//! `vod local ingest`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::ValueHint;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};
use local::ingest::{Fetched, Ingest, Input, Item, Outcome, Stage, Until, name_in, plan};
use local::{Error, Folder};
use owo_colors::OwoColorize as _;
use pipeline::catalogue::given_title;
use pipeline::record::{Rendition, Stored, TITLE};
use tokio_util::sync::CancellationToken;

use super::super::failure::{Failure, UsageError};
use super::super::invocation::command;
use super::super::moment::playing;
use super::super::show::video::addresses;
use super::super::terminal::{bar_style, block_on, canceled_by_ctrl_c, error_width, fit, print, print_json, wrapped};
use super::Place;

/// The text that stands for the standard input.
const STANDARD_INPUT: &str = "-";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Videos, folders of them, addresses (`https://…`), or `-` for the standard input.
    #[arg(required = true, value_name = "FILE", value_hint = ValueHint::AnyPath)]
    sources: Vec<PathBuf>,
    /// What one video is called in the bucket, with a folder if you like; needed for the standard input.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
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
    let wait = ingest.deployment().metadata_wait_seconds;
    if wait > 0 && args.metadata.is_none() {
        eprintln!("Each video first waits {wait} s for a metadata file (`source.metadata_wait_seconds`).");
    }
    let until = if args.wait { Until::Ended } else { Until::Started };
    let (items, outcomes) = block_on(async {
        let cancel = canceled_by_ctrl_c();
        // Copies are deleted when they are uploaded.
        let (inputs, _copies) = inputs(args, &folder, &cancel).await?;
        let items = plan(&inputs, args.metadata.as_deref(), ingest.deployment()).map_err(Error::from)?;
        let progress = Progress::new(&items);
        let outcomes = ingest.run(&items, until, &cancel, &|index, stage| progress.show(index, stage)).await;
        progress.finish();
        Ok((items, outcomes?))
    })?;
    if args.json {
        print_json(&outcomes.iter().map(|outcome| &outcome.record).collect::<Vec<_>>())?;
    } else {
        for (item, outcome) in items.iter().zip(&outcomes) {
            print(&summary(item, outcome, |guid| ingest.page(guid)))?;
        }
    }
    let failed = outcomes.iter().filter(|outcome| matches!(outcome.stage, Stage::Failed | Stage::NotStarted)).count();
    if failed > 0 { Err(Error::Unfinished { failed, all: outcomes.len() }.into()) } else { Ok(()) }
}

/// The files to send, and the copies among them.
async fn inputs(
    args: &Args,
    folder: &Folder,
    cancel: &CancellationToken,
) -> Result<(Vec<Input>, Vec<Fetched>), Failure> {
    if args.name.is_none() && args.sources.iter().any(|source| source == Path::new(STANDARD_INPUT)) {
        return Err(UsageError::NoName.into());
    }
    let (mut inputs, mut copies) = (Vec::new(), Vec::new());
    for source in &args.sources {
        let text = source.to_string_lossy();
        let (name, copy) = if text == STANDARD_INPUT {
            let copy = with_bar(&text, |advance| Fetched::of_standard_input(folder, cancel, advance)).await?;
            (String::new(), copy)
        } else if text.starts_with("https://") || text.starts_with("http://") {
            (name_in(&text), with_bar(&text, |advance| Fetched::of_address(&text, folder, cancel, advance)).await?)
        } else {
            inputs.extend(Input::of(source).map_err(Error::from)?);
            continue;
        };
        inputs.push(Input { file: copy.path().to_owned(), name });
        copies.push(copy);
    }
    match (&args.name, inputs.as_mut_slice()) {
        (Some(name), [one]) => one.name.clone_from(name),
        (Some(_), _) => return Err(UsageError::NameOfMany.into()),
        (None, _) => {}
    }
    Ok((inputs, copies))
}

/// Gets how many bytes are there, and of how many.
type Advance = Box<dyn Fn(u64, Option<u64>) + Send>;

/// Shows how far a copy is, on a terminal.
async fn with_bar<Copy: Future<Output = Result<Fetched, Error>>>(
    source: &str,
    fetch: impl FnOnce(Advance) -> Copy,
) -> Result<Fetched, Error> {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(bar_style("{bytes:>10} {elapsed:>4} {wide_msg}"));
    bar.set_message(source.to_owned());
    let moved = bar.clone();
    let fetched = fetch(Box::new(move |done, size| {
        if let Some(size) = size {
            moved.set_length(size);
        }
        moved.set_position(done);
    }));
    let fetched = fetched.await;
    bar.finish_and_clear();
    fetched
}

/// What became of a video, for a person: how to watch it, or why that cannot be.
fn summary(item: &Item, outcome: &Outcome, page: impl Fn(&str) -> Option<String>) -> String {
    let mut text = format!("\n{}: {}\n", item.key.bold(), phrase(outcome.stage));
    let Some((record, stored)) = outcome.record.as_ref().and_then(|record| Some((record, Stored::read(record).ok()?)))
    else {
        return text;
    };
    let sizes: BTreeSet<(u32, u32)> =
        stored.outputs.renditions.iter().filter_map(|it| it.height.zip(it.width)).collect();
    let sizes = sizes.iter().rev().map(|(height, width)| format!("{width}x{height}")).collect::<Vec<_>>().join(", ");
    let mut lines = vec![
        ("title".to_owned(), given_title(record.get(TITLE)).unwrap_or_default()),
        ("duration".to_owned(), Rendition::longest(&stored.outputs.renditions).map(playing).unwrap_or_default()),
        ("renditions".to_owned(), sizes),
    ];
    if outcome.stage == Stage::Complete {
        lines.push(("player".to_owned(), page(&stored.guid).unwrap_or_default()));
    }
    lines.extend(addresses(record));
    for (name, value) in lines.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(text, "  {name:<10} {value}");
    }
    if let Some(message) = &stored.failure.error_message {
        let place = stored.failure.workflow_error_at.as_deref().unwrap_or("the workflow");
        let _ = writeln!(text, "{}", wrapped(&format!("at {place}: {message}"), "  ").red());
    }
    if !stored.guid.is_empty() {
        let more = command(&format!("vod videos show {} --local", stored.guid));
        let _ = writeln!(text, "  {:<10} {more}", "more");
    }
    text
}

fn phrase(stage: Stage) -> String {
    match stage {
        Stage::Uploading { percent } => format!("uploading {percent} %"),
        Stage::Uploaded => "uploaded".to_owned(),
        Stage::Ingest => "inspecting".to_owned(),
        Stage::Encoding { percent } => format!("encoding {percent} %"),
        Stage::Complete => "published".to_owned(),
        Stage::Failed => "failed".to_owned(),
        Stage::NotStarted => "no workflow has started".to_owned(),
    }
}

/// How much of a bar's 100 a stage is: encoding takes most of the time. What failed stays where it was.
fn position(stage: Stage) -> Option<u64> {
    match stage {
        Stage::Uploading { percent } => Some(u64::from(percent) / 10),
        Stage::Uploaded => Some(10),
        Stage::Ingest => Some(12),
        Stage::Encoding { percent } => Some(15 + u64::from(percent) * 80 / 100),
        Stage::Complete => Some(100),
        Stage::Failed | Stage::NotStarted => None,
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
            // A third for the name; the bar takes what the rest leaves.
            let room = error_width() / 3;
            let style = bar_style(&format!("{{prefix:{room}}} {{wide_bar}} {{msg:14}} {{elapsed:>4}}"));
            let bar = |name: &String| {
                let bar = all.add(ProgressBar::new(100).with_style(style.clone()).with_prefix(fit(name, room)));
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
            if let Some(position) = position(stage) {
                bars[index].set_position(position);
            }
            bars[index].set_message(phrase(stage));
            match stage {
                Stage::Complete => bars[index].finish(),
                stage if stage.is_last() => bars[index].abandon(),
                _ => {}
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
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn bars_only_grow_and_a_failed_video_fills_none() {
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
        assert_eq!([Stage::Failed, Stage::NotStarted].map(position), [None, None]);
    }

    fn shown(stage: Stage, record: Value) -> String {
        let item = Item { file: "a.mp4".into(), key: "films/a.mp4".into(), metadata: None, companions: Vec::new() };
        let outcome = Outcome { stage, record: Some(record) };
        let text = summary(&item, &outcome, |guid| Some(format!("http://127.0.0.1:8080/#/v/{guid}")));
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn it_ends_with_how_to_watch_the_video() {
        let rendition = |width, height| json!({ "group": "HLS_GROUP", "name": "a", "width": width, "height": height, "durationInMs": 24_200 });
        let record = json!({
            "guid": "0b1f4d0e", "startTime": "2026-01-02T03:04:05Z", "workflowStatus": "Complete", "title": "Our holiday",
            "hlsUrl": "http://h", "dashUrl": "http://d", "mp4Urls": ["http://1"], "encodingJob": { "long": "…" },
            "renditions": [rendition(1280, 720), rendition(1920, 1080), rendition(1280, 720)],
        });
        insta::assert_snapshot!(shown(Stage::Complete, record), @"

        films/a.mp4: published
          title      Our holiday
          duration   0:24
          renditions 1920x1080, 1280x720
          player     http://127.0.0.1:8080/#/v/0b1f4d0e
          HLS        http://h
          DASH       http://d
          MP4        http://1
          more       vod videos show 0b1f4d0e --local
        ");
    }

    #[test]
    fn a_failure_says_why() {
        let record = json!({
            "guid": "0b1f4d0e", "startTime": "2026-01-02T03:04:05Z", "workflowStatus": "Error",
            "workflowErrorAt": "input-validate", "errorMessage": "the file is empty",
        });
        insta::assert_snapshot!(shown(Stage::Failed, record), @"

        films/a.mp4: failed
          at input-validate: the file is empty
          more       vod videos show 0b1f4d0e --local
        ");
    }
}
