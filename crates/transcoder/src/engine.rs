//! What carries out jobs, as the service sees it.

use std::{path::PathBuf, sync::Arc, time::Duration};

use aws_config::SdkConfig;
use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{
    config::Config,
    media::{
        self, probe,
        process::Runner,
        storage::Storage,
        work::{Completed, JobFailure, Limits, Work},
    },
};

/// How long somebody who asks waits for an answer about a file.
const PROBE: Duration = Duration::from_mins(1);
/// MediaConvert's number for what it cannot explain.
pub(crate) const UNKNOWN: u32 = 1999;

/// Carries out jobs and looks into files; tests have one that follows a script.
pub trait Engine: Send + Sync + 'static {
    /// Carries out one job; ends soon after `work.cancel` is canceled.
    fn run(&self, work: Work) -> BoxFuture<'_, Result<Completed, JobFailure>>;

    /// Looks into a file, and tells what it is in the shape of Probe's `ProbeResult` on the wire.
    fn probe<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Value, JobFailure>>;
}

/// The engine that works: ffmpeg.
pub(crate) struct Ffmpeg {
    storage: Storage,
    limits: Limits,
    /// The folder that probes work in; they leave nothing there.
    scratch: PathBuf,
}

impl Ffmpeg {
    pub(crate) fn new(config: &Config, sdk: &SdkConfig) -> Arc<Self> {
        let mut settings = sdk.to_builder();
        settings.set_endpoint_url(config.s3_endpoint.clone().or_else(|| sdk.endpoint_url().map(str::to_owned)));
        let storage = Storage::new(&settings.build(), config.files.clone());
        Arc::new(Self { storage, limits: config.limits.clone(), scratch: config.state.join("probe") })
    }
}

impl Engine for Ffmpeg {
    fn run(&self, work: Work) -> BoxFuture<'_, Result<Completed, JobFailure>> {
        Box::pin(media::run(work, &self.storage, &self.limits))
    }

    fn probe<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Value, JobFailure>> {
        Box::pin(async move {
            let file = self.storage.input(url).await.map_err(|error| error.of_input())?;
            fs_err::create_dir_all(&self.scratch)
                .map_err(|error| JobFailure { code: UNKNOWN, message: error.to_string() })?;
            let limits = Limits { duration: self.limits.duration.min(PROBE), ..self.limits.clone() };
            let runner = Runner::new(limits, &self.scratch, CancellationToken::new());
            let source = probe::probe(&runner, &file.address).await?;
            Ok(probe::answer(&source, &file))
        })
    }
}
