//! A file that arrived in the source bucket, and the id of the workflow that it starts.

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use serde_with::skip_serializing_none;
use uuid::Uuid;

/// The namespace of workflow ids; another one would make every file look new.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1c_9b52_0d3e_4c7a_9a41_e25b_7f80_36cd);

/// One file's arrival.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Arrival {
    pub bucket: String,
    /// The key, as it is, without any encoding.
    pub key: String,
    /// The object's version, where the bucket keeps versions.
    pub version_id: Option<String>,
    /// What S3 orders events of one key by; another upload has another one.
    pub sequencer: Option<String>,
    /// When the file arrived (RFC 3339).
    pub event_time: Option<String>,
}

impl Arrival {
    /// The arrival that an "Object Created" event of EventBridge is about; its key is not encoded.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html>
    pub(crate) fn of_event_bridge(event: &Value) -> Option<Self> {
        let detail = event.get("detail")?;
        let object = detail.get("object")?;
        Some(Self {
            bucket: text(detail.pointer("/bucket/name"))?,
            key: text(object.get("key"))?,
            version_id: text(object.get("version-id")),
            sequencer: text(object.get("sequencer")),
            event_time: text(event.get("time")),
        })
    }

    /// The arrival that a record of a bucket's own notification is about; its key is encoded as in a web form.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>
    pub(crate) fn of_notification(record: &Value) -> Option<Self> {
        let object = record.pointer("/s3/object")?;
        let key = text(object.get("key"))?.replace('+', " ");
        Some(Self {
            bucket: text(record.pointer("/s3/bucket/name"))?,
            key: percent_decode_str(&key).decode_utf8().ok()?.into_owned(),
            version_id: text(object.get("versionId")),
            sequencer: text(object.get("sequencer")),
            event_time: text(record.get("eventTime")),
        })
    }

    /// The workflow's id: the same for every report of the same arrival, and another for every other.
    ///
    /// The hashed name is a JSON list, in which no two different arrivals look alike.
    pub fn guid(&self) -> String {
        let name = json!([self.bucket, self.key, self.version_id, self.sequencer]).to_string();
        Uuid::new_v5(&NAMESPACE, name.as_bytes()).to_string()
    }
}

/// A text that is there and not empty.
fn text(value: Option<&Value>) -> Option<String> {
    value?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    use super::*;

    fn arrival(parts: [&str; 4]) -> Arrival {
        let [bucket, key, version, sequencer] = parts.map(str::to_owned);
        Arrival { bucket, key, version_id: Some(version), sequencer: Some(sequencer), event_time: None }
    }

    #[test]
    fn the_id_is_stable() {
        insta::assert_snapshot!(arrival(["source", "a b.mp4", "v1", "0055AED6DCD90281E5"]).guid(), @"a81a5c6c-9854-5843-877b-74981e00e396");
    }

    #[test]
    fn the_time_is_no_part_of_the_id() {
        let first = arrival(["b", "k", "v", "s"]);
        assert_eq!(
            Arrival { event_time: Some("2026-01-02T03:04:05Z".to_owned()), ..first.clone() }.guid(),
            first.guid()
        );
        assert_ne!(Arrival { version_id: None, ..first.clone() }.guid(), first.guid());
        assert_ne!(
            Arrival { version_id: None, ..first.clone() }.guid(),
            Arrival { version_id: first.version_id.clone(), sequencer: None, ..first }.guid()
        );
    }

    proptest! {
        #[test]
        fn different_arrivals_have_different_ids(
            parts in prop::array::uniform4("[ab\",\\[\\]\\\\]{0,3}"),
            others in prop::array::uniform4("[ab\",\\[\\]\\\\]{0,3}"),
        ) {
            let [one, other] = [&parts, &others].map(|parts| arrival(parts.each_ref().map(String::as_str)));
            prop_assert_eq!(one.guid() == other.guid(), parts == others);
        }

        /// Both kinds of event are about the same arrival, whatever the key.
        #[test]
        fn both_events_say_the_same(key in "\\PC{1,60}|[ +%&/.]{1,20}", version in prop::option::of("[a-z0-9]{1,8}")) {
            let encoded = utf8_percent_encode(&key, NON_ALPHANUMERIC).to_string().replace("%20", "+");
            let mut object = json!({"key": key, "sequencer": "1"});
            let mut classic = json!({"key": encoded, "sequencer": "1"});
            if let Some(version) = version {
                object["version-id"] = json!(version);
                classic["versionId"] = json!(version);
            }
            let event = json!({"time": "t", "detail": {"bucket": {"name": "b"}, "object": object}});
            let record = json!({"eventTime": "t", "s3": {"bucket": {"name": "b"}, "object": classic}});
            let arrival = Arrival::of_event_bridge(&event);
            prop_assert_eq!(&arrival.as_ref().unwrap().key, &key);
            prop_assert_eq!(arrival, Arrival::of_notification(&record));
        }
    }
}
