//! Any file either tells what is in it, in numbers that make sense, or is a typed error.
//!
//! The parsers are compiled in by themselves: the rest of the runtime brings the AWS SDKs, which take minutes to build.
#![no_main]

#[allow(dead_code, unreachable_pub, reason = "the rest of the runtime uses these")]
#[path = "../../runtime/src/media/mod.rs"]
mod media;

use std::panic;

use libfuzzer_sys::fuzz_target;
use pipeline::mediainfo::MediaInfo;
use serde_json::json;

fuzz_target!(init: tolerate_libraries(), |bytes: &[u8]| {
    let info = match media::parse(bytes) {
        Ok(info) => info,
        Err(error) => return drop(error.to_string()),
    };
    assert!(info.has_tracks());
    let durations = info.video.iter().map(|track| track.duration).chain(info.audio.iter().map(|track| track.duration));
    for seconds in durations.chain([info.container.duration]).flatten() {
        assert!(seconds.is_finite() && seconds > 0.0, "{seconds}");
    }
    for video in &info.video {
        assert!([video.width, video.height, video.display_width, video.display_height].iter().all(|side| *side != Some(0)));
    }
    let again: MediaInfo = serde_json::from_value(json!(info)).expect("what is written can be read");
    assert_eq!(json!(again), json!(info));
});

/// The parsers turn a panic in a library into an error; only a panic in our own code is a finding.
fn tolerate_libraries() {
    let abort = panic::take_hook();
    panic::set_hook(Box::new(move |panicked| {
        let ours = panicked.location().is_none_or(|place| !place.file().contains("/.cargo/registry/"));
        if ours {
            abort(panicked);
        }
    }));
}
