//! What a change does to a resource, and what is lost with it: the words of `vod diff` and of change sets.

use serde::Serialize;
use synth::TemplateResource;

/// What happens to a resource, from the harmless to the grave.
///
/// The words are those of the CDK's own `ResourceImpact`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ResourceImpact {
    /// It is taken into the stack.
    Import,
    Create,
    Update,
    /// Another may take its place: only its service or its function knows.
    MayReplace,
    Replace,
    /// It leaves the stack.
    Remove,
}

impl ResourceImpact {
    /// Whether the resource as it is now does not stay, or may not.
    #[must_use]
    pub fn ends_the_old_one(self) -> bool {
        self >= Self::MayReplace
    }
}

/// What becomes of a resource that leaves the stack or is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum DeletionPolicy {
    Delete,
    /// It stays, and belongs to no stack.
    Retain,
    /// A copy of its data stays.
    Snapshot,
}

impl From<Option<synth::DeletionPolicy>> for DeletionPolicy {
    fn from(policy: Option<synth::DeletionPolicy>) -> Self {
        use synth::DeletionPolicy as Written;
        match policy {
            Some(Written::Retain | Written::RetainExceptOnCreate) => Self::Retain,
            Some(Written::Snapshot) => Self::Snapshot,
            Some(Written::Delete) | None => Self::Delete,
        }
    }
}

impl DeletionPolicy {
    /// What becomes of a resource that is touched so; none where it stays.
    pub(crate) fn of(resource: &TemplateResource, impact: ResourceImpact) -> Option<Self> {
        match impact {
            ResourceImpact::Remove => Some(resource.deletion_policy.into()),
            ResourceImpact::Replace | ResourceImpact::MayReplace => Some(resource.update_replace_policy.into()),
            ResourceImpact::Import | ResourceImpact::Create | ResourceImpact::Update => None,
        }
    }
}

/// A resource that holds data and does not stay as it is, or may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Risk {
    pub logical_id: String,
    pub resource_type: String,
    pub impact: ResourceImpact,
    pub holds: &'static str,
    pub deletion_policy: DeletionPolicy,
}

impl Risk {
    /// Whether what it holds would be gone; otherwise it stays outside of the stack.
    #[must_use]
    pub fn loses_data(&self) -> bool {
        self.deletion_policy == DeletionPolicy::Delete
    }
}

/// Types that hold data or an address that others know, and which; sorted.
const HOLDERS: [(&str, &str); 12] = [
    ("AWS::CloudFront::Distribution", "its domain name, which is in every address below it"),
    ("AWS::CloudFront::KeyValueStore", "its keys"),
    ("AWS::Cognito::UserPool", "its users"),
    ("AWS::DynamoDB::Table", "its records"),
    ("AWS::KMS::Key", "what it encrypted"),
    ("AWS::Logs::LogGroup", "its logs"),
    ("AWS::MediaPackage::PackagingConfiguration", "the addresses of all assets in its format"),
    ("AWS::MediaPackage::PackagingGroup", "its assets, and their addresses"),
    ("AWS::S3::Bucket", "its objects"),
    ("AWS::SQS::Queue", "its waiting messages"),
    ("AWS::SecretsManager::Secret", "its secret"),
    ("AWS::SSM::Parameter", "its value"),
];

/// What would be lost with a resource of this type, if anything.
#[must_use]
pub fn holds_data(resource_type: &str) -> Option<&'static str> {
    HOLDERS.iter().find(|(name, _)| *name == resource_type).map(|(_, what)| *what)
}
