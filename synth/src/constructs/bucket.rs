//! S3 buckets.

use std::ops::Deref;

use super::Grantee;
use crate::aws::s3::{self, bucket};
use crate::iam::{PolicyDocument, Statement};
use crate::resource::Handle;
use crate::stack::{RemovalPolicy, Scope};
use crate::value::{Arn, Value};

/// A bucket by name and ARN, whether the stack makes it or it exists already.
#[derive(Debug, Clone)]
pub struct BucketReference {
    name: Value<String>,
    arn: Value<Arn>,
}

impl BucketReference {
    /// A bucket that exists already, in the stack's partition.
    pub fn existing(name: impl Into<Value<String>>) -> Self {
        let name = name.into();
        let arn = Arn::build("s3").global().account("").resource(&name);
        Self { name, arn }
    }

    /// The bucket's name.
    pub fn name(&self) -> &Value<String> {
        &self.name
    }

    /// The bucket's ARN.
    pub fn arn(&self) -> &Value<Arn> {
        &self.arn
    }

    /// The objects whose keys match a pattern.
    pub fn objects(&self, pattern: &str) -> Objects {
        Objects { arn: crate::sub![&self.arn, "/", pattern] }
    }

    /// Allows reading every object, and versions of them.
    pub fn grant_read(&self, scope: &mut Scope<'_>, grantee: &impl Grantee) {
        self.objects("*").grant_read(scope, grantee);
    }

    /// Allows writing every object, in parts too.
    pub fn grant_write(&self, scope: &mut Scope<'_>, grantee: &impl Grantee) {
        self.objects("*").grant_write(scope, grantee);
    }
}

grants! {
    BucketReference {
        /// Allows listing the bucket.
        grant_list: ["s3:ListBucket"];
    }
}

/// Those objects of a bucket whose keys match a pattern, from [`BucketReference::objects`].
#[derive(Debug, Clone)]
pub struct Objects {
    arn: Value<String>,
}

impl Objects {
    fn arn(&self) -> &Value<String> {
        &self.arn
    }
}

grants! {
    Objects {
        /// Allows reading the objects, and versions of them.
        grant_read: ["s3:GetObject", "s3:GetObjectVersion"];
        /// Allows reading the objects as they are now.
        grant_read_current: ["s3:GetObject"];
        /// Allows writing the objects, each in one piece.
        grant_put: ["s3:PutObject"];
        /// Allows writing the objects, in parts too.
        grant_write: ["s3:PutObject", "s3:AbortMultipartUpload"];
        /// Allows reading and replacing the tags of the objects and their versions.
        grant_tag: [
            "s3:GetObjectTagging",
            "s3:GetObjectVersionTagging",
            "s3:PutObjectTagging",
            "s3:PutObjectVersionTagging",
        ];
    }
}

impl From<Objects> for Value<String> {
    fn from(objects: Objects) -> Self {
        objects.arn
    }
}

/// A private bucket: no public access, encrypted, versioned, TLS only, no access-control lists.
///
/// Its name, ARN, objects and grants are those of the [`BucketReference`] that it dereferences to.
#[derive(Debug, Clone)]
pub struct Bucket {
    handle: Handle<s3::Bucket>,
    policy: Handle<s3::BucketPolicy>,
    reference: BucketReference,
}

props! {
    /// What differs from a private bucket that is kept.
    BucketProps() {
        ;
        /// Everything that CloudFormation can set. Default: what is left out gets its secure default.
        properties: s3::Bucket = s3::Bucket::new(),
        /// What happens to the bucket when it leaves the stack. Default: it stays.
        removal: RemovalPolicy = RemovalPolicy::Retain,
    }
}

impl Bucket {
    /// Adds a bucket, and a policy that refuses requests without TLS.
    pub fn new(scope: &mut Scope<'_>, id: &str, props: BucketProps) -> Self {
        let BucketProps { mut properties, removal } = props;
        let all = bucket::PublicAccessBlockConfiguration::new()
            .block_public_acls(true)
            .block_public_policy(true)
            .ignore_public_acls(true)
            .restrict_public_buckets(true);
        properties.public_access_block_configuration.get_or_insert(all);
        properties.versioning_configuration.get_or_insert_with(|| {
            bucket::VersioningConfiguration::new(bucket::VersioningConfigurationStatus::Enabled)
        });
        properties.bucket_encryption.get_or_insert_with(|| {
            let aes = bucket::ServerSideEncryptionByDefaultSSEAlgorithm::Aes256;
            let rule = bucket::ServerSideEncryptionRule::new()
                .server_side_encryption_by_default(bucket::ServerSideEncryptionByDefault::new(aes));
            bucket::BucketEncryption::new([rule])
        });
        properties.ownership_controls.get_or_insert_with(|| {
            let rule = bucket::OwnershipControlsRule::new()
                .object_ownership(bucket::OwnershipControlsRuleObjectOwnership::BucketOwnerEnforced);
            bucket::OwnershipControls::new([rule])
        });
        let handle = scope.add(id, properties);
        scope.removal(&handle, removal);

        let reference = BucketReference { name: handle.reference(), arn: handle.arn() };
        let everything = [Value::from(&reference.arn), reference.objects("*").into()];
        let document = PolicyDocument::new([Statement::deny_insecure_transport("s3", everything)]);
        let policy = scope.add(&format!("{id}Policy"), s3::BucketPolicy::new(handle.reference::<String>(), document));
        scope.removal(&policy, removal);
        Self { handle, policy, reference }
    }

    /// The resource.
    pub fn handle(&self) -> &Handle<s3::Bucket> {
        &self.handle
    }

    /// The policy, for what must wait until it is in force.
    pub fn policy(&self) -> &Handle<s3::BucketPolicy> {
        &self.policy
    }

    /// Adds a statement to the bucket's policy.
    pub fn allow(&self, scope: &mut Scope<'_>, statement: Statement) {
        scope.add_statement(&self.policy, |policy| Some(&mut policy.policy_document), statement);
    }
}

impl Deref for Bucket {
    type Target = BucketReference;

    fn deref(&self) -> &BucketReference {
        &self.reference
    }
}
