//! `vod list`: every resource, as a table.

use std::fmt::Write;

use stacks::artifacts::Artifacts;
use synth::App;

use super::failure::Failure;
use super::options::ConfigArgs;
use super::terminal;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    config: ConfigArgs,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let config = args.config.load()?;
    terminal::print(&table(&stacks::build(&config, &Artifacts::of_this_build())?.app))
}

/// A table a stack, in the order of the construct paths.
fn table(app: &App) -> String {
    let mut text = String::new();
    for stack in app.stacks() {
        let mut rows: Vec<[String; 3]> = stack
            .resources()
            .map(|(id, path, resource_type)| [path.to_string(), resource_type.to_owned(), id.to_string()])
            .collect();
        rows.sort();
        let count = rows.len();
        let mut table = terminal::table(["Path", "Type", "Logical ID"]);
        table.add_rows(rows);
        let _ = writeln!(text, "{}: {count} resources\n\n{}\n", stack.name(), table.trim_fmt());
    }
    text
}
