//! Uploads what is not in S3 already.

use std::path::PathBuf;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;

use super::assembly::{Assembly, Asset, Location, StackArtifact};
use super::{DeployError, Event, Watcher};
use aws::{Aws, During};

/// The largest template that can be sent with a request; a larger one must be in S3.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
pub(super) const INLINE_TEMPLATE_BYTES: usize = 51_200;

/// Uploads the files that a stack needs; its template only if it is too large to be sent with the request.
pub(super) async fn upload(
    aws: &Aws,
    stack: &StackArtifact,
    account: &str,
    region: &str,
    watcher: &mut dyn Watcher,
) -> Result<(), DeployError> {
    let client = aws.s3();
    let inline = stack.template_text.len() <= INLINE_TEMPLATE_BYTES;
    for asset in stack.assets.iter().filter(|asset| !(inline && asset.location == stack.template_location)) {
        let location = asset.location.in_account(account, region);
        if is_there(&client, &location).await? {
            watcher.notify(&Event::Present { key: location.key });
        } else {
            put(&client, asset, &location, watcher).await?;
        }
    }
    Ok(())
}

/// The files that neither the folder nor S3 has: they must be built before the stacks are deployed.
///
/// # Errors
/// When S3 cannot be asked.
pub async fn lacking(aws: &Aws, assembly: &Assembly) -> Result<Vec<PathBuf>, DeployError> {
    let mut lacking = Vec::new();
    for stack in &assembly.stacks {
        for asset in stack.assets.iter().filter(|asset| !asset.path.exists()) {
            let region = stack.region.as_deref().or(aws.region()).unwrap_or_default();
            let location = asset.location.in_account(&aws.account().await?, region);
            if !is_there(&aws.in_region(region).s3(), &location).await? {
                lacking.push(asset.path.clone());
            }
        }
    }
    Ok(lacking)
}

async fn is_there(client: &Client, location: &Location) -> Result<bool, DeployError> {
    let answer = client.head_object().bucket(&location.bucket).key(&location.key).send().await;
    if let Err(error) = &answer {
        // Whoever may not list the bucket gets 403 for what is not there.
        let status = error.raw_response().map(|response| response.status().as_u16());
        if matches!(status, Some(403 | 404)) {
            return Ok(false);
        }
    }
    Ok(answer.during("s3:GetObject").map(|_| true)?)
}

async fn put(
    client: &Client,
    asset: &Asset,
    location: &Location,
    watcher: &mut dyn Watcher,
) -> Result<(), DeployError> {
    let missing = |_| DeployError::MissingAsset { path: asset.path.clone() };
    let bytes = fs_err::metadata(&asset.path).map_err(missing)?.len();
    watcher.notify(&Event::Uploading { key: location.key.clone(), bytes });
    let body =
        ByteStream::from_path(&asset.path).await.map_err(|_| DeployError::MissingAsset { path: asset.path.clone() })?;
    let request = client.put_object().bucket(&location.bucket).key(&location.key).body(body);
    request.send().await.during("s3:PutObject")?;
    watcher.notify(&Event::Uploaded { key: location.key.clone(), bytes });
    Ok(())
}
