//! `vod graph`: the stack or a state machine as a Mermaid flowchart.

use clap::ValueEnum;
use pipeline::contract::Workflow;
use stacks::artifacts::Artifacts;

use super::failure::Failure;
use super::options::ConfigArgs;
use super::terminal::print;

/// How many segments of a path make one node: a function, its role and its log are one.
const CONSTRUCT_DEPTH: usize = 2;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to draw.
    #[arg(default_value = "stack")]
    what: Subject,
    #[command(flatten)]
    config: ConfigArgs,
}

/// What can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// The constructs of each stack, and which refers to which.
    Stack,
    /// The state machine from an upload to a validated video.
    Ingest,
    /// The state machine that encodes.
    Process,
    /// The state machine from the encoded video to its announcement.
    Publish,
}

impl Subject {
    fn workflow(self) -> Option<Workflow> {
        match self {
            Self::Stack => None,
            Self::Ingest => Some(Workflow::Ingest),
            Self::Process => Some(Workflow::Process),
            Self::Publish => Some(Workflow::Publish),
        }
    }
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let config = args.config.load()?;
    let platform = stacks::build(&config, &Artifacts::of_this_build())?;
    if let Some(workflow) = args.what.workflow() {
        let drawn: String = platform
            .workflows
            .iter()
            .filter(|(kind, _)| *kind == workflow)
            .map(|(_, states)| states.mermaid())
            .collect();
        return print(&format!("{}\n", drawn.trim_end()));
    }
    let stacks: String = platform.app.stacks().map(|stack| stack.mermaid(CONSTRUCT_DEPTH)).collect();
    print(&format!("flowchart LR\n{stacks}"))
}
