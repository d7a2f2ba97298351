//! `vod graph`: the stack or a state machine as a Mermaid flowchart.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use clap::ValueEnum;
use pipeline::contract::Workflow;
use serde_json::Value;

use super::failure::Failure;
use super::options::ConfigArgs;
use super::output::print;
use crate::artifacts::Artifacts;
use crate::platform;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to draw.
    #[arg(default_value = "stack")]
    what: Subject,
    #[command(flatten)]
    config: ConfigArgs,
}

/// What can be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// The constructs of each stack, and which refers to which.
    Stack,
    /// The state machine from an upload to a validated video.
    Ingest,
    /// The state machine that encodes.
    Process,
    /// The state machine from the encoded video to its announcement.
    Publish,
}

impl Subject {
    fn workflow(self) -> Option<Workflow> {
        match self {
            Self::Stack => None,
            Self::Ingest => Some(Workflow::Ingest),
            Self::Process => Some(Workflow::Process),
            Self::Publish => Some(Workflow::Publish),
        }
    }
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let config = args.config.load()?;
    let platform = platform::build(&config, &Artifacts::of_this_build())?;
    if let Some(workflow) = args.what.workflow() {
        let drawn: String = platform
            .workflows
            .iter()
            .filter(|(kind, _)| *kind == workflow)
            .map(|(_, states)| states.mermaid())
            .collect();
        return print(&format!("{}\n", drawn.trim_end()));
    }
    let constructs: Vec<(String, BTreeMap<String, String>)> = platform
        .app
        .stacks()
        .map(|stack| {
            let constructs = stack.resources().map(|(id, path, _)| (id.to_string(), construct_of(&path.to_string())));
            (stack.name().to_owned(), constructs.collect())
        })
        .collect();
    let assembly = platform.app.synth()?;
    let templates = constructs.iter().filter_map(|(name, constructs)| {
        let template = serde_json::from_str(assembly.template(name)?).ok()?;
        Some((name.as_str(), constructs, template))
    });
    print(&flowchart(templates))
}

/// The construct that a resource is drawn as: the first two segments of its path, so that a function, its role and its
/// logs are one.
fn construct_of(path: &str) -> String {
    path.split('/').take(2).collect::<Vec<_>>().join("/")
}

/// A flowchart of each stack's constructs; an arrow leads from what refers to what is referred to.
fn flowchart<'a>(stacks: impl Iterator<Item = (&'a str, &'a BTreeMap<String, String>, Value)>) -> String {
    let mut text = "flowchart LR\n".to_owned();
    let mut next = 0_usize;
    for (name, constructs, template) in stacks {
        let mut nodes: BTreeMap<&str, usize> = BTreeMap::new();
        for construct in constructs.values().collect::<BTreeSet<_>>() {
            nodes.insert(construct, next);
            next += 1;
        }
        let mut arrows = BTreeSet::new();
        for (id, from) in constructs {
            visit(&template["Resources"][id], &mut |target| {
                if let Some(to) = constructs.get(target).filter(|to| *to != from) {
                    arrows.insert((nodes[from.as_str()], nodes[to.as_str()]));
                }
            });
        }
        let _ = writeln!(text, "  subgraph {name}");
        for (construct, node) in &nodes {
            let _ = writeln!(text, "    n{node}[\"{construct}\"]");
        }
        let _ = writeln!(text, "  end");
        for (from, to) in arrows {
            let _ = writeln!(text, "  n{from} --> n{to}");
        }
    }
    text
}

/// Calls `found` with every logical ID that a piece of a template refers to.
fn visit(json: &Value, found: &mut impl FnMut(&str)) {
    match json {
        Value::Array(items) => items.iter().for_each(|item| visit(item, found)),
        Value::Object(entries) => {
            for (key, value) in entries {
                match (key.as_str(), value) {
                    ("Ref" | "DependsOn", Value::String(id)) => found(id),
                    ("DependsOn", Value::Array(ids)) => ids.iter().filter_map(Value::as_str).for_each(&mut *found),
                    ("Fn::GetAtt", Value::Array(parts)) => {
                        parts.first().and_then(Value::as_str).into_iter().for_each(&mut *found);
                    }
                    ("Fn::Sub", Value::String(text)) => substituted(text).for_each(&mut *found),
                    ("Fn::Sub", Value::Array(parts)) => {
                        parts.first().and_then(Value::as_str).into_iter().flat_map(substituted).for_each(&mut *found);
                        parts.iter().skip(1).for_each(|variables| visit(variables, found));
                    }
                    _ => visit(value, found),
                }
            }
        }
        _ => {}
    }
}

/// The logical IDs in the text of `Fn::Sub`.
fn substituted(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(inside, _)| match inside.split_once('.') {
        Some((id, _)) => id,
        None => inside,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_of_one_construct_are_drawn_as_one() {
        let constructs =
            [("Fn1", "Functions/Encode/Function"), ("Role1", "Functions/Encode/Role"), ("B", "Storage/Source")]
                .map(|(id, path)| (id.to_owned(), construct_of(path)))
                .into();
        let template = serde_json::json!({ "Resources": {
            "Fn1": { "Properties": { "Role": { "Fn::GetAtt": ["Role1", "Arn"] } } },
            "Role1": { "Properties": { "Resource": { "Fn::Sub": ["${B.Arn}/${x}", { "x": { "Ref": "AWS::Region" } }] } } },
            "B": { "DependsOn": ["Gone"] },
        } });
        insta::assert_snapshot!(flowchart([("vod", &constructs, template)].into_iter()), @r#"
        flowchart LR
          subgraph vod
            n0["Functions/Encode"]
            n1["Storage/Source"]
          end
          n0 --> n1
        "#);
    }
}
