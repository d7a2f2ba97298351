//! The running platform: what others need to know of it, and how it is stopped.

use std::{
    thread,
    time::{Duration, Instant},
};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::SharedCredentialsProvider;
use fs_err as fs;
use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, getsid},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Error, Iam, StateError, folder::Folder, keys::Keys, proxy, read_json, write_json};
use aws::service::{MEDIA_CONVERT, MEDIA_PACKAGE_VOD};
use aws::{Aws, https_client};

/// How long a platform may take to stop before it is killed.
const STOP_TIMEOUT: Duration = Duration::from_mins(1);

/// A running platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The process that all others depend on; it leads their session.
    pub process: i32,
    pub emulator_process: Option<u32>,
    pub role: Role,
    /// Where it can be reached.
    pub ports: Ports,
    pub keys: Keys,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    pub region: String,
    pub account: String,
    pub iam: Iam,
}

/// The ports on the loopback interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    /// The emulator of AWS.
    pub aws: u16,
    /// The transcoder.
    pub mediaconvert: u16,
    /// The stand-in for MediaPackage VOD.
    pub mediapackage: u16,
    /// The player and the outputs.
    pub player: u16,
}

impl Ports {
    pub fn url(port: u16) -> String {
        format!("http://127.0.0.1:{port}")
    }
}

/// The endpoint of a service that wants the token in its address.
pub(super) fn endpoint(port: u16, keys: &Keys) -> String {
    format!("{}/{}", Ports::url(port), keys.token)
}

impl Session {
    /// The platform that runs in a folder.
    pub fn running(folder: &Folder) -> Result<Option<Self>, Error> {
        if !folder.is_locked()? || !folder.session().exists() {
            return Ok(None);
        }
        read_json(&folder.session()).map(Some)
    }

    /// The platform that runs in a folder, which is an error if there is none.
    pub fn expect(folder: &Folder) -> Result<Self, Error> {
        Ok(Self::running(folder)?.ok_or(StateError::NotRunning)?)
    }

    /// Lets others find it.
    pub(super) fn announce(&self, folder: &Folder) -> Result<(), Error> {
        write_json(&folder.ports(), &self.ports)?;
        write_json(&folder.session(), self)
    }

    pub fn player(&self) -> String {
        Ports::url(self.ports.player)
    }

    /// A record with addresses of the distribution as this machine reaches them.
    pub fn localized(&self, record: Value, domain: &str) -> Value {
        proxy::localized(record, domain, &self.player())
    }

    /// The endpoint of the emulated AWS.
    pub fn aws(&self) -> String {
        Ports::url(self.ports.aws)
    }

    /// The endpoint of the transcoder.
    pub fn mediaconvert(&self) -> String {
        endpoint(self.ports.mediaconvert, &self.keys)
    }

    /// The endpoint of the stand-in for MediaPackage VOD.
    pub fn mediapackage(&self) -> String {
        endpoint(self.ports.mediapackage, &self.keys)
    }

    /// The way to all its services, as root of its account.
    pub fn way(&self) -> Aws {
        let config = aws_config::SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(https_client())
            .region(Region::new(self.role.region.clone()))
            .endpoint_url(self.aws())
            .credentials_provider(SharedCredentialsProvider::new(self.keys.credentials()));
        let elsewhere = vec![(MEDIA_CONVERT, self.mediaconvert()), (MEDIA_PACKAGE_VOD, self.mediapackage())];
        Aws::of_platform(config.build(), elsewhere)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    Nothing,
    /// It ended by itself, with its state saved.
    InOrder,
    /// It did not answer and was killed: what it had not saved is lost.
    Killed,
}

/// Stops the platform of a folder and waits until it is gone.
pub fn stop(folder: &Folder) -> Result<Stopped, Error> {
    let Some(session) = Session::running(folder)? else { return Ok(Stopped::Nothing) };
    let leader = Pid::from_raw(session.process);
    kill(leader, Signal::SIGTERM).map_err(std::io::Error::from)?;
    let gone = || {
        let deadline = Instant::now() + STOP_TIMEOUT;
        while folder.is_locked()? {
            if Instant::now() > deadline {
                return Ok(false);
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok::<_, Error>(true)
    };
    if gone()? {
        return Ok(Stopped::InOrder);
    }
    // The emulator notices, and ends with everything else in the session.
    kill(leader, Signal::SIGKILL).map_err(std::io::Error::from)?;
    gone()?;
    Ok(Stopped::Killed)
}

/// Removes what a platform that was killed left behind: its emulator, which saves its state and then ends by itself, is waited
/// for, so that two never use one state; and its addresses, which would pass for those of the next.
pub(super) fn clear(folder: &Folder) -> Result<(), Error> {
    if !folder.session().exists() {
        return Ok(());
    }
    let session: Session = read_json(&folder.session())?;
    let deadline = Instant::now() + STOP_TIMEOUT;
    let is_left = |emulator: u32| {
        let emulator = Pid::from_raw(emulator.cast_signed());
        getsid(Some(emulator)).is_ok_and(|leader| leader.as_raw() == session.process)
    };
    while session.emulator_process.is_some_and(is_left) && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(50));
    }
    Ok(fs::remove_file(folder.session())?)
}

/// A process of the platform and its resident memory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Process {
    pub id: i32,
    pub command: String,
    /// Its resident memory, in KiB.
    #[serde(rename = "memoryKib")]
    pub memory: u64,
}

/// The processes of the session that a process leads, by `/proc`; none on systems that have no such folder.
pub fn processes(leader: i32) -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    let ours = ids.filter(|id| getsid(Some(Pid::from_raw(*id))).is_ok_and(|session| session.as_raw() == leader));
    let mut found: Vec<Process> = ours.filter_map(process).collect();
    found.sort();
    found
}

fn process(id: i32) -> Option<Process> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let memory = field("VmRSS:")?.trim_end_matches(" kB").parse().ok()?;
    Some(Process { id, command: field("Name:")?.to_owned(), memory })
}
