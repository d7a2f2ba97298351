//! S3 buckets.

use crate::aws::s3::{self, bucket};
use crate::iam::{Action, PolicyDocument, Statement};
use crate::intrinsic::PseudoParameter;
use crate::resource::Handle;
use crate::stack::{RemovalPolicy, Scope};
use crate::value::{Arn, Value};

/// A bucket by name and ARN, whether the stack makes it or it exists already.
#[derive(Debug, Clone)]
pub struct BucketReference {
    name: Value<String>,
    arn: Value<String>,
}

impl BucketReference {
    /// A bucket that exists already, in the stack's partition.
    pub fn existing(name: impl Into<Value<String>>) -> Self {
        let name = name.into();
        let arn = crate::cat!["arn:", PseudoParameter::Partition, ":s3:::", &name];
        Self { name, arn }
    }

    /// The bucket's name.
    #[must_use]
    pub fn name(&self) -> &Value<String> {
        &self.name
    }

    /// The bucket's ARN.
    #[must_use]
    pub fn arn(&self) -> &Value<String> {
        &self.arn
    }

    /// The ARNs of the objects whose keys match a pattern.
    #[must_use]
    pub fn objects(&self, pattern: &str) -> Value<String> {
        crate::cat![&self.arn, "/", pattern]
    }

    /// Allows reading the objects that match, and versions of them.
    #[must_use]
    pub fn grant_read(&self, pattern: &str) -> Statement {
        const ACTIONS: [Action; 2] = [Action::new("s3:GetObject"), Action::new("s3:GetObjectVersion")];
        Statement::allow(ACTIONS, [self.objects(pattern)])
    }

    /// Allows reading the objects that match, as they are now.
    #[must_use]
    pub fn grant_read_current(&self, pattern: &str) -> Statement {
        const ACTIONS: [Action; 1] = [Action::new("s3:GetObject")];
        Statement::allow(ACTIONS, [self.objects(pattern)])
    }

    /// Allows writing the objects that match, each in one piece.
    #[must_use]
    pub fn grant_put(&self, pattern: &str) -> Statement {
        const ACTIONS: [Action; 1] = [Action::new("s3:PutObject")];
        Statement::allow(ACTIONS, [self.objects(pattern)])
    }

    /// Allows writing the objects that match, in parts too.
    #[must_use]
    pub fn grant_write(&self, pattern: &str) -> Statement {
        const ACTIONS: [Action; 2] = [Action::new("s3:PutObject"), Action::new("s3:AbortMultipartUpload")];
        Statement::allow(ACTIONS, [self.objects(pattern)])
    }

    /// Allows listing the bucket.
    #[must_use]
    pub fn grant_list(&self) -> Statement {
        const ACTIONS: [Action; 1] = [Action::new("s3:ListBucket")];
        Statement::allow(ACTIONS, [&self.arn])
    }

    /// Allows reading and replacing the tags of every object and its versions.
    #[must_use]
    pub fn grant_tag_objects(&self) -> Statement {
        const ACTIONS: [Action; 4] = [
            Action::new("s3:GetObjectTagging"),
            Action::new("s3:GetObjectVersionTagging"),
            Action::new("s3:PutObjectTagging"),
            Action::new("s3:PutObjectVersionTagging"),
        ];
        Statement::allow(ACTIONS, [self.objects("*")])
    }
}

/// A private bucket: no public access, encrypted, versioned, TLS only, no access-control lists.
#[derive(Debug, Clone)]
pub struct Bucket {
    handle: Handle<s3::Bucket>,
    policy: Handle<s3::BucketPolicy>,
    reference: BucketReference,
}

impl Bucket {
    /// Adds a bucket; what the properties leave out gets its secure default.
    pub fn new(scope: &mut Scope<'_>, name: &str, mut properties: s3::Bucket, removal: RemovalPolicy) -> Self {
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
        let handle = scope.add(name, properties);
        scope.removal(&handle, removal);

        let reference = BucketReference { name: handle.reference(), arn: handle.arn().into() };
        let everything = [reference.arn.clone(), reference.objects("*")];
        let document = PolicyDocument::new([Statement::deny_insecure_transport("s3", everything)]);
        let policy = scope.add(&format!("{name}Policy"), s3::BucketPolicy::new(handle.reference::<String>(), document));
        scope.removal(&policy, removal);
        Self { handle, policy, reference }
    }

    /// The bucket, for grants.
    #[must_use]
    pub fn reference(&self) -> &BucketReference {
        &self.reference
    }

    /// The resource.
    #[must_use]
    pub fn handle(&self) -> &Handle<s3::Bucket> {
        &self.handle
    }

    /// The bucket's ARN.
    #[must_use]
    pub fn arn(&self) -> Value<Arn> {
        self.handle.arn()
    }

    /// The policy, for what must wait until it is in force.
    #[must_use]
    pub fn policy(&self) -> &Handle<s3::BucketPolicy> {
        &self.policy
    }

    /// Adds a statement to the bucket's policy.
    pub fn allow(&self, scope: &mut Scope<'_>, statement: Statement) {
        scope.add_statement(&self.policy, |policy| Some(&mut policy.policy_document), statement);
    }
}
