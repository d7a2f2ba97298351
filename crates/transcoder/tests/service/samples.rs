//! AWS's published samples of events, which the tests of `pipeline` read as well.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use serde_json::Value;

/// What AWS's samples have and this service does not send, with the reason.
const NOT_SENT: [(&str, &str); 4] = [
    ("framesDecoded", "ffmpeg's progress is a share of the whole, not a number of frames"),
    ("paddingInserted", "no output is padded"),
    ("blackVideoDetected", "nothing looks for black video"),
    ("blackSegments", "nothing looks for black video"),
];

/// The paths of the members of a value; the user's own members and those of an input's tracks have any name.
fn members(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                let path = format!("{path}/{name}");
                found.insert(path.clone());
                if name != "userMetadata" {
                    members(value, &path, found);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| members(item, path, found)),
        _ => {}
    }
}

/// The members of AWS's samples by status: those that every sample has, and those that any has.
fn sampled() -> BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../pipeline/tests/events");
    let mut sampled: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> = BTreeMap::new();
    for file in fs::read_dir(folder).unwrap() {
        let sample: Value = serde_json::from_str(&fs::read_to_string(file.unwrap().path()).unwrap()).unwrap();
        let event = &sample["event"];
        if event["source"] != "aws.mediaconvert" {
            continue;
        }
        let mut found = BTreeSet::new();
        members(&event["detail"], "", &mut found);
        let status = event["detail"]["status"].as_str().unwrap().to_owned();
        let (all, any) = sampled.entry(status).or_insert_with(|| (found.clone(), BTreeSet::new()));
        all.retain(|path| found.contains(path));
        any.extend(found);
    }
    sampled
}

/// Holds the `detail` of an event against AWS's samples of its status: no member more, and none less.
pub(crate) fn assert_has_the_members_of_awss(detail: &Value) {
    let status = detail["status"].as_str().unwrap();
    let sampled = sampled();
    let (all, any) = &sampled[status];
    let mut found = BTreeSet::new();
    members(detail, "", &mut found);
    let unknown: Vec<_> = found.difference(any).collect();
    assert!(unknown.is_empty(), "{status}: AWS's samples have no {unknown:?}");
    let not_sent = |path: &str| NOT_SENT.iter().any(|(name, _)| path.trim_start_matches('/').starts_with(name));
    // What is below depends on the job's tracks and outputs.
    let inner = |path: &str| path.starts_with("/inputDetails/") || path.starts_with("/outputGroupDetails/");
    let missing: Vec<_> = all.difference(&found).filter(|path| !not_sent(path) && !inner(path)).collect();
    assert!(missing.is_empty(), "{status}: AWS's samples have {missing:?}");
}
