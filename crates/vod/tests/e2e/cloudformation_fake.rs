//! CloudFormation's side of the custom-resource protocol: sends a request to a function and reads what it puts to the
//! `ResponseURL`. For the sequences that the emulator's own CloudFormation leaves out (docs/emulator.md).

use serde_json::{Value, json};
use testing::aws::{Answer, FakeAws};

use crate::e2e::emulator::Emulator;

/// Sends requests as CloudFormation does, and receives the answers.
pub(crate) struct CloudFormationFake(FakeAws);

/// One request to a custom resource.
pub(crate) struct Request<'a> {
    pub(crate) kind: &'a str,
    pub(crate) resource_type: &'a str,
    pub(crate) physical_id: Option<&'a str>,
    pub(crate) properties: &'a Value,
    pub(crate) old_properties: Option<&'a Value>,
}

impl CloudFormationFake {
    pub(crate) fn start() -> Self {
        let aws = FakeAws::start();
        aws.always("PUT /answer", Answer::status(200));
        Self(aws)
    }

    /// The function's answer to a request.
    pub(crate) fn ask(&self, emulator: &Emulator, function: &str, request: &Request<'_>) -> Value {
        let mut event = json!({
            "RequestType": request.kind,
            "RequestId": "b6a5bb4b-9b6f-4b0c-8c9c-6e0f3f9c1f4e",
            "StackId": "arn:aws:cloudformation:us-east-1:000000000000:stack/vod/00000000-0000-0000-0000-000000000000",
            "LogicalResourceId": "Asked",
            "ResourceType": request.resource_type,
            "ResponseURL": format!("{}/answer", self.0.url),
            "ResourceProperties": request.properties,
        });
        if let Some(physical_id) = request.physical_id {
            event["PhysicalResourceId"] = physical_id.into();
        }
        if let Some(old) = request.old_properties {
            event["OldResourceProperties"] = old.clone();
        }
        self.0.forget();
        tokio::task::block_in_place(|| emulator.invoke(function, &event));
        let answer = self.0.seen_of("PUT /answer").pop().expect("the function must answer before it ends").json();
        assert_eq!(answer["RequestId"], event["RequestId"]);
        assert_eq!(answer["StackId"], event["StackId"]);
        assert_eq!(answer["LogicalResourceId"], event["LogicalResourceId"]);
        answer
    }
}
