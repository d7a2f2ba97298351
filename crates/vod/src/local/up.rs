//! `vod local up`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::time::Duration;

use config::Config;
use local::up::{ACCOUNT, Owner, Ready, Step, Up};
use local::{Deployment, Error, Folder, Iam, StateError, session};
use pipeline::settings::WorkflowTrigger;
use stacks::artifacts::Artifacts;
use stacks::scripts::OWN_BUCKET_PREFIX;
use synth::CloudAssembly;
use tokio::signal::unix::{SignalKind, signal};

use super::super::failure::{Failure, UsageError};
use super::super::invocation::command;
use super::super::options::{ConfigArgs, with_bucket};
use super::super::terminal::{block_on, print};
use super::status::Addresses;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    config: ConfigArgs,
    /// Return when all is up; `vod local down` stops it.
    #[arg(long, short)]
    detach: bool,
    /// Whether the emulator enforces the policies of roles, buckets and topics; it wants credentials in any case.
    #[arg(
        long,
        value_name = "POLICIES",
        default_value = "enforced",
        default_missing_value = "enforced",
        num_args = 0..=1,
        require_equals = true
    )]
    auth: Iam,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let config = args.config.load()?;
    let folder = Folder::beside(args.config.path());
    let assembly = assemble(&config, &folder)?;
    let up = prepare(&config, &folder, &assembly, args.auth)?;
    let Ready { session, deployment, process } = block_on(async {
        // Whoever no longer reads the output sees the command's end.
        Ok(up.run(&mut |step| print(&line(&step)).unwrap_or_default()).await?)
    })?;
    let addresses = Addresses { session: &session, deployment: Some(&deployment) };
    match process {
        Some(owner) if !args.detach => {
            print(&format!("\n{addresses}\nCtrl-C stops everything; what is stored stays.\n\n"))?;
            watch(&folder, owner)
        }
        owner => {
            owner.map_or(Ok(()), Owner::release)?;
            print(&format!("\n{addresses}\n{}", next()))
        }
    }
}

fn account(config: &Config) -> String {
    config.account.as_ref().map_or_else(|| ACCOUNT.to_owned(), ToString::to_string)
}

/// The bucket that the templates take their files from.
fn asset_bucket(config: &Config) -> String {
    let own = || format!("{OWN_BUCKET_PREFIX}{}-{}", account(config), config.region.as_str());
    config.assets.bucket.as_ref().map_or_else(own, ToString::to_string)
}

/// What is known of a deployment before it has outputs.
pub(crate) fn deployment(config: &Config) -> Deployment {
    Deployment {
        stack: config.name.to_string(),
        trigger: config.source.trigger,
        metadata_wait_seconds: match config.source.trigger {
            WorkflowTrigger::Both => config.source.metadata_wait(),
            WorkflowTrigger::Video | WorkflowTrigger::Metadata => 0,
        },
        source_folder: config.source.folder.as_ref().map(ToString::to_string),
        outputs: BTreeMap::new(),
    }
}

/// The assembly to deploy, written to the folder.
fn assemble(config: &Config, folder: &Folder) -> Result<CloudAssembly, Failure> {
    folder.create()?;
    let config = with_bucket(config.clone(), Some(&asset_bucket(config)));
    let assembly = stacks::build(&config, &Artifacts::of_this_build())?.app.synth()?;
    let path = folder.assembly();
    assembly.write(&path).map_err(UsageError::file("write", &path))?;
    Ok(assembly)
}

fn prepare<'f>(config: &Config, folder: &'f Folder, assembly: &'f CloudAssembly, iam: Iam) -> Result<Up<'f>, Failure> {
    let queue = &config.encoding.queue;
    Ok(Up {
        folder,
        assembly,
        deployment: deployment(config),
        region: config.region.as_str().to_owned(),
        account: account(config),
        queues: queue.name.iter().chain(queue.hop.iter().map(|hop| &hop.queue)).map(ToString::to_string).collect(),
        asset_bucket: asset_bucket(config),
        code: stacks::code_file(config, &Artifacts::of_this_build()),
        iam,
        program: std::env::current_exe().map_err(Error::from)?,
    })
}

fn next() -> String {
    let lines = [
        ("vod local ingest FILE…", "sends videos through it"),
        ("vod local logs --follow", "shows what the functions log"),
        ("vod local down", "stops it"),
    ]
    .map(|(words, what)| (command(words), what));
    let width = lines.iter().map(|(command, _)| command.chars().count()).max().unwrap_or_default();
    lines.iter().fold("Next:\n".to_owned(), |mut text, (command, what)| {
        let _ = writeln!(text, "  {command:width$}  {what}");
        text
    })
}

fn line(step: &Step) -> String {
    match step {
        Step::InstallEmulator => "Installing the emulator of AWS, once.\n".to_owned(),
        Step::BuildFunctions => "Building the functions; the first time takes some minutes.\n".to_owned(),
        Step::Start => "Starting the emulator and the transcoder.\n".to_owned(),
        Step::Running => "Everything runs already.\n".to_owned(),
        Step::Restart => "Starting everything anew, as another account, region or with other enforcement.\n".to_owned(),
        Step::Deploy { stack } => format!("Deploying the stack {stack}.\n"),
        Step::Unchanged => "  Nothing has changed.\n".to_owned(),
        Step::Change { resources: 1 } => "  1 resource changes.\n".to_owned(),
        Step::Change { resources } => format!("  {resources} resources change.\n"),
    }
}

/// Shows the platform's log until it ends or is to end.
fn watch(folder: &Folder, mut owner: Owner) -> Result<(), Failure> {
    let watching = async {
        let mut log = File::open(folder.log())?;
        log.seek(SeekFrom::End(0))?;
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let mut hang_up = signal(SignalKind::hangup())?;
        loop {
            tokio::select! {
                _ = interrupt.recv() => return Ok(()),
                _ = terminate.recv() => return Ok(()),
                _ = hang_up.recv() => return Ok(()),
                () = tokio::time::sleep(Duration::from_millis(200)) => {}
            }
            let mut lines = String::new();
            log.read_to_string(&mut lines)?;
            let _ = print(&lines);
            if owner.ended()?.is_some() {
                return Err(Error::from(StateError::NotRunning));
            }
        }
    };
    block_on(async { Ok(watching.await?) })?;
    let _ = print("\nStopping.\n");
    session::stop(folder)?;
    Ok(())
}
