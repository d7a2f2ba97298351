//! The deployment's MediaConvert queues, at the transcoder.
//!
//! The emulator's CloudFormation only records a queue that the stack makes, and knows nothing of one that is to exist already.

use serde_json::json;

use super::{Error, Session, http::Client};

/// Makes these queues, unless they are there.
pub(super) async fn provide(names: &[String], session: &Session) -> Result<(), Error> {
    let (client, url) = (Client::default(), format!("{}/2017-08-29/queues", session.mediaconvert()));
    for name in names {
        client.make(&url, &json!({ "name": name })).await?;
    }
    Ok(())
}
