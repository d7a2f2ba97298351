//! The two spellings of `MediaConvert`'s settings: the wire's (`outputGroups`) and that of CloudFormation, the AWS CLI
//! and SO0021's records (`OutputGroups`).
//!
//! The keys of maps are names that users chose and stay as they are, and members that this program has never heard of
//! are spelled like any other.

use serde_json::Value;

/// The maps whose keys are names, in wire spelling (reference: `MediaConvert`'s service model).
const MAPS: [&str; 6] =
    ["audioSelectors", "audioSelectorGroups", "captionSelectors", "dynamicAudioSelectors", "userMetadata", "tags"];

/// Spells members as on the wire, at every depth; what is on the wire already is not changed.
pub fn to_wire(json: Value) -> Value {
    spelled(json, char::to_ascii_lowercase)
}

/// Spells members as CloudFormation does, at every depth.
pub fn from_wire(json: Value) -> Value {
    spelled(json, char::to_ascii_uppercase)
}

fn spelled(json: Value, first: fn(&char) -> char) -> Value {
    match json {
        Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| {
                let value = match value {
                    Value::Object(named) if MAPS.contains(&with_first(&key, char::to_ascii_lowercase).as_str()) => {
                        named.into_iter().map(|(name, value)| (name, spelled(value, first))).collect()
                    }
                    other => spelled(other, first),
                };
                (with_first(&key, first), value)
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(|item| spelled(item, first)).collect(),
        other => other,
    }
}

/// The text with another first letter.
pub(crate) fn with_first(text: &str, change: fn(&char) -> char) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| change(&first).to_string() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf =
            prop_oneof![Just(Value::Null), any::<i64>().prop_map(Value::from), "[a-zA-Z é]{0,8}".prop_map(Value::from)];
        leaf.prop_recursive(4, 32, 4, |inner| {
            let member = prop_oneof!["[A-Z][a-zA-Z]{0,6}", "AudioSelectors|Tags"];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(member, inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn the_keys_of_maps_stay() {
        let wire = json!({"newThing": [{"deepKey": 1}], "audioSelectors": {"audio Selector 1": {"offset": 0}}});
        let pascal = json!({"NewThing": [{"DeepKey": 1}], "AudioSelectors": {"audio Selector 1": {"Offset": 0}}});
        assert_eq!(from_wire(wire.clone()), pascal);
        assert_eq!(to_wire(pascal), wire);
    }

    proptest! {
        #[test]
        fn either_spelling_is_reached_once_and_left_again(json in any_json()) {
            let wire = to_wire(json);
            prop_assert_eq!(&to_wire(wire.clone()), &wire);
            let pascal = from_wire(wire.clone());
            prop_assert_eq!(&from_wire(pascal.clone()), &pascal);
            prop_assert_eq!(to_wire(pascal), wire);
        }
    }
}
