//! `mediainfo`: finds out what is in a source.
//!
//! `MediaConvert`'s Probe says what it will make of the source, and MP4 files complete that from their own boxes. Where
//! Probe does not help, the file is looked into here alone.

mod source;

use aws_sdk_mediaconvert::types::ProbeInputFile;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use futures_util::future::BoxFuture;
use pipeline::{
    errors::{ErrorName, RETRYABLE},
    mediainfo::{self, MediaInfo, names, probe},
    metrics::Metric,
    record::Record,
};
use serde::Deserialize as _;
use serde_json::Value;

use self::source::Source;
use super::Handle;
use crate::{
    aws::{self, failure::ServiceFailure, files::Files, raw_json::ResponseBody},
    environment::Environment,
    failure::{Failure, chain},
    media::{
        MediaError,
        remote::{self, RemoteError},
    },
    metrics,
    service::Invocation,
};

/// The handler.
#[derive(Debug)]
pub(super) struct Mediainfo {
    s3: aws_sdk_s3::Client,
    media_convert: aws_sdk_mediaconvert::Client,
    files: Files,
}

/// Why Probe reported nothing.
#[derive(Debug, thiserror::Error)]
enum ProbeError {
    /// The call failed.
    #[error(transparent)]
    Service(#[from] ServiceFailure),
    /// The answer is none.
    #[error(transparent)]
    Answer(#[from] probe::ProbeProblem),
    /// There is a container, and nothing in it.
    #[error("MediaConvert's Probe found no track")]
    NoTrack,
}

/// A source that cannot be encoded.
#[derive(Debug, thiserror::Error)]
#[error("the source `{key}` cannot be used: {error}{}", probe.as_ref().map(|said| format!("; {said}")).unwrap_or_default())]
struct InvalidSource {
    key: String,
    error: MediaError,
    probe: Option<String>,
}

impl Mediainfo {
    /// A handler that calls AWS with this configuration.
    ///
    /// # Errors
    /// When a variable is not set.
    pub(super) fn new(sdk: &SdkConfig, environment: &Environment) -> Result<Self, Failure> {
        let patient = sdk.clone().into_builder().timeout_config(patient(sdk.timeout_config())).build();
        let media_convert = aws::media_convert(&patient, environment)?;
        Ok(Self { s3: aws_sdk_s3::Client::new(sdk), media_convert, files: Files::new(sdk) })
    }

    async fn look(&self, event: Value) -> Result<Value, Failure> {
        let mut record = Record::deserialize(event)
            .map_err(|source| Failure::InvalidEvent { expected: "the record of a workflow", source })?;
        let source = Source::open(&self.s3, &record.source).await?;
        let info = self.info(&source).await?;
        tracing::info!(
            container = info.container.format,
            duration = info.container.duration,
            video = info.video.len(),
            audio = info.audio.len(),
            text = info.text.len(),
            "looked into the source"
        );
        if let Some(seconds) = info.container.duration {
            metrics::emit(&record.workflow_name, None, &[(Metric::SourceMinutes, seconds / 60.0)]);
        }
        let answer = |source| Failure::InvalidEvent { expected: "a record that can be written", source };
        if let Some(file) = mediainfo::describe(&mut record, &info).map_err(answer)? {
            self.files.write(&record.options.dest_bucket, file).await?;
        }
        serde_json::to_value(record).map_err(answer)
    }

    async fn info(&self, source: &Source<'_>) -> Result<MediaInfo, Failure> {
        let length = source.length();
        if length == 0 {
            return Err(invalid(source, MediaError::Empty, None));
        }
        let probed = match self.probe(source, length).await {
            // Only these have boxes that know better.
            Ok(probed) if probed.container.format != names::MPEG_4 => return Ok(probed),
            probed => probed,
        };
        let own = remote::read(length, source).await;
        match (probed, own) {
            (Ok(probed), Ok(boxes)) => Ok(probed.completed_by(boxes)),
            (Ok(_), Err(RemoteError::Fetch(failure))) if RETRYABLE.contains(&failure.name) => Err(failure.into()),
            (Ok(probed), Err(error)) => {
                let error = match error {
                    RemoteError::Media(error) => error.to_string(),
                    RemoteError::Fetch(failure) => failure.to_string(),
                };
                tracing::warn!(error, "only Probe can tell what is in the source");
                Ok(probed)
            }
            (Err(probe), Ok(own)) => {
                tracing::warn!(error = chain(&probe), "Probe reported nothing: the source is looked into here alone");
                Ok(MediaInfo { filename: source.key().to_owned(), ..own })
            }
            (Err(_), Err(RemoteError::Fetch(failure))) => Err(failure.into()),
            (Err(probe), Err(RemoteError::Media(error))) => Err(neither(source, probe, error)),
        }
    }

    /// What `MediaConvert` says about a source.
    async fn probe(&self, source: &Source<'_>, length: u64) -> Result<MediaInfo, ProbeError> {
        let body = ResponseBody::default();
        let file = ProbeInputFile::builder().file_url(source.url()).build();
        self.media_convert
            .probe()
            .input_files(file)
            .customize()
            .interceptor(body.clone())
            .send()
            .await
            .map_err(|error| ServiceFailure::new("probe the source", &error))?;
        let answer = body.json().map_err(probe::ProbeProblem::from)?;
        let probed = probe::read(source.key(), length, &answer)?;
        if probed.has_tracks() { Ok(probed) } else { Err(ProbeError::NoTrack) }
    }
}

impl Handle for Mediainfo {
    fn handle(&self, invocation: Invocation) -> BoxFuture<'_, Result<Value, Failure>> {
        Box::pin(self.look(invocation.event))
    }
}

/// The failure of a source that nobody could look into.
fn neither(source: &Source<'_>, probe: ProbeError, error: MediaError) -> Failure {
    let only_probe = matches!(error, MediaError::Unsupported { .. });
    let perhaps_probe = only_probe || matches!(error, MediaError::NotMedia | MediaError::TooScattered);
    match probe {
        ProbeError::Service(failure) if perhaps_probe && RETRYABLE.contains(&failure.name) => failure.into(),
        ProbeError::Service(failure) if only_probe && !is_about_the_file(&failure) => failure.into(),
        probe => invalid(source, error, Some(chain(&probe))),
    }
}

/// Whether a refusal is about the file, and not about whoever asks.
fn is_about_the_file(failure: &ServiceFailure) -> bool {
    ["BadRequestException", "UnprocessableEntityException"].iter().any(|code| failure.is(code))
}

fn invalid(source: &Source<'_>, error: MediaError, probe: Option<String>) -> Failure {
    Failure::rejected(ErrorName::InvalidMedia, InvalidSource { key: source.key().to_owned(), error, probe })
}

/// Three times the usual timeouts: Probe reads files of any size.
fn patient(timeouts: Option<&TimeoutConfig>) -> TimeoutConfig {
    let Some(timeouts) = timeouts else { return TimeoutConfig::builder().build() };
    let mut patient = timeouts.to_builder();
    patient.set_operation_attempt_timeout(timeouts.operation_attempt_timeout().map(|time| time * 3));
    patient.set_operation_timeout(timeouts.operation_timeout().map(|time| time * 3));
    patient.build()
}
