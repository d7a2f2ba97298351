//! Wildcards: none among actions, and each among resources has its reason in docs/security.md.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::statements::{self, Effect, Statement};

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/security.md")).unwrap()
}

/// The first cells of the table below a heading of docs/security.md, without their backticks.
fn first_cells(heading: &str) -> BTreeSet<String> {
    let page = page();
    let (_, section) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split_once('`').unwrap().0.to_owned()).collect()
}

/// The resources of a statement, as texts.
fn resources(statement: &Statement) -> impl Iterator<Item = &str> {
    statement.resources.iter().filter_map(|resource| resource.as_str().or_else(|| resource["Fn::Sub"].as_str()))
}

/// Those with a wildcard that is not all there is.
fn with_wildcard(statement: &Statement) -> impl Iterator<Item = &str> {
    resources(statement).filter(|text| *text != "*" && text.contains(['*', '?']))
}

/// What a bare `*` stands for in a key's policy: the key.
fn is_own_key(statement: &Statement) -> bool {
    statement.kind == "AWS::KMS::Key"
}

fn on_any(statements: &[Statement]) -> Vec<&Statement> {
    let any = |statement: &&Statement| !is_own_key(statement) && resources(statement).any(|resource| resource == "*");
    statements.iter().filter(any).collect()
}

#[test]
fn no_statement_allows_a_wildcard_action() {
    for statement in statements::of(&statements::all()) {
        if statement.effect == Effect::Allow {
            for action in &statement.actions {
                assert!(!action.contains(['*', '?']), "{} allows {action}", statement.shown());
            }
        }
    }
}

/// Where no ARN can be named, the statement's Sid says why; docs/security.md explains it.
#[test]
fn every_bare_wildcard_has_its_reason() {
    let statements = statements::of(&statements::all());
    let found: BTreeSet<String> = on_any(&statements).into_iter().map(|statement| statement.sid.clone()).collect();
    assert_eq!(found, first_cells("Every statement on `*`"));
}

/// The page has the number of statements on a bare `*`, and of different ARNs with a wildcard, in each template.
#[test]
fn wildcards_are_counted_on_the_page() {
    let mut counted = BTreeMap::new();
    for (name, template) in statements::templates() {
        let statements = statements::of(&[(name.clone(), template.clone())]);
        let arns: BTreeSet<_> = statements.iter().flat_map(with_wildcard).collect();
        counted.insert(name.as_str(), (on_any(&statements).len(), arns.len()));
    }
    let rows = counted.iter().map(|(name, (on_any, arns))| format!("| `{name}` | {on_any} | {arns} |"));
    let table = rows.collect::<Vec<_>>().join("\n");
    assert!(page().contains(&table), "docs/security.md does not have the rows\n{table}");
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
    let row = format!("| IAM: resources that are a bare `*` | 2 | {} |", counted["vod"].0);
    assert!(readme.contains(&row), "README.md has no row {row}");
}

/// A resource with a wildcard, as docs/security.md writes it.
fn as_on_the_page(resource: &str, deployment: &str) -> String {
    let mut text = resource.to_owned();
    for (reference, name) in [
        ("${StorageLogs.Arn}", "<logs>"),
        ("${StorageSource.Arn}", "<source>"),
        ("${StorageDestination.Arn}", "<destination>"),
        ("arn:${AWS::Partition}:", ""),
        (":${AWS::Region}:${AWS::AccountId}:", "…:"),
        (":us-east-1:${AWS::AccountId}:", "…:"),
        ("iam::${AWS::AccountId}:", "iam…:"),
        ("${AWS::AccountId}", "<account>"),
        ("me-central-1", "<region>"),
    ] {
        text = text.replace(reference, name);
    }
    // A job template's whole name, of which the page writes one for all.
    for set in ["qvbr", "mvod", "cmaf", "custom"] {
        for tier in ["2160p", "1080p", "720p"] {
            text = text.replace(&format!("-{set}-{tier}-"), "-<template>-");
        }
    }
    text.replace(&format!("/{deployment}"), "/<name>")
}

#[test]
fn every_wildcard_in_an_arn_has_its_reason() {
    let mut found = BTreeSet::new();
    for (stack, template) in &statements::all() {
        let deployment = template["Resources"].as_object().unwrap().values().find_map(project).unwrap();
        for statement in statements::of(&[(stack.clone(), template.clone())]) {
            found.extend(with_wildcard(&statement).map(|resource| as_on_the_page(resource, &deployment)));
        }
    }
    assert_eq!(found, first_cells("Wildcards inside ARNs"));
}

/// The deployment's name, from the tag that all its resources have.
fn project(resource: &Value) -> Option<String> {
    let tags = resource["Properties"]["Tags"].as_array()?;
    let tag = tags.iter().find(|tag| tag["Key"] == "Project")?;
    tag["Value"].as_str().map(str::to_owned)
}
