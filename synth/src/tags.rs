//! Adding a stack's tags to the resources of generated types.

use std::collections::BTreeMap;

use crate::value::{Json, List, Map, Value};

/// Adds the tags whose keys a list of tag structures does not have yet; a list that an expression yields stays.
pub(crate) fn merge_list<T>(
    target: &mut List<T>,
    tags: &BTreeMap<String, String>,
    key: impl Fn(&T) -> Option<&Value<String>>,
    make: impl Fn(&str, &str) -> T,
) {
    let Value::Literal(list) = target else { return };
    for (name, value) in tags {
        if !list.iter().filter_map(&key).filter_map(Value::literal).any(|found| found == name) {
            list.push(make(name, value));
        }
    }
}

/// Adds the tags whose keys a map does not have yet.
pub(crate) fn merge_map(target: &mut Map<Value<String>>, tags: &BTreeMap<String, String>) {
    let Value::Literal(map) = target else { return };
    for (name, value) in tags {
        map.entry(name.clone()).or_insert_with(|| value.into());
    }
}

/// Adds the tags whose keys a free-form object does not have yet.
pub(crate) fn merge_json(target: &mut Value<Json>, tags: &BTreeMap<String, String>) {
    let Value::Literal(Json::Object(members)) = target else { return };
    for (name, value) in tags {
        members.entry(name.clone()).or_insert_with(|| value.into());
    }
}

/// No tags, to merge into.
pub(crate) trait Untagged {
    /// An empty list, map or object.
    fn untagged() -> Self;
}

impl<T> Untagged for List<T> {
    fn untagged() -> Self {
        Self::Literal(Vec::new())
    }
}

impl<T> Untagged for Map<T> {
    fn untagged() -> Self {
        Self::Literal(BTreeMap::new())
    }
}

impl Untagged for Value<Json> {
    fn untagged() -> Self {
        Self::Literal(Json::Object(indexmap::IndexMap::new()))
    }
}
