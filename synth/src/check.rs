//! What CloudFormation would refuse late, found in a stack before its template is written.

use std::collections::{BTreeMap, BTreeSet};

use regex_lite::Regex;

use crate::condition::Condition;
use crate::logical_id::{LogicalId, Path};
use crate::problem::{InvalidStack, Problem};
use crate::stack::Stack;
use crate::template::{RenderedResources, Template};
use crate::value::{Intrinsic, Json, Reference};

/// CloudFormation's limits.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
mod limit {
    pub(super) const RESOURCES: usize = 500;
    pub(super) const PARAMETERS: usize = 200;
    pub(super) const MAPPINGS: usize = 200;
    pub(super) const OUTPUTS: usize = 200;
    pub(super) const DESCRIPTION_BYTES: usize = 1024;
    pub(super) const TEMPLATE_BYTES: usize = 1_000_000;
    pub(super) const STACK_NAME: usize = 128;
    /// How many conditions `Fn::And` and `Fn::Or` take.
    pub(super) const OPERANDS: std::ops::RangeInclusive<usize> = 2..=10;
}

impl Stack {
    /// Checks the stack and renders its template.
    ///
    /// # Errors
    /// Every problem that would make CloudFormation refuse the template.
    pub fn template(&self) -> Result<String, InvalidStack> {
        self.render().map(|(_, text)| text)
    }

    /// The checked template, as values and as the text that is uploaded.
    pub(crate) fn render(&self) -> Result<(Template, String), InvalidStack> {
        let mut problems = self.problems.clone();
        let rendered = self.render_resources(&mut problems);
        let mut found = Vec::new();
        self.check_references(&rendered, &mut found);
        self.check_parameters(&mut found);
        self.check_conditions(&mut found);
        check_names(&rendered, &mut found);
        found.extend(find_cycle(&rendered).map(|cycle| Problem::Cycle { cycle }));
        let template = self.document(rendered);
        let mut text = serde_json::to_string_pretty(&template).expect("every key of a template is text");
        text.push('\n');
        self.check_limits(text.len(), &mut problems);
        problems.extend(found);
        if problems.is_empty() {
            Ok((template, text))
        } else {
            Err(InvalidStack { stack: self.name.clone(), problems })
        }
    }

    fn check_limits(&self, size: usize, problems: &mut Vec<Problem>) {
        const SPLIT: &str = "split the stack";
        let named = self.name.starts_with(|first: char| first.is_ascii_alphabetic())
            && self.name.chars().all(|character| character.is_ascii_alphanumeric() || character == '-')
            && self.name.len() <= limit::STACK_NAME;
        if !named {
            problems.push(Problem::StackName { name: self.name.clone() });
        }
        for (what, found, limit, hint) in [
            ("the number of resources", self.entries.len(), limit::RESOURCES, SPLIT),
            ("the number of parameters", self.parameters.len(), limit::PARAMETERS, SPLIT),
            ("the number of mappings", self.mappings.len(), limit::MAPPINGS, SPLIT),
            ("the number of outputs", self.outputs.len(), limit::OUTPUTS, SPLIT),
            ("the description's size in bytes", self.description.len(), limit::DESCRIPTION_BYTES, "shorten it"),
            ("the template's size in bytes", size, limit::TEMPLATE_BYTES, SPLIT),
        ] {
            if found > limit {
                problems.push(Problem::Limit { what, found, limit, hint });
            }
        }
    }

    /// Every reference must be defined, and every parameter, mapping and condition used.
    fn check_references(&self, rendered: &RenderedResources<'_>, problems: &mut Vec<Problem>) {
        let mut used: BTreeSet<(&'static str, LogicalId)> = BTreeSet::new();
        let mut check = |from: &str, reference: &Reference| {
            let (kind, id, defined) = match reference {
                Reference::Target(id) if self.parameters.contains_key(id) => ("parameter", id, true),
                Reference::Target(id) | Reference::Attribute(id, _) => ("resource", id, self.entries.contains_key(id)),
                Reference::Condition(id) => ("condition", id, self.conditions.contains_key(id)),
                Reference::Mapping(id) => ("mapping", id, self.mappings.contains_key(id)),
            };
            if defined {
                used.insert((kind, id.clone()));
            } else {
                let problem = Problem::DanglingReference { from: from.to_owned(), kind, target: id.clone() };
                if !problems.contains(&problem) {
                    problems.push(problem);
                }
            }
        };
        for resource in rendered.values() {
            let from = format!("`{}`", resource.entry.path);
            resource.references.iter().for_each(|reference| check(&from, reference));
        }
        for (name, output) in &self.outputs {
            let from = format!("the output `{name}`");
            output.each_value(|json| json.references(&mut |reference| check(&from, &reference)));
        }
        for (name, condition) in &self.conditions {
            let from = format!("the condition `{name}`");
            condition.references(&mut |reference| check(&from, &reference));
        }
        let parameters = self.parameters.keys().map(|id| ("parameter", id));
        let mappings = self.mappings.keys().map(|id| ("mapping", id));
        let conditions = self.conditions.keys().map(|id| ("condition", id));
        problems.extend(
            parameters
                .chain(mappings)
                .chain(conditions)
                .map(|(kind, id)| (kind, id.clone()))
                .filter(|defined| !used.contains(defined))
                .map(|(kind, id)| Problem::Unused { kind, id }),
        );
    }

    /// A parameter may not have a resource's ID, for `Ref` would mean both; and its default must be a value of it.
    fn check_parameters(&self, problems: &mut Vec<Problem>) {
        for (id, parameter) in &self.parameters {
            if let Some(entry) = self.entries.get(id) {
                let first = Path::root().child(id.as_str());
                problems.push(Problem::SameId { id: id.clone(), first, second: entry.path.clone() });
            }
            let (Some(default), Some(pattern)) = (&parameter.default, &parameter.allowed_pattern) else { continue };
            // CloudFormation's patterns are Java's: one that cannot be read here is left to it.
            if Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|regex| !regex.is_match(default)) {
                let problem = format!("has the default `{default}`, which does not match `{pattern}`");
                problems.push(Problem::Definition { kind: "parameter", id: id.clone(), problem });
            }
        }
    }

    /// Conditions are decided before there are resources, and may not wait for each other.
    fn check_conditions(&self, problems: &mut Vec<Problem>) {
        let mut note = |id: &LogicalId, problem: String| {
            problems.push(Problem::Definition { kind: "condition", id: id.clone(), problem });
        };
        let mut edges = Vec::new();
        for (id, condition) in &self.conditions {
            let mut named = Vec::new();
            condition.references(&mut |reference| match reference {
                Reference::Target(target) | Reference::Attribute(target, _) if self.entries.contains_key(&target) => {
                    note(
                        id,
                        format!("refers to the resource `{target}`; only parameters are known when it is decided"),
                    );
                }
                Reference::Condition(other) => named.extend(self.conditions.get_index_of(&other)),
                Reference::Target(_) | Reference::Attribute(..) | Reference::Mapping(_) => {}
            });
            edges.push(named);
            if let Some(count) = wrong_operands(condition) {
                note(id, format!("joins {count} conditions; `Fn::And` and `Fn::Or` take 2 to 10"));
            }
        }
        if let Some(first) = cycle_of(&edges).and_then(|cycle| self.conditions.get_index(*cycle.first()?)) {
            note(first.0, "depends on itself".to_owned());
        }
    }
}

/// How many conditions an `Fn::And` or `Fn::Or` joins that joins too few or too many.
fn wrong_operands(condition: &Condition) -> Option<usize> {
    match condition {
        Condition::And(joined) | Condition::Or(joined) if !limit::OPERANDS.contains(&joined.len()) => {
            Some(joined.len())
        }
        Condition::And(joined) | Condition::Or(joined) => joined.iter().find_map(wrong_operands),
        Condition::Not(inner) => wrong_operands(inner),
        Condition::Equals(..) | Condition::Named(_) => None,
    }
}

/// No two resources of one type and condition may have the same physical name.
fn check_names(rendered: &RenderedResources<'_>, problems: &mut Vec<Problem>) {
    let mut taken = BTreeMap::new();
    for resource in rendered.values() {
        let Some(property) = resource.entry.resource.name_property() else { continue };
        let Json::Object(members) = &resource.properties else { continue };
        let Some(name) = members.get(property) else { continue };
        // What may be no name at all (`AWS::NoValue`) says nothing.
        if let Json::Intrinsic(Intrinsic::Pseudo(_) | Intrinsic::If { .. }) = name {
            continue;
        }
        let resource_type = resource.entry.resource.type_name().to_owned();
        // Resources of different conditions may be meant to stand for each other.
        let key = (resource_type.clone(), name.render().to_string(), resource.entry.condition.clone());
        if let Some(first) = taken.insert(key, &resource.entry.path) {
            let name = match name {
                Json::String(name) => name.clone(),
                other => other.render().to_string(),
            };
            let (first, second) = (first.clone(), resource.entry.path.clone());
            problems.push(Problem::DuplicateName { resource_type, name, first, second });
        }
    }
}

fn find_cycle(rendered: &RenderedResources<'_>) -> Option<Vec<Path>> {
    let position = |reference: &Reference| match reference {
        Reference::Target(id) | Reference::Attribute(id, _) => rendered.get_index_of(&id),
        Reference::Condition(_) | Reference::Mapping(_) => None,
    };
    let edges: Vec<Vec<usize>> =
        rendered.values().map(|resource| resource.references.iter().filter_map(position).collect()).collect();
    let cycle = cycle_of(&edges)?;
    Some(cycle.into_iter().map(|index| rendered[index].entry.path.clone()).collect())
}

/// Where a depth-first search stands with a node.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    New,
    OnPath,
    Done,
}

/// The first cycle found, each node followed by the one it points to; `edges[n]` are the nodes that `n` points to.
///
/// Iterative, so that a long chain cannot exhaust the call stack.
fn cycle_of(edges: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut marks = vec![Mark::New; edges.len()];
    for start in 0..edges.len() {
        if marks[start] != Mark::New {
            continue;
        }
        marks[start] = Mark::OnPath;
        let mut path = vec![(start, edges[start].iter())];
        while let Some((node, targets)) = path.last_mut() {
            match targets.next() {
                None => {
                    marks[*node] = Mark::Done;
                    path.pop();
                }
                Some(&target) => match marks[target] {
                    Mark::Done => {}
                    Mark::New => {
                        marks[target] = Mark::OnPath;
                        path.push((target, edges[target].iter()));
                    }
                    Mark::OnPath => {
                        return Some(path.iter().map(|(node, _)| *node).skip_while(|node| *node != target).collect());
                    }
                },
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::cycle_of;

    #[test]
    fn finds_cycles() {
        assert_eq!(cycle_of(&[]), None);
        assert_eq!(cycle_of(&[vec![1, 2], vec![2], vec![]]), None);
        assert_eq!(cycle_of(&[vec![0]]), Some(vec![0]));
        assert_eq!(cycle_of(&[vec![1], vec![2], vec![3], vec![1]]), Some(vec![1, 2, 3]));
    }
}
