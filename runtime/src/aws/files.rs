//! The files beside a workflow's outputs that hold what its record only summarizes.

use aws_sdk_s3::{Client, primitives::ByteStream};
use aws_types::SdkConfig;
use pipeline::state::File;

use super::failure::ServiceFailure;

/// Writes files beside outputs.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    client: Client,
}

impl Files {
    pub(crate) fn new(sdk: &SdkConfig) -> Self {
        Self { client: Client::new(sdk) }
    }

    /// Writes a file to the bucket of outputs.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) async fn write(&self, bucket: &str, file: File) -> Result<(), ServiceFailure> {
        let File { key, body } = file;
        tracing::info!(key, bytes = body.len(), "what the record only summarizes goes to a file");
        let request = self.client.put_object().bucket(bucket).key(&key).content_type("application/json");
        let written = request.body(ByteStream::from(body.into_bytes())).send().await;
        written.map(drop).map_err(|error| ServiceFailure::new(format!("write s3://{bucket}/{key}"), &error))
    }
}
