//! The configuration's MediaConvert queues, at the transcoder.
//!
//! The emulator's CloudFormation only records a queue that the stack makes, and knows nothing of one that is to exist already.

use serde_json::json;

use super::{Error, Session, http::Client};
use crate::config::Config;

/// Makes the queue of the configuration and those that its jobs hop to, unless they are there.
pub(super) async fn provide(config: &Config, session: &Session) -> Result<(), Error> {
    let queue = &config.encoding.queue;
    let names = queue.name.iter().chain(queue.hop.iter().map(|hop| &hop.queue));
    let (client, url) = (Client::default(), format!("{}/2017-08-29/queues", session.mediaconvert()));
    for name in names {
        client.make(&url, &json!({ "name": name.as_str() })).await?;
    }
    Ok(())
}
