//! `vod diff`: what `vod deploy` would change.

use deploy::diff::{self, StackDiff};
use deploy::{AssetBucket, Options};
use stacks::artifacts::Artifacts;

use super::deploy::parameter;
use super::failure::Failure;
use super::options::{Source, SourceArgs, asset_bucket, with_bucket};
use super::show;
use super::terminal::{Width, block_on, print, print_json};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    stacks: SourceArgs,
    /// Value of a parameter of the assembly, or `STACK:NAME=VALUE`; repeatable.
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter, requires = "app")]
    parameters: Vec<(String, String)>,
    /// Exit with 3 if anything differs.
    #[arg(long)]
    fail: bool,
    /// Print the differences as JSON.
    #[arg(long)]
    json: bool,
    /// Print the differences as Markdown, for pull requests.
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let (source, target) = args.stacks.source()?;
    let options = Options {
        stack: args.stacks.only().map(str::to_owned),
        parameters: args.parameters.iter().cloned().collect(),
        role_arn: None,
    };
    let diffs = block_on(async {
        let aws = args.stacks.deployment.connect(&target).await?;
        let assembly = match source {
            Source::Assembly(assembly, _) => assembly,
            Source::Configuration(config) => {
                let bucket = AssetBucket::find(&aws, asset_bucket(&config)).await?;
                let config = with_bucket(*config, bucket.own_name());
                stacks::build(&config, &Artifacts::of_this_build())?.app.synth()?
            }
        };
        Ok(diff::of_assembly(&aws, &assembly, &options).await?)
    })?;
    if args.json {
        print_json(&diffs)?;
    } else {
        let width = Width::of_output();
        let text = |diff| if args.markdown { show::markdown::text(diff) } else { show::diff::text(diff, width) };
        print(&diffs.iter().map(text).collect::<Vec<_>>().join("\n"))?;
    }
    if args.fail && !diffs.iter().all(StackDiff::is_empty) { Err(Failure::different()) } else { Ok(()) }
}
