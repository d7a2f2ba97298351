//! The states that `cargo xtask test templates` evaluates every expression of the state machines over.

use std::collections::BTreeSet;

use pipeline::arrival::Arrival;
use pipeline::record::{Record, members};
use serde_json::{Map, Value};

fn recorded() -> Value {
    serde_json::from_str(include_str!("../../../xtask/tools/states/recorded.json")).unwrap()
}

/// A recorded state, and the names that none of its kind may lack.
fn parts(state: &Value) -> (Map<String, Value>, BTreeSet<String>) {
    let required = state["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
    (state["value"].as_object().unwrap().clone(), required.collect())
}

/// Whether the value can be read without this member.
fn reads_without<T: serde::de::DeserializeOwned>(value: &Map<String, Value>, name: &str) -> bool {
    let mut value = value.clone();
    value.shift_remove(name);
    serde_json::from_value::<T>(value.into()).is_ok()
}

#[test]
fn a_recorded_record_may_lack_exactly_what_records_may_lack() {
    let (value, required) = parts(&recorded()["record"]);
    serde_json::from_value::<Record>(value.clone().into()).unwrap();
    for name in members().filter(|name| value.contains_key(*name)) {
        assert_eq!(reads_without::<Record>(&value, name), !required.contains(name), "{name}");
    }
    let known: BTreeSet<&str> = members().collect();
    assert!(required.iter().all(|name| known.contains(name.as_str())), "{required:?}");
}

#[test]
fn a_recorded_arrival_may_lack_exactly_what_arrivals_may_lack() {
    for state in recorded()["inputs"]["WorkflowsIngestStateMachine"].as_array().unwrap() {
        let (value, required) = parts(state);
        for name in ["bucket", "key", "versionId", "sequencer", "eventTime"] {
            assert!(value.contains_key(name), "{name}");
            assert_eq!(reads_without::<Arrival>(&value, name), !required.contains(name), "{name}");
        }
    }
}
