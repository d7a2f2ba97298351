//! Removing a video with all that was made of it.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::Client as S3;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use http::Method;
use pipeline::catalogue::{self, Catalogue};
use pipeline::outputs;
use pipeline::record::{Stored, table};
use serde::de::IgnoredAny;

use super::OperateError;
use super::videos::{Videos, output};
use aws::DeployedStack;
use aws::json_client::MEDIA_PACKAGE_VOD;
use aws::{Amount, Aws, CallError, During, code_of, versions};

/// How often the catalogue's file is written before others are said to write it all the time.
const MAX_TRIES: u32 = 10;

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
        let record = videos.stored(guid).await?;
        if let Some(status) = record.workflow_status.filter(|_| record.is_at_work()) {
            return Err(OperateError::AtWork { guid: guid.to_owned(), status: status.to_string() });
        }
        let destination = output(stack, "DestinationBucket")?;
        let files = aws.s3();
        let key = catalogue::key(guid);
        let seen = read(&files, &destination, &key).await?;
        let known = seen.is_some_and(|(catalogue, _)| catalogue.without(guid).is_some());
        Ok(Self {
            outputs: versions::count(&files, &destination, &outputs::folder(guid), usize::MAX).await?,
            asset: record.packaging.media_package_resource_id.clone(),
            catalogue: known.then_some(key),
            sources: if source == SourceRemoval::Removed { sources(record) } else { Vec::new() },
            guid: guid.to_owned(),
            destination,
            aws: aws.clone(),
            videos,
        })
    }

    /// Removes it. Whoever is interrupted repeats the command: the record, which names the rest, goes last.
    pub async fn execute(&self) -> Result<(), OperateError> {
        let files = self.aws.s3();
        if let Some(key) = &self.catalogue {
            self.leave_catalogue(&files, key).await?;
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
        let request = self.videos.client.delete_item().table_name(&self.videos.table);
        let request = request.key(table::GUID, AttributeValue::S(self.guid.clone()));
        request.send().await.during("dynamodb:DeleteItem")?;
        Ok(())
    }

    /// Workflows of other videos may write the same file at the same time.
    async fn leave_catalogue(&self, files: &S3, key: &str) -> Result<(), CallError> {
        let mut tries = 0;
        while let Some((catalogue, etag)) = read(files, &self.destination, key).await? {
            let Some(changed) = catalogue.without(&self.guid) else { return Ok(()) };
            let request = files
                .put_object()
                .bucket(&self.destination)
                .key(key)
                .set_if_match(etag)
                .content_type("application/json")
                .cache_control(catalogue::CACHE_CONTROL)
                .body(ByteStream::from(changed.write().into_bytes()));
            tries += 1;
            match request.send().await {
                Err(error) if tries < MAX_TRIES && code_of(&error).is_some_and(|code| LOST.contains(&code)) => {}
                written => return written.during("s3:PutObject").map(drop),
            }
        }
        Ok(())
    }
}

/// A file of the catalogue and its version; none where there is none.
async fn read(files: &S3, bucket: &str, key: &str) -> Result<Option<(Catalogue, Option<String>)>, CallError> {
    let answer = match files.get_object().bucket(bucket).key(key).send().await {
        Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => return Ok(None),
        other => other.during("s3:GetObject")?,
    };
    let etag = answer.e_tag.clone();
    let unread = |error: String| CallError::refused("s3:GetObject", None, format!("{key}: {error}"));
    let body = answer.body.collect().await.map_err(|error| unread(error.to_string()))?;
    let catalogue = Catalogue::read(&body.into_bytes()).map_err(|error| unread(error.to_string()))?;
    Ok(Some((catalogue, etag)))
}

/// The source that was encoded, and the metadata file that named it.
fn sources(record: Stored) -> Vec<Object> {
    let Some(bucket) = record.src_bucket else { return Vec::new() };
    let video = record.src_video.map(|key| (key, record.src_version_id));
    let metadata = record.src_metadata_file.map(|key| (key, None));
    let all = [video, metadata].into_iter().flatten();
    all.map(|(key, version)| Object { bucket: bucket.clone(), key, version }).collect()
}
