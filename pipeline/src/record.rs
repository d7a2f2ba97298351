//! The workflow record and the table that holds it.
//!
//! Field names are those of the AWS solution SO0021, version 6 ("Video on Demand on AWS"), so that its users can move over.

/// The attribute names and the index of the workflow table.
pub mod table {
    /// The table's key, a string.
    pub const GUID: &str = "guid";
    /// The index of the records of a source bucket by time.
    pub const SOURCE_INDEX: &str = "srcBucket-startTime-index";
    /// The index's partition key, a string.
    pub const SRC_BUCKET: &str = "srcBucket";
    /// The index's sort key, a string (RFC 3339, UTC).
    pub const START_TIME: &str = "startTime";
}

/// The guid of the workflow that an event or a record belongs to, where it names one.
#[must_use]
pub fn guid_of(event: &serde_json::Value) -> Option<&str> {
    event.get(table::GUID).or_else(|| event.pointer("/detail/userMetadata/guid"))?.as_str()
}
