//! `mediainfo`: finds out what is in a source.
//!
//! `MediaConvert`'s Probe says what it will make of the source, and MP4 files complete that from their own boxes. Where
//! Probe does not help, the file is looked into here alone.

use std::{ops::Range, time::Duration};

use aws_sdk_mediaconvert::types::ProbeInputFile;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use pipeline::{
    errors::{ErrorName, RETRYABLE},
    mediainfo::{self, MediaInfo, names, probe},
    metrics::Metric,
    record::{self, Record},
};

use crate::{
    aws::{self, ResponseBody, unreadable},
    environment::Environment,
    failure::{Failure, ServiceFailure, chain, status},
    media::{
        MediaError,
        remote::{self, Parts, RemoteError},
    },
    metrics,
};

#[derive(Debug)]
pub(super) struct Mediainfo {
    s3: aws_sdk_s3::Client,
    media_convert: aws_sdk_mediaconvert::Client,
}

/// How Probe refuses a file, and not whoever asks.
const FILE_REFUSED: [&str; 2] = ["BadRequestException", "UnprocessableEntityException"];

/// Why Probe reported nothing.
#[derive(Debug, thiserror::Error)]
enum ProbeError {
    #[error(transparent)]
    Service(#[from] ServiceFailure),
    #[error(transparent)]
    Answer(#[from] probe::ProbeProblem),
    #[error("MediaConvert's Probe found no track")]
    NoTrack,
}

/// A source that cannot be encoded.
#[derive(Debug, thiserror::Error)]
#[error("the source `{key}` cannot be used: {error}{}", probe.as_ref().map(|reason| format!("; {reason}")).unwrap_or_default())]
struct InvalidSource {
    key: String,
    error: MediaError,
    probe: Option<String>,
}

impl Mediainfo {
    pub(super) fn new(sdk: &SdkConfig, environment: &Environment) -> Result<Self, Failure> {
        // Probe reads files of any size: it gets three times the timeouts of other calls.
        let mut timeouts = sdk.timeout_config().map_or_else(TimeoutConfig::builder, TimeoutConfig::to_builder);
        let triple = |time: Option<Duration>| time.map(|time| time * 3);
        if let Some(config) = sdk.timeout_config() {
            timeouts.set_operation_attempt_timeout(triple(config.operation_attempt_timeout()));
            timeouts.set_operation_timeout(triple(config.operation_timeout()));
        }
        let patient = sdk.clone().into_builder().timeout_config(timeouts.build()).build();
        let media_convert = aws::media_convert(&patient, environment)?;
        Ok(Self { s3: aws_sdk_s3::Client::new(sdk), media_convert })
    }

    pub(super) async fn inspect(&self, mut record: Record) -> Result<Record, Failure> {
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
        if let Some(file) = mediainfo::describe(&mut record, &info).map_err(Failure::unwritable)? {
            aws::write_file(&self.s3, &record.options.dest_bucket, file).await?;
        }
        Ok(record)
    }

    async fn info(&self, source: &Source<'_>) -> Result<MediaInfo, Failure> {
        let length = source.length;
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
                tracing::warn!(error, "only Probe knows what is in the source");
                Ok(probed)
            }
            (Err(probe), Ok(own)) => {
                tracing::warn!(error = chain(&probe), "Probe reported nothing: the source is looked into here alone");
                Ok(MediaInfo { filename: source.key.to_owned(), ..own })
            }
            (Err(_), Err(RemoteError::Fetch(failure))) => Err(failure.into()),
            (Err(probe), Err(RemoteError::Media(error))) => Err(neither(source, probe, error)),
        }
    }

    /// What `MediaConvert` says about a source.
    async fn probe(&self, source: &Source<'_>, length: u64) -> Result<MediaInfo, ProbeError> {
        let body = ResponseBody::default();
        // The key as it is: `MediaConvert` takes no escapes.
        let file = ProbeInputFile::builder().file_url(format!("s3://{}/{}", source.bucket, source.key)).build();
        self.media_convert
            .probe()
            .input_files(file)
            .customize()
            .interceptor(body.clone())
            .send()
            .await
            .map_err(|error| ServiceFailure::new("probe the source", &error))?;
        let answer = body.json().map_err(probe::ProbeProblem::from)?;
        let probed = probe::read(source.key, length, &answer)?;
        if probed.has_tracks() { Ok(probed) } else { Err(ProbeError::NoTrack) }
    }
}

/// The failure of a source that nobody could look into.
fn neither(source: &Source<'_>, probe: ProbeError, error: MediaError) -> Failure {
    let only_probe = matches!(error, MediaError::Unsupported { .. });
    let perhaps_probe = only_probe || matches!(error, MediaError::NotMedia | MediaError::TooScattered);
    match probe {
        ProbeError::Service(failure) if perhaps_probe && RETRYABLE.contains(&failure.name) => failure.into(),
        ProbeError::Service(failure) if only_probe && !FILE_REFUSED.iter().any(|code| failure.is(code)) => {
            failure.into()
        }
        probe => invalid(source, error, Some(chain(&probe))),
    }
}

fn invalid(source: &Source<'_>, error: MediaError, probe: Option<String>) -> Failure {
    Failure::rejected(ErrorName::InvalidMedia, InvalidSource { key: source.key.to_owned(), error, probe })
}

/// One version of a source, read in parts.
#[derive(Debug)]
struct Source<'r> {
    s3: &'r aws_sdk_s3::Client,
    bucket: &'r str,
    key: &'r str,
    version: Option<String>,
    /// What distinguishes this content from what another upload puts in its place, where the bucket keeps no versions.
    etag: Option<String>,
    length: u64,
}

impl<'r> Source<'r> {
    /// The source of a record: the version that was looked at when the record was made, or else what is there now.
    async fn open(s3: &'r aws_sdk_s3::Client, source: &'r record::Source) -> Result<Self, Failure> {
        let record::Source { src_bucket: bucket, src_video: key, src_version_id: version, .. } = source;
        let request = s3.head_object().bucket(bucket).key(key).set_version_id(version.clone());
        let object =
            request.send().await.map_err(|error| unreadable("ask for the source's size", bucket, key, &error))?;
        let length = object.content_length.and_then(|length| u64::try_from(length).ok()).unwrap_or_default();
        Ok(Self { s3, bucket, key, version: version.clone(), etag: object.e_tag, length })
    }
}

impl Parts for Source<'_> {
    type Error = ServiceFailure;

    async fn part(&self, range: Range<u64>) -> Result<Vec<u8>, ServiceFailure> {
        const TASK: &str = "read a part of the source";
        let broken = |reason: String| ServiceFailure::named(ErrorName::Unreachable, TASK, &reason);
        let answer = self
            .s3
            .get_object()
            .bucket(self.bucket)
            .key(self.key)
            .set_version_id(self.version.clone())
            .set_if_match(self.etag.clone())
            .range(format!("bytes={}-{}", range.start, range.end - 1))
            .send()
            .await
            .map_err(|error| match status(&error) {
                // The step begins anew, with what is there then.
                412 => ServiceFailure {
                    name: ErrorName::Unavailable,
                    reason: "another upload replaced it in the meantime".to_owned(),
                    ..ServiceFailure::new(TASK, &error)
                },
                _ => ServiceFailure::new(TASK, &error),
            })?;
        let given = format!("bytes {}-", range.start);
        if answer.content_range.is_none_or(|described| !described.starts_with(&given)) {
            return Err(broken("S3 answered with another part than it was asked for".to_owned()));
        }
        let length = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        let mut body = answer.body;
        while let Some(chunk) = body.try_next().await.map_err(|error| broken(error.to_string()))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > length {
                break;
            }
        }
        if bytes.len() == length {
            Ok(bytes)
        } else {
            Err(broken(format!("{length} bytes were asked for, and others came")))
        }
    }
}
