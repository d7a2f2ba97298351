//! Files that must be in S3 before a stack is created.

/// How the deployer turns the source into the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packaging {
    /// The file is uploaded as it is.
    File,
    /// The folder is zipped.
    Zip,
}

impl Packaging {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Zip => "zip",
        }
    }
}

/// A file for the stack's asset manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileAsset {
    /// The hash that names it.
    pub hash: String,
    /// Where it lies, relative to the cloud assembly.
    pub path: String,
    /// How it is uploaded.
    pub packaging: Packaging,
    /// The bucket; may hold `${AWS::AccountId}`, `${AWS::Region}` and `${AWS::Partition}`, which the deployer fills in.
    pub bucket: String,
    /// The object's key.
    pub key: String,
}

/// The bucket that `cdk bootstrap` makes in every account and region.
///
/// <https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html>
pub const BOOTSTRAP_BUCKET: &str = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}";
