//! The job's one input.

use serde_json::{Map, Value, json};

use super::{Subject, captions};

/// The selector that templates take audio from.
const AUDIO_SELECTOR: &str = "Audio Selector 1";

/// The source as an input, with what the template says of its first input.
///
/// Audio is the track that the source marks as its default, else the first.
pub(super) fn input(subject: &Subject<'_>, of_template: Option<&Value>) -> Value {
    let mut input = of_template.and_then(Value::as_object).cloned().unwrap_or_default();
    let source = &subject.record.source;
    input.insert("fileInput".to_owned(), format!("s3://{}/{}", source.src_bucket, source.src_video).into());
    input.insert("timecodeSource".to_owned(), "ZEROBASED".into());
    if subject.tracks.sound {
        change(&mut input, "audioSelectors", |selectors| {
            selectors.entry(AUDIO_SELECTOR).or_insert_with(|| json!({ "defaultSelection": "DEFAULT" }));
        });
    } else {
        for selectors in ["audioSelectors", "audioSelectorGroups", "dynamicAudioSelectors"] {
            input.shift_remove(selectors);
        }
    }
    if subject.tracks.picture.is_none() {
        input.shift_remove("videoSelector");
        return input.into();
    }
    change(&mut input, "videoSelector", |selector| {
        selector.insert("rotate".to_owned(), json!(subject.record.options.input_rotate));
    });
    if !subject.captions.is_empty() {
        change(&mut input, "captionSelectors", |selectors| {
            let ours = subject.captions.iter().enumerate();
            let named =
                |(at, captions)| (captions::selector_name(at), captions::selector(captions, &source.src_bucket));
            selectors.extend(ours.map(named));
        });
    }
    input.into()
}

/// Changes the object that is a member; it is made if need be.
fn change(members: &mut Map<String, Value>, name: &str, change: impl FnOnce(&mut Map<String, Value>)) {
    let mut object = match members.get_mut(name).map(Value::take) {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    };
    change(&mut object);
    members.insert(name.to_owned(), object.into());
}
