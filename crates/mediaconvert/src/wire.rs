//! Between the two forms of the same JSON: `PascalCase` (CloudFormation, the AWS CLI) and `lowerCamel` (the REST wire).
//!
//! Both directions work on JSON, by the names of members alone, so a setting that this crate does not know survives. The
//! keys of maps (`AudioSelectors`, `Tags`, …) are the user's and stay as they are.

use serde_json::{Map, Value};

use crate::generated::tables::MAP_MEMBERS;

/// The wire form of a request or an answer: `{"OutputGroups": …}` → `{"outputGroups": …}`.
pub fn to_wire(value: &Value) -> Value {
    renamed(value, camel)
}

/// The `PascalCase` form of a request or an answer: `{"outputGroups": …}` → `{"OutputGroups": …}`.
pub fn from_wire(value: &Value) -> Value {
    renamed(value, pascal)
}

fn renamed(value: &Value, rename: fn(&str) -> String) -> Value {
    match value {
        Value::Object(members) => {
            let entries = members.iter().map(|(name, value)| (rename(name), member(name, value, rename)));
            Value::Object(entries.collect())
        }
        Value::Array(items) => items.iter().map(|item| renamed(item, rename)).collect(),
        plain => plain.clone(),
    }
}

/// The value of one member: the entries of a map keep their keys.
fn member(name: &str, value: &Value, rename: fn(&str) -> String) -> Value {
    match value {
        Value::Object(entries) if MAP_MEMBERS.contains(&pascal(name).as_str()) => {
            entries.iter().map(|(key, value)| (key.clone(), renamed(value, rename))).collect::<Map<_, _>>().into()
        }
        other => renamed(other, rename),
    }
}

fn camel(name: &str) -> String {
    with_first(name, char::to_ascii_lowercase)
}

fn pascal(name: &str) -> String {
    with_first(name, char::to_ascii_uppercase)
}

fn with_first(name: &str, change: fn(&char) -> char) -> String {
    let mut rest = name.chars();
    rest.next().iter().map(change).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn map_keys_and_unknown_settings_survive() {
        let pascal = json!({
            "Tags": {"SolutionId": "SO0021", "owner": "me"},
            "UserMetadata": {"guid": "1", "Workflow": "vod"},
            "Settings": {
                "Inputs": [{"AudioSelectors": {"Audio Selector 1": {"DefaultSelection": "DEFAULT"}}}],
                "BrandNew": {"DeepDown": [1, {"InAList": true}]}
            }
        });
        let wire = json!({
            "tags": {"SolutionId": "SO0021", "owner": "me"},
            "userMetadata": {"guid": "1", "Workflow": "vod"},
            "settings": {
                "inputs": [{"audioSelectors": {"Audio Selector 1": {"defaultSelection": "DEFAULT"}}}],
                "brandNew": {"deepDown": [1, {"inAList": true}]}
            }
        });
        assert_eq!(to_wire(&pascal), wire);
        assert_eq!(from_wire(&wire), pascal);
    }

    /// JSON as a request has it: capitalised members, maps with any keys.
    fn request() -> impl Strategy<Value = Value> {
        let plain = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            ".*".prop_map(Value::from)
        ];
        plain.prop_recursive(4, 40, 5, |inner| {
            let member = prop_oneof![4 => "[A-Z][A-Za-z0-9]{0,9}", 1 => proptest::sample::select(MAP_MEMBERS).prop_map(str::to_owned)];
            let structure = proptest::collection::btree_map(member, inner.clone(), 0..5);
            prop_oneof![
                structure.prop_map(|members| Value::Object(members.into_iter().collect())),
                proptest::collection::vec(inner, 0..4).prop_map(Value::from),
            ]
        })
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same(value in request()) {
            prop_assert_eq!(from_wire(&to_wire(&value)), value);
        }
    }
}
