//! `vod destroy`: removes the configuration's stacks, and says what stays.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use owo_colors::OwoColorize as _;

use super::aws::{DeploymentArgs, block_on};
use super::failure::Failure;
use super::output::print;
use super::show::terminal::{Consent, Terminal};
use super::stacks::StackArgs;
use crate::aws::Aws;
use crate::deploy::{DeployError, Removal, Retained};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    deployment: DeploymentArgs,
    #[command(flatten)]
    stack: StackArgs,
    /// Do not ask before the stacks are removed; emptying buckets is asked for all the same.
    #[arg(long, short)]
    yes: bool,
    /// Afterwards empty and remove the buckets that the stacks keep, once their stack's name is typed.
    #[arg(long)]
    purge: bool,
    /// What to type, for scripts: the name of the deployment whose buckets are emptied.
    #[arg(long, value_name = "NAME", requires = "purge")]
    confirm_purge: Option<String>,
    /// The role that CloudFormation uses instead of the caller's own permissions.
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let config = args.deployment.configuration()?;
    let stacks = args.stack.of(&config)?;
    if !args.yes && !io::stdin().is_terminal() {
        return Err(Failure::NobodyToAsk);
    }
    block_on(async {
        let aws = args.deployment.connect(&config).await;
        let mut removals = Vec::new();
        // What takes parameters from another goes first.
        for stack in stacks.iter().rev() {
            removals.extend(Removal::plan(&aws, &stack.name, &stack.region).await?);
        }
        if removals.is_empty() {
            let stack = stacks.last().map_or_else(String::new, |stack| stack.name.clone());
            return Err(DeployError::NoStack { stack }.into());
        }
        print(&told(&removals, args.purge))?;
        if !args.yes && !confirmed("Remove this? [y/N] ", &["y", "yes"])? {
            return Err(DeployError::Declined { stack: removals[0].stack.name.clone() }.into());
        }
        // The second question comes before anything is removed: a purge that is declined leaves all as it is.
        if args.purge && !may_purge(args, &removals)? {
            return Err(DeployError::Declined { stack: removals[0].stack.name.clone() }.into());
        }
        let mut terminal = Terminal::new(Consent::Given, &[]);
        for removal in &removals {
            removal.execute(&aws, args.role_arn.as_deref(), &mut terminal).await?;
        }
        if args.purge { purge(&aws, &removals).await } else { Ok(()) }
    })
}

/// What is removed and what stays.
fn told(removals: &[Removal], purge: bool) -> String {
    let mut text = String::new();
    for removal in removals {
        let count = removal.resources - removal.retained.len();
        let line = format!("{} in {}: {count} resources are deleted", removal.stack.name, removal.region);
        let _ = writeln!(text, "{}", line.bold());
        for retained in &removal.retained {
            let _ = writeln!(text, "  kept: {} ({})", retained.physical_id, retained.resource_type);
            match retained.removal(&removal.region) {
                _ if purge && retained.is_bucket() => {
                    let _ = writeln!(text, "    {}", "IS EMPTIED AND REMOVED".red().bold());
                }
                Some(command) => {
                    let _ = writeln!(text, "    {command}");
                }
                None => {}
            }
        }
    }
    text
}

/// Whether the name of the deployment was typed.
fn may_purge(args: &Args, removals: &[Removal]) -> Result<bool, Failure> {
    let name = &removals[0].stack.name;
    if let Some(typed) = &args.confirm_purge {
        return Ok(typed == name);
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::NobodyToAsk);
    }
    confirmed(&format!("Every video in the kept buckets will be gone. Type the stack's name, {name}: "), &[name])
}

/// Asks, and says whether the answer is one of these.
pub(super) fn confirmed(question: &str, answers: &[&str]) -> Result<bool, Failure> {
    let mut stdout = anstream::stdout().lock();
    write!(stdout, "{question}").and_then(|()| stdout.flush()).map_err(Failure::Output)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(Failure::Output)?;
    Ok(answers.contains(&answer.trim()))
}

async fn purge(aws: &Aws, removals: &[Removal]) -> Result<(), Failure> {
    for removal in removals {
        // The logs' bucket last: the others write to it to the end.
        let mut buckets: Vec<&Retained> = removal.retained.iter().filter(|retained| retained.is_bucket()).collect();
        buckets.sort_by_key(|bucket| bucket.logical_id.contains("Logs"));
        for bucket in buckets {
            let objects = removal.purge(aws, bucket).await?;
            print(&format!("Removed {} with {objects} objects.\n", bucket.physical_id))?;
        }
    }
    Ok(())
}
