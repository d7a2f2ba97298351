//! Update and condition expressions in which every name and value is a placeholder.
//!
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html>

use std::collections::BTreeMap;

use serde_json::Value;
use strum::VariantArray as _;

use super::{Change, Guard};
use crate::record::{WORKFLOW_STATUS, WorkflowStatus};

/// The field with the job that conditions look at.
pub(super) const JOB: &str = "encodeJobId";
/// The field with the time of the stored progress.
pub(super) const PROGRESS_TIME: &str = "encodeProgressTime";

/// A conditional update of one item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expression {
    /// What is set and removed.
    pub update: String,
    /// When.
    pub condition: String,
    /// The fields that placeholders stand for.
    pub names: BTreeMap<String, String>,
    /// The values that placeholders stand for.
    pub values: BTreeMap<String, Value>,
}

impl Expression {
    /// Sets and removes fields, if the change (of this job, where it is of one) may replace what is stored.
    pub(super) fn new<'a>(
        set: impl IntoIterator<Item = (&'a str, Value)>,
        remove: impl IntoIterator<Item = &'a str>,
        change: Change,
        job: Option<&str>,
    ) -> Self {
        let mut expression = Self::default();
        let set: Vec<String> = set
            .into_iter()
            .map(|(name, value)| format!("{}={}", expression.name(name), expression.value(value)))
            .collect();
        let remove: Vec<String> = remove.into_iter().map(|name| expression.name(name)).collect();
        let clauses = [("SET", set), ("REMOVE", remove)];
        let clauses = clauses.iter().filter(|(_, parts)| !parts.is_empty());
        expression.update =
            clauses.map(|(verb, parts)| format!("{verb} {}", parts.join(","))).collect::<Vec<_>>().join(" ");
        expression.condition = expression.replaces(change, job);
        expression
    }

    /// Demands besides that the stored progress, if there is any, is older.
    pub(super) fn newer_than_stored(mut self, millis: u64) -> Self {
        let (time, limit) = (self.name(PROGRESS_TIME), self.value(millis.into()));
        self.condition = format!("{} AND (attribute_not_exists({time}) OR {time} < {limit})", self.condition);
        self
    }

    fn replaces(&mut self, change: Change, job: Option<&str>) -> String {
        let status = self.name(WORKFLOW_STATUS);
        let mut ways = Vec::new();
        if change.creates() {
            ways.push(format!("attribute_not_exists({status})"));
        }
        for guard in [Guard::Always, Guard::SameJob, Guard::OtherJob] {
            let stored = WorkflowStatus::VARIANTS.iter().filter(|stored| change.guard(**stored) == guard);
            let stored: Vec<String> = stored.map(|stored| self.value(stored.into_str().into())).collect();
            if stored.is_empty() {
                continue;
            }
            let is = format!("{status} IN ({})", stored.join(","));
            let comparison = match guard {
                Guard::SameJob => "=",
                Guard::OtherJob => "<>",
                Guard::Always | Guard::Never => "",
            };
            ways.push(match job {
                Some(job) if !comparison.is_empty() => {
                    let (stored, job) = (self.name(JOB), self.value(job.into()));
                    format!("({is} AND (attribute_not_exists({stored}) OR {stored} {comparison} {job}))")
                }
                _ => is,
            });
        }
        ways.join(" OR ")
    }

    /// The placeholder of a field's name.
    pub(super) fn name(&mut self, name: &str) -> String {
        let known = self.names.iter().find(|(_, known)| *known == name).map(|(placeholder, _)| placeholder.clone());
        known.unwrap_or_else(|| {
            let placeholder = format!("#f{}", self.names.len());
            self.names.insert(placeholder.clone(), name.to_owned());
            placeholder
        })
    }

    pub(super) fn value(&mut self, value: Value) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }
}
