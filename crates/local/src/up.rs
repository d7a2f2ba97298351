//! Brings the platform up: what is missing, the processes, the functions, the stack.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use fs_err as fs;
use synth::CloudAssembly;

use super::{
    Deployment, Error, Folder, Iam, ServiceError, bootstrap, deployment, emulator, programs,
    session::{self, Role, Session},
};

/// The account of a deployment that is for none.
pub const ACCOUNT: &str = "000000000000";

/// How long the processes may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(90);

/// What happens on the way up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The emulator is installed; that takes a network and some seconds, once.
    InstallEmulator,
    Start,
    /// The processes run already.
    Running,
    /// They run as something else than the configuration asks for, and are started anew.
    Restart,
    /// The functions are built; that takes minutes the first time.
    BuildFunctions,
    /// The stack is created or updated.
    Deploy {
        stack: String,
    },
    Unchanged,
    Change {
        /// How many resources that touches.
        resources: usize,
    },
}

/// Brings a platform up.
#[derive(Debug)]
pub struct Up<'a> {
    /// Where the platform keeps its things.
    pub folder: &'a Folder,
    /// What is deployed; it is written to the folder already.
    pub assembly: &'a CloudAssembly,
    /// What is known of the deployment before it has outputs.
    pub deployment: Deployment,
    /// The region that the assembly is for.
    pub region: String,
    pub account: String,
    /// The MediaConvert queues that the deployment names.
    pub queues: Vec<String>,
    /// The bucket that the templates take their files from.
    pub asset_bucket: String,
    /// The functions' code in the assembly.
    pub code: String,
    pub iam: Iam,
    /// Starts the process that runs [`super::serve::serve`].
    pub program: PathBuf,
}

/// A platform that is up.
#[derive(Debug)]
pub struct Ready {
    pub session: Session,
    pub deployment: Deployment,
    pub process: Option<Owner>,
}

/// A started process that the platform depends on; it stops when this is dropped.
#[derive(Debug)]
pub struct Owner {
    process: Child,
}

impl Up<'_> {
    /// Does what is left to do; a second time that is what changed.
    pub async fn run(&self, notify: &mut dyn FnMut(Step)) -> Result<Ready, Error> {
        let python = programs::check()?;
        self.folder.create()?;
        emulator::provide(self.folder, &python, || notify(Step::InstallEmulator))?;
        bootstrap::provide(&self.folder.assembly().join(&self.code), || notify(Step::BuildFunctions))?;
        let (session, process) = self.processes(notify)?;
        notify(Step::Deploy { stack: self.deployment.stack.clone() });
        let deployment = deployment::deploy(self, &session, notify).await?;
        deployment.keep(self.folder)?;
        Ok(Ready { session, deployment, process })
    }

    /// The running processes, which are started if need be.
    fn processes(&self, notify: &mut dyn FnMut(Step)) -> Result<(Session, Option<Owner>), Error> {
        let role = Role { region: self.region.clone(), account: self.account.clone(), iam: self.iam };
        match Session::running(self.folder)? {
            Some(session) if session.role == role => {
                notify(Step::Running);
                return Ok((session, None));
            }
            Some(_) => {
                notify(Step::Restart);
                session::stop(self.folder)?;
            }
            None => {
                notify(Step::Start);
                session::clear(self.folder)?;
            }
        }
        let mut owner = Owner::start(&self.program, self.folder, &role)?;
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            if let Some(session) = Session::running(self.folder)? {
                return Ok((session, Some(owner)));
            }
            if owner.process.try_wait()?.is_some() || Instant::now() > deadline {
                return Err(ServiceError::Start { log: self.last_words() }.into());
            }
            thread::sleep(Duration::from_millis(30));
        }
    }

    /// The end of the logs.
    fn last_words(&self) -> String {
        let logs =
            [self.folder.log(), self.folder.emulator_log()].map(|log| fs::read_to_string(log).unwrap_or_default());
        let lines = logs.iter().flat_map(|log| {
            let lines: Vec<&str> = log.lines().collect();
            lines[lines.len().saturating_sub(8)..].to_vec()
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

impl Owner {
    fn start(program: &Path, folder: &Folder, role: &Role) -> Result<Self, Error> {
        let log = fs::File::create(folder.log())?.into_file();
        let mut command = Command::new(program);
        command.args(["local", "serve", "--region", &role.region, "--account", &role.account]);
        command.arg("--folder").arg(fs::canonicalize(folder.path())?);
        command.arg(role.iam.option());
        // Nothing of the user's own AWS is meant here.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
            command.env_remove(name);
        }
        command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log);
        Ok(Self { process: command.spawn()? })
    }

    /// Lets it go: it runs on without this process.
    pub fn release(mut self) -> Result<(), Error> {
        Ok(self.process.stdin.take().map_or(Ok(()), |mut input| input.write_all(b"\n"))?)
    }

    pub fn ended(&mut self) -> Result<Option<ExitStatus>, Error> {
        Ok(self.process.try_wait()?)
    }
}
