//! `vod logs`: what the functions say.

use std::time::Duration;

use aws::DeployedStack;
use deploy::DeployError;
use jiff::{SignedDuration, Timestamp};
use operate::logs::{LogLine, LogQuery, Reader, line_of_json, readable};
use operate::videos::Videos;
use pipeline::contract::Handler;
use strum::VariantArray as _;

use super::failure::Failure;
use super::moment::Past;
use super::options::{DeploymentArgs, Target};
use super::terminal::{block_on, print};

/// How often new lines are asked for.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// How far back lines are shown where nobody says it.
const DEFAULT: SignedDuration = SignedDuration::from_hours(1);

/// How much later than the clock of S3 that of Lambda may be taken for.
const SKEW: SignedDuration = SignedDuration::from_mins(1);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    deployment: DeploymentArgs,
    /// Only this function: encode, profiler, …; all, if none is named.
    function: Option<Handler>,
    /// Only what is about this video, from its arrival on.
    #[arg(long, value_name = "GUID")]
    guid: Option<String>,
    /// Where to begin: 90m, 2h, 3d, or a date; an hour ago where nothing else is said.
    #[arg(long, value_name = "TIME")]
    since: Option<Past>,
    /// Go on with new lines until Ctrl-C.
    #[arg(long, short)]
    follow: bool,
    /// Print each line as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let config = args.deployment.configuration()?;
    let features = stacks::features(&config);
    let all = Handler::VARIANTS
        .iter()
        .copied()
        .filter(|handler| pipeline::contract::is_on(handler.contract().feature, &features));
    let handlers = args.function.map_or_else(|| all.collect(), |one| vec![one]);
    let target = Target::platform(&config);
    let deployment = config.name.as_str().to_owned();
    block_on(async {
        let aws = args.deployment.connect(&target).await?;
        let video = match &args.guid {
            Some(guid) => {
                let stack = DeployedStack::find(&aws.cloudformation(), &target.name).await?;
                let stack = stack.ok_or(DeployError::NoStack { stack: target.name })?;
                Some(Followed::find(&Videos::of(&aws, &stack)?, guid).await?)
            }
            None => None,
        };
        let (guid, arrival) = video.map(|video| (video.guid, video.since)).unzip();
        let since = args.since.map(|past| past.0).or(arrival).unwrap_or_else(|| Timestamp::now() - DEFAULT);
        let query = LogQuery { deployment, handlers, guid, since_millis: since.as_millisecond() };
        let mut reader = Reader::new(&aws, query);
        let lines = reader.read().await?;
        show(&lines, args.json)?;
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

/// A video whose lines are wanted.
pub(super) struct Followed {
    pub(super) guid: String,
    /// Where its lines begin.
    pub(super) since: Timestamp,
}

impl Followed {
    pub(super) async fn find(videos: &Videos, guid: &str) -> Result<Self, Failure> {
        let guid = videos.guid(guid).await?;
        // Of what has no time all lines are wanted.
        let arrival = videos.stored(&guid).await?.start_time.parse().unwrap_or(Timestamp::UNIX_EPOCH + SKEW);
        Ok(Self { guid, since: arrival - SKEW })
    }
}

pub(super) fn show(lines: &[LogLine], is_json: bool) -> Result<(), Failure> {
    let text = if is_json { line_of_json } else { readable };
    lines.iter().try_for_each(|line| print(&format!("{}\n", text(line))))
}

pub(super) fn nothing_since(since: Timestamp) {
    eprintln!("no lines since {}", since.strftime("%Y-%m-%dT%H:%M:%SZ"));
}
