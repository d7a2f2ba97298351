//! CloudFormation templates as typed values, and the way from a stack to its checked one.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Plain};

use crate::condition::Condition;
use crate::logical_id::{LogicalId, Path};
use crate::problem::Problem;
use crate::stack::{Entry, Output, Parameter, RemovalPolicy, Stack};
use crate::value::{Checker, Json, Reference};

/// A CloudFormation template, its sections in the order that the documentation has them.
///
/// It reads any template that is JSON; sections that it does not know are left out.
#[expect(missing_docs, reason = "the names are those of CloudFormation's reference")]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Template {
    #[serde(rename = "AWSTemplateFormatVersion", skip_serializing_if = "Option::is_none")]
    format_version: Option<Plain>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Plain>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub parameters: IndexMap<String, TemplateParameter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<Plain>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub mappings: IndexMap<String, Plain>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub conditions: IndexMap<String, Plain>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transform: Option<Plain>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub resources: IndexMap<String, TemplateResource>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub outputs: IndexMap<String, TemplateOutput>,
}

/// A parameter of a template.
#[expect(missing_docs, reason = "the names are those of CloudFormation's reference")]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TemplateParameter {
    #[serde(rename = "Type")]
    pub parameter_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Plain>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constraint_description: Option<String>,
}

/// A resource of a template.
#[expect(missing_docs, reason = "the names are those of CloudFormation's reference")]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TemplateResource {
    #[serde(rename = "Type")]
    pub resource_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<Plain>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<Plain>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_replace_policy: Option<DeletionPolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_policy: Option<Plain>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_policy: Option<Plain>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Plain>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub properties: Map<String, Plain>,
}

/// What CloudFormation does with a resource that it no longer needs.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeletionPolicy {
    /// It deletes it.
    Delete,
    /// It leaves it alone.
    Retain,
    /// It leaves it alone, unless the stack that first creates it fails.
    RetainExceptOnCreate,
    /// It deletes it once a snapshot is made.
    Snapshot,
}

/// An output of a template.
#[expect(missing_docs, reason = "the names are those of CloudFormation's reference")]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TemplateOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub value: Plain,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub export: Option<Export>,
}

/// The name of an output in the region.
#[expect(missing_docs, reason = "the names are those of CloudFormation's reference")]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Export {
    pub name: Plain,
}

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

    pub(crate) fn document(&self, rendered: RenderedResources<'_>) -> Template {
        fn members<T, M>(items: &IndexMap<LogicalId, T>, render: impl Fn(&T) -> M) -> IndexMap<String, M> {
            items.iter().map(|(id, item)| (id.to_string(), render(item))).collect()
        }
        Template {
            format_version: Some("2010-09-09".into()),
            description: Some(self.description.clone()).filter(|description| !description.is_empty()),
            parameters: members(&self.parameters, Parameter::render),
            mappings: members(&self.mappings, |mapping| serde_json::json!(mapping)),
            conditions: members(&self.conditions, Condition::render),
            resources: rendered.into_iter().map(|(id, resource)| (id.to_string(), resource.into_template())).collect(),
            outputs: members(&self.outputs, Output::render),
            ..Template::default()
        }
    }
}

impl Rendered<'_> {
    fn into_template(self) -> TemplateResource {
        let entry = self.entry;
        TemplateResource {
            resource_type: entry.resource.type_name().to_owned(),
            condition: entry.condition.as_ref().map(|condition| condition.as_str().into()),
            depends_on: (!entry.depends_on.is_empty())
                .then(|| entry.depends_on.iter().map(LogicalId::as_str).collect()),
            deletion_policy: entry.removal.map(RemovalPolicy::deletion_policy),
            update_replace_policy: entry.removal.map(RemovalPolicy::update_replace_policy),
            metadata: (!entry.metadata.is_empty()).then(|| Json::Object(entry.metadata.clone()).render()),
            properties: match self.properties.into_plain() {
                Plain::Object(properties) => properties,
                _ => Map::new(),
            },
            ..TemplateResource::default()
        }
    }
}

impl Output {
    pub(crate) fn each_value(&self, mut visit: impl FnMut(&Json)) {
        visit(&self.value.clone().into());
        if let Some(export) = &self.export {
            visit(&export.clone().into());
        }
    }

    fn render(&self) -> TemplateOutput {
        TemplateOutput {
            description: Some(self.description.clone()),
            value: Json::from(self.value.clone()).render(),
            export: self.export.clone().map(|name| Export { name: Json::from(name).render() }),
        }
    }
}

impl Parameter {
    fn render(&self) -> TemplateParameter {
        TemplateParameter {
            parameter_type: "String".to_owned(),
            description: Some(self.description.clone()),
            default: self.default.clone().map(Plain::from),
            allowed_pattern: self.allowed_pattern.clone(),
            constraint_description: self.constraint_description.clone(),
        }
    }
}
