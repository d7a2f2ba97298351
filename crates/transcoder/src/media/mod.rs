//! Carries out one job: from its settings to files in their places.

pub(crate) mod abr;
pub(crate) mod captions;
pub(crate) mod capture;
pub(crate) mod clipping;
pub(crate) mod encode;
mod extra;
pub(crate) mod manifest;
pub(crate) mod overlay;
pub(crate) mod package;
pub(crate) mod plan;
pub(crate) mod probe;
pub(crate) mod process;
mod run;
pub(crate) mod storage;
pub(crate) mod timecode;

#[cfg(all(test, feature = "media-samples"))]
#[path = "../../tests/media_parts/mod.rs"]
mod parts;

use std::{path::PathBuf, sync::Arc, time::Duration};

use aws_types::SdkConfig;
use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use self::{process::Runner, storage::Storage};
use crate::{
    config::Config,
    work::{Completed, Engine, JobFailure, Limits, Work},
};

/// How long a probe may take.
const PROBE_TIMEOUT: Duration = Duration::from_mins(1);

/// The engine that carries out jobs with ffmpeg.
#[derive(Debug)]
pub struct Ffmpeg {
    storage: Storage,
    limits: Limits,
    /// The folder that probes work in; they leave nothing there.
    scratch: PathBuf,
}

impl Ffmpeg {
    /// An engine within the limits of a configuration, which calls S3 where the configuration or else `sdk` says.
    #[must_use]
    pub fn new(config: &Config, sdk: &SdkConfig) -> Arc<Self> {
        let mut settings = sdk.to_builder();
        settings.set_endpoint_url(config.s3_endpoint.clone().or_else(|| sdk.endpoint_url().map(str::to_owned)));
        let storage = Storage::new(&settings.build(), config.files.clone());
        Arc::new(Self { storage, limits: config.limits.clone(), scratch: config.state.join("probe") })
    }
}

impl Engine for Ffmpeg {
    fn run(&self, work: Work) -> BoxFuture<'_, Result<Completed, JobFailure>> {
        Box::pin(run::run(work, &self.storage, &self.limits))
    }

    fn probe<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Value, JobFailure>> {
        Box::pin(async move {
            let file = self.storage.input(url).await.map_err(|error| error.of_input())?;
            fs_err::create_dir_all(&self.scratch).map_err(|error| JobFailure::unknown(error.to_string()))?;
            let limits = Limits { duration: self.limits.duration.min(PROBE_TIMEOUT), ..self.limits.clone() };
            let runner = Runner::new(limits, &self.scratch, CancellationToken::new());
            let source = probe::probe(&runner, &file.address).await?;
            Ok(probe::answer(&source, &file))
        })
    }
}
