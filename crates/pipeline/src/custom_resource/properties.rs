//! The kinds of custom resources and the properties that `stacks` writes and `runtime` reads.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::{
    record::names_of,
    settings::{EndpointMode, UnknownWord},
};

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

/// The properties of a custom resource: texts in a request, and in a template whatever CloudFormation makes texts of.
pub trait Properties<T> {
    const KIND: Kind;

    /// The properties by name.
    fn members(self) -> Vec<(&'static str, T)>;
}

/// The properties of a [`Kind::JobTemplate`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct JobTemplateProperties<T = String> {
    /// The template's name without its content hash, complete with the stack's name; at most
    /// [`BASE_NAME_LENGTH`](super::BASE_NAME_LENGTH) characters.
    pub base_name: T,
    /// The JSON text of a whole `CreateJobTemplate` request without its `Name`, in `PascalCase`: `Settings`, and
    /// where wanted `Description`, `Category`, `AccelerationSettings`, `Tags`, ….
    pub settings: T,
    /// The address of `MediaConvert`, where it is not the SDK's own choice.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub endpoint: Option<T>,
}

/// The properties of a [`Kind::MediaConvertEndpoint`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EndpointProperties<T = EndpointMode> {
    pub mode: T,
}

/// The properties of a [`Kind::MediaPackagePurge`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PurgeProperties<T = String> {
    /// The id of the packaging group whose assets go.
    pub packaging_group: T,
}

/// The properties of a [`Kind::Player`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PlayerProperties<T = String> {
    /// The bucket that the page goes to.
    pub bucket: T,
    /// The page's [version](crate::player::version).
    pub version: T,
    /// The [fingerprint](crate::player::FINGERPRINT) of the page's files.
    pub files: T,
    /// The page itself, rendered.
    pub index: T,
}

impl JobTemplateProperties {
    /// The attribute with the template's ARN.
    pub const ARN: &str = "Arn";
}

impl EndpointProperties {
    /// The attribute with the endpoint's address.
    pub const URL: &str = "Url";
}

impl<T> Properties<T> for JobTemplateProperties<T> {
    const KIND: Kind = Kind::JobTemplate;

    fn members(self) -> Vec<(&'static str, T)> {
        named::<JobTemplateProperties, T>([Some(self.base_name), Some(self.settings), self.endpoint])
    }
}

impl<T> Properties<T> for EndpointProperties<T> {
    const KIND: Kind = Kind::MediaConvertEndpoint;

    fn members(self) -> Vec<(&'static str, T)> {
        named::<EndpointProperties, T>([Some(self.mode)])
    }
}

impl<T> Properties<T> for PurgeProperties<T> {
    const KIND: Kind = Kind::MediaPackagePurge;

    fn members(self) -> Vec<(&'static str, T)> {
        named::<PurgeProperties, T>([Some(self.packaging_group)])
    }
}

impl<T> Properties<T> for PlayerProperties<T> {
    const KIND: Kind = Kind::Player;

    fn members(self) -> Vec<(&'static str, T)> {
        named::<PlayerProperties, T>([self.bucket, self.version, self.files, self.index].map(Some))
    }
}

/// Values in the order of the fields, each under the name that it is read by.
fn named<P: for<'de> Deserialize<'de>, T>(values: impl IntoIterator<Item = Option<T>>) -> Vec<(&'static str, T)> {
    names_of::<P>().iter().zip(values).filter_map(|(name, value)| Some((*name, value?))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;

    #[test]
    fn the_names_are_those_that_are_read() {
        fn agree(properties: impl Properties<Value> + Serialize, expected: &Value) {
            assert_eq!(json!(properties), *expected);
            let members = properties.members().into_iter().map(|(name, value)| (name.to_owned(), value));
            assert_eq!(Value::Object(members.collect::<Map<_, _>>()), *expected);
        }
        let text = |text: &str| Value::from(text);
        let template = |endpoint| JobTemplateProperties { base_name: text("a"), settings: text("{}"), endpoint };
        agree(template(None), &json!({"BaseName": "a", "Settings": "{}"}));
        agree(template(Some(text("e"))), &json!({"BaseName": "a", "Settings": "{}", "Endpoint": "e"}));
        agree(EndpointProperties { mode: text("discover") }, &json!({"Mode": "discover"}));
        agree(PurgeProperties { packaging_group: text("g") }, &json!({"PackagingGroup": "g"}));
        let [bucket, version, files, index] = ["b", "v", "f", "i"].map(text);
        let page = PlayerProperties { bucket, version, files, index };
        agree(page, &json!({"Bucket": "b", "Version": "v", "Files": "f", "Index": "i"}));
    }
}
