//! The process that everything local depends on.

use std::{io::Read as _, net::SocketAddr, thread, time::Duration};

use axum::Router;
use fs_err as fs;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use transcoder::{Config, Events, Pace, loopback, work::Limits};

use super::{
    Error, Folder, ServiceError, StateError,
    emulator::{self, Emulator, listen},
    keys::Keys,
    packaging, proxy, read_json,
    session::{Ports, Role, Session, endpoint},
};

/// How long the transcoder may take to stop its jobs.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a job may take.
const JOB_TIMEOUT: Duration = Duration::from_hours(12);
/// How large a job's work files may become, in bytes.
const MAX_SCRATCH_BYTES: u64 = 200 << 30;
/// How many jobs run at once at most: each of them takes the memory of a whole ladder.
const MAX_JOBS: usize = 3;

/// Makes this process the leader of a new session, so that what it starts is distinct from everything else.
pub fn lead_session() -> Result<(), Error> {
    nix::unistd::setsid().map_err(std::io::Error::from)?;
    Ok(())
}

/// Runs a platform until it is asked to stop, or a part of it ends.
///
/// It also stops when the standard input ends, unless a byte came before: then whoever started it has let it go.
pub async fn serve(folder: &Folder, role: Role) -> Result<(), Error> {
    let Some(_lock) = folder.lock()? else { return Err(StateError::Running.into()) };
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    if folder.scratch().exists() {
        // What a killed platform left behind.
        fs::remove_dir_all(folder.scratch())?;
    }
    fs::create_dir_all(folder.scratch())?;
    let mut platform = Platform::start(folder, role).await?;
    tracing::info!("ready: {}", Ports::url(platform.session.ports.player));
    let outcome = tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
        () = deserted() => Ok(()),
        error = platform.emulator.ended() => Err(error),
        error = platform.services.ended() => Err(error),
    };
    tracing::info!("stopping");
    platform.stop().await;
    fs::remove_file(folder.session())?;
    outcome
}

/// Waits until whoever started this process is gone without having let it go.
async fn deserted() {
    let (sender, receiver) = oneshot::channel();
    // A thread, because nothing can be waiting for it when the process ends.
    thread::spawn(move || {
        if matches!(std::io::stdin().read(&mut [0]), Ok(0) | Err(_)) {
            let _ = sender.send(());
        }
    });
    if receiver.await.is_err() {
        std::future::pending::<()>().await;
    }
}

struct Platform {
    session: Session,
    emulator: Emulator,
    services: Services,
}

impl Platform {
    async fn start(folder: &Folder, role: Role) -> Result<Self, Error> {
        let last: Option<Ports> = folder.ports().exists().then(|| read_json(&folder.ports())).transpose()?;
        let transcoder = listen(last.map(|ports| ports.mediaconvert)).await?;
        let assets = listen(last.map(|ports| ports.mediapackage)).await?;
        let player = listen(last.map(|ports| ports.player)).await?;
        let keys = Keys::of(folder)?;
        let url = |listener: &TcpListener| Ok::<_, Error>(endpoint(listener.local_addr()?.port(), &keys));
        let endpoints = [("MEDIACONVERT", url(&transcoder)?), ("MEDIAPACKAGE_VOD", url(&assets)?)];
        let plays =
            emulator::Role { region: &role.region, account: &role.account, iam: role.iam, keys: &keys, endpoints };
        let emulator = Emulator::start(folder, &plays, last.map(|ports| ports.aws)).await?;
        let port = |listener: &TcpListener| listener.local_addr().as_ref().map_or(0, SocketAddr::port);
        let ports = Ports {
            aws: emulator.port(),
            mediaconvert: port(&transcoder),
            mediapackage: port(&assets),
            player: port(&player),
        };
        let process = nix::unistd::getpid().as_raw();
        let session = Session { process, emulator_process: emulator.id(), role, ports, keys };
        let services = Services::start(folder, &session, Listeners { transcoder, assets, player })?;
        session.announce(folder)?;
        Ok(Self { session, emulator, services })
    }

    /// Stops the services first: they need the emulator to say how their jobs ended.
    async fn stop(self) {
        self.services.stop().await;
        if !self.emulator.stop().await {
            tracing::error!("the emulator did not stop in time: its last changes are lost");
        }
    }
}

struct Listeners {
    transcoder: TcpListener,
    assets: TcpListener,
    player: TcpListener,
}

/// The services that run in this process.
struct Services {
    stop: CancellationToken,
    transcoder: JoinHandle<Result<(), Error>>,
    others: [JoinHandle<std::io::Result<()>>; 2],
}

impl Services {
    fn start(folder: &Folder, session: &Session, listeners: Listeners) -> Result<Self, Error> {
        let stop = CancellationToken::new();
        let place = packaging::Place { region: session.role.region.clone(), account: session.role.account.clone() };
        let assets = packaging::router(place, folder.assets())?;
        let assets = Router::new().nest(&format!("/{}", session.keys.token), assets);
        let assets = loopback::guarded(assets, session.ports.mediapackage);
        let player = proxy::router(session.ports.aws, folder.deployment());
        let player = loopback::guarded(player, session.ports.player);
        let transcoder = transcoder::serve(listeners.transcoder, transcoder_config(folder, session), stop.clone());
        let transcoder = tokio::spawn(async move { Ok(transcoder.await.map_err(ServiceError::from)?) });
        let others = [(listeners.assets, assets), (listeners.player, player)]
            .map(|(listener, router)| tokio::spawn(axum::serve(listener, router).into_future()));
        Ok(Self { stop, transcoder, others })
    }

    /// Waits for an end that nobody asked for.
    async fn ended(&mut self) -> Error {
        match (&mut self.transcoder).await {
            Ok(Err(error)) => error,
            Ok(Ok(())) | Err(_) => ServiceError::Ended { what: "the transcoder" }.into(),
        }
    }

    async fn stop(mut self) {
        self.stop.cancel();
        if !self.transcoder.is_finished() && timeout(STOP_TIMEOUT, &mut self.transcoder).await.is_err() {
            tracing::error!("the transcoder did not stop in time");
            self.transcoder.abort();
        }
        self.others.iter().for_each(JoinHandle::abort);
    }
}

/// The transcoder of a platform.
fn transcoder_config(folder: &Folder, session: &Session) -> Config {
    let aws = session.aws();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    Config {
        state: folder.transcoder_state(),
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
