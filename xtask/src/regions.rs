//! `cargo xtask regions`: the table of regions, `crates/config/src/regions.json`, from the data of pinned packages.
//!
//! Which services a region has is in botocore's `endpoints.json`, its name in `partitions.json`; which resource types
//! CloudFormation has there, in the schemas that cfn-lint carries; whether an account has to enable it, in the CDK's
//! `@aws-cdk/region-info`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic as _, WrapErr as _, bail, miette};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::codegen::{Mode, listed_types};
use crate::tools::Tools;
use crate::workspace::Workspace;

/// The table, relative to the root.
const TABLE: &str = "crates/config/src/regions.json";

/// The services that not every region has, as botocore names them.
const SERVICES: [&str; 2] = ["mediaconvert", "mediapackage-vod"];

/// The service that a region has to have before its resource types matter.
const ENCODER: &str = "mediaconvert";

/// The npm package that knows which regions are opt-in.
const REGION_INFO: &str = "@aws-cdk/region-info";

/// Writes the table, or checks that it is what would be written.
///
/// # Errors
/// When the packages do not have the data where it was, or in [`Mode::Check`] the table differs.
pub(crate) fn run(workspace: &Workspace, mode: Mode) -> miette::Result<()> {
    let text = Sources::find(workspace)?.table()?;
    let path = workspace.path(TABLE);
    if fs_err::read_to_string(&path).is_ok_and(|found| found == text) {
        return Ok(());
    }
    match mode {
        Mode::Write => fs_err::write(path, text).into_diagnostic(),
        Mode::Check => bail!(
            help = "run `cargo xtask regions` and commit what it writes",
            "{TABLE} is not what the pinned packages say"
        ),
    }
}

/// What the packages say.
struct Sources {
    versions: Value,
    partitions: Value,
    endpoints: Value,
    /// The directory of cfn-lint's indices, one a region.
    providers: PathBuf,
    access: BTreeMap<String, String>,
    types: Vec<String>,
}

impl Sources {
    fn find(workspace: &Workspace) -> miette::Result<Self> {
        let tools = Tools::new(workspace);
        let packages = tools.cfn_lint_packages()?;
        let modules = tools.npm()?;
        let info: Value = read(&modules.join(REGION_INFO).join("package.json"))?;
        let access = workspace
            .command("node")
            .arg(workspace.path("xtask/tools/regions.cjs"))
            .env("NODE_PATH", &modules)
            .output()
            .into_diagnostic()?;
        if !access.status.success() {
            bail!("regions.cjs: {}", String::from_utf8_lossy(&access.stderr));
        }
        let versions = json!({
            "botocore": tools.version_of("botocore")?,
            "cfn-lint": tools.version_of("cfn-lint")?,
            REGION_INFO: info["version"],
        });
        Ok(Self {
            versions,
            partitions: read(&packages.join("botocore/data/partitions.json"))?,
            endpoints: read(&packages.join("botocore/data/endpoints.json"))?,
            providers: packages.join("cfnlint/data/schemas/providers"),
            access: serde_json::from_slice(&access.stdout).into_diagnostic()?,
            types: listed_types(&workspace.path(""))?,
        })
    }

    /// The table's text: a line a region, sorted by code.
    fn table(&self) -> miette::Result<String> {
        let mut regions = BTreeMap::new();
        for partition in items(&self.partitions["partitions"]) {
            let id = partition["id"].as_str().ok_or_else(|| miette!("a partition has no id"))?;
            for (code, region) in partition["regions"].as_object().into_iter().flatten() {
                // `aws-global` and the like are endpoints, not regions.
                if !code.ends_with("-global") {
                    regions.insert(code.as_str(), self.facts(id, code, &region["description"])?);
                }
            }
        }
        let mut text = format!("{{\n  \"sources\": {},\n  \"regions\": [\n", self.versions);
        let lines: Vec<String> = regions.values().map(|facts| format!("    {facts}")).collect();
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{}\n  ]\n}}\n", lines.join(",\n"));
        Ok(text)
    }

    fn facts(&self, partition: &str, code: &str, name: &Value) -> miette::Result<Value> {
        let services: Vec<&str> =
            SERVICES.into_iter().filter(|service| self.has_endpoint(partition, service, code)).collect();
        // AWS enables no region that is newer than the CDK's list by itself
        // (https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html).
        let access = self.access.get(code).map_or("opt-in", String::as_str);
        let mut facts = json!({
            "code": code, "name": name, "partition": partition, "access": access, "services": services,
        });
        if services.contains(&ENCODER) {
            let index: BTreeMap<String, Value> = read(&self.providers.join(format!("{code}.json")))?;
            let missing: Vec<&String> = self.types.iter().filter(|name| !index.contains_key(*name)).collect();
            if !missing.is_empty() {
                facts["missingTypes"] = json!(missing);
            }
        }
        Ok(facts)
    }

    fn has_endpoint(&self, partition: &str, service: &str, code: &str) -> bool {
        items(&self.endpoints["partitions"])
            .filter(|candidate| candidate["partition"] == partition)
            .any(|candidate| candidate["services"][service]["endpoints"].get(code).is_some())
    }
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn read<T: DeserializeOwned>(path: &Path) -> miette::Result<T> {
    let text = fs_err::read_to_string(path).into_diagnostic()?;
    serde_json::from_str(&text).into_diagnostic().wrap_err_with(|| path.display().to_string())
}
