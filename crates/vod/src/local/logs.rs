//! `vod local logs`.

use std::time::Duration;

use local::{Deployment, Session};
use operate::logs::{LogQuery, Reader};
use pipeline::contract::Handler;
use strum::VariantArray as _;

use super::super::failure::Failure;
use super::super::logs::show;
use super::super::terminal::block_on;
use super::Place;

/// The time between two looks.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// One function, such as `encode`; all of them when left out.
    function: Option<Handler>,
    /// Only what is about this video.
    #[arg(long, value_name = "GUID")]
    guid: Option<String>,
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
    let folder = args.place.folder();
    let aws = Session::expect(&folder)?.way();
    let deployment = Deployment::expect(&folder)?.stack;
    let handlers = args.function.map_or_else(|| Handler::VARIANTS.to_vec(), |handler| vec![handler]);
    let mut reader = Reader::new(&aws, LogQuery { deployment, handlers, guid: args.guid.clone(), since_millis: 0 });
    block_on(async {
        let lines = reader.read().await?;
        show(&lines[lines.len().saturating_sub(args.lines)..])?;
        if !args.follow {
            return Ok(());
        }
        loop {
            tokio::time::sleep(POLL_INTERVAL).await;
            show(&reader.read().await?)?;
        }
    })
}
