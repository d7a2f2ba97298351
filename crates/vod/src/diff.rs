//! `vod diff`: what `vod deploy` would change.

use super::failure::{Failure, UsageError};
use super::options::DeploymentArgs;
use super::show;
use super::stacks::{StackArgs, asset_bucket, with_bucket};
use super::terminal::{block_on, print, print_json};
use deploy::diff::{self, StackDiff};
use deploy::{Assembly, AssetBucket};
use stacks::artifacts::Artifacts;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    deployment: DeploymentArgs,
    #[command(flatten)]
    stack: StackArgs,
    /// Exit with 3 if anything differs.
    #[arg(long)]
    fail: bool,
    /// Print the differences as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let config = args.deployment.configuration()?;
    args.stack.of(&config)?;
    let diffs = block_on(async {
        let aws = args.deployment.connect(&config).await?;
        let bucket = AssetBucket::find(&aws, asset_bucket(&config)).await?;
        let config = with_bucket(config, bucket.own_name());
        let app = stacks::build(&config, &Artifacts::of_this_build())?.app;
        let folder = tempfile::tempdir().map_err(Failure::output)?;
        let path = folder.path();
        app.synth()?.write(path).map_err(UsageError::file("write", path))?;
        Ok(diff::of_assembly(&aws, &Assembly::read(path)?, args.stack.only()).await?)
    })?;
    if args.json {
        print_json(&diffs)?;
    } else {
        let texts: Vec<String> = diffs.iter().map(show::diff::text).collect();
        print(&texts.join("\n"))?;
    }
    if args.fail && !diffs.iter().all(StackDiff::is_empty) { Err(Failure::different()) } else { Ok(()) }
}
