//! `vod list`: every resource, as a table.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;
use stacks::artifacts::Artifacts;
use synth::Stack;

use super::failure::Failure;
use super::options::ConfigArgs;
use super::terminal::{self, print, print_json};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    config: ConfigArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    path: String,
    #[serde(rename = "type")]
    kind: String,
    logical_id: String,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let config = args.config.load()?;
    let app = stacks::build(&config, &Artifacts::of_this_build())?.app;
    let stacks = || app.stacks().map(|stack| (stack.name(), resources(stack)));
    if args.json {
        return print_json(&stacks().collect::<BTreeMap<_, _>>());
    }
    let mut text = String::new();
    for (name, resources) in stacks() {
        let count = resources.len();
        let mut table = terminal::table(["Path", "Type", "Logical ID"]);
        table.add_rows(resources.into_iter().map(|it| [it.path, it.kind, it.logical_id]));
        let _ = writeln!(text, "{name}: {count} resources\n\n{}\n", table.trim_fmt());
    }
    print(&text)
}

/// The resources of a stack, in the order of the construct paths.
fn resources(stack: &Stack) -> Vec<Resource> {
    let resources = stack.resources().map(|(id, path, resource_type)| Resource {
        path: path.to_string(),
        kind: resource_type.to_owned(),
        logical_id: id.to_string(),
    });
    let mut resources: Vec<Resource> = resources.collect();
    resources.sort();
    resources
}
