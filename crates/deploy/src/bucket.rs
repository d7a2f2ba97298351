//! The bucket that code and templates are uploaded to: the configured one, that of `cdk bootstrap`, or one of our own.

use aws::{Aws, CallError, CallErrorKind, DeployedStack, During};
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::head_bucket::HeadBucketError;
use aws_sdk_s3::types::{
    BucketLocationConstraint, CreateBucketConfiguration, PublicAccessBlockConfiguration, Tag, Tagging,
};
use serde_json::json;
use synth::{TemplateResource, partition};

use super::diff::deployed_template;
use super::{DeployError, Event, Watcher};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssetBucket {
    Configured(String),
    CdkBootstrap(String),
    Own { name: String, presence: Presence },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Present,
    Missing,
}

/// Which bucket a deployment's files are to go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssetBucketProps<'a> {
    pub name: Option<&'a str>,
    /// The qualifier of `cdk bootstrap`, whose bucket is taken otherwise.
    pub qualifier: &'a str,
    /// How the name of the bucket begins that is made where there is neither; account and region follow.
    pub own_prefix: &'a str,
    pub region: &'a str,
    /// The stack whose files they are: it keeps its bucket, whichever others appear.
    pub stack: &'a str,
}

impl AssetBucket {
    /// Finds out which bucket there is, and changes nothing.
    pub async fn find(aws: &Aws, props: AssetBucketProps<'_>) -> Result<Self, DeployError> {
        if let Some(name) = props.name {
            return Ok(Self::Configured(name.to_owned()));
        }
        let AssetBucketProps { qualifier, own_prefix, region, stack, .. } = props;
        let account = aws.account().await?;
        let client = aws.in_region(region).s3();
        let cdk = format!("cdk-{qualifier}-assets-{account}-{region}");
        let own = Self::own(aws, &format!("{own_prefix}{account}-{region}"), region).await?;
        match &own {
            Self::Own { name, presence: Presence::Present } if takes_code_from(aws, stack, region, name).await? => {
                Ok(own)
            }
            _ if look(&client, &cdk, &account).await? == Presence::Present => Ok(Self::CdkBootstrap(cdk)),
            _ => Ok(own),
        }
    }

    /// One that is made if it is missing.
    pub async fn own(aws: &Aws, name: &str, region: &str) -> Result<Self, DeployError> {
        let presence = look(&aws.in_region(region).s3(), name, &aws.account().await?).await?;
        Ok(Self::Own { name: name.to_owned(), presence })
    }

    pub async fn ensure(&self, aws: &Aws, region: &str, watcher: &mut dyn Watcher) -> Result<(), DeployError> {
        if let Self::Own { name, presence: Presence::Missing } = self {
            create(&aws.in_region(region).s3(), name, region).await?;
            watcher.notify(&Event::BucketCreated { name: name.clone() });
        }
        Ok(())
    }

    /// The bucket that is made for want of another: templates have to name it.
    #[must_use]
    pub fn own_name(&self) -> Option<&str> {
        match self {
            Self::Own { name, .. } => Some(name),
            Self::Configured(_) | Self::CdkBootstrap(_) => None,
        }
    }
}

/// Whether a function of the deployed stack has its code from the bucket.
async fn takes_code_from(aws: &Aws, stack: &str, region: &str, bucket: &str) -> Result<bool, DeployError> {
    let client = aws.in_region(region).cloudformation();
    let stack = DeployedStack::find(&client, stack).await?;
    let deployed = deployed_template(&client, stack.as_ref()).await?.unwrap_or_default();
    let named =
        |resource: &TemplateResource| resource.properties.get("Code")?.get("S3Bucket")?.as_str().map(str::to_owned);
    Ok(deployed.template.resources.values().filter_map(named).any(|name| name == bucket))
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

/// Checks that a bucket that no stack makes is there, in this region, and reports its objects to EventBridge.
///
/// Who may deploy need not be allowed to look at it: then the error is a call that is [`CallErrorKind::Denied`].
pub async fn check_event_source(aws: &Aws, bucket: &str, region: &str) -> Result<(), DeployError> {
    let client = aws.in_region(region).s3();
    let answer = client.head_bucket().bucket(bucket).send().await;
    // S3 names the bucket's own region in the header of whatever it answers.
    let found = match &answer {
        Ok(output) => output.bucket_region(),
        Err(error) => error.raw_response().and_then(|response| response.headers().get("x-amz-bucket-region")),
    };
    let bucket = bucket.to_owned();
    if let Some(found) = found.filter(|found| *found != region) {
        let (found, region) = (found.to_owned(), region.to_owned());
        return Err(DeployError::SourceBucketElsewhere { bucket, found, region });
    }
    match answer {
        Err(error) if error.as_service_error().is_some_and(HeadBucketError::is_not_found) => {
            return Err(DeployError::NoSourceBucket { bucket });
        }
        other => other.during("s3:ListBucket")?,
    };
    let request = client.get_bucket_notification_configuration().bucket(&bucket);
    let notifications = request.send().await.during("s3:GetBucketNotification")?;
    match notifications.event_bridge_configuration() {
        Some(_) => Ok(()),
        None => Err(DeployError::SilentSourceBucket { bucket }),
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
