//! What a state machine carries from step to step, and how large it may be.
//!
//! A task's result and a state's input and output are limited to 256 KiB
//! (<https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>). Beyond that an execution ends with
//! `States.DataLimitExceeded`, which nothing catches. So what grows with a video is summarized in its record; in full it
//! lies in a [`File`] beside the outputs.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::{
    contract::OVERFLOW_FOLDER,
    record::{Record, table},
};

/// How large the answer of any function may be, as JSON, in bytes; the rest of the limit is for what the state machine
/// puts around it.
pub const MAX_ANSWER_BYTES: usize = 240 * 1024;

/// How large a record may be when a step hands it on, as JSON, in bytes; the rest is for what later steps add.
pub const MAX_RECORD_BYTES: usize = 220 * 1024;

/// The member of a record that says where its summarized members are in full.
pub const STORED_IN_FULL: &str = "storedInFull";

/// Members that no later step needs, in the order in which they leave a record that is too large.
pub(crate) const DISPENSABLE: [&str; 5] = ["encodingOutput", "encodingJob", "renditions", "mp4Urls", "mp4Outputs"];

/// A file beside the outputs of a workflow: a JSON object of members of its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The file's key; it follows from the content, so that a late write never changes what a newer record points to.
    pub key: String,
    pub body: String,
}

impl File {
    /// The file with these members of a record.
    pub fn new(guid: &str, members: Map<String, Value>) -> Self {
        let body = Value::Object(members).to_string();
        let digest = Sha256::digest(body.as_bytes());
        let name = digest.iter().take(8).fold(0_u64, |name, byte| name << 8 | u64::from(*byte));
        Self { key: format!("{guid}/{OVERFLOW_FOLDER}/{name:016x}.json"), body }
    }

    /// The file's place in a bucket.
    pub fn place(&self, bucket: &str) -> String {
        format!("s3://{bucket}/{}", self.key)
    }
}

impl Record {
    /// Notes that a file has these members in full.
    pub(crate) fn point_to<'a>(&mut self, file: &File, members: impl IntoIterator<Item = &'a str>) {
        let place = file.place(&self.options.dest_bucket);
        self.stored_in_full.extend(members.into_iter().map(|member| (member.to_owned(), place.clone())));
    }
}

/// A text of bearable length: its start, with an ellipsis, where it has more characters than this.
pub fn clipped(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The size of a value as JSON, in bytes.
pub fn json_bytes(value: &impl serde::Serialize) -> usize {
    /// Counts what is written.
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // A value that is no JSON has no size; whoever sends it hears why.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}

/// The record as a step may hand it on: where it is larger than [`MAX_RECORD_BYTES`], members that no later step needs
/// leave it for the file.
pub fn fitted(record: Record) -> serde_json::Result<(Record, Option<File>)> {
    if json_bytes(&record) <= MAX_RECORD_BYTES {
        return Ok((record, None));
    }
    let mut fields: Map<String, Value> = serde_json::from_value(serde_json::to_value(&record)?)?;
    let mut moved = Map::new();
    for name in DISPENSABLE {
        if json_bytes(&fields) > MAX_RECORD_BYTES
            && let Some(value) = fields.shift_remove(name)
        {
            moved.insert(name.to_owned(), value);
        }
    }
    if moved.is_empty() {
        return Ok((record, None));
    }
    let names: Vec<String> = moved.keys().cloned().collect();
    let file = File::new(fields.get(table::GUID).and_then(Value::as_str).unwrap_or_default(), moved);
    let mut record: Record = serde_json::from_value(fields.into())?;
    record.point_to(&file, names.iter().map(String::as_str));
    Ok((record, Some(file)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::sample;

    #[test]
    fn a_record_that_fits_stays_whole() {
        let whole = sample(&json!({"encodingJob": {"a": "b".repeat(200 * 1024)}}));
        assert_eq!(fitted(whole.clone()).unwrap(), (whole, None));
    }

    #[test]
    fn what_no_step_needs_leaves_a_record_that_does_not_fit_and_can_be_found() {
        let job = json!({"a": "b".repeat(100 * 1024)});
        let output = json!({"c": "d".repeat(10 * 1024)});
        let more = json!({"notes": "n".repeat(150 * 1024), "encodingJob": job, "encodingOutput": output, "mp4Urls": ["https://d/1"]});
        let (fitted, file) = fitted(sample(&more)).unwrap();
        let file = file.unwrap();
        assert!(json_bytes(&fitted) <= MAX_RECORD_BYTES);
        assert_eq!(fitted.outputs.mp4_urls, ["https://d/1"], "no more than has to");
        let members: Value = serde_json::from_str(&file.body).unwrap();
        assert_eq!(members, json!({"encodingOutput": output, "encodingJob": job}));
        assert!(file.key.starts_with("g/.workflow/"), "{}", file.key);
        let place = format!("s3://destination/{}", file.key);
        assert_eq!(json!(fitted)[STORED_IN_FULL], json!({"encodingJob": place, "encodingOutput": place}));
    }

    #[test]
    fn sizes_are_those_of_the_json() {
        for value in [json!(null), json!({"a": ["ä\n", 1.5]})] {
            assert_eq!(json_bytes(&value), value.to_string().len());
        }
    }
}
