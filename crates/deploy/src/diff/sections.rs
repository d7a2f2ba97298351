//! What differs besides resources: parameters, tags, outputs and the template's other sections.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::properties::{compare as places, shown};
use super::stack_template::StackTemplate;

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Of which kind it is.
    pub section: Section,
    /// Its name.
    pub name: String,
    /// What it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it will be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// The kinds of things that are not resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Section {
    /// A parameter's value.
    Parameter,
    /// A tag of the stack.
    Tag,
    /// An output.
    Output,
    /// Anything else of the template: a mapping, a condition, the description.
    Template,
}

/// The template's sections that are compared as they are.
const PLAIN: [&str; 6] = ["Description", "Mappings", "Conditions", "Rules", "Transform", "Metadata"];

pub(super) fn compare(before: &StackTemplate, after: &StackTemplate) -> Vec<Entry> {
    let mut entries = maps(Section::Parameter, &before.parameters, &after.parameters);
    entries.extend(maps(Section::Tag, &before.tags, &after.tags));
    entries.extend(maps(Section::Output, &outputs(&before.template), &outputs(&after.template)));
    for section in PLAIN {
        for place in places(&before.template[section], &after.template[section]) {
            let name = format!("{section} {}", place.path).trim_end().to_owned();
            let text = |value: Option<Value>| value.filter(|value| !value.is_null()).as_ref().map(shown);
            entries.push(Entry {
                section: Section::Template,
                name,
                before: text(place.before),
                after: text(place.after),
            });
        }
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

fn outputs(template: &Value) -> BTreeMap<String, String> {
    let outputs = template["Outputs"].as_object().into_iter().flatten();
    outputs.map(|(name, output)| (name.clone(), shown(&output["Value"]))).collect()
}
