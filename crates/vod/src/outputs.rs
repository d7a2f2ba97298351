//! `vod outputs`: what the deployed stacks give to their user.

use std::collections::BTreeMap;
use std::fmt::Write;

use aws::DeployedStack;
use deploy::DeployError;

use super::failure::Failure;
use super::options::{DeploymentArgs, StackArgs, deployed};
use super::terminal::{block_on, print, print_json};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    deployment: DeploymentArgs,
    #[command(flatten)]
    stack: StackArgs,
    /// Print only this output's value.
    name: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let config = args.deployment.configuration()?;
    let target = args.stack.of(&config)?;
    let found = block_on(async {
        let aws = args.deployment.connect(&target).await?;
        let found = deployed(&aws, &target).await?;
        Ok(found.into_iter().filter_map(|(_, stack)| stack).collect::<Vec<_>>())
    })?;
    if found.is_empty() {
        let stack = target.stacks.last().map_or_else(String::new, |stack| stack.name.clone());
        return Err(DeployError::NoStack { stack }.into());
    }
    if let Some(name) = &args.name {
        let output = found.iter().find_map(|stack| stack.outputs.get(name));
        let output = output.ok_or_else(|| DeployError::NoOutput {
            name: name.clone(),
            known: found.iter().flat_map(|stack| stack.outputs.keys().cloned()).collect(),
        })?;
        return print(&format!("{}\n", output.value));
    }
    if args.json {
        let values = |stack: &DeployedStack| {
            let outputs = stack.outputs.iter().map(|(name, output)| (name.clone(), output.value.clone()));
            (stack.name.clone(), outputs.collect::<BTreeMap<_, _>>())
        };
        return print_json(&found.iter().map(values).collect::<BTreeMap<_, _>>());
    }
    print(&table(&found))
}

/// The outputs of every stack, a line each; the value is never cut, because it is there to be copied.
pub(super) fn table(stacks: &[DeployedStack]) -> String {
    let mut text = String::new();
    for stack in stacks.iter().filter(|stack| !stack.outputs.is_empty()) {
        let _ = writeln!(text, "Outputs of {}:", stack.name);
        let width = stack.outputs.keys().map(String::len).max().unwrap_or_default();
        for (name, output) in &stack.outputs {
            let _ = writeln!(text, "  {name:width$}  {}", output.value);
        }
    }
    text
}
