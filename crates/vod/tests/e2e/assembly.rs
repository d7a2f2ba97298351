//! The cloud assembly that `vod synth` writes, and its main stack's template.

use std::collections::BTreeSet;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use pipeline::custom_resource::Kind;
use serde_json::{Map, Value};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::e2e::emulator::{ACCOUNT, Emulator, REGION, setting};

/// The configurations that are deployed.
#[derive(Clone, Copy)]
pub(crate) enum Configuration {
    /// What a clone comes with.
    Default,
    /// Every part of the platform.
    Everything,
    /// The default one with these changes, as `--set` takes them.
    Set(&'static [&'static str]),
}

impl Configuration {
    fn file(self) -> PathBuf {
        let file = match self {
            Self::Default | Self::Set(_) => "stack.toml",
            Self::Everything => "stacks/config/everything.toml",
        };
        testing::checkout().join(file)
    }
}

/// A cloud assembly in a directory of its own.
pub(crate) struct Assembly {
    directory: TempDir,
}

impl Assembly {
    /// Runs `vod synth` as a user would.
    pub(crate) fn synth(configuration: Configuration) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut synth = Command::new(env!("CARGO_BIN_EXE_vod"));
        synth.args(["synth", "--quiet", "--config"]).arg(configuration.file());
        // The configuration is the file's alone: `VOD_…` variables are a layer above it.
        if let Configuration::Set(changes) = configuration {
            synth.args(changes.iter().flat_map(|change| ["--set", change]));
        }
        synth.arg("--out").arg(directory.path().join("cdk.out")).env_clear();
        let output = synth.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self { directory }
    }

    /// The assembly's directory, and below it `cdk.out`.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Puts the functions' code where the assembly's asset manifests expect files that are not there.
    pub(crate) fn package(&self) {
        let out = self.directory.path().join("cdk.out");
        let manifest = read_json(&out.join("manifest.json"));
        for artifact in manifest["artifacts"].as_object().unwrap().values() {
            if artifact["type"] == "cdk:asset-manifest" {
                let assets = read_json(&out.join(artifact["properties"]["file"].as_str().unwrap()));
                for file in assets["files"].as_object().unwrap().values() {
                    let path = out.join(file["source"]["path"].as_str().unwrap());
                    if !path.exists() {
                        fs_err::write(path, &*BOOTSTRAP).unwrap();
                    }
                }
            }
        }
    }

    /// The template of the stack that holds the functions, and those of the stacks that it takes parameters from.
    pub(crate) fn templates(&self) -> (Template, Vec<Template>) {
        let out = self.directory.path().join("cdk.out");
        let manifest = read_json(&out.join("manifest.json"));
        let artifacts = manifest["artifacts"].as_object().unwrap().values();
        let stacks = artifacts.filter(|artifact| artifact["type"] == "aws:cloudformation:stack");
        let files = stacks.map(|stack| out.join(stack["properties"]["templateFile"].as_str().unwrap()));
        let templates = files.map(|file| Template { json: read_json(&file) });
        let (mut main, others): (Vec<_>, Vec<_>) =
            templates.partition(|template| template.of_type("AWS::Lambda::Function").next().is_some());
        (main.remove(0), others)
    }
}

/// A CloudFormation template.
#[derive(Clone)]
pub(crate) struct Template {
    json: Value,
}

impl Template {
    /// The resources of one type, by logical id.
    pub(crate) fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.resources().iter().filter(move |(_, resource)| resource["Type"] == kind)
    }

    /// The logical ids of the job templates.
    pub(crate) fn job_templates(&self) -> Vec<String> {
        self.of_type(Kind::JobTemplate.into_str()).map(|(logical_id, _)| logical_id.clone()).collect()
    }

    /// The logical id of the function that answers custom resources.
    pub(crate) fn custom_resource_function(&self) -> String {
        let (_, resource) = self.of_type(Kind::JobTemplate.into_str()).next().unwrap();
        resource["Properties"]["ServiceToken"]["Fn::GetAtt"][0].as_str().unwrap().to_owned()
    }

    /// The logical ids of the resources that outlive the stack.
    pub(crate) fn retained(&self) -> Vec<&str> {
        let retained = self.resources().iter().filter(|(_, resource)| {
            resource["DeletionPolicy"].as_str().is_some_and(|policy| policy.starts_with("Retain"))
        });
        retained.map(|(logical_id, _)| logical_id.as_str()).collect()
    }

    /// The same template with another bitrate in one job template.
    pub(crate) fn with_other_ladder(&self, logical_id: &str, bitrate: u32) -> Self {
        let mut changed = self.clone();
        let settings = &mut changed.json["Resources"][logical_id]["Properties"]["Settings"];
        let text = if settings.is_object() { &mut settings["Fn::Sub"] } else { settings };
        let mut job: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
        assert!(set_first(&mut job, "MaxBitrate", &bitrate.into()), "{logical_id} has no MaxBitrate");
        *text = job.to_string().into();
        changed
    }

    /// Puts the template into the emulator's S3, and `bootstrap` wherever a function looks for its code.
    pub(crate) fn upload(&self, emulator: &Emulator) -> String {
        let functions = self.of_type("AWS::Lambda::Function").map(|(_, function)| &function["Properties"]["Code"]);
        let places = functions.map(|code| (literal(&code["S3Bucket"]), literal(&code["S3Key"])));
        for (bucket, key) in places.collect::<BTreeSet<_>>() {
            emulator.put_object(&bucket, &key, &BOOTSTRAP);
        }
        emulator.put_object("templates", "template.json", self.json.to_string().as_bytes());
        format!("{}/templates/template.json", emulator.url())
    }

    fn resources(&self) -> &Map<String, Value> {
        self.json["Resources"].as_object().unwrap()
    }
}

/// Sets the first member of this name, at whatever depth; says whether there was one.
fn set_first(json: &mut Value, name: &str, value: &Value) -> bool {
    match json {
        Value::Object(members) => {
            if let Some(member) = members.get_mut(name) {
                value.clone_into(member);
                return true;
            }
            members.values_mut().any(|member| set_first(member, name, value))
        }
        Value::Array(items) => items.iter_mut().any(|item| set_first(item, name, value)),
        _ => false,
    }
}

/// A string, or an `Fn::Sub` of account and region.
fn literal(value: &Value) -> String {
    let text = value.as_str().or_else(|| value["Fn::Sub"].as_str()).unwrap_or_else(|| panic!("no literal: {value}"));
    text.replace("${AWS::AccountId}", ACCOUNT).replace("${AWS::Region}", REGION)
}

/// The zip that Lambda runs, with the `bootstrap` that was built for this test.
static BOOTSTRAP: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().unix_permissions(0o755).compression_method(CompressionMethod::Stored);
    zip.start_file("bootstrap", options).unwrap();
    let binary: PathBuf = setting("E2E_BOOTSTRAP");
    zip.write_all(&fs_err::read(binary).unwrap()).unwrap();
    zip.finish().unwrap().into_inner()
});

fn read_json(path: &Path) -> Value {
    serde_json::from_str(&fs_err::read_to_string(path).unwrap()).unwrap()
}
