//! Tags a source so that the bucket's lifecycle moves it to the archive.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{Tag, Tagging};
use aws_smithy_types::error::operation::BuildError;
use aws_types::SdkConfig;
use pipeline::{
    archive,
    contract::Handler,
    errors::{ErrorName, RETRYABLE},
    record::{Record, Source, Warning},
    settings::ArchiveClass,
};

use crate::{
    aws::unreadable,
    failure::{Failure, chain},
};

#[derive(Debug)]
pub(super) struct ArchiveSource {
    s3: aws_sdk_s3::Client,
}

impl ArchiveSource {
    pub(super) fn new(sdk: &SdkConfig) -> Self {
        Self { s3: aws_sdk_s3::Client::new(sdk) }
    }

    pub(super) async fn archive(&self, record: &Record) -> Result<Option<Warning>, Failure> {
        let class = record.options.archive_source;
        if class == ArchiveClass::Disabled {
            tracing::info!("the source is not to be archived");
            return Ok(None);
        }
        match self.mark(record, class).await {
            Ok(()) => {
                tracing::info!(%class, "the source is marked for the archive");
                Ok(None)
            }
            // What may pass is retried. What does not withholds no video: its outputs are there and paid for.
            Err(failure) if RETRYABLE.contains(&failure.name()) => Err(failure),
            Err(failure) => {
                let message = chain(&failure);
                tracing::error!(name = %failure.name(), error = message, "the source is not archived");
                Ok(Some(Warning::new(Handler::ArchiveSource, failure.name(), &message)))
            }
        }
    }

    /// Adds the tags of the archive to those that the source has.
    async fn mark(&self, record: &Record, class: ArchiveClass) -> Result<(), Failure> {
        let Source { src_bucket: bucket, src_video: key, src_version_id: version, .. } = &record.source;

        let request = self.s3.get_object_tagging().bucket(bucket).key(key).set_version_id(version.clone());
        let answer = request.send().await.map_err(|error| unreadable("read the source's tags", bucket, key, &error))?;
        let tags: BTreeMap<String, String> = answer.tag_set.into_iter().map(|tag| (tag.key, tag.value)).collect();
        let tags = archive::tags(tags, class, &record.guid)
            .map_err(|error| Failure::rejected(ErrorName::TooManyTags, error))?;
        let tags = tagging(tags).map_err(|error| Failure::rejected(ErrorName::Refused, error))?;
        let request = self.s3.put_object_tagging().bucket(bucket).key(key).set_version_id(version.clone());
        request.tagging(tags).send().await.map_err(|error| unreadable("tag the source", bucket, key, &error))?;
        Ok(())
    }
}

fn tagging(tags: BTreeMap<String, String>) -> Result<Tagging, BuildError> {
    let tags: Result<Vec<Tag>, _> =
        tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    Tagging::builder().set_tag_set(Some(tags?)).build()
}
