//! Removing a stack, and what it leaves behind.

use std::collections::BTreeMap;

use serde_json::Value;

use super::diagnosis::Diagnosis;
use super::diff::deployed_side;
use super::follow::Follower;
use super::stack::{Condition, DeployedStack, condition, succeeded};
use super::{DeployError, News, Watcher};
use crate::aws::{Aws, During, versions};

/// A resource that outlives its stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retained {
    /// Its logical ID.
    pub logical_id: String,
    /// Its physical ID.
    pub physical_id: String,
    /// Its type.
    pub resource_type: String,
}

/// The type of buckets, which can be purged.
const BUCKET: &str = "AWS::S3::Bucket";

impl Retained {
    /// The command that removes it, where one command does.
    ///
    /// <https://docs.aws.amazon.com/cli/latest/reference/>
    #[must_use]
    pub fn removal(&self, region: &str) -> Option<String> {
        let id = &self.physical_id;
        let command = match self.resource_type.as_str() {
            BUCKET => format!("aws s3 rb s3://{id} --force"),
            "AWS::DynamoDB::Table" => format!("aws dynamodb delete-table --table-name {id}"),
            "AWS::KMS::Key" => format!("aws kms schedule-key-deletion --key-id {id}"),
            "AWS::Logs::LogGroup" => format!("aws logs delete-log-group --log-group-name {id}"),
            "AWS::SQS::Queue" => format!("aws sqs delete-queue --queue-url {id}"),
            _ => return None,
        };
        Some(format!("{command} --region {region}"))
    }

    /// Whether it is a bucket.
    #[must_use]
    pub fn is_bucket(&self) -> bool {
        self.resource_type == BUCKET
    }
}

/// A stack that is to be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The stack.
    pub stack: DeployedStack,
    /// Its region.
    pub region: String,
    /// How many resources it has.
    pub resources: usize,
    /// What outlives it.
    pub retained: Vec<Retained>,
    template: Option<Value>,
}

impl Removal {
    /// Looks what removing a stack would do; none if there is no stack.
    ///
    /// # Errors
    /// When CloudFormation cannot be asked.
    pub async fn plan(aws: &Aws, stack: &str, region: &str) -> Result<Option<Self>, DeployError> {
        let client = aws.in_region(region).cloudformation();
        let Some(stack) = DeployedStack::find(&client, stack).await? else { return Ok(None) };
        if condition(&stack.status) == Condition::Deleted {
            return Ok(None);
        }
        let template = deployed_side(&client, Some(&stack)).await?.map(|side| side.template);
        let mut ids: BTreeMap<String, (String, String)> = BTreeMap::new();
        let mut pages = client.list_stack_resources().stack_name(&stack.id).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.during("cloudformation:ListStackResources")?;
            for resource in page.stack_resource_summaries.unwrap_or_default() {
                let names = (resource.logical_resource_id, resource.physical_resource_id, resource.resource_type);
                if let (Some(logical), Some(physical), Some(kind)) = names {
                    ids.insert(logical, (physical, kind));
                }
            }
        }
        let retains = |id: &String| {
            let policy = template.as_ref().and_then(|template| template["Resources"][id]["DeletionPolicy"].as_str());
            policy.is_some_and(|policy| policy.starts_with("Retain"))
        };
        let resources = ids.len();
        let retained = ids.into_iter().filter(|(id, _)| retains(id));
        let retained = retained
            .map(|(logical_id, (physical_id, resource_type))| Retained { logical_id, physical_id, resource_type })
            .collect();
        Ok(Some(Self { stack, region: region.to_owned(), resources, retained, template }))
    }

    /// Removes the stack, and follows it to its end.
    ///
    /// # Errors
    /// When something of it cannot be deleted.
    pub async fn execute(
        &self,
        aws: &Aws,
        role_arn: Option<&str>,
        watcher: &mut dyn Watcher,
    ) -> Result<(), DeployError> {
        let aws = aws.in_region(&self.region);
        let client = aws.cloudformation();
        let name = &self.stack.name;
        if condition(&self.stack.status) == Condition::Busy {
            watcher.told(&News::Waiting { stack: name.clone(), status: self.stack.status.clone() });
            let follower = Follower::from_start_of_operation(&client, &self.stack.id);
            if condition(&follower.until_settled(watcher).await?.stack.status) == Condition::Deleted {
                return Ok(());
            }
        }
        let follower = Follower::from_now(&client, &self.stack.id).await?;
        let request = client.delete_stack().stack_name(&self.stack.id).set_role_arn(role_arn.map(str::to_owned));
        request.send().await.during("cloudformation:DeleteStack")?;
        watcher.told(&News::Started { stack: name.clone(), resources: self.resources });
        let ended = follower.until_settled(watcher).await?;
        let status = ended.stack.status;
        watcher.told(&News::Finished { stack: name.clone(), status: status.clone() });
        if succeeded(&status) {
            return Ok(());
        }
        let Some(mut diagnosis) = Diagnosis::of(&ended.events) else {
            let (region, reason) = (self.region.clone(), ended.stack.reason);
            return Err(DeployError::Stuck { stack: name.clone(), region, status, reason });
        };
        if let Some(template) = &self.template {
            let since = ended.events.first().map_or(0, |event| event.millis);
            diagnosis.read_log(&aws, &self.stack.id, template, since).await;
        }
        Err(DeployError::Failed { stack: name.clone(), status, diagnosis: Box::new(diagnosis) })
    }

    /// Empties a retained bucket, with every version of every object, and removes it.
    ///
    /// # Errors
    /// When S3 does not let it go.
    pub async fn purge(&self, aws: &Aws, bucket: &Retained) -> Result<usize, DeployError> {
        let client = aws.in_region(&self.region).s3();
        let emptied = versions::remove(&client, &bucket.physical_id, "").await?;
        client.delete_bucket().bucket(&bucket.physical_id).send().await.during("s3:DeleteBucket")?;
        Ok(emptied)
    }
}
