//! Files that must be in S3 before a stack is created.

use crate::intrinsic::PseudoParameter;
use crate::value::Value;

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
#[derive(Debug, Clone, PartialEq)]
pub struct FileAsset {
    /// The hash that names it.
    pub hash: String,
    /// Where it lies, relative to the cloud assembly.
    pub path: String,
    /// How it is uploaded.
    pub packaging: Packaging,
    /// The bucket.
    pub bucket: AssetBucket,
    /// The object's key.
    pub key: String,
}

/// The bucket that assets are uploaded to.
#[derive(Debug, Clone, PartialEq)]
pub struct AssetBucket {
    placeholder: String,
    value: Value<String>,
}

impl AssetBucket {
    /// A bucket that exists already.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { placeholder: name.to_owned(), value: name.into() }
    }

    /// The bucket that `cdk bootstrap` makes in every account and region, for a qualifier.
    ///
    /// <https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html>
    #[must_use]
    pub fn bootstrap(qualifier: &str) -> Self {
        let (account, region) = (PseudoParameter::AccountId, PseudoParameter::Region);
        Self {
            placeholder: format!("cdk-{qualifier}-assets-${{{account}}}-${{{region}}}"),
            value: crate::cat![format!("cdk-{qualifier}-assets-"), account, "-", region],
        }
    }

    /// The name for an asset manifest, in which the deployer fills in account and region.
    #[must_use]
    pub fn placeholder(&self) -> &str {
        &self.placeholder
    }

    /// The name for a template.
    #[must_use]
    pub fn name(&self) -> &Value<String> {
        &self.value
    }
}
