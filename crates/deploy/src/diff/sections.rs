//! What differs besides resources: parameters, tags, outputs and the template's other sections.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Value, json};
use synth::Template;

use super::properties::{compare as places, shown};
use super::stack::StackTemplate;

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub section: Section,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Section {
    Parameter,
    Tag,
    Output,
    /// Anything else of the template: a mapping, a condition, the description.
    Template,
}

/// The template's sections that are compared as they are.
fn plain(template: &Template) -> [(&'static str, Option<Value>); 6] {
    let members = |members: &IndexMap<String, Value>| (!members.is_empty()).then(|| json!(members));
    [
        ("Description", template.description.clone().map(Value::from)),
        ("Mappings", members(&template.mappings)),
        ("Conditions", members(&template.conditions)),
        ("Rules", template.rules.clone()),
        ("Transform", template.transform.clone()),
        ("Metadata", template.metadata.clone()),
    ]
}

pub(super) fn compare(before: &StackTemplate, after: &StackTemplate) -> Vec<Entry> {
    let mut entries = maps(Section::Parameter, &before.parameters, &after.parameters);
    entries.extend(maps(Section::Tag, &before.tags, &after.tags));
    entries.extend(maps(Section::Output, &outputs(&before.template), &outputs(&after.template)));
    for ((section, before), (_, after)) in plain(&before.template).into_iter().zip(plain(&after.template)) {
        entries.extend(places(before.as_ref(), after.as_ref()).into_iter().map(|place| Entry {
            section: Section::Template,
            name: format!("{section} {}", place.path).trim_end().to_owned(),
            before: place.before.as_ref().map(shown),
            after: place.after.as_ref().map(shown),
        }));
    }
    entries
}

fn maps(section: Section, before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<Entry> {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let differing = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    differing
        .map(|name| Entry {
            section,
            name: name.clone(),
            before: before.get(name).cloned(),
            after: after.get(name).cloned(),
        })
        .collect()
}

fn outputs(template: &Template) -> BTreeMap<String, String> {
    template.outputs.iter().map(|(name, output)| (name.clone(), shown(&output.value))).collect()
}
