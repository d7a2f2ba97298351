//! The kinds of custom resources and the properties that `stacks` writes and `runtime` reads.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::settings::{EndpointMode, UnknownWord};

/// A kind of custom resource; its text is its resource type in a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(Display, EnumString, IntoStaticStr, VariantArray, strum::VariantNames)]
#[strum(const_into_str, parse_err_ty = UnknownWord, parse_err_fn = UnknownWord::of::<Self>)]
pub enum Kind {
    /// A `MediaConvert` job template: `Ref` is its name, the attribute `Arn` its ARN.
    #[strum(serialize = "Custom::MediaConvertJobTemplate")]
    JobTemplate,
    /// The `MediaConvert` endpoint: the attribute `Url` is its address.
    #[strum(serialize = "Custom::MediaConvertEndpoint")]
    MediaConvertEndpoint,
    /// Deletes a packaging group's assets before CloudFormation deletes the group.
    #[strum(serialize = "Custom::MediaPackagePurge")]
    MediaPackagePurge,
    /// The player's page in the destination bucket.
    #[strum(serialize = "Custom::Player")]
    Player,
}

/// The properties of a [`Kind::JobTemplate`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct JobTemplateProperties {
    /// The template's name without its content hash, complete with the stack's name; at most
    /// [`BASE_NAME_LENGTH`](super::BASE_NAME_LENGTH) characters.
    pub base_name: String,
    /// The JSON text of a whole `CreateJobTemplate` request without its `Name`, in `PascalCase`: `Settings`, and
    /// where wanted `Description`, `Category`, `AccelerationSettings`, `Tags`, ….
    pub settings: String,
    /// The address of `MediaConvert`, where it is not the SDK's own choice.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub endpoint: Option<String>,
}

/// The properties of a [`Kind::MediaConvertEndpoint`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EndpointProperties {
    /// How the endpoint is found.
    pub mode: EndpointMode,
}

/// The properties of a [`Kind::MediaPackagePurge`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PurgeProperties {
    /// The id of the packaging group whose assets go.
    pub packaging_group: String,
}

/// The properties of a [`Kind::Player`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PlayerProperties {
    /// The bucket that the page goes to.
    pub bucket: String,
    /// The page's [version](crate::player::version).
    pub version: String,
    /// The [fingerprint](crate::player::FINGERPRINT) of the page's files.
    pub files: String,
    /// The page itself, rendered.
    pub index: String,
}

impl JobTemplateProperties {
    /// The property that holds [`base_name`](Self::base_name).
    pub const BASE_NAME: &str = "BaseName";
    /// The property that holds [`settings`](Self::settings).
    pub const SETTINGS: &str = "Settings";
    /// The property that holds [`endpoint`](Self::endpoint).
    pub const ENDPOINT: &str = "Endpoint";
    /// The attribute with the template's ARN.
    pub const ARN: &str = "Arn";
}

impl EndpointProperties {
    /// The property that holds [`mode`](Self::mode).
    pub const MODE: &str = "Mode";
    /// The attribute with the endpoint's address.
    pub const URL: &str = "Url";
}

impl PurgeProperties {
    /// The property that holds [`packaging_group`](Self::packaging_group).
    pub const PACKAGING_GROUP: &str = "PackagingGroup";
}

impl PlayerProperties {
    /// The property that holds [`bucket`](Self::bucket).
    pub const BUCKET: &str = "Bucket";
    /// The property that holds [`version`](Self::version).
    pub const VERSION: &str = "Version";
    /// The property that holds [`files`](Self::files).
    pub const FILES: &str = "Files";
    /// The property that holds [`index`](Self::index).
    pub const INDEX: &str = "Index";
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_names_are_those_that_are_read() {
        let template = JobTemplateProperties {
            base_name: "a".to_owned(),
            settings: "{}".to_owned(),
            endpoint: Some("https://e".to_owned()),
        };
        assert_eq!(
            json!(template),
            json!({
                JobTemplateProperties::BASE_NAME: "a",
                JobTemplateProperties::SETTINGS: "{}",
                JobTemplateProperties::ENDPOINT: "https://e",
            })
        );
        assert_eq!(
            json!(EndpointProperties { mode: EndpointMode::Discover }),
            json!({ EndpointProperties::MODE: "discover" })
        );
        assert_eq!(
            json!(PurgeProperties { packaging_group: "g".to_owned() }),
            json!({ PurgeProperties::PACKAGING_GROUP: "g" })
        );
        let text = str::to_owned;
        let player = PlayerProperties { bucket: text("b"), version: text("v"), files: text("f"), index: text("i") };
        assert_eq!(
            json!(player),
            json!({
                PlayerProperties::BUCKET: "b",
                PlayerProperties::VERSION: "v",
                PlayerProperties::FILES: "f",
                PlayerProperties::INDEX: "i",
            })
        );
    }
}
