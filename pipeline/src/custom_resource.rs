//! The custom resources of the stack: what CloudFormation asks for, and what is to be done about it.

mod properties;
mod template;

pub use properties::{EndpointProperties, JobTemplateProperties, Kind, PurgeProperties, UnknownKind};
pub use template::{BASE_NAME_LENGTH, TemplateError, covers, template_name, to_wire};
