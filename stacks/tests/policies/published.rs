//! The policies that AWS's pages publish, as data in `tests/published/`: ours have every action that a page asks for, and no
//! condition that the page does not have, unless a request without its key passes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use super::statements::{self, Effect, Place, Statement};

/// One file: what some pages publish.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The pages.
    source: Vec<String>,
    /// What is in doubt, or how a page was read.
    #[serde(default)]
    note: String,
    grants: Vec<Grant>,
}

/// One statement of a page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    to: To,
    actions: Vec<String>,
    /// Actions of the page that are not granted here, and why not.
    #[serde(default)]
    left_out: BTreeMap<String, String>,
    /// The condition keys that the page has or allows.
    #[serde(default)]
    conditions: Vec<String>,
}

/// Whom a statement is for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum To {
    /// A service that assumes a role.
    Trust(String),
    /// A role that a service assumes.
    RoleOf(String),
    /// Every role that is allowed an action.
    Whoever(String),
    /// A service, in the policy of a resource of a type.
    Service { service: String, policy: String },
    /// A service that a role is passed to.
    #[serde(rename = "pass_to")]
    PassedRole(String),
}

fn files() -> Vec<(String, File)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/published");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            (name, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        })
        .collect();
    files.sort_by(|(left, _), (right, _)| left.cmp(right));
    files
}

const PASSED_TO: &str = "iam:PassedToService";

impl To {
    /// Whether a statement is one that this part of the page speaks of; `roles` are the roles it speaks of.
    fn is_about(&self, statement: &Statement, roles: &BTreeSet<(&str, &str)>) -> bool {
        match self {
            Self::Trust(service) => statement.place == Place::Trust && statement.services.contains(service),
            Self::RoleOf(_) | Self::Whoever(_) => {
                statement.place == Place::Role && roles.contains(&(statement.template.as_str(), statement.id.as_str()))
            }
            Self::Service { service, policy } => {
                statement.place == Place::Resource && statement.kind == *policy && statement.services.contains(service)
            }
            Self::PassedRole(service) => {
                statement.conditions.iter().any(|condition| condition.key == PASSED_TO && condition.value == **service)
            }
        }
    }

    /// The roles that it speaks of.
    fn roles<'s>(&self, statements: &'s [Statement]) -> BTreeSet<(&'s str, &'s str)> {
        let is_one = |statement: &&Statement| match self {
            Self::RoleOf(service) => statement.place == Place::Trust && statement.services.contains(service),
            Self::Whoever(action) => statement.place == Place::Role && statement.actions.contains(action),
            Self::Trust(_) | Self::Service { .. } | Self::PassedRole(_) => false,
        };
        statements.iter().filter(is_one).map(|statement| (statement.template.as_str(), statement.id.as_str())).collect()
    }
}

/// What the templates lack of a page, or have beyond it.
fn faults(grant: &Grant, statements: &[Statement]) -> Vec<String> {
    let roles = grant.to.roles(statements);
    let mut groups: BTreeMap<(&str, &str), Vec<&Statement>> = BTreeMap::new();
    for statement in statements.iter().filter(|statement| statement.effect == Effect::Allow) {
        if grant.to.is_about(statement, &roles) {
            groups.entry((&statement.template, &statement.id)).or_default().push(statement);
        }
    }
    if groups.is_empty() {
        return vec![format!("{:?} is in no template", grant.to)];
    }
    let mut faults = Vec::new();
    for ((template, id), statements) in groups {
        for action in grant.actions.iter().filter(|action| !grant.left_out.contains_key(*action)) {
            if !statements.iter().any(|statement| statement.actions.contains(action)) {
                faults.push(format!("{template}: {id} does not allow {action}"));
            }
        }
        let about = |statement: &&&Statement| statement.actions.iter().any(|action| grant.actions.contains(action));
        for condition in statements.iter().filter(about).flat_map(|statement| &statement.conditions) {
            let known = grant.conditions.iter().any(|key| key.eq_ignore_ascii_case(&condition.key));
            if !known && !condition.operator.ends_with("IfExists") {
                faults.push(format!("{template}: {id} asks for {}, which the page does not", condition.key));
            }
        }
    }
    faults
}

/// Every fault of every file.
fn all_faults(files: &[(String, File)], statements: &[Statement]) -> Vec<String> {
    let of_file = |(name, file): &(String, File)| {
        let faults = file.grants.iter().flat_map(|grant| faults(grant, statements)).collect::<Vec<_>>();
        faults.into_iter().map(|fault| format!("{name}: {fault}")).collect::<Vec<_>>()
    };
    let mut all: Vec<_> = files.iter().flat_map(of_file).collect();
    // What no page is known for cannot be judged.
    let grants = || files.iter().flat_map(|(_, file)| &file.grants);
    for statement in statements.iter().filter(|statement| statement.effect == Effect::Allow) {
        for service in &statement.services {
            let known = grants().any(|grant| match &grant.to {
                To::Trust(of) => statement.place == Place::Trust && of == service,
                To::Service { service: of, policy } => {
                    statement.place == Place::Resource && of == service && *policy == statement.kind
                }
                To::RoleOf(_) | To::Whoever(_) | To::PassedRole(_) => false,
            });
            if !known {
                all.push(format!("{}: no page is known for {service}", statement.shown()));
            }
        }
        for condition in statement.conditions.iter().filter(|condition| condition.key == PASSED_TO) {
            let service = condition.value.as_str().unwrap_or_default();
            if !grants().any(|grant| matches!(&grant.to, To::PassedRole(of) if of == service)) {
                all.push(format!("{}: no page is known for handing a role to {service}", statement.shown()));
            }
        }
    }
    all
}

#[test]
fn policies_have_what_the_pages_of_aws_ask_for_and_no_condition_beyond() {
    let files = files();
    for (name, file) in &files {
        assert!(file.source.iter().all(|source| source.starts_with("https://")) && !file.source.is_empty(), "{name}");
        assert!(file.note.is_empty() || file.note.ends_with('.'), "{name}: a note is a sentence");
    }
    let faults = all_faults(&files, &statements::of(&statements::all()));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The faults that come of a change to the statements, each without the name of its template.
fn after(change: impl Fn(&mut Statement)) -> BTreeSet<String> {
    let mut statements = statements::of(&statements::all());
    statements.iter_mut().for_each(change);
    let faults = all_faults(&files(), &statements);
    faults.into_iter().filter_map(|fault| fault.splitn(3, ": ").nth(2).map(str::to_owned)).collect()
}

/// Without an action: the findings R1, C10 and R10.
#[test]
fn an_action_that_is_taken_out_is_found() {
    for (action, ids) in [
        ("s3:GetBucketRequestPayment", &["PackagingRole"][..]),
        ("s3:ListBucket", &["PackagingRole"]),
        ("mediaconvert:ListJobTemplates", &["FunctionsCustomResourceRole", "FunctionsEncodeRole"]),
        ("iam:ListRolePolicies", &["CiExecution"]),
        ("iam:ListAttachedRolePolicies", &["CiExecution"]),
        ("iam:UpdateRoleDescription", &["CiExecution"]),
        ("logs:PutResourcePolicy", &["WorkflowsIngestRole", "WorkflowsProcessRole", "WorkflowsPublishRole"]),
    ] {
        let found = after(|statement| statement.actions.retain(|other| other != action));
        for id in ids {
            assert!(found.contains(&format!("{id} does not allow {action}")), "{id} {action}: {found:#?}");
        }
    }
}

/// With a condition that holds only where its key is sent: the findings R2, R9 and R10.
#[test]
fn a_condition_that_no_page_has_is_found() {
    let found = after(|statement| {
        for condition in &mut statement.conditions {
            condition.operator = condition.operator.replace("IfExists", "");
        }
    });
    for (id, key) in [
        ("PackagingRole", "aws:SourceAccount"),
        ("NotificationsKey", "aws:SourceAccount"),
        ("CiExecution", "aws:SourceAccount"),
        ("CiExecution", "aws:SourceArn"),
        ("CiDeploy", "iam:PassedToService"),
        ("FunctionsMediaPackageAssetsRole", "iam:PassedToService"),
    ] {
        let fault = format!("{id} asks for {key}, which the page does not");
        assert!(found.contains(&fault), "{fault}: {found:#?}");
    }
}

#[test]
fn a_service_without_a_page_is_found() {
    let found = after(|statement| {
        for service in &mut statement.services {
            *service = service.replace("mediaconvert", "mediaconverter");
        }
    });
    assert!(found.contains("no page is known for mediaconverter.amazonaws.com"), "{found:#?}");
}
