//! Removing a stack with what its buckets hold, and what it leaves behind.
//!
//! CloudFormation deletes no bucket that holds an object, an old version or a delete marker. Buckets that the template says are to
//! go are therefore emptied here. Not before CloudFormation has begun: a deletion that it refuses (protection against termination,
//! a missing permission, an output that another stack imports) must not cost a single object. So the stack is deleted, which also
//! takes away the policies by which logs are delivered; the buckets that CloudFormation could not delete are emptied; and the stack is
//! deleted again, some times over, because logs arrive late.

use std::collections::BTreeMap;
use std::time::Duration;

use aws::{
    Amount, Aws, CallError, CallErrorKind, DeployedStack, During, StackState, code_of, state_of, succeeded, versions,
};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{ResourceStatus, StackStatus};
use synth::Template;

use super::diagnosis::Diagnosis;
use super::diff::{DeletionPolicy, deployed_template};
use super::follow::{Ended, Follower, ResourceEvent};
use super::{Answer, DeployError, Event, Question, Watcher};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackResource {
    pub logical_id: String,
    pub physical_id: String,
    pub resource_type: String,
}

const BUCKET: &str = "AWS::S3::Bucket";

/// How much of a bucket is counted before it is called more than that.
pub const MAX_COUNTED: usize = 10_000;

/// How long is waited before a bucket that is not empty again is tried once more: logs arrive late, in bursts.
const RETRY_DELAYS: [Duration; 5] =
    [Duration::ZERO, Duration::from_secs(5), Duration::from_secs(15), Duration::from_secs(30), Duration::from_mins(1)];

impl StackResource {
    /// The command that removes it, where one command of the AWS CLI does.
    ///
    /// None does for a bucket: `aws s3 rb --force` leaves old versions and delete markers, and then fails on them
    /// (<https://docs.aws.amazon.com/cli/latest/reference/s3/rb.html>).
    #[must_use]
    pub fn removal(&self, region: &str) -> Option<String> {
        let id = &self.physical_id;
        let command = match self.resource_type.as_str() {
            "AWS::DynamoDB::Table" => format!("aws dynamodb delete-table --table-name {id}"),
            "AWS::KMS::Key" => format!("aws kms schedule-key-deletion --key-id {id}"),
            "AWS::Logs::LogGroup" => format!("aws logs delete-log-group --log-group-name {id}"),
            "AWS::SQS::Queue" => format!("aws sqs delete-queue --queue-url {id}"),
            _ => return None,
        };
        Some(format!("{command} --region {region}"))
    }

    #[must_use]
    pub fn is_bucket(&self) -> bool {
        self.resource_type == BUCKET
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Removal {
    pub stack: DeployedStack,
    pub region: String,
    pub resources: usize,
    pub retained: Vec<StackResource>,
    /// The buckets that go with it, and how much is in them: no more than [`MAX_COUNTED`].
    pub emptied: Vec<(StackResource, Amount)>,
    template: Option<Template>,
}

impl Removal {
    /// Looks what removing a stack would do; none if there is no stack.
    pub async fn plan(aws: &Aws, stack: &str, region: &str) -> Result<Option<Self>, DeployError> {
        let aws = aws.in_region(region);
        let client = aws.cloudformation();
        let Some(stack) = DeployedStack::find(&client, stack).await? else { return Ok(None) };
        if state_of(&stack.status) == StackState::Deleted {
            return Ok(None);
        }
        let template = deployed_template(&client, Some(&stack)).await?.map(|side| side.template);
        let all = resources(&client, &stack.id).await?;
        let present: Vec<StackResource> = all
            .into_iter()
            .filter(|(_, status)| *status != ResourceStatus::DeleteComplete)
            .map(|(resource, _)| resource)
            .collect();
        let count = present.len();
        let (retained, deleted): (Vec<_>, Vec<_>) = present.into_iter().partition(|resource| {
            let written = template.as_ref().and_then(|template| template.resources.get(&resource.logical_id));
            DeletionPolicy::from(written.and_then(|resource| resource.deletion_policy)) == DeletionPolicy::Retain
        });
        let mut emptied = Vec::new();
        for bucket in deleted.into_iter().filter(StackResource::is_bucket) {
            let amount = unless_gone(versions::count(&aws.s3(), &bucket.physical_id, "", MAX_COUNTED).await)?;
            emptied.push((bucket, amount));
        }
        Ok(Some(Self { stack, region: region.to_owned(), resources: count, retained, emptied, template }))
    }

    /// Removes the stack with what its own buckets hold, and follows it to its end. Whoever is interrupted repeats it.
    pub async fn execute(
        &self,
        aws: &Aws,
        role_arn: Option<&str>,
        watcher: &mut dyn Watcher,
    ) -> Result<(), DeployError> {
        let aws = aws.in_region(&self.region);
        let client = aws.cloudformation();
        let name = &self.stack.name;
        if state_of(&self.stack.status) == StackState::Busy {
            watcher.notify(&Event::Waiting { stack: name.clone(), status: self.stack.status.clone() });
            let follower = Follower::from_start_of_operation(&client, &self.stack.id);
            let mut watcher = ExpectingFull { watcher, removal: self };
            if state_of(&follower.until_settled(&mut watcher).await?.stack.status) == StackState::Deleted {
                return Ok(());
            }
        }
        let mut delays = RETRY_DELAYS.into_iter();
        loop {
            let ended = self.delete(&client, role_arn, watcher).await?;
            let status = ended.stack.status.clone();
            let full = self.full(&ended);
            if succeeded(&status) || full.is_empty() {
                watcher.notify(&Event::Finished { stack: name.clone(), status: status.clone() });
            }
            if succeeded(&status) {
                return Ok(());
            }
            match delays.next() {
                Some(delay) if !full.is_empty() => {
                    tokio::time::sleep(delay).await;
                    for bucket in full {
                        let removed = empty(&aws, &bucket.physical_id, watcher).await?;
                        watcher.notify(&Event::Emptied { bucket: bucket.physical_id.clone(), removed });
                    }
                }
                _ => return Err(self.failed(&aws, ended, status).await),
            }
        }
    }

    async fn delete(
        &self,
        client: &Client,
        role_arn: Option<&str>,
        watcher: &mut dyn Watcher,
    ) -> Result<Ended, DeployError> {
        let follower = Follower::from_now(client, &self.stack.id).await?;
        let request = client.delete_stack().stack_name(&self.stack.id).set_role_arn(role_arn.map(str::to_owned));
        request.send().await.during("cloudformation:DeleteStack")?;
        watcher.notify(&Event::Started { stack: self.stack.name.clone(), resources: self.resources });
        follower.until_settled(&mut ExpectingFull { watcher, removal: self }).await
    }

    /// The buckets that CloudFormation could not delete, though the template says so.
    fn full(&self, ended: &Ended) -> Vec<&StackResource> {
        let failed = |bucket: &StackResource| {
            ended.events.iter().any(|event| event.is_failure() && event.logical_id == bucket.logical_id)
        };
        self.emptied.iter().map(|(bucket, _)| bucket).filter(|bucket| failed(bucket)).collect()
    }

    async fn failed(&self, aws: &Aws, ended: Ended, status: StackStatus) -> DeployError {
        let stack = self.stack.name.clone();
        let Some(mut diagnosis) = Diagnosis::of(&ended.events) else {
            return DeployError::Stuck { stack, region: self.region.clone(), status, reason: ended.stack.reason };
        };
        if let Some(template) = &self.template {
            let since = ended.events.first().map_or(0, |event| event.millis);
            diagnosis.read_log(aws, &self.stack.id, template, since).await;
        }
        DeployError::Failed { stack, status, diagnosis: Box::new(diagnosis) }
    }
}

/// The buckets that deleted stacks of this name have left behind, as long as CloudFormation remembers them: 90 days.
pub async fn left_behind(
    aws: &Aws,
    account: &str,
    stack: &str,
    region: &str,
) -> Result<Vec<StackResource>, DeployError> {
    let aws = aws.in_region(region);
    let client = aws.cloudformation();
    let request = client.list_stacks().stack_status_filter(StackStatus::DeleteComplete);
    let mut pages = request.into_paginator().send();
    let mut buckets = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let summaries = page.during("cloudformation:ListStacks")?.stack_summaries.unwrap_or_default();
        for id in summaries.into_iter().filter(|it| it.stack_name() == Some(stack)).filter_map(|it| it.stack_id) {
            for (resource, status) in resources(&client, &id).await? {
                if resource.is_bucket() && status == ResourceStatus::DeleteSkipped {
                    buckets.insert(resource.physical_id.clone(), resource);
                }
            }
        }
    }
    let mut found = Vec::new();
    for bucket in buckets.into_values() {
        let request = aws.s3().head_bucket().bucket(&bucket.physical_id).expected_bucket_owner(account);
        let answer = request.send().await;
        let response = answer.as_ref().err().and_then(|error| error.raw_response());
        // It is gone, or the name is somebody else's by now.
        if response.is_some_and(|response| [301, 403, 404].contains(&response.status().as_u16())) {
            continue;
        }
        answer.during("s3:ListBucket")?;
        found.push(bucket);
    }
    Ok(found)
}

/// Empties a bucket, with every version of every object, and removes it; says how many those were.
pub async fn purge(aws: &Aws, bucket: &str, region: &str, watcher: &mut dyn Watcher) -> Result<usize, DeployError> {
    let aws = aws.in_region(region);
    let client = aws.s3();
    let mut removed = 0;
    for delay in RETRY_DELAYS {
        tokio::time::sleep(delay).await;
        removed += empty(&aws, bucket, watcher).await?;
        match client.delete_bucket().bucket(bucket).send().await {
            Err(error) if code_of(&error) == Some("BucketNotEmpty") => {}
            answer => {
                unless_gone(answer.during("s3:DeleteBucket").map(drop))?;
                return Ok(removed);
            }
        }
    }
    Err(DeployError::NeverEmpty { bucket: bucket.to_owned() })
}

/// Empties a bucket; says of how many objects, old versions and delete markers.
async fn empty(aws: &Aws, bucket: &str, watcher: &mut dyn Watcher) -> Result<usize, DeployError> {
    let mut progress = |removed| watcher.notify(&Event::Emptying { bucket: bucket.to_owned(), removed });
    Ok(unless_gone(versions::remove(&aws.s3(), bucket, "", &mut progress).await)?)
}

/// What is gone already is empty.
fn unless_gone<T: Default>(answer: Result<T, CallError>) -> Result<T, CallError> {
    match answer {
        Err(error) if error.kind == CallErrorKind::Refused && error.code.as_deref() == Some("NoSuchBucket") => {
            Ok(T::default())
        }
        other => other,
    }
}

/// The resources of a stack, and their statuses; of a deleted stack by its ARN.
async fn resources(client: &Client, stack_id: &str) -> Result<Vec<(StackResource, ResourceStatus)>, CallError> {
    let mut pages = client.list_stack_resources().stack_name(stack_id).into_paginator().send();
    let mut found = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let page = page.during("cloudformation:ListStackResources")?;
        for resource in page.stack_resource_summaries.unwrap_or_default() {
            let names = (resource.logical_resource_id, resource.physical_resource_id, resource.resource_type);
            if let (Some(logical_id), Some(physical_id), Some(resource_type)) = names {
                let status = resource.resource_status.unwrap_or_else(|| ResourceStatus::from("UNKNOWN"));
                let resource = StackResource { logical_id: logical_id.clone(), physical_id, resource_type };
                found.insert(logical_id, (resource, status));
            }
        }
    }
    Ok(found.into_values().collect())
}

/// Keeps from a watcher that a bucket was not empty: that is no failure, but why it is emptied now.
struct ExpectingFull<'a> {
    watcher: &'a mut dyn Watcher,
    removal: &'a Removal,
}

impl ExpectingFull<'_> {
    fn is_expected(&self, event: &ResourceEvent) -> bool {
        let emptied = self.removal.emptied.iter().any(|(bucket, _)| bucket.logical_id == event.logical_id);
        emptied && event.is_failure()
    }
}

impl Watcher for ExpectingFull<'_> {
    fn notify(&mut self, event: &Event) {
        match event {
            Event::Resource { event, .. } if self.is_expected(event) => {}
            other => self.watcher.notify(other),
        }
    }

    fn asked(&mut self, question: &Question<'_>) -> Answer {
        self.watcher.asked(question)
    }
}
