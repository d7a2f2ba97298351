//! Names of outputs: a group with several outputs needs a `NameModifier` on each, and each file a name of its own.
//!
//! Source: the reference of `NameModifier` ("when you create multiple outputs in the same output group, Name modifier is
//! required"). Files of different containers or extensions may share one.

use std::collections::BTreeSet;

use super::subject::Group;
use super::{Report, Rule};
use crate::choice::Choice;
use crate::settings::OutputGroupType;

pub(super) fn check(group: &Group<'_>, report: &mut Report) {
    if group.outputs().len() < 2 {
        return;
    }
    let mut names = BTreeSet::new();
    group.each_output(|output, path| {
        let Some(modifier) = output.name_modifier.as_deref() else {
            report.add(
                Rule::NameModifier,
                path,
                "NameModifier",
                "a group with several outputs needs a NameModifier on each",
            );
            return;
        };
        let container = output.container_settings.as_deref().and_then(|settings| settings.container);
        let file = group.kind == Some(OutputGroupType::FileGroupSettings);
        let ending = file.then(|| (container.map(Choice::name), output.extension.as_deref()));
        if !names.insert((modifier.to_owned(), ending.map(|(a, b)| (a, b.map(str::to_owned))))) {
            let says = format!("another output of the group is named `{modifier}` too");
            report.add(Rule::NameModifier, path, "NameModifier", says);
        }
    });
}
