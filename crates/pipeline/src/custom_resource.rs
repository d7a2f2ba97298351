//! The custom resources of the stack: what CloudFormation asks for, and what is to be done about it.
//!
//! `stacks` writes [`Kind`]s and their properties into the template, [`plan()`] turns a request into an [`Action`], and
//! `runtime` executes the action and sends the [`Response`]. Protocol: "Custom resource reference" in the AWS
//! CloudFormation user guide.

mod plan;
mod properties;
mod protocol;
mod template;

pub use plan::{Action, Leftover, PlanError, Planned, plan};
pub use properties::{EndpointProperties, JobTemplateProperties, Kind, PlayerProperties, Properties, PurgeProperties};
pub use protocol::{Address, Outcome, Request, RequestType, Response, ResponseUrl};
pub use template::{
    BASE_NAME_LENGTH, HASH_LENGTH, TemplateError, is_deployments_template, is_same_template, template_name,
};
