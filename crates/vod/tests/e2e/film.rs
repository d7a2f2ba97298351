//! A film of hours through `vod local`: what it leaves in the states of its workflows does not grow with its length.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::e2e::local::Home;

/// How long the film is: with one thumbnail every five seconds, a list of them would be more than twice of what a state may hold.
const FILM: Duration = Duration::from_hours(3);
/// The most that a state's input or output may have, in bytes: a quarter of what Step Functions allows.
const STATE: usize = 64 << 10;

#[test]
fn a_film_of_hours_is_published_and_its_states_are_small() {
    let home = Home::new();
    home.expect(&["up", "--detach"]);
    let film = home.path().join("film.mp4");
    let seconds = FILM.as_secs().to_string();
    let mut make = Command::new("ffmpeg");
    make.args(["-v", "error", "-f", "lavfi", "-i", "testsrc=size=96x54:rate=1", "-t", &seconds]);
    assert!(make.args(["-c:v", "libx264", "-preset", "ultrafast"]).arg(&film).status().unwrap().success());
    let records: Value =
        serde_json::from_str(&home.expect(&["ingest", film.to_str().unwrap(), "--wait", "--json"])).unwrap();
    assert_eq!(records[0]["workflowStatus"], "Complete");
    for workflow in ["ingest", "process", "publish"] {
        let mut largest = (0, Value::Null);
        for event in home.history(workflow) {
            for (of, text) in carried(&event) {
                if text.len() > largest.0 {
                    largest = (text.len(), of.clone());
                }
            }
        }
        println!("{workflow}: {largest:?}");
        assert!(largest.0 > 0 && largest.0 <= STATE, "{workflow}: {largest:?}");
    }
}

/// The inputs and outputs in an event of a history, each with the state that it is of, if the event tells.
fn carried(event: &Value) -> Vec<(&Value, &str)> {
    let details = event.as_object().unwrap().values().filter_map(Value::as_object);
    let texts = details.flat_map(|details| {
        let name = details.get("name").or_else(|| details.get("resource")).unwrap_or(&event["type"]);
        ["input", "output"].into_iter().filter_map(move |member| Some((name, details.get(member)?.as_str()?)))
    });
    texts.collect()
}
