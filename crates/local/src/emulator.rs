//! The emulator of AWS: its installation, and its process.

use std::{
    path::{Path, PathBuf},
    process::{Command as Blocking, Stdio},
    time::Duration,
};

use fs_err as fs;
use tokio::{
    net::TcpListener,
    process::{Child, ChildStdin, Command},
    time::{Instant, sleep, timeout},
};

use super::{Error, Iam, ServiceError, ToolError, folder::Folder, http, keys::Keys};

/// The launcher; `docs/emulator.md` says what it adds to the emulator.
const LAUNCHER: &str = include_str!("../emulator/launch.py");
/// The emulator and what it needs, each at an exact version.
const REQUIREMENTS: &str = include_str!("../emulator/requirements.txt");

/// How long a start may take.
const START_TIMEOUT: Duration = Duration::from_mins(1);
/// How long saving the state may take.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);

/// Installs the emulator below the folder unless that was done for these versions; `announce` is called before.
pub(super) fn provide(folder: &Folder, python: &Path, announce: impl FnOnce()) -> Result<(), Error> {
    fs::write(launcher(folder), LAUNCHER)?;
    let venv = venv(folder);
    let stamp = venv.join("installed-from");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == REQUIREMENTS) {
        return Ok(());
    }
    announce();
    let requirements = folder.tools().join("requirements.txt");
    fs::write(&requirements, REQUIREMENTS)?;
    run("make a Python environment", None, Blocking::new(python).args(["-m", "venv", "--clear"]).arg(&venv))?;
    let mut install = Blocking::new(venv.join("bin/python"));
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    install.args(["--no-deps", "--only-binary=:all:", "--requirement"]).arg(&requirements);
    let hint = "it needs the network the first time, and PyPI or a mirror that pip is set up for";
    run("install the emulator with pip", Some(hint), &mut install)?;
    Ok(fs::write(stamp, REQUIREMENTS)?)
}

fn launcher(folder: &Folder) -> PathBuf {
    folder.tools().join("launch.py")
}

fn venv(folder: &Folder) -> PathBuf {
    folder.tools().join("ministack")
}

fn run(what: &'static str, hint: Option<&'static str>, command: &mut Blocking) -> Result<(), Error> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let output = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(ToolError::Command { what, output, hint }.into())
}

#[derive(Debug, Clone)]
pub(super) struct Role<'a> {
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    pub(super) iam: Iam,
    /// Its root's credentials.
    pub(super) keys: &'a Keys,
    /// The addresses of the services that it lacks.
    pub(super) endpoints: [(&'static str, String); 2],
}

#[derive(Debug)]
pub(super) struct Emulator {
    process: Child,
    /// It ends when this is closed, which happens even if this process is killed.
    input: ChildStdin,
    port: u16,
}

impl Emulator {
    /// Starts one on a port, or on any free one where that is taken.
    pub(super) async fn start(folder: &Folder, role: &Role<'_>, port: Option<u16>) -> Result<Self, Error> {
        let port = listen(port).await?.local_addr()?.port();
        let scratch = fs::canonicalize(folder.scratch())?;
        let log = fs::File::create(folder.emulator_log())?.into_file();
        let mut command = Command::new(venv(folder).join("bin/python"));
        command.arg(launcher(folder)).args(["--port", &port.to_string(), "--tied"]);
        command.args(["--region", role.region, "--account", role.account, "--state"]).arg(folder.emulator_state());
        command.arg(role.iam.option());
        // Functions inherit the emulator's environment, so it gets none of ours. Arguments are for everybody to see.
        command.env_clear().env("HOME", &scratch).env("TMPDIR", &scratch);
        command.env("AWS_ACCESS_KEY_ID", &role.keys.access_key_id);
        command.env("AWS_SECRET_ACCESS_KEY", &role.keys.secret_access_key);
        for (service, url) in &role.endpoints {
            command.env(format!("AWS_ENDPOINT_URL_{service}"), url);
        }
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        let mut process = command.spawn()?;
        let input = process.stdin.take().expect("the standard input is piped");
        let mut emulator = Self { process, input, port };
        emulator.wait_until_ready().await?;
        Ok(emulator)
    }

    /// Its port on the loopback interface.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Waits for an end that nobody asked for.
    pub(super) async fn ended(&mut self) -> Error {
        let _ = self.process.wait().await;
        ServiceError::Ended { what: "the emulator" }.into()
    }

    /// Stops it, which saves its state; says whether there was time for that.
    pub(super) async fn stop(mut self) -> bool {
        drop(self.input);
        let in_time = timeout(STOP_TIMEOUT, self.process.wait()).await.is_ok();
        if !in_time {
            // Nothing can be done about a failure here: what is gone already needs no killing.
            let _ = self.process.kill().await;
        }
        in_time
    }

    async fn wait_until_ready(&mut self) -> Result<(), Error> {
        let health = format!("http://127.0.0.1:{}/_ministack/health", self.port);
        let (client, deadline) = (http::Client::default(), Instant::now() + START_TIMEOUT);
        while client.get(&health).await.is_err() {
            if self.process.try_wait()?.is_some() || Instant::now() > deadline {
                return Err(ServiceError::Ended { what: "the emulator" }.into());
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }
}

/// Listens on a port of the loopback interface, or on any free one where that is taken.
pub(super) async fn listen(wanted: Option<u16>) -> Result<TcpListener, Error> {
    if let Some(port) = wanted
        && let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await
    {
        return Ok(listener);
    }
    Ok(TcpListener::bind(("127.0.0.1", 0)).await?)
}
