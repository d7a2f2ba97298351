//! Starts the service's parts, and stops them.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::service::{
    Service, api,
    events::{Bus, publish},
    schedule::{recover, schedule},
    store::{Queue, Store, now},
};
use crate::{
    config::{Config, Events},
    loopback,
    media::Ffmpeg,
    work::Engine,
};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot open the state in {folder}: {source}")]
    State { folder: PathBuf, source: io::Error },
    #[error("another transcoder works in {folder}")]
    Busy { folder: PathBuf },
    #[error("a part of the service failed: {0}")]
    Part(#[source] tokio::task::JoinError),
    #[error("`{0}` is not an account: twelve digits")]
    Account(String),
    #[error("cannot serve: {0}")]
    Serve(#[source] io::Error),
}

/// Serves until `shutdown`, and carries out jobs with ffmpeg.
///
/// Whoever stops it stops running jobs too; they are taken up again when the service starts on the same state.
pub async fn serve(listener: TcpListener, config: Config, shutdown: CancellationToken) -> Result<(), Error> {
    let engine = Ffmpeg::new(&config, &sdk(&config).await);
    serve_with(listener, config, engine, shutdown).await
}

/// Serves as [`serve`] does, with an engine of the caller's choice.
pub async fn serve_with(
    listener: TcpListener,
    config: Config,
    engine: Arc<dyn Engine>,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    if config.account.len() != 12 || !config.account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::Account(config.account));
    }
    let work_files = config.state.join("work");
    let unusable = |source| Error::State { folder: config.state.clone(), source };
    // Held until the service ends.
    let _lock = lock(&config.state).map_err(unusable)?.ok_or_else(|| Error::Busy { folder: config.state.clone() })?;
    let store = open(&config, &work_files).map_err(unusable)?;
    let bus = match &config.events {
        Events::Nobody => Bus::Nowhere,
        Events::Bus { endpoint } => Bus::EventBridge(event_bridge(&config, endpoint.as_deref()).await),
    };
    let service = Arc::new(Service::new(&config, store, engine));
    recover(&service);
    let publisher = part(&shutdown, publish(Arc::clone(&service), bus, shutdown.clone()));
    let scheduler = part(&shutdown, schedule(Arc::clone(&service), work_files, shutdown.clone()));
    let stop = shutdown.clone();
    let port = listener.local_addr().map_err(Error::Serve)?.port();
    let router = loopback::guarded(api::router(service, config.token.as_ref()), port);
    let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await;
    shutdown.cancel();
    let (scheduler, publisher) = (scheduler.await, publisher.await);
    served.map_err(Error::Serve)?;
    scheduler.and(publisher).map_err(Error::Part)
}

/// Runs a part of the service; when it ends, however that is, the whole service does.
fn part(shutdown: &CancellationToken, work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    let guard = shutdown.clone().drop_guard();
    tokio::spawn(async move {
        let _guard = guard;
        work.await;
    })
}

/// Claims the state for this process; nothing when another has it.
fn lock(state: &Path) -> io::Result<Option<File>> {
    fs_err::create_dir_all(state)?;
    let file = File::create(state.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn open(config: &Config, work_files: &Path) -> io::Result<Store> {
    if work_files.exists() {
        fs_err::remove_dir_all(work_files)?;
    }
    let store = Store::open(&config.state)?;
    let mut session = store.session();
    if session.get::<Queue>(Queue::DEFAULT).is_none() {
        session.save(Queue::new(Queue::DEFAULT, now()))?;
    }
    drop(session);
    Ok(store)
}

/// The client of HTTP that every call to AWS goes through: TLS of rustls, with the cryptography of ring.
#[must_use]
pub fn https_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

async fn sdk(config: &Config) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(https_client())
        .region(Region::new(config.region.clone()));
    if let Some(credentials) = &config.credentials {
        loader = loader.credentials_provider(credentials.clone());
    }
    loader.load().await
}

async fn event_bridge(config: &Config, endpoint: Option<&str>) -> aws_sdk_eventbridge::Client {
    let sdk = sdk(config).await;
    let mut settings = aws_sdk_eventbridge::config::Builder::from(&sdk);
    settings.set_endpoint_url(endpoint.map(str::to_owned).or_else(|| sdk.endpoint_url().map(str::to_owned)));
    aws_sdk_eventbridge::Client::from_conf(settings.build())
}
