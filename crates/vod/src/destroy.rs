//! `vod destroy`: removes the stacks of the configuration or of an assembly, and says what goes with them and what stays.

use std::fmt::Write as _;

use aws::Amount;
use deploy::{self, DeployError, MAX_COUNTED, Removal, StackResource};
use miette::Diagnostic;
use owo_colors::OwoColorize as _;
use thiserror::Error;

use super::failure::{Exit, Failure};
use super::invocation::commands_in;
use super::options::SourceArgs;
use super::show::deployment::{Agreement, Terminal};
use super::terminal::{ask, block_on, confirm, counted, megabytes, print, require_somebody};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    stacks: SourceArgs,
    /// Ask nothing, except before buckets that are kept are emptied.
    #[arg(long, short)]
    yes: bool,
    /// Also empty and delete the buckets that the stacks keep.
    #[arg(long)]
    purge: bool,
    /// Name of the deployment, which `--purge` asks for otherwise.
    #[arg(long, value_name = "NAME", requires = "purge")]
    confirm_purge: Option<String>,
    /// Role for CloudFormation to use, instead of your own permissions.
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let (_, target) = args.stacks.source()?;
    if !args.yes {
        require_somebody()?;
    }
    // Nothing is looked for under another name.
    if let Some(typed) = &args.confirm_purge {
        named(&target.name, typed)?;
    }
    block_on(async {
        let (aws, caller) = args.stacks.deployment.connect_to_change(&target).await?;
        let (mut removals, mut left) = (Vec::new(), Vec::new());
        // What takes parameters from another goes first.
        for at in target.stacks.iter().rev() {
            let region = at.region(&aws)?;
            match Removal::plan(&aws, &at.name, region).await? {
                Some(removal) => removals.push(removal),
                // An earlier run may have kept its buckets.
                None if args.purge => {
                    let buckets = deploy::left_behind(&aws, &caller.account, &at.name, region).await?;
                    left.extend(buckets.into_iter().map(|bucket| Kept { region: region.to_owned(), bucket }));
                }
                None => {}
            }
        }
        let stack = args.stacks.only().unwrap_or(&target.name).to_owned();
        if removals.is_empty() && left.is_empty() {
            return Err(DeployError::NoStack { stack }.into());
        }
        print(&summary(&removals, &left, args.purge))?;
        let question = format!("Remove this from the account {}?", caller.account);
        if !args.yes && !confirm(&question).map_err(Failure::output)? {
            return Err(DeployError::Declined { stack }.into());
        }
        // The second question comes before anything is removed: a purge that is declined leaves all as it is.
        if args.purge && args.confirm_purge.is_none() {
            require_somebody()?;
            let question = format!(
                "Every video in the kept buckets will be gone. Type the name of the deployment, {}:",
                target.name
            );
            named(&target.name, &ask(&question).map_err(Failure::output)?)?;
        }
        let mut terminal = Terminal::new(Agreement::Given, &[]);
        for removal in &removals {
            removal.execute(&aws, args.role_arn.as_deref(), &mut terminal).await?;
        }
        if !args.purge {
            return Ok(());
        }
        for removal in removals {
            let buckets = removal.retained.into_iter().filter(StackResource::is_bucket);
            left.extend(buckets.map(|bucket| Kept { region: removal.region.clone(), bucket }));
        }
        // The logs' buckets last: the others write to them to the end.
        left.sort_by_key(|kept| kept.bucket.logical_id.contains("Logs"));
        for Kept { region, bucket } in left {
            let removed = deploy::purge(&aws, &bucket.physical_id, &region, &mut terminal).await?;
            print(&format!("Removed {} with {}.\n", bucket.physical_id, counted(removed, "object")))?;
        }
        Ok(())
    })
}

/// A bucket that outlives its stack.
struct Kept {
    region: String,
    bucket: StackResource,
}

fn summary(removals: &[Removal], left: &[Kept], purge: bool) -> String {
    let mut text = String::new();
    for removal in removals {
        let count = removal.resources - removal.retained.len();
        let line = format!("{} in {}: {count} resources are deleted", removal.stack.name, removal.region);
        let _ = writeln!(text, "{}", line.bold());
        for (bucket, amount) in &removal.emptied {
            let _ = writeln!(text, "  deleted: {} ({})", bucket.physical_id, bucket.resource_type);
            let _ = writeln!(text, "    {}", held(*amount).red().bold());
        }
        let (purged, kept): (Vec<_>, Vec<_>) =
            removal.retained.iter().partition(|retained| purge && retained.is_bucket());
        for bucket in purged {
            text.push_str(&purged_lines("then emptied and deleted", bucket, &removal.region));
        }
        for retained in kept {
            let _ = writeln!(text, "  kept: {} ({})", retained.physical_id, retained.resource_type);
            if retained.is_bucket() {
                text.push_str(&commands_in("    `vod destroy --purge` empties and removes it, now or later\n"));
            }
            if let Some(command) = retained.removal(&removal.region) {
                let _ = writeln!(text, "    {command}");
            }
        }
    }
    for Kept { region, bucket } in left {
        text.push_str(&purged_lines("kept by an earlier run, now emptied and deleted", bucket, region));
    }
    text
}

fn purged_lines(what: &str, bucket: &StackResource, region: &str) -> String {
    let warning = "WITH ALL IT HOLDS, in every version".red().bold().to_string();
    format!("  {what}: {} in {region}\n    {warning}\n", bucket.physical_id)
}

fn held(amount: Amount) -> String {
    if amount.versions == 0 {
        return "it is empty".to_owned();
    }
    let more = if amount.versions >= MAX_COUNTED { "more than " } else { "" };
    format!(
        "WITH ALL IT HOLDS: {more}{}, {}, every version counted",
        counted(amount.versions, "object"),
        megabytes(amount.bytes)
    )
}

/// What was typed is not the name of what would be purged.
#[derive(Debug, Diagnostic, Error)]
#[error("nothing is removed: `{typed}` was typed, and the deployment is called `{name}`")]
#[diagnostic(help("repeat the command with `--purge --confirm-purge {name}`"))]
struct OtherName {
    typed: String,
    name: String,
}

fn named(name: &str, typed: &str) -> Result<(), Failure> {
    let other = OtherName { typed: typed.to_owned(), name: name.to_owned() };
    if typed == name { Ok(()) } else { Err(Failure::new(Exit::Input, other)) }
}
