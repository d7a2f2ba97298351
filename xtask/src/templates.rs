//! What `synth` writes, read by other people's tools: cfn-lint, asl-validator, jsonata and the cloud assembly's own loader; and
//! its policies, held against AWS's reference.

use std::convert::Infallible;
use std::path::PathBuf;

use miette::{IntoDiagnostic as _, miette};
use serde::Deserialize;

use crate::authorization;
use crate::progress::{Outcome, Progress, passed};
use crate::template::{Template, Text};
use crate::tools::{PythonTool, Tools};
use crate::workspace::{Workspace, run};

/// A configuration: its name, its file, and what is set besides.
type Configuration = (&'static str, &'static str, &'static [&'static str]);

/// The configurations whose templates are checked: what a clone comes with, every part of the platform, one with a CI
/// stack, one with little, and one in a region that accounts have to enable.
const CONFIGURATIONS: [Configuration; 5] = [
    ("default", "stack.toml", &[]),
    EVERYTHING,
    ("prod", "stacks/config/prod.toml", &[]),
    ("dev", "stacks/config/dev.toml", &[]),
    ("opt-in", "stack.toml", &["region=me-central-1", "distribution.waf=managed"]),
];

const EVERYTHING: Configuration = ("everything", "stacks/config/everything.toml", &[]);

/// The programs in `synth/examples`, which cfn-lint and the cloud assembly's loader read too.
const EXAMPLES: [&str; 3] = ["bucket_and_function", "website", "worker"];

/// What state machines depend on, each on and off.
const SWITCHES: [&str; 3] = ["notifications.sns", "notifications.sqs", "packaging.media_package"];

/// The states that expressions are evaluated over.
const RECORDED_STATES: &str = "xtask/tools/states/recorded.json";

/// Regions that the templates must be valid in: one a continent, of those that have every service.
const REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "ap-northeast-1"];

/// Synthesizes each configuration and hands it to the tools.
pub(crate) fn check(workspace: &Workspace, progress: &mut Progress) -> miette::Result<()> {
    let tools = Tools::new(workspace);
    let mut assemblies = Vec::new();
    progress.step("synth", || {
        workspace.build_programs()?;
        for (name, configuration, sets) in CONFIGURATIONS {
            assemblies.push(synth(workspace, name, configuration, sets)?);
        }
        Ok(Outcome::Passed)
    })?;
    let templates = files(&assemblies, ".template.json")?;
    let examples = EXAMPLES.map(|example| workspace.target().join("xtask").join(example));
    progress.step("examples of synth", || {
        for (example, out) in EXAMPLES.iter().zip(&examples) {
            run(workspace.command(workspace.target().join("debug/examples").join(example)).arg(out))?;
        }
        Ok(Outcome::Passed)
    })?;
    let cfn_lint = tools.python(PythonTool::CFN_LINT)?;
    progress.step("cfn-lint", || {
        let mut lint = workspace.command(cfn_lint);
        lint.args(["--include-checks", "I", "--regions"]).args(REGIONS).arg("--template").args(&templates);
        lint.args(files(&examples, ".template.json")?);
        passed(&mut lint)
    })?;
    let reference = tools.authorization_reference()?;
    progress.step("policies, against AWS's reference", || {
        authorization::check(&reference, &templates).map(|()| Outcome::Passed)
    })?;
    let shellcheck = tools.python(PythonTool::SHELLCHECK)?;
    progress.step("shellcheck", || {
        passed(workspace.command(shellcheck).args(assemblies.iter().map(|assembly| assembly.join("deploy.sh"))))
    })?;
    let node_modules = tools.npm()?;
    let mut machines = write_machines(&templates)?;
    progress.step("asl-validator", || {
        let mut validator = workspace.command(node_modules.join(".bin/asl-validator"));
        for machine in &machines {
            validator.arg("--json-path").arg(machine);
        }
        passed(&mut validator)
    })?;
    progress.step("expressions of state machines", || {
        machines.extend(machines_of_every_feature_set(workspace)?);
        let mut evaluation = workspace.command("node");
        evaluation.arg("xtask/tools/states/evaluate.cjs").arg(RECORDED_STATES).args(&machines);
        passed(evaluation.env("NODE_PATH", &node_modules))
    })?;
    progress.step("cloud assembly schema", || {
        let mut loader = workspace.command("node");
        loader.arg(workspace.path("xtask/tools/load-assembly.cjs")).args(&assemblies).args(&examples);
        passed(loader.env("NODE_PATH", &node_modules))
    })
}

/// Synthesizes the configuration with every part of the platform and returns its templates.
pub(crate) fn everything(workspace: &Workspace) -> miette::Result<Vec<PathBuf>> {
    workspace.build_programs()?;
    let (name, configuration, sets) = EVERYTHING;
    files(&[synth(workspace, name, configuration, sets)?], ".template.json")
}

/// The state machines of each combination of the switches that they depend on.
fn machines_of_every_feature_set(workspace: &Workspace) -> miette::Result<Vec<PathBuf>> {
    let mut assemblies = Vec::new();
    for combination in 0..1_u8 << SWITCHES.len() {
        let is_on = |index: usize| combination >> index & 1 == 1;
        let sets: Vec<String> =
            SWITCHES.iter().enumerate().map(|(index, switch)| format!("{switch}={}", is_on(index))).collect();
        assemblies.push(synth(workspace, &format!("features-{combination}"), "stack.toml", &sets)?);
    }
    write_machines(&files(&assemblies, ".template.json")?)
}

/// Writes one configuration's cloud assembly below the build directory.
fn synth(workspace: &Workspace, name: &str, configuration: &str, sets: &[impl AsRef<str>]) -> miette::Result<PathBuf> {
    let out = workspace.target().join("xtask").join(name);
    if out.exists() {
        fs_err::remove_dir_all(&out).into_diagnostic()?;
    }
    let mut synth = workspace.command(workspace.target().join("debug/vod"));
    synth.args(["synth", "--quiet", "--config", configuration, "--out"]).arg(&out);
    for set in sets {
        synth.args(["--set", set.as_ref()]);
    }
    // The configuration is the file's alone: `VOD_…` variables are a layer above it.
    run(synth.env_clear())?;
    Ok(out)
}

/// The files of the assemblies whose names end so, sorted.
fn files(assemblies: &[PathBuf], suffix: &str) -> miette::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for assembly in assemblies {
        for entry in fs_err::read_dir(assembly).into_diagnostic()? {
            let path = entry.into_diagnostic()?.path();
            if path.to_string_lossy().ends_with(suffix) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Writes every state machine of the templates to a file of its own, beside its template.
fn write_machines(templates: &[PathBuf]) -> miette::Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for template in templates {
        for (logical_id, definition) in machines(&Template::read(template)?)? {
            let path = template.with_file_name(format!("{logical_id}.asl.json"));
            fs_err::write(&path, definition).into_diagnostic()?;
            written.push(path);
        }
    }
    if written.is_empty() {
        return Err(miette!("the templates hold no state machine"));
    }
    Ok(written)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StateMachine {
    definition_string: Text,
}

/// The state machines of a template as CloudFormation would create them, by logical id.
fn machines(template: &Template) -> miette::Result<Vec<(String, String)>> {
    let machines = template.of_type::<StateMachine>("AWS::StepFunctions::StateMachine")?;
    Ok(machines.into_iter().map(|(id, machine)| (id.to_owned(), substitute(&machine.definition_string))).collect())
}

/// Fills in the references of a text with values of the right shape.
fn substitute(text: &Text) -> String {
    let Ok(filled) = text.filled(|reference| {
        Ok::<_, Infallible>(match (reference, reference.strip_suffix(".Arn")) {
            ("AWS::Partition", _) => "aws".to_owned(),
            ("AWS::Region", _) => "us-east-1".to_owned(),
            ("AWS::AccountId", _) => "123456789012".to_owned(),
            (_, Some(resource)) => format!("arn:aws:lambda:us-east-1:123456789012:function:{resource}"),
            (name, None) => name.to_owned(),
        })
    });
    filled
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_get_values_of_their_shape() {
        for (text, expected) in [
            ("plain", "plain"),
            ("arn:${AWS::Partition}:states:::lambda:invoke", "arn:aws:states:::lambda:invoke"),
            ("${Encode.Arn}:x", "arn:aws:lambda:us-east-1:123456789012:function:Encode:x"),
            ("${Table}", "Table"),
            ("${!Literal}", "${Literal}"),
        ] {
            assert_eq!(substitute(&Text(text.to_owned())), expected);
        }
    }

    #[test]
    fn machines_are_found_by_type() {
        let template = json!({"Resources": {
            "Topic": {"Type": "AWS::SNS::Topic"},
            "Ingest": {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"DefinitionString": {"Fn::Sub": "{\"a\":\"${T}\"}"}}},
        }});
        assert_eq!(
            machines(&serde_json::from_value(template).unwrap()).unwrap(),
            [("Ingest".to_owned(), "{\"a\":\"T\"}".to_owned())]
        );
    }
}
