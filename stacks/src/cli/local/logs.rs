//! `vod local logs`.

use std::time::Duration;

use aws_smithy_types::{DateTime, date_time::Format};
use pipeline::contract::Handler;

use super::super::{failure::Failure, output::print};
use super::Place;
use crate::local::{
    Error,
    logs::{Line, Logs},
};

/// The time between two looks.
const PAUSE: Duration = Duration::from_millis(500);

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// One function, such as `encode`; all of them when left out.
    function: Option<Handler>,
    /// Go on with what is written from now on.
    #[arg(long, short)]
    follow: bool,
    /// How many lines to begin with.
    #[arg(long, short = 'n', default_value_t = 100)]
    lines: usize,
    #[command(flatten)]
    place: Place,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let mut logs = Logs::new(&args.place.folder(), args.function)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::from)?;
    runtime.block_on(async {
        let lines = logs.news().await?;
        print(&told(&lines[lines.len().saturating_sub(args.lines)..]))?;
        if !args.follow {
            return Ok(());
        }
        loop {
            tokio::time::sleep(PAUSE).await;
            print(&told(&logs.news().await?))?;
        }
    })
}

fn told(lines: &[Line]) -> String {
    let line = |line: &Line| {
        let time = DateTime::from_millis(line.time).fmt(Format::DateTime).unwrap_or_default();
        format!("{time} {}: {}\n", line.handler, line.text)
    };
    lines.iter().map(line).collect()
}
