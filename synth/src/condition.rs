//! A template's conditions.

use crate::logical_id::LogicalId;
use crate::value::{Json, Reference};

/// What a template's `Conditions` section decides at deployment.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html>
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Two values are the same.
    Equals(Json, Json),
    /// Every condition holds.
    And(Vec<Condition>),
    /// At least one condition holds.
    Or(Vec<Condition>),
    /// The condition does not hold.
    Not(Box<Condition>),
    /// Another condition of the template.
    Named(LogicalId),
}

impl Condition {
    pub(crate) fn render(&self) -> serde_json::Value {
        let all = |conditions: &[Self]| conditions.iter().map(Self::render).collect::<Vec<_>>();
        match self {
            Self::Equals(left, right) => serde_json::json!({ "Fn::Equals": [left.render(), right.render()] }),
            Self::And(conditions) => serde_json::json!({ "Fn::And": all(conditions) }),
            Self::Or(conditions) => serde_json::json!({ "Fn::Or": all(conditions) }),
            Self::Not(condition) => serde_json::json!({ "Fn::Not": [condition.render()] }),
            Self::Named(id) => serde_json::json!({ "Condition": id.as_str() }),
        }
    }

    pub(crate) fn references(&self, visit: &mut impl FnMut(Reference)) {
        match self {
            Self::Equals(left, right) => {
                left.references(visit);
                right.references(visit);
            }
            Self::And(conditions) | Self::Or(conditions) => {
                for condition in conditions {
                    condition.references(visit);
                }
            }
            Self::Not(condition) => condition.references(visit),
            Self::Named(id) => visit(Reference::Condition(id.clone())),
        }
    }
}
