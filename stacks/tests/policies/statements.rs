//! The statements of every policy in the templates.

use std::sync::LazyLock;

use config::{self, Config, File, Input};
use serde_json::{Map, Value};
use stacks::artifacts::Artifacts;

use testing::configuration;

/// Where a statement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Who may assume a role.
    Trust,
    /// What a role may do.
    Role,
    /// Who may do what with a resource.
    Resource,
}

/// A condition of a statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    pub(crate) operator: String,
    pub(crate) key: String,
    pub(crate) value: Value,
}

/// One statement.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) template: String,
    /// The logical ID of the resource that has the policy.
    pub(crate) id: String,
    /// Its type.
    pub(crate) kind: String,
    pub(crate) place: Place,
    pub(crate) effect: Effect,
    pub(crate) sid: String,
    pub(crate) actions: Vec<String>,
    pub(crate) resources: Vec<Value>,
    /// The services among its principals.
    pub(crate) services: Vec<String>,
    pub(crate) conditions: Vec<Condition>,
}

/// Whether a statement allows or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

impl Statement {
    /// The statement's place, for a message.
    pub(crate) fn shown(&self) -> String {
        format!("{}: {}", self.template, self.id)
    }
}

/// The templates of every configuration that matters, by the names of their stacks.
pub(crate) fn templates() -> &'static [(String, Value)] {
    static TEMPLATES: LazyLock<Vec<(String, Value)>> = LazyLock::new(|| {
        [None, Some("dev.toml"), Some("prod.toml"), Some("everything.toml")]
            .into_iter()
            .flat_map(|file| synthesized(&configuration(file)))
            .collect()
    });
    &TEMPLATES
}

/// These templates, and those of a deployment in a region that an account has to enable, whose logs come another way.
pub(crate) fn all() -> Vec<(String, Value)> {
    let sets = ["name=vod-opt-in", "region=me-central-1", "distribution.waf=managed", "ci.repository=example/videos"];
    let sets = sets.map(str::to_owned).to_vec();
    let config = config::load(&Input { file: None, variables: Vec::new(), sets }).unwrap();
    templates().iter().cloned().chain(synthesized(&config)).collect()
}

/// The configuration with every part on and a CI stack, under another name.
pub(crate) fn everything(name: &str) -> Result<Config, String> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/everything.toml");
    let file = Some(File { text: std::fs::read_to_string(&path).unwrap(), path });
    let sets = vec![format!("name={name}"), "ci.repository=example/videos".to_owned()];
    config::load(&Input { file, variables: Vec::new(), sets }).map_err(|problems| format!("{problems:?}"))
}

/// The templates of a configuration, by the names of their stacks.
pub(crate) fn synthesized(config: &Config) -> Vec<(String, Value)> {
    let assembly = stacks::build(config, &Artifacts::of_this_build()).unwrap().app.synth().unwrap();
    let templates = assembly.files().filter_map(|(file, text)| {
        let stack = file.strip_suffix(".template.json")?;
        Some((stack.to_owned(), serde_json::from_str(text).unwrap()))
    });
    templates.collect()
}

/// Every statement of every policy of some templates.
pub(crate) fn of(templates: &[(String, Value)]) -> Vec<Statement> {
    let mut found = Vec::new();
    for (name, template) in templates {
        for (id, resource) in template["Resources"].as_object().unwrap() {
            let kind = resource["Type"].as_str().unwrap();
            let place = if kind == "AWS::IAM::Role" { Place::Role } else { Place::Resource };
            let mut statements = Vec::new();
            walk(&resource["Properties"], place, &mut statements);
            statements.extend(permission(kind, &resource["Properties"]));
            found.extend(statements.iter().map(|(place, statement)| read(name, id, kind, *place, statement)));
        }
    }
    found
}

fn walk(value: &Value, place: Place, found: &mut Vec<(Place, Value)>) {
    match value {
        Value::Object(members) => {
            if let Some(statements) = members.get("Statement").and_then(Value::as_array) {
                found.extend(statements.iter().map(|statement| (place, statement.clone())));
            }
            for (name, member) in members {
                walk(member, if name == "AssumeRolePolicyDocument" { Place::Trust } else { place }, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, place, found)),
        _ => {}
    }
}

/// A function's permission as the statement that Lambda makes of it.
fn permission(kind: &str, properties: &Value) -> Option<(Place, Value)> {
    (kind == "AWS::Lambda::Permission").then(|| {
        let statement = serde_json::json!({
            "Effect": "Allow",
            "Principal": {"Service": properties["Principal"]},
            "Action": properties["Action"],
            "Resource": properties["FunctionName"],
            "Condition": {"ArnLike": {"AWS:SourceArn": properties["SourceArn"]}},
        });
        (Place::Resource, statement)
    })
}

/// A list's items; anything else stands for itself.
pub(crate) fn items(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        single => vec![single.clone()],
    }
}

fn read(template: &str, id: &str, kind: &str, place: Place, statement: &Value) -> Statement {
    let texts = |value: &Value| items(value).iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let of_operator = |(operator, keys): (&String, &Value)| {
        let keys = keys.as_object().cloned().unwrap_or_default();
        keys.into_iter().map(|(key, value)| Condition { operator: operator.clone(), key, value }).collect::<Vec<_>>()
    };
    Statement {
        template: template.to_owned(),
        id: id.to_owned(),
        kind: kind.to_owned(),
        place,
        effect: if statement["Effect"] == "Allow" { Effect::Allow } else { Effect::Deny },
        sid: statement["Sid"].as_str().unwrap_or_default().to_owned(),
        actions: texts(&statement["Action"]),
        resources: items(&statement["Resource"]),
        services: texts(&statement["Principal"]["Service"]),
        conditions: statement["Condition"].as_object().unwrap_or(&Map::new()).iter().flat_map(of_operator).collect(),
    }
}
