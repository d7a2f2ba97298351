//! The bucket that code and templates are uploaded to: the configured one, that of `cdk bootstrap`, or one of our own.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::head_bucket::HeadBucketError;
use aws_sdk_s3::types::{
    BucketLocationConstraint, CreateBucketConfiguration, PublicAccessBlockConfiguration, Tag, Tagging,
};
use serde_json::json;

use super::assembly::partition;
use super::{DeployError, News, Watcher};
use crate::aws::{Aws, CallError, CallErrorKind, During};
use crate::companions::OWN_BUCKET_PREFIX;
use crate::config::Config;

/// Where a deployment's files go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssetBucket {
    /// The bucket that the configuration names.
    Configured(String),
    /// The bucket that `cdk bootstrap` made.
    CdkBootstrap(String),
    /// One of our own.
    Own {
        /// Its name.
        name: String,
        /// Whether it is there already.
        presence: Presence,
    },
}

/// Whether something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It is.
    Present,
    /// It is yet to be made.
    Missing,
}

impl AssetBucket {
    /// Looks which bucket there is, and changes nothing.
    ///
    /// # Errors
    /// When S3 cannot be asked, or a bucket of that name belongs to somebody else.
    pub async fn find(aws: &Aws, config: &Config) -> Result<Self, DeployError> {
        if let Some(name) = &config.assets.bucket {
            return Ok(Self::Configured(name.as_str().to_owned()));
        }
        let account = aws.account().await?;
        let region = config.region.as_str();
        let client = aws.in_region(region).s3();
        let cdk = format!("cdk-{}-assets-{account}-{region}", config.assets.qualifier.as_str());
        if look(&client, &cdk, &account).await? == Presence::Present {
            return Ok(Self::CdkBootstrap(cdk));
        }
        let name = format!("{OWN_BUCKET_PREFIX}{account}-{region}");
        let presence = look(&client, &name, &account).await?;
        Ok(Self::Own { name, presence })
    }

    /// Makes the bucket if it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn ensure(&self, aws: &Aws, region: &str, watcher: &mut dyn Watcher) -> Result<(), DeployError> {
        if let Self::Own { name, presence: Presence::Missing } = self {
            create(&aws.in_region(region).s3(), name, region).await?;
            watcher.told(&News::BucketCreated { name: name.clone() });
        }
        Ok(())
    }

    /// The configuration whose templates take their files from this bucket.
    #[must_use]
    pub fn configure(&self, mut config: Config) -> Config {
        if let Self::Own { name, .. } = self {
            config.assets.bucket = name.parse().ok();
        }
        config
    }
}

async fn look(client: &Client, name: &str, account: &str) -> Result<Presence, CallError> {
    let request = client.head_bucket().bucket(name).expected_bucket_owner(account);
    match request.send().await {
        Ok(_) => Ok(Presence::Present),
        Err(error) if error.as_service_error().is_some_and(HeadBucketError::is_not_found) => Ok(Presence::Missing),
        other => other.during("s3:ListBucket").map(|_| Presence::Present).map_err(|error| match error.kind {
            CallErrorKind::Denied => CallError { message: format!("bucket {name}"), ..error },
            _ => error,
        }),
    }
}

/// Makes a bucket that nobody but the account reaches, and only over TLS.
async fn create(client: &Client, name: &str, region: &str) -> Result<(), CallError> {
    let mut request = client.create_bucket().bucket(name);
    // The one region that is not to be named.
    if region != "us-east-1" {
        let place = CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::from(region));
        request = request.create_bucket_configuration(place.build());
    }
    request.send().await.during("s3:CreateBucket")?;
    let block = PublicAccessBlockConfiguration::builder()
        .block_public_acls(true)
        .block_public_policy(true)
        .ignore_public_acls(true)
        .restrict_public_buckets(true);
    let request = client.put_public_access_block().bucket(name).public_access_block_configuration(block.build());
    request.send().await.during("s3:PutBucketPublicAccessBlock")?;
    let arn = format!("arn:{}:s3:::{name}", partition(region));
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, format!("{arn}/*")],
            "Condition": { "Bool": { "aws:SecureTransport": "false" } },
        }],
    });
    client.put_bucket_policy().bucket(name).policy(policy.to_string()).send().await.during("s3:PutBucketPolicy")?;
    let tag = Tag::builder().key("CreatedBy").value("vod deploy").build();
    if let Ok(tags) = tag.and_then(|tag| Tagging::builder().tag_set(tag).build()) {
        client.put_bucket_tagging().bucket(name).tagging(tags).send().await.during("s3:PutBucketTagging")?;
    }
    Ok(())
}
