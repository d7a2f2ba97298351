//! From a stack to its CloudFormation template.

use indexmap::IndexMap;
use serde_json::{Map, Value as Plain, json};

use crate::condition::Condition;
use crate::logical_id::{LogicalId, Path};
use crate::problem::Problem;
use crate::stack::{Entry, Output, Parameter, RemovalPolicy, Stack};
use crate::value::{Checker, Json, Reference};

/// A resource on its way into the template.
pub(crate) struct Rendered<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) properties: Json,
    pub(crate) references: Vec<Reference>,
}

/// A stack's resources, by logical ID.
pub(crate) type RenderedResources<'a> = IndexMap<&'a LogicalId, Rendered<'a>>;

impl Stack {
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

    pub(crate) fn render_resources(&self, problems: &mut Vec<Problem>) -> RenderedResources<'_> {
        let mut render = |entry: &Entry| {
            let mut checker = Checker::default();
            let properties = entry.resource.tagged_json(&self.tags, &mut checker);
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

    /// The template, its sections in the order that the documentation has them.
    pub(crate) fn document(&self, rendered: &RenderedResources<'_>) -> Plain {
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
        section("Conditions", members(&self.conditions, Condition::render));
        section("Resources", rendered.iter().map(|(id, resource)| (id.to_string(), resource.render())).collect());
        section("Outputs", members(&self.outputs, Output::render));
        Plain::Object(document)
    }
}

fn members<T>(items: &IndexMap<LogicalId, T>, render: impl Fn(&T) -> Plain) -> Map<String, Plain> {
    items.iter().map(|(id, item)| (id.to_string(), render(item))).collect()
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
            let (deletion, replacement) = match removal {
                RemovalPolicy::Delete => ("Delete", "Delete"),
                RemovalPolicy::Retain => ("Retain", "Retain"),
                // `UpdateReplacePolicy` knows no `RetainExceptOnCreate`.
                RemovalPolicy::RetainExceptOnCreate => ("RetainExceptOnCreate", "Retain"),
            };
            put("DeletionPolicy", deletion.into());
            put("UpdateReplacePolicy", replacement.into());
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
    pub(crate) fn each_value(&self, mut visit: impl FnMut(&Json)) {
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
