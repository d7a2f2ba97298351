//! The command line: each command is a thin `exec` over an operation that knows nothing of the terminal.

mod cost;
mod deploy;
mod destroy;
mod diff;
mod doctor;
mod failure;
mod graph;
mod init;
mod invocation;
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

use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand};
use failure::Failure;

/// A serverless video-on-demand platform on AWS: from one `stack.toml` to its CloudFormation.
#[derive(Debug, Parser)]
#[command(name = "vod", version, after_help = BEGIN, max_term_width = 80)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Colors: auto, always or never.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    #[arg(hide_default_value = true, hide_possible_values = true)]
    color: ColorChoice,
}

const BEGIN: &str = "\
Begin with:
  vod init      write stack.toml
  vod local up  run it all on this machine, without an AWS account
  vod deploy    deploy it to AWS

Exit codes: 0 success; 1 something outside of the input failed; 2 wrong input,
such as a key, a stack or a video that there is not, or nobody agreed: nothing
was changed; 3 `diff --fail` found a difference.";

/// What a command is called with, by its name.
const EXAMPLES: [(&str, &str); 32] = [
    ("synth", "vod synth --config prod.toml --out prod.out"),
    ("package", "vod package"),
    ("diff", "vod diff --markdown --fail"),
    ("deploy", "vod deploy --config prod.toml --profile prod"),
    ("outputs", "vod outputs SourceBucket"),
    ("destroy", "vod destroy --config dev.toml --purge"),
    ("status", "vod status --json"),
    ("videos", "vod videos list --status error --since 1d"),
    ("videos list", "vod videos list --search holiday --since 7d"),
    ("videos show", "vod videos show 0b1f"),
    ("videos edit", "vod videos edit 0b1f --title 'Our holiday'"),
    ("videos retry", "vod videos retry --failed --since 1d --dry-run"),
    ("videos encode", "vod videos encode 0b1f 75e3"),
    ("videos cancel", "vod videos cancel 0b1f"),
    ("videos delete", "vod videos delete 0b1f --source --invalidate"),
    ("doctor", "vod doctor --profile prod"),
    ("logs", "vod logs encode --since 2h --follow"),
    ("list", "vod list"),
    ("graph", "vod graph ingest"),
    ("local", "vod local up --detach"),
    ("local up", "vod local up --set encoding.mp4=true"),
    ("local ingest", "vod local ingest holiday.mp4 --wait"),
    ("local status", "vod local status"),
    ("local env", "eval \"$(vod local env)\" && aws s3 ls"),
    ("local logs", "vod local logs encode --follow"),
    ("local down", "vod local down"),
    ("local reset", "vod local reset --config dev.toml"),
    ("local bench", "vod local bench 100"),
    ("init", "vod init dev.toml"),
    ("cost", "vod cost --minutes 1080p=1000 --views 10000"),
    ("schema", "vod schema > stack.schema.json"),
    ("completions", "vod completions bash > ~/.local/share/bash-completion/completions/vod"),
];

/// The command line, with an example for each command.
fn cli() -> clap::Command {
    fn with_example(command: clap::Command, mut path: std::str::SplitWhitespace<'_>, example: &str) -> clap::Command {
        match path.next() {
            Some(name) => command.mut_subcommand(name, |below| with_example(below, path, example)),
            None => command.after_help(format!("Example:\n  {example}")),
        }
    }
    EXAMPLES.iter().fold(Cli::command(), |cli, (path, example)| with_example(cli, path.split_whitespace(), example))
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the CloudFormation of stack.toml.
    Synth(synth::Args),
    /// Build the functions' code.
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
    /// Check machine, credentials, account and region.
    Doctor(doctor::Args),
    /// Show what the functions log.
    Logs(logs::Args),
    /// List the resources of the deployment.
    List(list::Args),
    /// Draw the stack or a state machine as a Mermaid flowchart.
    Graph(graph::Args),
    /// Run the platform on this machine, without an AWS account.
    #[command(subcommand)]
    Local(local::Command),
    /// Write a commented stack.toml with every key and its default.
    Init(init::Args),
    /// Estimate what a month costs.
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
    let matches = cli().get_matches();
    invocation::remember(&matches);
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
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
            Self::Doctor(args) => doctor::exec(args),
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

    /// Every command that is shown, with the words that call it.
    fn commands(command: &clap::Command, words: &str) -> Vec<(String, clap::Command)> {
        let below = command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help");
        let below = below.flat_map(|below| {
            let words = format!("{words} {}", below.get_name());
            [vec![(words.clone(), below.clone())], commands(below, &words)].concat()
        });
        below.collect()
    }

    #[test]
    fn each_commands_help_fits_a_screen_and_has_an_example() {
        let mut cli = cli();
        cli.build();
        let help = cli.render_help().to_string();
        assert!(help.lines().count() <= 40, "{help}");
        for name in ["vod init", "vod local up", "vod deploy"] {
            assert!(help.contains(name), "{name}: {help}");
        }
        for (words, mut command) in commands(&cli, "vod") {
            let help = command.render_help().to_string();
            assert!(help.lines().count() <= 40, "{words}: {help}");
            assert!(help.lines().all(|line| line.chars().count() <= 80), "{words}: {help}");
            let (_, example) = help.split_once("Example:\n  ").unwrap_or_else(|| panic!("{words} has no example"));
            let mut shell = shlex::Shlex::new(example.lines().next().unwrap());
            let words: Vec<String> =
                shell.by_ref().take_while(|word| !["|", ">", "&&"].contains(&word.as_str())).collect();
            if words.first().is_some_and(|word| word == "vod") {
                super::cli().try_get_matches_from(&words).unwrap_or_else(|error| panic!("{example}: {error}"));
            }
        }
    }

    #[test]
    fn only_the_options_of_aws_stand_under_aws() {
        for command in Cli::command().get_subcommands() {
            let own = command.get_arguments().filter(|option| option.get_help_heading() == Some("AWS"));
            let names: Vec<&str> = own.map(|option| option.get_id().as_str()).collect();
            assert!(
                names.is_empty() || names == ["local", "profile", "region", "endpoint_url"],
                "{}: {names:?}",
                command.get_name()
            );
        }
    }
}
