//! What `vod deploy` says when something is wrong, and what `vod videos` and `vod destroy` do, on the wire of CloudFormation, S3, STS,
//! CloudWatch Logs, DynamoDB, Step Functions, Lambda and MediaConvert.
//!
//! Wire formats: the services' API references.
mod account;
mod app;
mod aws_fake;
mod calls;
mod consent;
mod destroy;
mod doctor;
mod logs;
mod script;
mod show;
mod stacks;
mod videos;
mod world;
