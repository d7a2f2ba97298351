//! What whoever runs the service decides.

use std::{path::PathBuf, time::Duration};

use aws_credential_types::Credentials;

use crate::{loopback::Token, work::Limits};

#[derive(Debug, Clone)]
pub struct Config {
    /// The folder for jobs, templates, presets, queues and work files; made when it is missing.
    pub state: PathBuf,
    /// The region that stands in ARNs and events, and that AWS clients use.
    pub region: String,
    /// The account that stands in ARNs and events: twelve digits.
    pub account: String,
    /// What AWS clients sign with; what the environment gives, when left out.
    pub credentials: Option<Credentials>,
    /// The folder below which `file://` addresses are read and written; none are, when left out.
    pub files: Option<PathBuf>,
    /// Where S3 answers; the endpoint that the environment or the region gives, when left out.
    pub s3_endpoint: Option<String>,
    pub events: Events,
    /// What every address begins with; who knows the port may ask, when left out.
    pub token: Option<Token>,
    /// How many jobs run at once over all queues.
    pub concurrency: usize,
    pub limits: Limits,
    pub pace: Pace,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Events {
    Bus {
        /// Where EventBridge answers; the endpoint that the environment or the region gives, when left out.
        endpoint: Option<String>,
    },
    Nobody,
}

/// How long MediaConvert's units of time are here: a job of seconds has no use for an update every minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// A minute of `WaitMinutes`, after which a job hops to another queue.
    pub hop_minute: Duration,
    /// A second of `StatusUpdateInterval`, which is 60 seconds when left out.
    pub status_second: Duration,
    /// How long a `ClientRequestToken` is remembered.
    pub token: Duration,
}

impl Pace {
    /// As MediaConvert has it.
    pub const REAL: Self = Self {
        hop_minute: Duration::from_mins(1),
        status_second: Duration::from_secs(1),
        token: Duration::from_mins(1),
    };
    /// Updates twenty times as often.
    pub const LOCAL: Self = Self { status_second: Duration::from_millis(50), ..Self::REAL };
}
