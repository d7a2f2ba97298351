//! `vod local logs`.

use std::time::Duration;

use jiff::Timestamp;
use local::{Deployment, Session};
use operate::logs::{LogQuery, Reader};
use operate::videos::Videos;
use pipeline::contract::Handler;
use strum::VariantArray as _;

use super::super::failure::Failure;
use super::super::logs::{Followed, nothing_since, show};
use super::super::moment::Past;
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
    /// Where to begin: 90m, 2h, 3d, or a date.
    #[arg(long, value_name = "TIME")]
    since: Option<Past>,
    /// Go on with what is written from now on.
    #[arg(long, short)]
    follow: bool,
    /// How many lines to begin with.
    #[arg(long, short = 'n', default_value_t = 100)]
    lines: usize,
    /// Print each line as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let folder = args.place.folder();
    let aws = Session::expect(&folder)?.way();
    let deployment = Deployment::expect(&folder)?;
    let handlers = args.function.map_or_else(|| Handler::VARIANTS.to_vec(), |handler| vec![handler]);
    block_on(async {
        let video = match &args.guid {
            Some(guid) => {
                let output = |name| deployment.output(name).map(str::to_owned).map_err(local::Error::from);
                let videos = Videos::new(&aws, output("WorkflowTable")?, output("SourceBucket")?);
                Some(Followed::find(&videos, guid).await?)
            }
            None => None,
        };
        let (guid, arrival) = video.map(|video| (video.guid, video.since)).unzip();
        let since = args.since.map(|past| past.0).or(arrival).unwrap_or(Timestamp::UNIX_EPOCH);
        let query = LogQuery { deployment: deployment.stack, handlers, guid, since_millis: since.as_millisecond() };
        let mut reader = Reader::new(&aws, query);
        let lines = reader.read().await?;
        show(&lines[lines.len().saturating_sub(args.lines)..], args.json)?;
        if lines.is_empty() {
            nothing_since(since);
        }
        if !args.follow {
            return Ok(());
        }
        loop {
            tokio::time::sleep(POLL_INTERVAL).await;
            show(&reader.read().await?, args.json)?;
        }
    })
}
