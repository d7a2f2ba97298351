//! CloudFormation's side of the custom-resource protocol: sends a request to a function and waits for what it puts to the
//! `ResponseURL`. For the sequences that the emulator's own CloudFormation leaves out (docs/emulator.md).

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::put;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};

use crate::e2e::emulator::Emulator;

/// Sends requests as CloudFormation does, and receives the answers.
pub(crate) struct CloudFormationFake {
    address: SocketAddr,
    answers: Mutex<mpsc::UnboundedReceiver<Value>>,
}

/// One request to a custom resource.
pub(crate) struct Request<'a> {
    pub(crate) kind: &'a str,
    pub(crate) resource_type: &'a str,
    pub(crate) physical_id: Option<&'a str>,
    pub(crate) properties: &'a Value,
    pub(crate) old_properties: Option<&'a Value>,
}

impl CloudFormationFake {
    /// Serves on a free port of the loopback interface.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, answers) = mpsc::unbounded_channel();
        let router = Router::new().route("/answer", put(receive)).with_state(sender);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, answers: Mutex::new(answers) }
    }

    /// The function's answer to a request.
    pub(crate) async fn ask(&self, emulator: &Emulator, function: &str, request: &Request<'_>) -> Value {
        let mut event = json!({
            "RequestType": request.kind,
            "RequestId": "b6a5bb4b-9b6f-4b0c-8c9c-6e0f3f9c1f4e",
            "StackId": "arn:aws:cloudformation:us-east-1:000000000000:stack/vod/00000000-0000-0000-0000-000000000000",
            "LogicalResourceId": "Asked",
            "ResourceType": request.resource_type,
            "ResponseURL": format!("http://{}/answer", self.address),
            "ResourceProperties": request.properties,
        });
        if let Some(physical_id) = request.physical_id {
            event["PhysicalResourceId"] = physical_id.into();
        }
        if let Some(old) = request.old_properties {
            event["OldResourceProperties"] = old.clone();
        }
        tokio::task::block_in_place(|| emulator.invoke(function, &event));
        let answer = tokio::time::timeout(Duration::from_secs(10), async { self.answers.lock().await.recv().await });
        let answer = answer.await.expect("the function must answer before it ends").unwrap();
        assert_eq!(answer["RequestId"], event["RequestId"]);
        assert_eq!(answer["StackId"], event["StackId"]);
        assert_eq!(answer["LogicalResourceId"], event["LogicalResourceId"]);
        answer
    }
}

async fn receive(State(sender): State<mpsc::UnboundedSender<Value>>, body: String) {
    drop(sender.send(serde_json::from_str(&body).expect("an answer is JSON")));
}
