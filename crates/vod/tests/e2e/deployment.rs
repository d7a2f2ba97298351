//! One stack in the emulator's CloudFormation.

use std::time::{Duration, Instant};

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_cloudformation::error::DisplayErrorContext;
use aws_sdk_cloudformation::types::{Capability, Parameter, StackEvent, StackStatus};

use crate::e2e::emulator::{Emulator, REGION, credentials};

/// A stack, by its name until it exists and by its ARN from then on (which still answers after the stack is deleted).
pub(crate) struct Deployment {
    client: Client,
    stack: String,
    parameters: Vec<Parameter>,
}

impl Deployment {
    /// A stack that is to be created; each parameter is the output of the same name of another stack.
    pub(crate) fn new(emulator: &Emulator, name: &str, parameters: Vec<Parameter>) -> Self {
        let [key, secret] = credentials();
        let config = aws_sdk_cloudformation::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(aws::https_client())
            .region(Region::new(REGION))
            .credentials_provider(Credentials::new(key, secret, None, None, "e2e"))
            .endpoint_url(emulator.url())
            .build();
        Self { client: Client::from_conf(config), stack: name.to_owned(), parameters }
    }

    /// Creates the stack from a template in the emulator's S3, as a template of this size needs.
    pub(crate) async fn create(&mut self, template_url: &str) -> StackStatus {
        let request = self.client.create_stack().stack_name(&self.stack).template_url(template_url);
        let request = request.capabilities(Capability::CapabilityIam).set_parameters(Some(self.parameters.clone()));
        let answer = request.send().await;
        let answer = answer.unwrap_or_else(|error| panic!("create: {}", DisplayErrorContext(error)));
        self.stack = answer.stack_id.unwrap();
        self.settled().await
    }

    pub(crate) async fn update(&self, template_url: &str) -> StackStatus {
        let request = self.client.update_stack().stack_name(&self.stack).template_url(template_url);
        let request = request.capabilities(Capability::CapabilityIam).set_parameters(Some(self.parameters.clone()));
        let answer = request.send().await;
        answer.unwrap_or_else(|error| panic!("update: {}", DisplayErrorContext(error)));
        self.settled().await
    }

    pub(crate) async fn delete(&self) -> StackStatus {
        let answer = self.client.delete_stack().stack_name(&self.stack).send().await;
        answer.unwrap_or_else(|error| panic!("delete: {}", DisplayErrorContext(error)));
        self.settled().await
    }

    /// The stack's outputs, as parameters for another stack.
    pub(crate) async fn outputs(&self) -> Vec<Parameter> {
        let answer = self.client.describe_stacks().stack_name(&self.stack).send().await.unwrap();
        let outputs = answer.stacks.unwrap().remove(0).outputs.unwrap_or_default().into_iter();
        let parameter = |key, value| Parameter::builder().set_parameter_key(key).set_parameter_value(value).build();
        outputs.map(|output| parameter(output.output_key, output.output_value)).collect()
    }

    /// The physical id of a resource.
    pub(crate) async fn physical_id(&self, logical_id: &str) -> String {
        let request = self.client.describe_stack_resource().stack_name(&self.stack).logical_resource_id(logical_id);
        let detail = request.send().await.unwrap().stack_resource_detail.unwrap();
        detail.physical_resource_id.unwrap()
    }

    /// The stack's events, oldest first.
    pub(crate) async fn events(&self) -> Vec<StackEvent> {
        let mut pages = self.client.describe_stack_events().stack_name(&self.stack).into_paginator().send();
        let mut events = Vec::new();
        while let Some(page) = pages.next().await {
            events.extend(page.unwrap().stack_events.unwrap_or_default());
        }
        events.reverse();
        events
    }

    /// Panics with the stack's failures unless it is in this status.
    pub(crate) async fn expect(&self, found: StackStatus, wanted: StackStatus) {
        if found == wanted {
            return;
        }
        let mut reasons = String::new();
        for event in self.events().await {
            let status = event.resource_status.map(|status| status.to_string()).unwrap_or_default();
            if let Some(reason) = event.resource_status_reason {
                let resource = event.logical_resource_id.unwrap_or_default();
                reasons = format!("{reasons}\n  {resource} {status}: {reason}");
            }
        }
        panic!("the stack is in {found}, not in {wanted}:{reasons}");
    }

    /// The status once no operation is under way any more.
    async fn settled(&self) -> StackStatus {
        let deadline = Instant::now() + Duration::from_mins(2);
        loop {
            let answer = self.client.describe_stacks().stack_name(&self.stack).send().await.unwrap();
            let status = answer.stacks.unwrap().remove(0).stack_status.unwrap();
            if !status.as_str().ends_with("_IN_PROGRESS") {
                return status;
            }
            assert!(Instant::now() < deadline, "the stack is still in {status}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
