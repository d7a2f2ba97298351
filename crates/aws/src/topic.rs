//! The subscriptions of a topic.

use aws_smithy_xml::decode::{Document, try_data};

use crate::service::SNS;
use crate::{Aws, CallError};

/// How many subscriptions a topic has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Subscriptions {
    pub confirmed: u64,
    /// Whoever is to get the messages has yet to agree, and gets none.
    pub pending: u64,
}

impl Aws {
    pub async fn subscriptions(&self, topic: &str) -> Result<Subscriptions, CallError> {
        let answer = self.call_query(SNS, "sns:GetTopicAttributes", &[("TopicArn", topic)]).await?;
        Ok(counts(&answer))
    }
}

/// The counts among the attributes: `<entry><key>…</key><value>…</value></entry>`.
fn counts(xml: &str) -> Subscriptions {
    let (mut counts, mut key) = (Subscriptions::default(), String::new());
    let mut document = Document::new(xml);
    while let Some(element) = document.next_start_element() {
        let is_key = match element.local() {
            "key" => true,
            "value" => false,
            _ => continue,
        };
        let Ok(text) = try_data(&mut document.scoped_to(element)) else { break };
        match (is_key, key.as_str()) {
            (true, _) => key = text.into_owned(),
            (false, "SubscriptionsConfirmed") => counts.confirmed = text.parse().unwrap_or_default(),
            (false, "SubscriptionsPending") => counts.pending = text.parse().unwrap_or_default(),
            (false, _) => {}
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_stand_among_the_attributes() {
        let xml = "<GetTopicAttributesResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><GetTopicAttributesResult>\
                   <Attributes><entry><key>Owner</key><value>111122223333</value></entry>\
                   <entry><key>SubscriptionsPending</key><value>2</value></entry>\
                   <entry><key>SubscriptionsConfirmed</key><value>1</value></entry></Attributes>\
                   </GetTopicAttributesResult></GetTopicAttributesResponse>";
        assert_eq!(counts(xml), Subscriptions { confirmed: 1, pending: 2 });
        assert_eq!(counts("<broken"), Subscriptions::default());
    }
}
