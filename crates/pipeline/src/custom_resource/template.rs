//! Job templates: their names and their content.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::wire::to_wire;

/// The longest job template name in characters.
const NAME_LENGTH: usize = 80;
/// The number of hexadecimal digits of the content hash in a name.
pub const HASH_LENGTH: usize = 8;
/// The longest base name in characters; a hyphen and the content hash follow it.
pub const BASE_NAME_LENGTH: usize = NAME_LENGTH - 1 - HASH_LENGTH;

/// Why properties make no job template.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    #[error(
        "`{name}` is no base name for a job template: use 1 to {BASE_NAME_LENGTH} of the letters a-z and A-Z, digits, `-` and `_`, starting with a letter or digit and not with `System`"
    )]
    Name { name: String },
    #[error("the settings of job template `{name}` are not JSON")]
    Json { name: String, source: serde_json::Error },
    #[error("the settings of job template `{name}` are not an object with a member `Settings`")]
    Shape { name: String },
}

/// A checked job template: the name with its content hash, and the whole `CreateJobTemplate` body for the wire.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Template {
    pub(super) name: String,
    pub(super) body: Value,
}

impl Template {
    /// Checks a base name and the JSON text of a `CreateJobTemplate` request without its name.
    pub(super) fn new(base_name: &str, settings: &str) -> Result<Self, TemplateError> {
        let name = template_name(base_name, settings)?;
        let json = parse(base_name, settings)?;
        let mut body = Map::from_iter([("name".to_owned(), Value::from(name.as_str()))]);
        if let Value::Object(members) = to_wire(json) {
            body.extend(members.into_iter().filter(|(key, _)| key != "name"));
        }
        Ok(Self { name, body: Value::Object(body) })
    }
}

/// The name of the job template with this content: the base name, a hyphen, and 8 hexadecimal digits of a SHA-256
/// over the canonical JSON, so that other content is another template.
pub fn template_name(base_name: &str, settings: &str) -> Result<String, TemplateError> {
    if !is_base_name(base_name) {
        return Err(TemplateError::Name { name: base_name.to_owned() });
    }
    let hash = Sha256::digest(canonical(&parse(base_name, settings)?).to_string());
    let digits = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
    Ok(format!("{base_name}-{digits:0HASH_LENGTH$x}"))
}

/// Whether `name` is one that [`template_name`] gives for this base name, with whatever content.
pub(super) fn is_ours(name: &str, base_name: &str) -> bool {
    is_base_name(base_name) && name.strip_prefix(base_name).and_then(|rest| rest.strip_prefix('-')).is_some_and(is_hash)
}

/// Whether `name` is one that a deployment of this name gives to its job templates: its own name, what the template is
/// for, and a content hash.
pub fn is_deployments_template(name: &str, deployment: &str) -> bool {
    let rest = name.strip_prefix(deployment).and_then(|rest| rest.strip_prefix('-'));
    rest.and_then(|rest| rest.rsplit_once('-')).is_some_and(|(role, hash)| !role.is_empty() && is_hash(hash))
}

fn is_hash(text: &str) -> bool {
    text.len() == HASH_LENGTH && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn is_base_name(name: &str) -> bool {
    (1..=BASE_NAME_LENGTH).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && !name.to_ascii_lowercase().starts_with("system")
}

fn parse(base_name: &str, settings: &str) -> Result<Value, TemplateError> {
    let json: Value =
        serde_json::from_str(settings).map_err(|source| TemplateError::Json { name: base_name.to_owned(), source })?;
    match json.get("Settings") {
        Some(Value::Object(_)) => Ok(json),
        _ => Err(TemplateError::Shape { name: base_name.to_owned() }),
    }
}

/// The same JSON with the members of every object sorted.
fn canonical(json: &Value) -> Value {
    match json {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(key, _)| *key);
            sorted.into_iter().map(|(key, value)| (key.clone(), canonical(value))).collect()
        }
        Value::Array(items) => items.iter().map(canonical).collect(),
        other => other.clone(),
    }
}

/// Whether a job template, as the service returns it, may be what was sent to create it.
///
/// Its name holds a hash of its content, so this only has to notice a stranger's template of the same name: one that
/// says something else. The service adds defaults, leaves out what is empty or what it does not keep, tells no tags, and
/// names a queue by its ARN.
pub fn is_same_template(sent: &Value, found: &Value) -> bool {
    match sent {
        Value::Object(members) => members
            .iter()
            .filter(|(key, _)| !matches!(key.as_str(), "tags" | "queue"))
            .all(|(key, value)| found.get(key).is_none_or(|found| agrees(value, found))),
        _ => false,
    }
}

/// Whether `found` says nothing else than `sent`; what is empty on either side says nothing.
fn agrees(sent: &Value, found: &Value) -> bool {
    match (sent, found) {
        (sent, found) if is_empty(sent) || is_empty(found) => true,
        (Value::Object(sent), Value::Object(found)) => {
            sent.iter().all(|(key, value)| found.get(key).is_none_or(|found| agrees(value, found)))
        }
        (Value::Array(sent), Value::Array(found)) => {
            sent.len() == found.len() && sent.iter().zip(found).all(|(sent, found)| agrees(sent, found))
        }
        (Value::Number(sent), Value::Number(found)) => sent == found || sent.as_f64() == found.as_f64(),
        (sent, found) => sent == found,
    }
}

/// Whether a value holds nothing, however deep.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => members.values().all(is_empty),
        Value::Array(items) => items.iter().all(is_empty),
        Value::String(text) => text.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn names_follow_content_and_not_its_order() {
        let name =
            template_name("vod-1080p-qvbr", r#"{"Settings":{"A":1,"B":[{"C":2,"D":3}]},"Category":"VOD"}"#).unwrap();
        insta::assert_snapshot!(name, @"vod-1080p-qvbr-0067fcc6");
        let same = r#"{ "Category": "VOD", "Settings": { "B": [ { "D": 3, "C": 2 } ], "A": 1 } }"#;
        assert_eq!(template_name("vod-1080p-qvbr", same).unwrap(), name);
        let other = r#"{"Settings":{"A":2,"B":[{"C":2,"D":3}]},"Category":"VOD"}"#;
        assert_ne!(template_name("vod-1080p-qvbr", other).unwrap(), name);
    }

    #[test]
    fn bad_names_and_settings() {
        let longest = "n".repeat(BASE_NAME_LENGTH);
        assert_eq!(template_name(&longest, r#"{"Settings":{}}"#).unwrap().len(), NAME_LENGTH);
        for name in ["", "-a", "_a", "a b", "a/b", "é", "System-Generic", "systematic", &format!("{longest}n")] {
            let error = template_name(name, r#"{"Settings":{}}"#).unwrap_err();
            assert!(matches!(error, TemplateError::Name { .. }), "{name}");
        }
        for (settings, message) in [
            ("", "the settings of job template `a` are not JSON"),
            ("[]", "the settings of job template `a` are not an object with a member `Settings`"),
            (r#"{"Settings":"x"}"#, "the settings of job template `a` are not an object with a member `Settings`"),
        ] {
            assert_eq!(template_name("a", settings).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn only_our_names_are_ours() {
        for (name, ours) in [
            ("vod-1080p-0123abcd", true),
            ("vod-1080p-0123ABCD", false),
            ("vod-1080p-0123abc", false),
            ("vod-1080p", false),
            ("vod-1080p-extra-0123abcd", false),
            ("System-Ott_Hls_Ts_Avc_Aac", false),
        ] {
            assert_eq!(is_ours(name, "vod-1080p"), ours, "{name}");
        }
        assert!(!is_ours("System-0123abcd", "System"));
    }

    #[test]
    fn the_wire_keeps_the_keys_of_maps() {
        let template = Template::new(
            "t",
            r#"{"Name":"ignored","Tags":{"SolutionId":"SO0021"},"Settings":{"Inputs":[{"AudioSelectors":{"Audio Selector 1":{"DefaultSelection":"DEFAULT"}}}],"NewThing":{"DeepKey":1}}}"#,
        )
        .unwrap();
        insta::assert_json_snapshot!(template.body, @r#"
        {
          "name": "t-6bcdccf4",
          "tags": {
            "SolutionId": "SO0021"
          },
          "settings": {
            "inputs": [
              {
                "audioSelectors": {
                  "Audio Selector 1": {
                    "defaultSelection": "DEFAULT"
                  }
                }
              }
            ],
            "newThing": {
              "deepKey": 1
            }
          }
        }
        "#);
    }

    #[test]
    fn a_service_may_add_and_leave_out_but_not_change() {
        let sent = json!({"a": 1, "b": [{"c": "x"}], "e": {}, "l": [{}], "n": null});
        for (found, agreed) in [
            (json!({"a": 1.0, "b": [{"c": "x", "added": true}], "more": {}}), true),
            (json!({"a": 1, "b": [{"c": "x"}], "l": []}), true),
            (json!({"a": 1, "b": [], "e": null}), true),
            (json!({"a": 1}), true),
            (json!({"a": 2, "b": [{"c": "x"}]}), false),
            (json!({"a": 1, "b": [{"c": "y"}]}), false),
            (json!({"a": 1, "b": [{"c": "x"}, {"c": "x"}]}), false),
            (json!({"a": "1"}), false),
        ] {
            assert_eq!(agrees(&sent, &found), agreed, "{found}");
        }
        let sent = json!({"name": "t", "tags": {"a": "b"}, "queue": "main", "settings": sent});
        assert!(is_same_template(&sent, &json!({"name": "t", "arn": "x", "settings": {"a": 1, "b": [{"c": "x"}]}})));
        assert!(is_same_template(&sent, &json!({"name": "t", "settings": {}})));
        assert!(!is_same_template(&sent, &json!({"name": "t", "settings": {"a": 3}})));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-zA-Z é]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[A-Z][a-zA-Z]{0,6}|AudioSelectors|Tags", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_content_gives_a_name_of_ours(settings in any_json(), base in "[a-rt-z][a-zA-Z0-9_-]{0,70}") {
            let text = json!({"Settings": {"X": settings}}).to_string();
            let name = template_name(&base, &text).unwrap();
            prop_assert!(name.len() <= NAME_LENGTH && is_ours(&name, &base));
            prop_assert_eq!(template_name(&base, &text).unwrap(), name);
        }

        #[test]
        fn a_template_is_the_same_as_itself(json in any_json()) {
            prop_assert!(agrees(&json, &json));
        }
    }
}
