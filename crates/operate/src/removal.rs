//! Removing a video with all that was made of it.

use std::time::Duration;

use aws_sdk_s3::Client as S3;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use http::Method;
use jiff::Timestamp;
use pipeline::catalogue::{self, Catalogue, Store, Update};
use pipeline::outputs;
use pipeline::record::{Source, Stored, TITLE};
use serde::de::IgnoredAny;

use super::OperateError;
use super::videos::{Videos, output, title_or_file};
use aws::DeployedStack;
use aws::service::MEDIA_PACKAGE_VOD;
use aws::{Amount, Aws, CallError, During, code_of, versions};

/// What S3 answers to a condition that is not met, and to two conditional writes at once.
const LOST: [&str; 2] = ["PreconditionFailed", "ConditionalRequestConflict"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceRemoval {
    Kept,
    /// It goes, and its metadata file with it.
    Removed,
}

/// An object, and its version where one is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub bucket: String,
    pub key: String,
    pub version: Option<String>,
}

#[derive(Debug)]
pub struct VideoRemoval {
    pub guid: String,
    pub title: String,
    /// The bucket of its outputs.
    pub destination: String,
    /// How much is in its folder.
    pub outputs: Amount,
    /// Its asset in `MediaPackage`.
    pub asset: Option<String>,
    /// The catalogue's file that it stands in.
    pub catalogue: Option<String>,
    /// The source and its metadata file, if they go as well.
    pub sources: Vec<Object>,
    aws: Aws,
    videos: Videos,
}

impl VideoRemoval {
    /// Looks what there is of a video.
    pub async fn plan(
        aws: &Aws,
        stack: &DeployedStack,
        guid: &str,
        source: SourceRemoval,
    ) -> Result<Self, OperateError> {
        let videos = Videos::of(aws, stack)?;
        let whole = videos.record(guid).await?;
        let record = Stored::read(&whole).map_err(|source| OperateError::Members { guid: guid.to_owned(), source })?;
        if let Some(status) = record.workflow_status.filter(|_| record.is_at_work()) {
            return Err(OperateError::AtWork { guid: guid.to_owned(), status: status.to_string() });
        }
        let file = record.source.src_video.as_deref().or(record.source.src_metadata_file.as_deref());
        let title = title_or_file(whole.get(TITLE), file.unwrap_or_default());
        let destination = output(stack, "DestinationBucket")?;
        let files = aws.s3();
        let key = catalogue::key(guid);
        let (file, _) = CatalogueFiles { files: &files, bucket: &destination }.read(&key).await?;
        let known = file.without(guid).is_some();
        Ok(Self {
            outputs: versions::count(&files, &destination, &outputs::folder(guid), usize::MAX).await?,
            asset: record.packaging.media_package_resource_id.clone(),
            catalogue: known.then_some(key),
            sources: if source == SourceRemoval::Removed { sources(record.source) } else { Vec::new() },
            title,
            guid: guid.to_owned(),
            destination,
            aws: aws.clone(),
            videos,
        })
    }

    /// Removes all but the record. Whoever is interrupted repeats the command: the record, which names the rest, goes last.
    pub async fn remove(&self) -> Result<(), OperateError> {
        let files = self.aws.s3();
        if self.catalogue.is_some() {
            let files = CatalogueFiles { files: &files, bucket: &self.destination };
            files.change(&self.guid, |file| file.without(&self.guid)).await?;
        }
        if let Some(asset) = &self.asset {
            let (operation, path) = ("mediapackage-vod:DeleteAsset", ["assets", asset]);
            match self.aws.call_rest::<IgnoredAny>(MEDIA_PACKAGE_VOD, operation, Method::DELETE, &path, None).await {
                Err(error) if error.code.as_deref() != Some("NotFoundException") => return Err(error.into()),
                _ => {}
            }
        }
        versions::remove(&files, &self.destination, &outputs::folder(&self.guid), &mut |_| {}).await?;
        for Object { bucket, key, version } in &self.sources {
            let request = files.delete_object().bucket(bucket).key(key).set_version_id(version.clone());
            request.send().await.during("s3:DeleteObject")?;
        }
        Ok(())
    }

    /// Removes the record.
    pub async fn forget(&self) -> Result<(), OperateError> {
        Ok(self.videos.forget(&self.guid).await?)
    }
}

/// Takes what CloudFront has cached of these videos out of its caches.
pub async fn invalidate(aws: &Aws, stack: &DeployedStack, guids: &[&str]) -> Result<(), OperateError> {
    let distribution = output(stack, "DistributionId")?;
    let paths: Vec<String> = guids.iter().map(|guid| format!("/{}*", outputs::folder(guid))).collect();
    let reference = format!("vod-{}", Timestamp::now().as_millisecond());
    Ok(aws.invalidate(&distribution, &paths, &reference).await?)
}

/// The catalogue's files of a deployment.
pub(super) struct CatalogueFiles<'a> {
    pub(super) files: &'a S3,
    pub(super) bucket: &'a str,
}

impl CatalogueFiles<'_> {
    /// Changes the file that a video stands in.
    pub(super) async fn change(
        &self,
        guid: &str,
        change: impl Fn(&Catalogue) -> Option<Catalogue>,
    ) -> Result<(), CallError> {
        if catalogue::update(self, guid, change).await? == Update::Contended {
            let reason = "workflows write the catalogue all the time".to_owned();
            return Err(CallError::refused("s3:PutObject", None, reason));
        }
        Ok(())
    }
}

impl Store for CatalogueFiles<'_> {
    type Error = CallError;

    async fn read(&self, key: &str) -> Result<(Catalogue, Option<String>), CallError> {
        let answer = match self.files.get_object().bucket(self.bucket).key(key).send().await {
            Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => {
                return Ok((Catalogue::default(), None));
            }
            other => other.during("s3:GetObject")?,
        };
        let version = answer.e_tag.clone();
        let unread = |error: String| CallError::refused("s3:GetObject", None, format!("{key}: {error}"));
        let body = answer.body.collect().await.map_err(|error| unread(error.to_string()))?;
        let file = Catalogue::read(&body.into_bytes()).map_err(|error| unread(error.to_string()))?;
        Ok((file, version))
    }

    async fn write(&self, key: &str, file: &Catalogue, version: Option<String>) -> Result<bool, CallError> {
        let new = version.is_none().then(|| "*".to_owned());
        let request = self.files.put_object().bucket(self.bucket).key(key).set_if_match(version);
        let request = request.set_if_none_match(new);
        let request = request.content_type("application/json").cache_control(catalogue::CACHE_CONTROL);
        match request.body(ByteStream::from(file.write().into_bytes())).send().await {
            Err(error) if code_of(&error).is_some_and(|code| LOST.contains(&code)) => Ok(false),
            written => written.during("s3:PutObject").map(|_| true),
        }
    }

    async fn sleep(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}

/// The source that was encoded, and the metadata file that named it.
fn sources(source: Source<Option<String>>) -> Vec<Object> {
    let Some(bucket) = source.src_bucket else { return Vec::new() };
    let video = source.src_video.map(|key| (key, source.src_version_id));
    let metadata = source.src_metadata_file.map(|key| (key, None));
    let all = [video, metadata].into_iter().flatten();
    all.map(|(key, version)| Object { bucket: bucket.clone(), key, version }).collect()
}
