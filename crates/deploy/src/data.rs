//! Which resources hold what cannot be had again.

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
