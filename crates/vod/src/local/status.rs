//! `vod local status`.

use std::fmt::{self, Write as _};

use local::session::{self, Ports, Process};
use local::{Deployment, Session};
use serde_json::json;

use super::super::failure::Failure;
use super::super::terminal::{print, print_json};
use super::Place;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let folder = args.place.folder();
    let session = Session::expect(&folder)?;
    let deployment = Deployment::find(&folder)?;
    let processes = session::processes(session.process);
    if args.json {
        let addresses = json!({
            "player": session.player(), "aws": session.aws(), "mediaConvert": session.mediaconvert(),
            "mediaPackageVod": session.mediapackage(),
        });
        return print_json(&json!({
            "addresses": addresses, "session": session, "deployment": deployment, "processes": processes,
        }));
    }
    let mut text = Addresses { session: &session, deployment: deployment.as_ref() }.to_string();
    if !processes.is_empty() {
        text.push_str("\nProcesses:\n");
    }
    for Process { id, command, memory } in processes {
        let _ = writeln!(text, "  {id:>8}  {:>5} MiB  {command}", memory / 1024);
    }
    print(&text)
}

pub(super) struct Addresses<'a> {
    pub(super) session: &'a Session,
    pub(super) deployment: Option<&'a Deployment>,
}

impl fmt::Display for Addresses<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Session { ports, role, .. } = self.session;
        writeln!(f, "  player        {}/", Ports::url(ports.player))?;
        writeln!(f, "  AWS           {}  (account {}, {})", Ports::url(ports.aws), role.account, role.region)?;
        writeln!(f, "  AWS tools     eval \"$(vod local env)\"")?;
        let Some(deployment) = self.deployment else { return writeln!(f, "Nothing is deployed.") };
        writeln!(f, "  stack         {}", deployment.stack)?;
        if let Ok(bucket) = deployment.output("SourceBucket") {
            writeln!(f, "  uploads       s3://{bucket}/")?;
        }
        Ok(())
    }
}
