//! From a stack to its checked CloudFormation template.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde_json::{Map, Value as Plain, json};

use crate::graph;
use crate::intrinsic::Reference;
use crate::json::Json;
use crate::logical_id::{LogicalId, Path};
use crate::problem::{InvalidStack, Problem};
use crate::property::Checker;
use crate::stack::{Entry, Output, Parameter, Stack};

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
}

/// A resource on its way into the template.
struct Rendered<'a> {
    entry: &'a Entry,
    properties: Json,
    references: Vec<Reference>,
}

impl Stack {
    /// Checks the stack and renders its template.
    ///
    /// # Errors
    /// Every problem that would make CloudFormation refuse the template.
    pub fn template(&mut self) -> Result<String, InvalidStack> {
        let tags = std::mem::take(&mut self.tags);
        for entry in self.entries.values_mut() {
            entry.resource.merge_tags(&tags);
        }
        self.tags = tags;

        let mut problems = self.problems.clone();
        let rendered = self.render_resources(&mut problems);
        self.check_limits(&mut problems);
        self.check_references(&rendered, &mut problems);
        check_names(&rendered, &mut problems);
        if let Some(cycle) = find_cycle(&rendered) {
            problems.push(Problem::Cycle { cycle });
        }

        let mut text = format!("{:#}", self.document(&rendered));
        text.push('\n');
        check_limit("the template's size in bytes", text.len(), limit::TEMPLATE_BYTES, &mut problems);
        if problems.is_empty() { Ok(text) } else { Err(InvalidStack { stack: self.name.clone(), problems }) }
    }

    /// What every resource refers to, itself by its own path.
    pub(crate) fn dependencies(&self) -> Vec<(&Path, &Path)> {
        let rendered = self.render_resources(&mut Vec::new());
        let path = |reference: &Reference| match reference {
            Reference::Target(id) | Reference::Attribute(id, _) => self.entries.get(id).map(|entry| &entry.path),
            Reference::Condition(_) | Reference::Mapping(_) => None,
        };
        rendered
            .values()
            .flat_map(|resource| {
                resource.references.iter().filter_map(path).map(|target| (&resource.entry.path, target))
            })
            .collect()
    }

    fn render_resources(&self, problems: &mut Vec<Problem>) -> IndexMap<&LogicalId, Rendered<'_>> {
        let mut render = |entry: &Entry| {
            let mut checker = Checker::default();
            let properties = entry.resource.to_json(&mut checker);
            problems.extend(checker.into_violations().into_iter().map(|violation| Problem::Property {
                path: entry.path.clone(),
                property: violation.property,
                problem: violation.problem,
            }));
            let mut references = Vec::new();
            properties.references(&mut |reference| references.push(reference));
            for metadata in entry.metadata.values() {
                metadata.references(&mut |reference| references.push(reference));
            }
            references.extend(entry.depends_on.iter().cloned().map(Reference::Target));
            references.extend(entry.condition.iter().cloned().map(Reference::Condition));
            (properties, references)
        };
        self.entries
            .iter()
            .map(|(id, entry)| {
                let (properties, references) = render(entry);
                (id, Rendered { entry, properties, references })
            })
            .collect()
    }

    fn check_limits(&self, problems: &mut Vec<Problem>) {
        let named = self.name.starts_with(|first: char| first.is_ascii_alphabetic())
            && self.name.chars().all(|character| character.is_ascii_alphanumeric() || character == '-')
            && self.name.len() <= limit::STACK_NAME;
        if !named {
            problems.push(Problem::StackName { name: self.name.clone() });
        }
        for (what, found, limit) in [
            ("the number of resources", self.entries.len(), limit::RESOURCES),
            ("the number of parameters", self.parameters.len(), limit::PARAMETERS),
            ("the number of mappings", self.mappings.len(), limit::MAPPINGS),
            ("the number of outputs", self.outputs.len(), limit::OUTPUTS),
            ("the description's size in bytes", self.description.len(), limit::DESCRIPTION_BYTES),
        ] {
            check_limit(what, found, limit, problems);
        }
    }

    /// Every reference must be defined, and every parameter, mapping and condition used.
    fn check_references(&self, rendered: &IndexMap<&LogicalId, Rendered<'_>>, problems: &mut Vec<Problem>) {
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
                problems.push(Problem::DanglingReference { from: from.to_owned(), kind, target: id.clone() });
            }
        };
        for resource in rendered.values() {
            let from = resource.entry.path.to_string();
            resource.references.iter().for_each(|reference| check(&from, reference));
        }
        for (name, output) in &self.outputs {
            let from = format!("output {name}");
            output.each_value(|json| json.references(&mut |reference| check(&from, &reference)));
        }
        for (name, condition) in &self.conditions {
            let from = format!("condition {name}");
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

    /// The template, its sections in the order that the documentation has them.
    fn document(&self, rendered: &IndexMap<&LogicalId, Rendered<'_>>) -> Plain {
        let mut document = Map::new();
        document.insert("AWSTemplateFormatVersion".to_owned(), "2010-09-09".into());
        if !self.description.is_empty() {
            document.insert("Description".to_owned(), self.description.as_str().into());
        }
        let mut section = |name: &str, members: Map<String, Plain>| {
            if !members.is_empty() {
                document.insert(name.to_owned(), Plain::Object(members));
            }
        };
        section("Parameters", members(&self.parameters, Parameter::render));
        section("Mappings", members(&self.mappings, |mapping| json!(mapping)));
        section("Conditions", members(&self.conditions, crate::condition::Condition::render));
        section("Resources", rendered.iter().map(|(id, resource)| (id.to_string(), resource.render())).collect());
        section("Outputs", members(&self.outputs, Output::render));
        Plain::Object(document)
    }
}

fn members<T>(items: &IndexMap<LogicalId, T>, render: impl Fn(&T) -> Plain) -> Map<String, Plain> {
    items.iter().map(|(id, item)| (id.to_string(), render(item))).collect()
}

fn check_limit(what: &str, found: usize, limit: usize, problems: &mut Vec<Problem>) {
    if found > limit {
        problems.push(Problem::Limit { what: what.to_owned(), found, limit });
    }
}

/// No two resources of one type may have the same physical name.
fn check_names(rendered: &IndexMap<&LogicalId, Rendered<'_>>, problems: &mut Vec<Problem>) {
    let mut taken = BTreeMap::new();
    for resource in rendered.values() {
        let Some(property) = resource.entry.resource.name_property() else { continue };
        let Json::Object(members) = &resource.properties else { continue };
        let Some(name) = members.get(property) else { continue };
        let resource_type = resource.entry.resource.type_name().to_owned();
        let key = (resource_type.clone(), name.render().to_string());
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

fn find_cycle(rendered: &IndexMap<&LogicalId, Rendered<'_>>) -> Option<Vec<Path>> {
    let position = |reference: &Reference| match reference {
        Reference::Target(id) | Reference::Attribute(id, _) => rendered.get_index_of(&id),
        Reference::Condition(_) | Reference::Mapping(_) => None,
    };
    let edges: Vec<Vec<usize>> =
        rendered.values().map(|resource| resource.references.iter().filter_map(position).collect()).collect();
    let cycle = graph::find_cycle(&edges)?;
    Some(cycle.into_iter().map(|index| rendered[index].entry.path.clone()).collect())
}

impl Rendered<'_> {
    fn render(&self) -> Plain {
        let entry = self.entry;
        let mut resource = Map::new();
        let mut put = |key: &str, value: Plain| resource.insert(key.to_owned(), value);
        put("Type", entry.resource.type_name().into());
        if let Some(condition) = &entry.condition {
            put("Condition", condition.as_str().into());
        }
        if !entry.depends_on.is_empty() {
            put("DependsOn", entry.depends_on.iter().map(LogicalId::as_str).collect());
        }
        if let Some(removal) = entry.removal {
            put("DeletionPolicy", removal.deletion_policy().into());
            put("UpdateReplacePolicy", removal.update_replace_policy().into());
        }
        if !entry.metadata.is_empty() {
            put("Metadata", Json::Object(entry.metadata.clone()).render());
        }
        match self.properties.render() {
            Plain::Object(properties) if properties.is_empty() => {}
            properties => {
                put("Properties", properties);
            }
        }
        Plain::Object(resource)
    }
}

impl Output {
    fn each_value(&self, mut visit: impl FnMut(&Json)) {
        visit(&self.value.clone().into());
        if let Some(export) = &self.export {
            visit(&export.clone().into());
        }
    }

    fn render(&self) -> Plain {
        let mut output = json!({ "Description": self.description, "Value": Json::from(self.value.clone()).render() });
        if let Some(export) = &self.export {
            output["Export"] = json!({ "Name": Json::from(export.clone()).render() });
        }
        output
    }
}

impl Parameter {
    fn render(&self) -> Plain {
        let mut parameter = json!({ "Type": "String", "Description": self.description });
        for (key, value) in [
            ("Default", &self.default),
            ("AllowedPattern", &self.allowed_pattern),
            ("ConstraintDescription", &self.constraint_description),
        ] {
            if let Some(value) = value {
                parameter[key] = value.as_str().into();
            }
        }
        parameter
    }
}
