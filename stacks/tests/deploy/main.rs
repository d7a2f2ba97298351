//! What `vod deploy` says when something is wrong, on the wire of CloudFormation, S3, STS and CloudWatch Logs.
//!
//! Wire formats: the services' API references.
#![expect(clippy::unwrap_used, reason = "a test may end where its surroundings fail")]

mod aws_fake;
mod calls;
mod stacks;
mod world;
