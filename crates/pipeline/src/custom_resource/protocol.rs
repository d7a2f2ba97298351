//! CloudFormation's request and response objects.
//!
//! Source: "Custom resource request objects" and "Custom resource response objects" in the AWS CloudFormation user guide.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_with::skip_serializing_none;

/// The longest response body in bytes.
const BODY_LENGTH: usize = 4096;

/// What CloudFormation wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RequestType {
    /// Make the resource.
    Create,
    /// Change the resource, or replace it under another physical id.
    Update,
    /// Remove the resource.
    Delete,
}

/// The presigned address that the answer goes to; it is a secret and never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResponseUrl(String);

impl ResponseUrl {
    /// The address itself, for the one call that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ResponseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ResponseUrl(…)")
    }
}

/// Where an answer goes and which request it answers; enough to answer a request that is otherwise unreadable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Address {
    /// Where the answer goes.
    #[serde(rename = "ResponseURL")]
    pub response_url: ResponseUrl,
    pub stack_id: String,
    pub request_id: String,
    /// The resource's name in the template.
    pub logical_resource_id: String,
    /// The resource's id as answered before; absent on creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical_resource_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Request {
    /// Where the answer goes.
    #[serde(flatten)]
    pub address: Address,
    pub request_type: RequestType,
    pub resource_type: String,
    #[serde(default)]
    pub resource_properties: Value,
}

impl Address {
    /// The physical id of a resource that was never made: deleting it does nothing.
    pub fn placeholder(&self) -> String {
        format!("{PLACEHOLDER}{}", self.logical_resource_id)
    }

    /// The physical id to answer with when nothing is known about the resource.
    pub fn known_id(&self) -> String {
        self.physical_resource_id.clone().unwrap_or_else(|| self.placeholder())
    }
}

/// What the ids of resources that were never made start with; no template name can.
const PLACEHOLDER: &str = "never-created:";

/// Whether a physical id stands for a resource that was never made.
pub(super) fn is_placeholder(physical_id: &str) -> bool {
    physical_id.starts_with(PLACEHOLDER)
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The resource is as asked; these are its attributes.
    Success(BTreeMap<&'static str, String>),
    /// The resource is not as asked, for this reason.
    Failed(String),
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The resource's id from now on.
    pub physical_id: String,
    /// How the request ended.
    pub outcome: Outcome,
}

/// The answer as CloudFormation reads it.
#[skip_serializing_none]
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    status: &'a str,
    reason: Option<&'a str>,
    physical_resource_id: &'a str,
    stack_id: &'a str,
    request_id: &'a str,
    logical_resource_id: &'a str,
    no_echo: bool,
    data: Option<&'a BTreeMap<&'static str, String>>,
}

impl Response {
    /// The body to send: JSON of at most 4096 bytes, for which a long reason is cut.
    ///
    /// `NoEcho` is false: no attribute of these resources is a secret.
    pub fn body(&self, address: &Address) -> Result<String, serde_json::Error> {
        let mut body = Body {
            status: "SUCCESS",
            reason: None,
            physical_resource_id: &self.physical_id,
            stack_id: &address.stack_id,
            request_id: &address.request_id,
            logical_resource_id: &address.logical_resource_id,
            no_echo: false,
            data: None,
        };
        match &self.outcome {
            Outcome::Success(data) => {
                body.data = Some(data);
                serde_json::to_string(&body)
            }
            Outcome::Failed(reason) => {
                body.status = "FAILED";
                body.reason = Some("");
                let room = BODY_LENGTH.saturating_sub(serde_json::to_string(&body)?.len());
                let reason = cut(reason, room);
                body.reason = Some(&reason);
                serde_json::to_string(&body)
            }
        }
    }
}

/// The start of a text that takes at most `room` bytes inside a JSON string, with an ellipsis where it was cut.
fn cut(text: &str, room: usize) -> String {
    let width = |letter: char| match letter {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        control if control < ' ' => 6,
        other => other.len_utf8(),
    };
    if text.chars().map(width).sum::<usize>() <= room {
        return text.to_owned();
    }
    let room = room.saturating_sub('…'.len_utf8());
    let mut used = 0;
    let kept = text.chars().take_while(|letter| {
        used += width(*letter);
        used <= room
    });
    kept.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn address() -> Address {
        serde_json::from_value(json!({
            "ResponseURL": "https://bucket.example/answer?X-Amz-Signature=abc",
            "StackId": "arn:aws:cloudformation:eu-west-1:111122223333:stack/vod/1",
            "RequestId": "r-1",
            "LogicalResourceId": "Template1080p",
        }))
        .unwrap()
    }

    #[test]
    fn a_request_reads_and_hides_its_address() {
        let request: Request = serde_json::from_value(json!({
            "RequestType": "Update",
            "ResponseURL": "https://bucket.example/answer?X-Amz-Signature=abc",
            "StackId": "s", "RequestId": "r", "LogicalResourceId": "l", "PhysicalResourceId": "p",
            "ResourceType": "Custom::MediaConvertJobTemplate",
            "ResourceProperties": {"ServiceToken": "arn", "BaseName": "b"},
            "OldResourceProperties": {"BaseName": "a"},
        }))
        .unwrap();
        assert_eq!(request.request_type, RequestType::Update);
        assert_eq!(request.address.known_id(), "p");
        assert!(request.address.response_url.reveal().ends_with("abc"));
        assert!(!format!("{request:?}").contains("Signature"));
    }

    #[test]
    fn bodies() {
        let success = Response {
            physical_id: "vod-1080p-0123abcd".to_owned(),
            outcome: Outcome::Success(BTreeMap::from([("Arn", "arn:x".to_owned())])),
        };
        let failed =
            Response { physical_id: address().placeholder(), outcome: Outcome::Failed("no \"such\" thing".to_owned()) };
        insta::assert_snapshot!(success.body(&address()).unwrap(), @r#"{"Status":"SUCCESS","PhysicalResourceId":"vod-1080p-0123abcd","StackId":"arn:aws:cloudformation:eu-west-1:111122223333:stack/vod/1","RequestId":"r-1","LogicalResourceId":"Template1080p","NoEcho":false,"Data":{"Arn":"arn:x"}}"#);
        insta::assert_snapshot!(failed.body(&address()).unwrap(), @r#"{"Status":"FAILED","Reason":"no \"such\" thing","PhysicalResourceId":"never-created:Template1080p","StackId":"arn:aws:cloudformation:eu-west-1:111122223333:stack/vod/1","RequestId":"r-1","LogicalResourceId":"Template1080p","NoEcho":false}"#);
    }

    proptest! {
        #[test]
        fn bodies_are_short_enough_whatever_the_reason(reason in prop_oneof![".{0,5000}", "[\\x00-\\x1f\"\\\\é🎬]{0,3000}"]) {
            let response = Response { physical_id: "p".to_owned(), outcome: Outcome::Failed(reason.clone()) };
            let body = response.body(&address()).unwrap();
            prop_assert!(body.len() <= BODY_LENGTH);
            let read: Value = serde_json::from_str(&body).unwrap();
            let sent = read["Reason"].as_str().unwrap();
            match sent.strip_suffix('…') {
                Some(start) if sent != reason => {
                    prop_assert!(reason.starts_with(start));
                    prop_assert!(body.len() > BODY_LENGTH - 8, "cut too early");
                }
                _ => prop_assert_eq!(sent, reason),
            }
        }
    }
}
