//! What lies beside the templates for people: `deploy.sh`, which needs nothing but the AWS CLI, and `README.md`.
//!
//! Both are rendered from what the cloud assembly itself says, so they know no file or stack of their own.

use config::Config;
use handlebars::Handlebars;
use serde::Serialize;
use synth::{CloudAssembly, ParameterSource, StackArtifact, partition};

/// The CDK command line, pinned: the package's bare name resolves to an old one.
pub const CDK: &str = "aws-cdk@2.1148.1";

/// How the name of the bucket begins that a deployment makes where the CDK's bootstrap has made none; account and region follow.
pub const OWN_BUCKET_PREFIX: &str = "vod-assets-";

/// The files: name and template.
const FILES: [(&str, &str); 2] = [
    ("deploy.sh", include_str!("../../templates/deploy.sh.hbs")),
    ("README.md", include_str!("../../templates/assembly-readme.md.hbs")),
];

/// What `deploy.sh` does with a stack: not in the template, because Handlebars takes longest to read what it leaves as it is.
const STEPS: &str = include_str!("../../templates/deploy-steps.sh");

/// Parts of the templates: the time that Handlebars takes to read one grows with the square of its length.
const PARTIALS: [(&str, &str); 2] = [
    ("deploy-stack", include_str!("../../templates/deploy-stack.sh.hbs")),
    ("ways", include_str!("../../templates/assembly-readme-ways.md.hbs")),
];

/// Why the files cannot be written; the tests rule it out.
#[derive(Debug, thiserror::Error)]
#[error("the template of {file} cannot be rendered")]
pub struct ScriptError {
    /// The file.
    file: &'static str,
    /// What Handlebars says.
    source: Box<handlebars::RenderError>,
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
    steps: &'static str,
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
pub fn add(assembly: &mut CloudAssembly, config: &Config) -> Result<(), ScriptError> {
    let region_of = |stack: &StackArtifact| {
        let region = stack.environment.region.as_deref();
        region.unwrap_or(config.region.as_str()).to_owned()
    };
    let stacks = assembly.stacks().iter().map(|stack| {
        let parameters = stack.parameters.iter().filter_map(|(name, source)| {
            let ParameterSource::Output { stack } = source else { return None };
            let region = region_of(assembly.stack(stack)?);
            Some(Parameter { name: name.clone(), variable: snake(name), stack: stack.clone(), region })
        });
        Stack { parameters: parameters.collect(), ..Stack::of(stack, region_of(stack)) }
    });
    let stacks: Vec<Stack> = stacks.collect();
    let context = Context {
        name: config.name.to_string(),
        account: config.account.as_ref().map(ToString::to_string),
        configured: config.assets.bucket.is_some(),
        cdk: CDK,
        cdk_prefix: format!("cdk-{}-assets-", config.assets.qualifier),
        own_prefix: OWN_BUCKET_PREFIX,
        partition: partition(config.region.as_str()),
        steps: STEPS.trim_end(),
        several: stacks.len() > 1,
        stacks,
    };
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.register_escape_fn(handlebars::no_escape);
    let fail = |file| move |source| ScriptError { file, source: Box::new(source) };
    for (name, partial) in PARTIALS {
        registry.register_partial(name, partial).map_err(|error| fail(name)(error.into()))?;
    }
    for (file, template) in FILES {
        let text = registry.render_template(template, &context).map_err(fail(file))?;
        assembly.add_file(file, text);
    }
    Ok(())
}

impl Stack {
    fn of(stack: &StackArtifact, region: String) -> Self {
        let template = stack.template_asset();
        let bucket = template.map(|asset| asset.bucket.replace("${AWS::AccountId}", "$account"));
        let asset =
            |asset: &synth::Asset| Asset { path: quoted(&asset.path.to_string_lossy()), key: quoted(&asset.key) };
        Self {
            name: stack.name.clone(),
            template: stack.template_file.clone(),
            bucket: bucket.unwrap_or_default().replace("${AWS::Region}", &region),
            // The AWS CLI uploads the template itself.
            assets: stack.assets.iter().filter(|file| Some(*file) != template).map(asset).collect(),
            tags: stack.tags.iter().map(|(key, value)| quoted(&format!("{key}={value}"))).collect(),
            parameters: Vec::new(),
            region,
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
    use std::collections::BTreeMap;

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
