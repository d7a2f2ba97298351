//! `vod local bench`.

use std::fmt::Write as _;

use indicatif::ProgressBar;
use local::Error;
use local::bench::{self, Memory, Report};

use super::super::failure::Failure;
use super::super::terminal::{bar_style, block_on, canceled_by_ctrl_c, print};
use super::Place;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many videos to send.
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    copies: u16,
    #[command(flatten)]
    place: Place,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let bar = ProgressBar::new(args.copies.into());
    bar.set_style(bar_style("{bar:40} {pos} of {len} ended, {elapsed}"));
    let report = block_on(async {
        let cancel = canceled_by_ctrl_c();
        let ended = |_, stage: local::ingest::Stage| {
            if stage.is_last() {
                bar.inc(1);
            }
        };
        Ok(bench::run(&args.place.folder(), args.copies.into(), &cancel, &ended).await?)
    })?;
    bar.finish_and_clear();
    print(&summary(&report))?;
    let failed = report.sent - report.complete;
    if failed > 0 { Err(Error::Unfinished { failed, all: report.sent }.into()) } else { Ok(()) }
}

fn summary(report: &Report) -> String {
    let Report { sent, complete, failed, lost, wall, memory } = report;
    let seconds = wall.as_secs_f64();
    let minute = f64::from(u32::try_from(*complete).unwrap_or(u32::MAX)) * 60.0 / seconds.max(f64::EPSILON);
    let mut text = format!(
        "{sent} videos in {seconds:.1} s: {complete} published ({minute:.1} a minute), {failed} failed, {lost} lost\n"
    );
    if !memory.is_empty() {
        text.push_str("\nMemory in MiB   before    peak   after\n");
    }
    for (command, Memory { before, peak, after }) in memory {
        let _ = writeln!(text, "{command:<15} {:>6}  {:>6}  {:>6}", before / 1024, peak / 1024, after / 1024);
    }
    text
}
