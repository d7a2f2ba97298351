//! What lies beside the templates for people: `deploy.sh`, which needs nothing but the AWS CLI, and `README.md`.
//!
//! Both are rendered from what the cloud assembly itself says, so they know no file or stack of their own.

use std::collections::BTreeMap;

use handlebars::Handlebars;
use serde::Serialize;
use serde_json::Value;
use synth::CloudAssembly;

use config::Config;

/// The CDK command line, pinned: the package's bare name resolves to an old one.
pub const CDK: &str = "aws-cdk@2.1148.1";

/// How the name of the bucket begins that a deployment makes where the CDK's bootstrap has made none; account and region follow.
pub const OWN_BUCKET_PREFIX: &str = "vod-assets-";

/// The files: name and template.
const FILES: [(&str, &str); 2] = [
    ("deploy.sh", include_str!("../../templates/deploy.sh.hbs")),
    ("README.md", include_str!("../../templates/assembly-readme.md.hbs")),
];

/// Why the files cannot be written; the tests rule it out.
#[derive(Debug, thiserror::Error)]
pub enum CompanionError {
    /// A template cannot be rendered.
    #[error("templates/{file}.hbs cannot be rendered")]
    Render {
        /// The file.
        file: &'static str,
        /// What Handlebars says.
        source: Box<handlebars::RenderError>,
    },
    /// A file of the assembly is not JSON.
    #[error("the cloud assembly is not one")]
    Json(#[from] serde_json::Error),
}

/// What the templates are rendered with.
#[derive(Debug, Serialize)]
struct Context {
    name: String,
    account: Option<String>,
    configured: bool,
    cdk: &'static str,
    cdk_prefix: String,
    own_prefix: &'static str,
    partition: &'static str,
    several: bool,
    stacks: Vec<Stack>,
}

#[derive(Debug, Clone, Serialize)]
struct Stack {
    name: String,
    region: String,
    template: String,
    bucket: String,
    assets: Vec<Asset>,
    tags: Vec<String>,
    parameters: Vec<Parameter>,
}

#[derive(Debug, Clone, Serialize)]
struct Asset {
    path: String,
    key: String,
}

/// A parameter that is the output of another stack.
#[derive(Debug, Clone, Serialize)]
struct Parameter {
    name: String,
    variable: String,
    stack: String,
    region: String,
}

/// Adds `deploy.sh` and `README.md` to an assembly.
///
/// # Errors
/// When a template of this program is broken, which the tests rule out.
pub fn add(assembly: &mut CloudAssembly, config: &Config) -> Result<(), CompanionError> {
    let context = Context {
        name: config.name.to_string(),
        account: config.account.as_ref().map(ToString::to_string),
        configured: config.assets.bucket.is_some(),
        cdk: CDK,
        cdk_prefix: format!("cdk-{}-assets-", config.assets.qualifier),
        own_prefix: OWN_BUCKET_PREFIX,
        partition: partition(config.region.as_str()),
        several: false,
        stacks: stacks(assembly, config)?,
    };
    let context = Context { several: context.stacks.len() > 1, ..context };
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.register_escape_fn(handlebars::no_escape);
    for (file, template) in FILES {
        let text = registry
            .render_template(template, &context)
            .map_err(|source| CompanionError::Render { file, source: Box::new(source) })?;
        assembly.accompany(file, text);
    }
    Ok(())
}

/// The part of AWS that a region belongs to.
fn partition(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("cn") => "aws-cn",
        Some("us") if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// The assembly's stacks, each after those that it takes parameters from.
fn stacks(assembly: &CloudAssembly, config: &Config) -> Result<Vec<Stack>, CompanionError> {
    let files: BTreeMap<&str, &str> = assembly.files().collect();
    let read = |name: &str| -> Result<Value, serde_json::Error> {
        serde_json::from_str(files.get(name).copied().unwrap_or_default())
    };
    let manifest = read("manifest.json")?;
    let mut found = Vec::new();
    for (name, artifact) in manifest["artifacts"].as_object().into_iter().flatten() {
        if artifact["type"] != "aws:cloudformation:stack" {
            continue;
        }
        let properties = &artifact["properties"];
        let template = properties["templateFile"].as_str().unwrap_or_default();
        let assets = read(&format!("{name}.assets.json"))?;
        let region = artifact["environment"].as_str().and_then(|place| place.rsplit('/').next());
        let region = region.unwrap_or(config.region.as_str()).to_owned();
        found.push((Stack::of(name, &region, template, properties, &assets), read(template)?));
    }
    let outputs: BTreeMap<String, (String, String)> = found
        .iter()
        .flat_map(|(stack, template)| {
            let names = template["Outputs"].as_object().into_iter().flatten().map(|(name, _)| name.clone());
            names.map(|name| (name, (stack.name.clone(), stack.region.clone())))
        })
        .collect();
    for (stack, template) in &mut found {
        let parameters = template["Parameters"].as_object().into_iter().flatten();
        let wanted = parameters.filter(|(_, parameter)| parameter.get("Default").is_none());
        stack.parameters = wanted
            .filter_map(|(name, _)| {
                let (from, region) = outputs.get(name)?.clone();
                Some(Parameter { name: name.clone(), variable: snake(name), stack: from, region })
            })
            .collect();
    }
    Ok(in_order(found.into_iter().map(|(stack, _)| stack).collect()))
}

/// The stacks, each after those that it takes parameters from; there is no circle of them.
fn in_order(mut rest: Vec<Stack>) -> Vec<Stack> {
    let mut ordered = Vec::new();
    while !rest.is_empty() {
        let waits = |stack: &Stack| stack.parameters.iter().any(|one| rest.iter().any(|other| other.name == one.stack));
        let ready = rest.iter().position(|stack| !waits(stack)).unwrap_or_default();
        ordered.push(rest.remove(ready));
    }
    ordered
}

impl Stack {
    fn of(name: &str, region: &str, template: &str, properties: &Value, assets: &Value) -> Self {
        let files = assets["files"].as_object().into_iter().flat_map(serde_json::Map::values);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let destination = |file: &Value| file["destinations"]["current"].clone();
        let mut bucket = String::new();
        let mut found = Vec::new();
        for file in files {
            bucket = text(&destination(file)["bucketName"]);
            let path = text(&file["source"]["path"]);
            // The AWS CLI uploads the template itself.
            if path != template {
                found.push(Asset { path: quoted(&path), key: quoted(&text(&destination(file)["objectKey"])) });
            }
        }
        let tags = properties["tags"].as_object().into_iter().flatten();
        Self {
            name: name.to_owned(),
            region: region.to_owned(),
            template: template.to_owned(),
            bucket: bucket.replace("${AWS::AccountId}", "$account").replace("${AWS::Region}", region),
            assets: found,
            tags: tags.map(|(key, value)| quoted(&format!("{key}={}", text(value)))).collect(),
            parameters: Vec::new(),
        }
    }
}

/// The text as one word of a shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// `web_acl_arn` of `WebAclArn`.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifacts::Artifacts;
    use config::{self, Input};

    fn files(sets: &[&str]) -> BTreeMap<String, String> {
        let sets = sets.iter().map(|set| (*set).to_owned()).collect();
        let config = config::load(&Input { file: None, variables: Vec::new(), sets }).unwrap();
        let mut artifacts = Artifacts::of_this_build();
        artifacts.runtime = "0".repeat(64).parse().unwrap();
        let mut assembly = crate::build(&config, &artifacts).unwrap().app.synth().unwrap();
        add(&mut assembly, &config).unwrap();
        assembly.files().map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
    }

    #[test]
    fn words_of_a_shell() {
        for (text, word) in
            [("Project=vod", "Project=vod"), ("a b", "'a b'"), ("it's", r"'it'\''s'"), ("", "''"), ("$x", "'$x'")]
        {
            assert_eq!(quoted(text), word);
        }
    }

    #[test]
    fn one_stack() {
        let files = files(&[]);
        let script = &files["deploy.sh"];
        assert!(script.contains("find_bucket \"cdk-hnb659fds-assets-$account-us-east-1\" us-east-1"), "{script}");
        assert!(script.contains("sed 's/cdk-hnb659fds-assets-/vod-assets-/g' vod.template.json"), "{script}");
        assert!(
            script.contains(&format!("upload {0}-x86_64.zip {0}-x86_64.zip us-east-1", "0".repeat(64))),
            "{script}"
        );
        assert!(script.contains("--tags Project=vod SolutionId=SO0021\n"), "{script}");
        assert!(!script.contains("--parameter-overrides"), "{script}");
        assert!(files["README.md"].contains("| `vod` | us-east-1 |"));
    }

    #[test]
    fn access_logs_of_an_opt_in_region_are_delivered_by_a_stack_that_comes_last() {
        let files = files(&["region=af-south-1", "distribution.waf=managed"]);
        let script = &files["deploy.sh"];
        let places = ["vod-edge-af-south-1 ", "vod ", "vod-logs-af-south-1 "]
            .map(|stack| script.find(&format!("if wanted {stack}\"")).unwrap());
        assert!(places.is_sorted(), "{script}");
        assert!(script.contains("distribution_id=$(output vod DistributionId af-south-1)"), "{script}");
        assert!(script.contains("log_bucket=$(output vod LogBucket af-south-1)"), "{script}");
    }

    #[test]
    fn an_edge_stack_comes_first_and_hands_its_output_on() {
        let files = files(&["region=eu-central-1", "distribution.waf=managed", "assets.bucket=mine", "tags.Team=a b"]);
        let script = &files["deploy.sh"];
        let (edge, main) =
            (script.find("if wanted vod-edge-eu-central-1").unwrap(), script.find("if wanted vod \"").unwrap());
        assert!(edge < main);
        assert!(script.contains("web_acl_arn=$(output vod-edge-eu-central-1 WebAclArn us-east-1)"), "{script}");
        assert!(script.contains("--parameter-overrides \"WebAclArn=$web_acl_arn\""), "{script}");
        assert!(script.contains("find_bucket \"mine\" eu-central-1") && script.contains("assets.bucket names it"));
        assert!(script.contains("'Team=a b'"), "{script}");
    }
}
