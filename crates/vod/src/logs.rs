//! `vod logs`: what the functions say.

use std::time::{Duration, SystemTime};

use operate::logs::{LogLine, LogQuery, Reader, readable};
use pipeline::contract::Handler;
use strum::VariantArray as _;

use super::failure::Failure;
use super::options::{DeploymentArgs, Target};
use super::terminal::{block_on, print};

/// How often new lines are asked for.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    deployment: DeploymentArgs,
    /// Only this function: encode, profiler, …; all, if none is named.
    function: Option<Handler>,
    /// Only what is about this video.
    #[arg(long, value_name = "GUID")]
    guid: Option<String>,
    /// How many minutes back to begin.
    #[arg(long, value_name = "MINUTES", default_value_t = 60)]
    since: u64,
    /// Go on with new lines until Ctrl-C.
    #[arg(long, short)]
    follow: bool,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let config = args.deployment.configuration()?;
    let features = stacks::features(&config);
    let all = Handler::VARIANTS
        .iter()
        .copied()
        .filter(|handler| pipeline::contract::is_on(handler.contract().feature, &features));
    let handlers = args.function.map_or_else(|| all.collect(), |one| vec![one]);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let since = now.saturating_sub(Duration::from_secs(args.since.saturating_mul(60)));
    let since_millis = i64::try_from(since.as_millis()).unwrap_or_default();
    let deployment = config.name.as_str().to_owned();
    block_on(async {
        let aws = args.deployment.connect(&Target::platform(&config)).await?;
        let mut reader = Reader::new(&aws, LogQuery { deployment, handlers, guid: args.guid.clone(), since_millis });
        loop {
            show(&reader.read().await?)?;
            if !args.follow {
                return Ok(());
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    })
}

pub(super) fn show(lines: &[LogLine]) -> Result<(), Failure> {
    lines.iter().try_for_each(|line| print(&format!("{}\n", readable(line))))
}
