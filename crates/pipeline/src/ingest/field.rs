//! The fields that a metadata file may set, and what each may hold.

use std::str::FromStr;

use serde_json::Value;
use strum::VariantNames;

use super::MetadataError;
use crate::{
    contract::Handler,
    errors::ErrorName,
    record::{LISTED, Record, Warning},
    settings::{Acceleration, ArchiveClass, InputRotate, StatusUpdateInterval},
    wire::with_first,
};

/// Fields of SO0021's users and of `MediaConvert`'s `CreateJob` that a job of this platform does not have from a metadata
/// file. Not `tags`, `role` and the like, which people write for themselves.
const UNAPPLIED: [&str; 8] = [
    "qvbr",
    "queue",
    "settings",
    "hopDestinations",
    "userMetadata",
    "billingTagsSource",
    "jobEngineVersion",
    "simulateReservedQueue",
];

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
pub(super) const FIELDS: [Field; 16] = [
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
        put: |record, value| {
            let options = &mut record.options;
            options.archive_source = match value.as_bool() {
                Some(false) => ArchiveClass::Disabled,
                Some(true) if options.archive_source == ArchiveClass::Disabled => ArchiveClass::Glacier,
                Some(true) => options.archive_source,
                None => word(value).map_err(|expected| format!("{expected}, true, false"))?,
            };
            Ok(())
        },
    },
    Field {
        name: "inputRotate",
        put: |record, value| word::<InputRotate>(value).map(|turn| record.options.input_rotate = turn),
    },
    Field {
        name: "acceleratedTranscoding",
        put: |record, value| word::<Acceleration>(value).map(|mode| record.options.accelerated_transcoding = mode),
    },
    Field {
        name: "accelerationSettings",
        put: |record, value| {
            let mode = value.as_object().and_then(|members| {
                members.iter().find(|(name, _)| with_first(name, char::to_ascii_lowercase) == "mode")
            });
            let mode = mode.and_then(|(_, mode)| word::<Acceleration>(mode).ok());
            record.options.accelerated_transcoding =
                mode.ok_or_else(|| format!("an object whose `mode` is one of {}", Acceleration::VARIANTS.join(", ")))?;
            Ok(())
        },
    },
    Field {
        name: "priority",
        put: |record, value| {
            let given =
                value.as_i64().ok_or_else(|| "a whole number, of which MediaConvert takes -50 to 50".to_owned())?;
            // The range leaves nothing that does not fit.
            let priority = i8::try_from(given.clamp(-50, 50)).unwrap_or_default();
            if i64::from(priority) != given {
                let message = format!("`priority` is {given}; MediaConvert takes -50 to 50, so the job has {priority}");
                record.workflow_warnings.push(not_applied(&message));
            }
            record.options.job_priority = Some(priority);
            Ok(())
        },
    },
    Field {
        name: "statusUpdateInterval",
        put: |record, value| {
            word::<StatusUpdateInterval>(value)
                .map(|interval| record.options.job_status_update_interval = Some(interval))
        },
    },
    Field { name: "enableSns", put: |record, value| switch(value).map(|on| record.options.enable_sns = on) },
    Field { name: "enableSqs", put: |record, value| switch(value).map(|on| record.options.enable_sqs = on) },
    Field {
        name: LISTED,
        put: |record, value| {
            record.extra.insert(LISTED.to_owned(), switch(value)?.into());
            Ok(())
        },
    },
    Field {
        name: "captions",
        put: |record, value| {
            let read = crate::captions::parse(value).map_err(|error| format!("captions files ({error})"));
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

/// Whether a field shows that a file is meant for the platform: any but those whose names are everybody's, also where the
/// spelling is a little off.
pub(super) fn is_telling(name: &str) -> bool {
    const EVERYBODYS: [&str; 3] = ["captions", "priority", LISTED];
    let known = FIELDS.iter().map(|field| field.name).find(|known| plain(known) == plain(name));
    known.is_some_and(|known| !EVERYBODYS.contains(&known))
}

/// A name without what is easily mistaken in one.
fn plain(name: &str) -> String {
    name.replace(['_', '-'], "").to_ascii_lowercase()
}

/// The warning that fields of a metadata file, by the names that it has for them, are kept and have no effect: those that
/// belong to other programs, and those whose spelling is almost that of a field. Anything else is the user's own.
pub(super) fn unapplied<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Warning> {
    let reasons: Vec<String> = names
        .into_iter()
        .filter_map(|name| {
            let is = |known: &&str| plain(known) == plain(name);
            match FIELDS.iter().map(|field| field.name).find(is) {
                Some(field) => Some(format!("`{name}` (is `{field}` meant?)")),
                None => UNAPPLIED.iter().any(is).then(|| format!("`{name}`")),
            }
        })
        .collect();
    let message = format!("kept from the metadata file, but without effect: {}", reasons.join(", "));
    (!reasons.is_empty()).then(|| not_applied(&message))
}

fn not_applied(message: &str) -> Warning {
    Warning::new(Handler::InputValidate, ErrorName::NotApplied, message)
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
