//! What differs, for a person to read.

use std::cmp::Reverse;
use std::fmt::Write;

use deploy::diff::{
    DeletionPolicy, Entry, Exists, GrantChange, ResourceDiff, ResourceImpact, Risk, Section, StackDiff, shown,
};
use owo_colors::OwoColorize as _;

use crate::terminal::{self, TABLE_WIDTH, WIDTH, around, counted, fit, wrapped};

const MAX_PLACES: usize = 12;

/// The differences of a stack, with colours.
pub(crate) fn text(diff: &StackDiff) -> String {
    let mut text = format!("{}\n", headline(diff).bold());
    if !diff.resources.is_empty() {
        let _ = writeln!(text, "\n{}", "Resources".underline());
        let mut resources: Vec<&ResourceDiff> = diff.resources.iter().collect();
        resources.sort_by_key(|resource| Reverse(resource.impact));
        for resource in resources {
            text.push_str(&of_resource(resource));
        }
    }
    for (section, title) in [
        (Section::Parameter, "Parameters"),
        (Section::Tag, "Tags"),
        (Section::Output, "Outputs"),
        (Section::Template, "Template"),
    ] {
        let entries: Vec<&Entry> = diff.entries.iter().filter(|entry| entry.section == section).collect();
        if !entries.is_empty() {
            let _ = writeln!(text, "\n{}", title.underline());
            for entry in entries {
                text.push_str(&of_entry(entry));
            }
        }
    }
    if !diff.iam.is_empty() {
        let _ = writeln!(text, "\n{}\n{}", "Permissions".underline(), grants(&diff.iam));
    }
    for risk in diff.risks() {
        let _ = writeln!(text, "\n{}", warning(&risk));
    }
    text
}

pub(crate) fn headline(diff: &StackDiff) -> String {
    let place = format!("{} in {}", diff.stack, diff.region);
    if diff.is_empty() {
        return format!("{place}: no difference");
    }
    if diff.exists == Exists::Missing {
        return format!("{place}: a new stack of {}", counted(diff.resources.len(), "resource"));
    }
    let counts = [
        (ResourceImpact::Create, "added"),
        (ResourceImpact::Update, "changed"),
        (ResourceImpact::MayReplace, "perhaps replaced"),
        (ResourceImpact::Replace, "replaced"),
        (ResourceImpact::Remove, "removed"),
    ];
    let counts = counts.into_iter().map(|(change, word)| (diff.count(change), word)).filter(|(count, _)| *count > 0);
    let mut counts: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
    if counts.is_empty() {
        counts.push("no resource differs".to_owned());
    }
    format!("{place}: {}", counts.join(", "))
}

fn of_resource(resource: &ResourceDiff) -> String {
    let mut text = format!("{}\n", resource_line(resource.impact, &resource.logical_id, &resource.resource_type));
    if let Some(what) = becomes(resource) {
        let _ = writeln!(text, "{}", wrapped(&what, "      "));
    }
    for place in resource.properties.iter().take(MAX_PLACES) {
        let note = if place.impact == ResourceImpact::Replace { "  (replaces it)" } else { "" };
        let text_of = |value: &Option<serde_json::Value>| value.as_ref().map(shown);
        text.push_str(&change(&place.path, note, text_of(&place.before), text_of(&place.after)));
    }
    if resource.properties.len() > MAX_PLACES {
        let _ = writeln!(
            text,
            "      and {} (`--json` shows all)",
            counted(resource.properties.len() - MAX_PLACES, "more place")
        );
    }
    text
}

/// What becomes of a resource that does not simply change.
fn becomes(resource: &ResourceDiff) -> Option<String> {
    let old = match resource.deletion_policy {
        Some(DeletionPolicy::Retain) => "the old one is kept",
        Some(DeletionPolicy::Snapshot) => "a snapshot of the old one is kept",
        Some(DeletionPolicy::Delete) | None => "the old one is deleted",
    };
    match resource.impact {
        ResourceImpact::Import | ResourceImpact::Create | ResourceImpact::Update => None,
        ResourceImpact::MayReplace => Some("perhaps replaced: its function decides".to_owned())
            .filter(|_| resource.resource_type.starts_with("Custom::"))
            .or_else(|| Some(format!("perhaps replaced; {old} then"))),
        ResourceImpact::Replace => Some(format!("replaced; {old}")),
        ResourceImpact::Remove => Some(match resource.deletion_policy {
            Some(DeletionPolicy::Retain) => "leaves the stack, but is kept".to_owned(),
            Some(DeletionPolicy::Snapshot) => "deleted; a snapshot is kept".to_owned(),
            Some(DeletionPolicy::Delete) | None => "deleted".to_owned(),
        }),
    }
}

/// What is said of a resource that holds data and does not stay.
pub(crate) fn warning(risk: &Risk) -> String {
    let Risk { logical_id, holds, .. } = risk;
    let may = risk.impact == ResourceImpact::MayReplace;
    let happens = match risk.impact {
        ResourceImpact::Remove if risk.deletion_policy == DeletionPolicy::Retain => "leaves the stack",
        ResourceImpact::Remove => "is removed",
        ResourceImpact::MayReplace => "may be replaced by an empty one",
        _ => "is replaced by an empty one",
    };
    let line = |end: String| wrapped(&format!("WARNING: {logical_id} {happens}: {end}."), "");
    match risk.deletion_policy {
        DeletionPolicy::Retain if risk.impact == ResourceImpact::Remove => {
            line(format!("it is kept with {holds}, and then belongs to no stack")).yellow().to_string()
        }
        DeletionPolicy::Retain => {
            line(format!("{holds} stay in the old one, which then belongs to no stack")).yellow().to_string()
        }
        DeletionPolicy::Snapshot => line(format!("{holds} stay in a snapshot")).yellow().to_string(),
        DeletionPolicy::Delete => {
            let lost = if may { "MAY BE LOST" } else { "ARE LOST" };
            line(format!("{} {lost}", holds.to_uppercase())).red().bold().to_string()
        }
    }
}

/// A resource with a sign for what happens to it.
pub(crate) fn resource_line(impact: ResourceImpact, logical_id: &str, resource_type: &str) -> String {
    let line = format!("{:<38} {}", fit(logical_id, 38), fit(resource_type, WIDTH - 43));
    match impact {
        ResourceImpact::Import | ResourceImpact::Create => format!("  + {line}").green().to_string(),
        ResourceImpact::Update => format!("  ~ {line}").yellow().to_string(),
        ResourceImpact::MayReplace => format!("  ? {line}").yellow().to_string(),
        ResourceImpact::Replace => format!("  ! {line}").red().to_string(),
        ResourceImpact::Remove => format!("  - {line}").red().to_string(),
    }
}

/// A row for each statement.
fn grants(changes: &[GrantChange]) -> String {
    let mut table = terminal::table(["", "Policy of", "Effect", "Actions", "On"]);
    table.set_width(TABLE_WIDTH);
    for change in changes {
        let sign = if matches!(change, GrantChange::Added(_)) { "+" } else { "-" };
        let grant = change.grant();
        let actions: Vec<&str> = grant.actions.iter().map(String::as_str).collect();
        let on = [("", &grant.resource), ("for ", &grant.principal), ("if ", &grant.condition)];
        let on = on.into_iter().filter(|(_, text)| !text.is_empty()).map(|(word, text)| format!("{word}{text}"));
        table.add_row([
            sign.to_owned(),
            grant.holder.clone(),
            grant.effect.clone(),
            actions.join("\n"),
            on.collect::<Vec<_>>().join("\n"),
        ]);
    }
    let lines = table.trim_fmt();
    let coloured = lines.lines().map(|line| match line.trim_start().chars().next() {
        Some('+') => line.green().to_string(),
        Some('-') => line.red().to_string(),
        _ => line.to_owned(),
    });
    coloured.collect::<Vec<_>>().join("\n")
}

fn of_entry(entry: &Entry) -> String {
    change(&entry.name, "", entry.before.clone(), entry.after.clone())
}

/// A place with what was there and what will be there.
fn change(path: &str, note: &str, before: Option<String>, after: Option<String>) -> String {
    let mut text = format!("      {}{}\n", fit(path, WIDTH - 6 - note.chars().count()), note.red());
    let room = WIDTH - 10;
    let (before, after) = match (before, after) {
        (Some(before), Some(after)) => {
            let (before, after) = around(&before, &after, room);
            (Some(before), Some(after))
        }
        other => other,
    };
    if let Some(before) = before {
        let _ = writeln!(text, "        {}", format!("- {}", fit(&before, room)).red());
    }
    if let Some(after) = after {
        let _ = writeln!(text, "        {}", format!("+ {}", fit(&after, room)).green());
    }
    text
}
