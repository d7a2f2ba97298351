//! The fields that a metadata file may set, and what each may hold.

use std::str::FromStr;

use serde_json::Value;
use strum::VariantNames;

use super::MetadataError;
use crate::{
    record::Record,
    settings::{Acceleration, ArchiveClass, InputRotate},
};

/// The longest key of an object, in bytes
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>).
const MAX_KEY_BYTES: usize = 1024;

/// The longest text that an error repeats.
const MAX_SHOWN: usize = 40;

/// A field and the way its value goes into a record; the error says what the field may hold.
pub(super) struct Field {
    /// The field's name.
    pub(super) name: &'static str,
    put: fn(&mut Record, &Value) -> Result<(), String>,
}

/// Every field that a metadata file may set.
pub(super) const FIELDS: [Field; 12] = [
    Field { name: "srcVideo", put: |record, value| key(value).map(|key| record.source.src_video = key) },
    Field {
        name: "jobTemplate",
        put: |record, value| {
            // The file's own template is kept over the one that would fit the source.
            record.encoding.job_template = Some(template(value)?);
            record.encoding.is_custom_template = Some(true);
            Ok(())
        },
    },
    Field {
        name: "jobTemplate_2160p",
        put: |record, value| template(value).map(|name| record.options.job_template_2160p = Some(name)),
    },
    Field {
        name: "jobTemplate_1080p",
        put: |record, value| template(value).map(|name| record.options.job_template_1080p = Some(name)),
    },
    Field {
        name: "jobTemplate_720p",
        put: |record, value| template(value).map(|name| record.options.job_template_720p = Some(name)),
    },
    Field { name: "frameCapture", put: |record, value| switch(value).map(|on| record.options.frame_capture = on) },
    Field {
        name: "archiveSource",
        put: |record, value| word::<ArchiveClass>(value).map(|class| record.options.archive_source = class),
    },
    Field {
        name: "inputRotate",
        put: |record, value| word::<InputRotate>(value).map(|turn| record.options.input_rotate = turn),
    },
    Field {
        name: "acceleratedTranscoding",
        put: |record, value| word::<Acceleration>(value).map(|mode| record.options.accelerated_transcoding = mode),
    },
    Field { name: "enableSns", put: |record, value| switch(value).map(|on| record.options.enable_sns = on) },
    Field { name: "enableSqs", put: |record, value| switch(value).map(|on| record.options.enable_sqs = on) },
    Field {
        name: "captions",
        put: |record, value| {
            let read = crate::captions::parse(value).map_err(|error| format!("a list of captions files ({error})"));
            read.map(|_| record.options.captions = Some(value.clone()))
        },
    },
];

impl Field {
    /// Puts a value into a record.
    pub(super) fn set(&self, record: &mut Record, value: &Value) -> Result<(), MetadataError> {
        (self.put)(record, value).map_err(|expected| MetadataError::WrongField {
            field: self.name,
            expected,
            found: found(value),
        })
    }
}

fn key(value: &Value) -> Result<String, String> {
    let key = value.as_str().filter(|key| (1..=MAX_KEY_BYTES).contains(&key.len()));
    key.map(str::to_owned).ok_or_else(|| format!("the key of the video, 1 to {MAX_KEY_BYTES} bytes long"))
}

fn template(value: &Value) -> Result<String, String> {
    let name = value.as_str().filter(|name| !name.trim().is_empty());
    name.map(str::to_owned).ok_or_else(|| "the name of a job template".to_owned())
}

fn switch(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "true or false, without quotes".to_owned())
}

fn word<T: FromStr + VariantNames>(value: &Value) -> Result<T, String> {
    let word = value.as_str().and_then(|word| word.parse().ok());
    word.ok_or_else(|| format!("one of {}", T::VARIANTS.join(", ")))
}

/// What stands where something else should, in words for people.
fn found(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(_) => "a number".to_owned(),
        Value::String(text) if text.len() <= MAX_SHOWN => format!("{text:?}"),
        Value::String(text) => format!("a text of {} bytes", text.len()),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
