//! Amazon Resource Names.

use std::fmt;

use super::{PseudoParameter, Value};
use crate::sub;

/// An Amazon Resource Name.
///
/// A `Value<Arn>` comes from a resource, from [`Arn::build`], or from text that has an ARN's shape:
///
/// ```
/// use synth::{Arn, Value};
/// let arn: Value<Arn> = Arn::parse("arn:aws:s3:::videos")?.into();
/// # Ok::<_, synth::ParseArnError>(())
/// ```
/// ```compile_fail,E0277
/// use synth::{Arn, Value};
/// let arn: Value<Arn> = "videos".into();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arn(String);

/// The text is not an ARN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an ARN: expected `arn:partition:service:region:account:resource`")]
pub struct ParseArnError(String);

impl Arn {
    /// Reads a literal ARN.
    ///
    /// # Errors
    /// When the text lacks an ARN's six colon-separated fields
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).
    pub fn parse(text: &str) -> Result<Self, ParseArnError> {
        let fields: Vec<&str> = text.splitn(6, ':').collect();
        match fields.as_slice() {
            ["arn", partition, service, _, _, resource]
                if !partition.is_empty() && !service.is_empty() && !resource.is_empty() =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(ParseArnError(text.to_owned())),
        }
    }

    /// Starts the ARN of something that the stack does not make, in the stack's partition, region and account.
    ///
    /// ```
    /// use synth::{Arn, Json};
    /// let queue = Arn::build("mediaconvert").resource("queues/Default");
    /// let text = "arn:${AWS::Partition}:mediaconvert:${AWS::Region}:${AWS::AccountId}:queues/Default";
    /// assert_eq!(Json::from(queue).render(), serde_json::json!({ "Fn::Sub": text }));
    /// ```
    pub fn build(service: &'static str) -> ArnBuilder {
        ArnBuilder {
            service,
            partition: PseudoParameter::Partition.into(),
            region: PseudoParameter::Region.into(),
            account: PseudoParameter::AccountId.into(),
        }
    }

    /// The ARN's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An ARN without its resource, from [`Arn::build`].
#[derive(Debug, Clone)]
pub struct ArnBuilder {
    service: &'static str,
    partition: Value<String>,
    region: Value<String>,
    account: Value<String>,
}

impl ArnBuilder {
    /// Another partition than the stack's.
    #[must_use]
    pub fn partition(self, partition: impl Into<Value<String>>) -> Self {
        Self { partition: partition.into(), ..self }
    }

    /// Another region than the stack's.
    #[must_use]
    pub fn region(self, region: impl Into<Value<String>>) -> Self {
        Self { region: region.into(), ..self }
    }

    /// Another account than the stack's: `aws` for what AWS manages, or none (an empty text).
    #[must_use]
    pub fn account(self, account: impl Into<Value<String>>) -> Self {
        Self { account: account.into(), ..self }
    }

    /// No region: for services such as IAM and CloudFront, and together with no account for S3.
    #[must_use]
    pub fn global(self) -> Self {
        self.region("")
    }

    /// The ARN of a resource; in a policy, also of those that match a pattern.
    pub fn resource(self, resource: impl Into<Value<String>>) -> Value<Arn> {
        let Self { service, partition, region, account } = self;
        sub!["arn:", partition, ":", service, ":", region, ":", account, ":", resource.into()].cast(Arn)
    }
}

impl From<Arn> for String {
    fn from(arn: Arn) -> Self {
        arn.0
    }
}
