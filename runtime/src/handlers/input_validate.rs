//! Builds the record of a video, and checks that the video is there.

use aws_sdk_s3::types::{ArchiveStatus, StorageClass};
use aws_types::SdkConfig;
use pipeline::{
    arrival::Arrival,
    contract::Variable,
    errors::ErrorName,
    ingest::{self, Availability, Defaults, Metadata, MetadataError, NothingToDo, Request, SourceProblem},
    metrics::Metric,
    record::{Options, Record, StartedBy},
    store::{Claim, Verdict},
};
use serde_json::{Value, json};

use crate::{
    aws::{collect, problem, records::Records, unreadable},
    clock,
    environment::Environment,
    failure::{Failure, ServiceFailure},
    handler::{Invocation, read},
    metrics,
};

#[derive(Debug)]
pub(super) struct InputValidate {
    client: aws_sdk_s3::Client,
    /// The table, where both a video and its metadata file start workflows.
    claims: Option<Records>,
    defaults: Defaults,
}

/// The newest version of a source.
struct Newest {
    /// Its version, where the bucket keeps versions.
    version: Option<String>,
    /// When it arrived, in Unix milliseconds.
    modified: Option<i64>,
}

impl InputValidate {
    /// A handler with the defaults of the environment.
    pub(super) fn new(sdk: &SdkConfig, environment: &Environment) -> Result<Self, Failure> {
        let claims = Records::for_claims(sdk, environment);
        Ok(Self { client: aws_sdk_s3::Client::new(sdk), claims, defaults: defaults(environment)? })
    }

    pub(super) async fn validate(&self, Invocation { event, .. }: Invocation) -> Result<Value, Failure> {
        let request: Request = read(&event, "the ingest of an arrived file")?;
        self.defaults.check(&request).map_err(|error| Failure::rejected(ErrorName::InvalidEvent, error))?;
        let start_time = clock::time_or_now(request.arrival.event_time.as_deref());
        let record = match request.workflow_trigger {
            StartedBy::Video => self.defaults.of_video(&request, start_time),
            StartedBy::Metadata => {
                let Some(metadata) = self.metadata(&request.arrival).await? else {
                    return Ok(nothing_to_do(request, "the file is JSON, but no metadata file: it names no video"));
                };
                self.defaults.of_metadata(&request, start_time, metadata).map_err(invalid)?
            }
        };
        if let Some(fields) = ingest::ignored(&record) {
            tracing::warn!(%fields, "the metadata file may not set these fields");
        }
        let newest = self.check_source(&record).await?;
        let record = ingest::of_version(record, &request.arrival, newest.version);
        if let (None, Some(table)) = (&record.source.superseded_by, &self.claims) {
            let source = &record.source;
            let claim = Claim {
                bucket: &source.src_bucket,
                key: &source.src_video,
                version: source.src_version_id.as_deref(),
                guid: &record.guid,
                now: clock::now_millis(),
                since: match record.workflow_trigger {
                    StartedBy::Video => request.arrival.event_time.as_deref().and_then(clock::milliseconds),
                    StartedBy::Metadata => newest.modified,
                },
            };
            let holder = table.claim(&claim).await?;
            match Verdict::of(record.workflow_trigger, holder.as_deref()) {
                Verdict::Encode => {}
                Verdict::EncodeOnceMore { first } => {
                    tracing::warn!(
                        first,
                        "the video was on its way before its metadata file came; it is encoded twice"
                    );
                }
                Verdict::LeaveTo { guid } => {
                    return Ok(nothing_to_do(
                        request,
                        &format!("the workflow {guid} encodes it, with a metadata file"),
                    ));
                }
            }
        }
        match &record.source.superseded_by {
            Some(version) => tracing::info!(version, "a newer upload has taken this one's place"),
            None => metrics::emit(&record.workflow_name, None, &[(Metric::WorkflowsStarted, 1.0)]),
        }
        Ok(json!(record))
    }

    /// The fields of the metadata file, if it is one; one that is too large is not downloaded.
    async fn metadata(&self, arrival: &Arrival) -> Result<Option<Metadata>, Failure> {
        let Arrival { bucket, key, version_id, .. } = arrival;
        let request = self.client.get_object().bucket(bucket).key(key).set_version_id(version_id.clone());
        let file = request.send().await.map_err(|error| unreadable("read the metadata file", bucket, key, &error))?;
        let size = file.content_length.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default();
        Metadata::check_size(size).map_err(invalid)?;
        Metadata::parse(&collect(file.body, "read the metadata file").await?).map_err(invalid)
    }

    /// Looks at the newest version of the source, which is the one `MediaConvert` reads, and returns which that is.
    async fn check_source(&self, record: &Record) -> Result<Newest, Failure> {
        let (bucket, key) = (&record.source.src_bucket, &record.source.src_video);
        let unusable = |problem: SourceProblem| Failure::rejected(problem.name(record.workflow_trigger), problem);
        let found = self.client.head_object().bucket(bucket).key(key).send().await.map_err(|error| {
            match problem(bucket, key, &error) {
                Some(problem) => unusable(problem),
                None => ServiceFailure::new("look at the source", &error).into(),
            }
        })?;
        let availability = Availability::Exists {
            storage_class: found.storage_class.as_ref().map(StorageClass::as_str),
            archive_status: found.archive_status.as_ref().map(ArchiveStatus::as_str),
            restore: found.restore.as_deref(),
        };
        if let Some(problem) = SourceProblem::of(bucket, key, availability) {
            return Err(unusable(problem));
        }
        let modified = found.last_modified.and_then(|time| time.to_millis().ok());
        Ok(Newest { version: found.version_id, modified })
    }
}

fn nothing_to_do(request: Request, why: &str) -> Value {
    tracing::info!(key = request.arrival.key, why, "nothing to do");
    json!(NothingToDo { guid: request.guid, nothing_to_do: why.to_owned() })
}

fn defaults(environment: &Environment) -> Result<Defaults, Failure> {
    let text = |variable| environment.get(variable).map(str::to_owned);
    Ok(Defaults {
        workflow_name: text(Variable::WorkflowName)?,
        source_bucket: text(Variable::SourceBucket)?,
        options: Options {
            dest_bucket: text(Variable::DestinationBucket)?,
            cloud_front: text(Variable::CloudFrontDomain)?,
            archive_source: environment.parse(Variable::ArchiveSource)?,
            frame_capture: environment.parse(Variable::FrameCapture)?,
            accelerated_transcoding: environment.parse(Variable::AcceleratedTranscoding)?,
            input_rotate: environment.parse(Variable::InputRotate)?,
            enable_sns: environment.parse(Variable::EnableSns)?,
            enable_sqs: environment.parse(Variable::EnableSqs)?,
            enable_media_package: environment.parse(Variable::EnableMediaPackage)?,
            ..Options::default()
        },
    })
}

fn invalid(error: MetadataError) -> Failure {
    Failure::rejected(ErrorName::InvalidMetadata, error)
}
