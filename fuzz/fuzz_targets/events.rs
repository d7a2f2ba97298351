//! Any event either starts executions that Step Functions takes, the same ones each time, or is a typed error; and any
//! event can be reported as a failure.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pipeline::{
    report::Report,
    settings::WorkflowTrigger,
    trigger::starts,
    uploads::Uploads,
};
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let Ok(event) = serde_json::from_slice::<Value>(bytes) else { return };
    if let Some(report) = Report::of(&event) {
        let message = report.failure.error_message.as_deref().unwrap_or_default();
        assert!((1..=4097).contains(&message.chars().count()) && !report.stage().is_empty(), "{report:?}");
    }
    let uploads = Uploads { trigger: WorkflowTrigger::Both, ..Uploads::default() };
    let started = starts(&event, &uploads);
    assert_eq!(started, starts(&event, &uploads));
    assert!(!started.is_empty(), "an event that starts nothing says why");
    for start in started {
        match start {
            Ok(start) => {
                assert!(is_plain(&start.guid, 64), "{}", start.guid);
                assert!(start.names.iter().all(|name| is_plain(&name, 80)), "{:?}", start.names);
            }
            Err(error) => assert!(!error.to_string().is_empty() && !error.name().into_str().is_empty()),
        }
    }
});

/// Whether a text is one that Step Functions takes as a name.
fn is_plain(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
