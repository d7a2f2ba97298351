//! What handlers share of AWS: the SDK's configuration, the workflow table, the topic, and files in buckets.

pub(crate) mod catalogue;
pub(crate) mod objects;
pub(crate) mod raw_json;
pub(crate) mod records;
mod sdk;
pub(crate) mod topic;

pub use self::sdk::https_client;
pub(crate) use self::sdk::{media_convert, sdk_config};
