//! The transcoder, in this process.

use std::{path::PathBuf, thread, time::Duration};

use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use transcoder::{Config, Events, Pace, work::Limits};

use super::{Error, Folder, ServiceError, Session};

/// How long a job may take.
const JOB_TIMEOUT: Duration = Duration::from_hours(12);
/// How large a job's work files may become, in bytes.
const MAX_SCRATCH_BYTES: u64 = 200 << 30;
/// How many jobs run at once at most: each of them takes the memory of a whole ladder.
const MAX_JOBS: usize = 3;

/// Starts the transcoder on a listener.
pub(super) fn start(
    folder: &Folder,
    session: &Session,
    listener: TcpListener,
    stop: CancellationToken,
) -> JoinHandle<Result<(), Error>> {
    let config = config(folder.transcoder_state(), session);
    tokio::spawn(async move { Ok(transcoder::serve(listener, config, stop).await.map_err(ServiceError::from)?) })
}

fn config(state: PathBuf, session: &Session) -> Config {
    let aws = session.aws();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    Config {
        state,
        region: session.role.region.clone(),
        account: session.role.account.clone(),
        credentials: Some(session.keys.credentials()),
        files: None,
        s3_endpoint: Some(aws.clone()),
        events: Events::Bus { endpoint: Some(aws) },
        token: Some(session.keys.token.clone()),
        concurrency: threads.div_ceil(2).min(MAX_JOBS),
        limits: Limits { duration: JOB_TIMEOUT, scratch: MAX_SCRATCH_BYTES, threads },
        pace: Pace::LOCAL,
    }
}
