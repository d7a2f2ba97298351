//! The command line: each command is a thin `exec` over an operation that knows nothing of the terminal.

mod cost;
mod deploy;
mod destroy;
mod diff;
mod failure;
mod graph;
mod init;
mod list;
mod local;
mod logs;
mod moment;
mod options;
mod outputs;
mod package;
mod show;
mod status;
mod synth;
mod terminal;
mod videos;

use std::process::ExitCode;

use clap::{ColorChoice, CommandFactory, Parser, Subcommand};
use failure::Failure;

/// A serverless video-on-demand platform on AWS: from one `stack.toml` to its CloudFormation.
#[derive(Debug, Parser)]
#[command(name = "vod", version, after_help = EXIT_CODES, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// When to use colours.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: ColorChoice,
}

const EXIT_CODES: &str = "\
Exit codes: 0 all is well; 1 something outside of the input failed; 2 what was asked for is wrong \
(a key, a file, a stack, an output or a video that there is not), or nobody agreed, and nothing was changed; 3 `diff --fail` found a difference.

Every key of stack.toml can also be given as an environment variable, VOD_ENCODING__FAMILY=cmaf for encoding.family, \
and with --set encoding.family=cmaf; later ones win, in this order.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the CloudFormation of stack.toml to a folder that the AWS CDK deploys.
    Synth(synth::Args),
    /// Build the functions' code and pack it into the folder of the CloudFormation.
    Package(package::Args),
    /// Show what a deployment would change.
    Diff(diff::Args),
    /// Create or update the deployment.
    Deploy(deploy::Args),
    /// Show the outputs of the deployment.
    Outputs(outputs::Args),
    /// Remove the deployment.
    Destroy(destroy::Args),
    /// Show whether the deployment is well.
    Status(status::Args),
    /// List videos, and show what became of them.
    Videos(videos::Args),
    /// Show what the functions log.
    Logs(logs::Args),
    /// Show every resource as a table.
    List(list::Args),
    /// Print the stack or a state machine as a Mermaid flowchart.
    Graph(graph::Args),
    /// Run the platform on this machine, without an AWS account.
    #[command(subcommand)]
    Local(local::Command),
    /// Write a commented stack.toml with every key and its default.
    Init(init::Args),
    /// Estimate what a month is going to cost.
    Cost(cost::Args),
    /// Print the JSON Schema of stack.toml, for editors.
    Schema,
    /// Print a shell's completions of this command line.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.color {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    match cli.command.exec() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

impl Command {
    fn exec(&self) -> Result<(), Failure> {
        match self {
            Self::Synth(args) => synth::exec(args),
            Self::Package(args) => package::exec(args),
            Self::Diff(args) => diff::exec(args),
            Self::Deploy(args) => deploy::exec(args),
            Self::Outputs(args) => outputs::exec(args),
            Self::Destroy(args) => destroy::exec(args),
            Self::Status(args) => status::exec(args),
            Self::Videos(args) => videos::exec(args),
            Self::Logs(args) => logs::exec(args),
            Self::List(args) => list::exec(args),
            Self::Graph(args) => graph::exec(args),
            Self::Local(command) => local::exec(command),
            Self::Init(args) => init::exec(args),
            Self::Cost(args) => cost::exec(args),
            Self::Schema => terminal::print_json(&config::schema()),
            Self::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(*shell, &mut Cli::command(), "vod", &mut script);
                terminal::print(&String::from_utf8_lossy(&script))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn only_the_options_of_aws_stand_under_aws() {
        for command in Cli::command().get_subcommands() {
            let own = command.get_arguments().filter(|option| option.get_help_heading() == Some("AWS"));
            let names: Vec<&str> = own.map(|option| option.get_id().as_str()).collect();
            assert!(
                names.is_empty() || names == ["profile", "region", "endpoint_url"],
                "{}: {names:?}",
                command.get_name()
            );
        }
    }
}
