//! `cargo xtask regions`: the table of regions, `crates/config/src/regions.json`, from the data of pinned packages.
//!
//! Which services a region has is in botocore's `endpoints.json`, its name in `partitions.json`; which resource types
//! CloudFormation has there, in the schemas that cfn-lint carries; whether an account has to enable it, in the CDK's
//! `@aws-cdk/region-info`.

use std::collections::BTreeMap;

use miette::{IntoDiagnostic as _, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::arguments::Mode;
use crate::codegen::listed_types;
use crate::tools::{PythonTool, Tools};
use crate::workspace::{Workspace, read_json};

const TABLE: &str = "crates/config/src/regions.json";

/// The services that not every region has, as botocore names them.
const SERVICES: [&str; 2] = ["mediaconvert", "mediapackage-vod"];

/// The service that a region has to have before its resource types matter.
const ENCODER: &str = "mediaconvert";

/// The npm package that knows which regions are opt-in.
const REGION_INFO: &str = "@aws-cdk/region-info";

/// Writes the table, or checks that it is what would be written.
pub(crate) fn run(workspace: &Workspace, mode: Mode) -> miette::Result<()> {
    let text = table(workspace)?;
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

/// The table, as it is written and as `cargo xtask docs` reads it.
#[derive(Deserialize)]
pub(crate) struct Table {
    pub(crate) regions: Vec<Region>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Region {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) partition: String,
    pub(crate) access: String,
    pub(crate) services: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) missing_types: Vec<String>,
}

impl Table {
    pub(crate) fn read(workspace: &Workspace) -> miette::Result<Self> {
        read_json(&workspace.path(TABLE))
    }
}

#[derive(Deserialize)]
struct Partitions<T> {
    partitions: Vec<T>,
}

#[derive(Deserialize)]
struct Partition {
    id: String,
    regions: BTreeMap<String, Description>,
}

#[derive(Deserialize)]
struct Description {
    description: String,
}

#[derive(Deserialize)]
struct PartitionEndpoints {
    partition: String,
    services: BTreeMap<String, ServiceEndpoints>,
}

#[derive(Deserialize)]
struct ServiceEndpoints {
    #[serde(default)]
    endpoints: Map<String, Value>,
}

#[derive(Deserialize)]
struct NpmPackage {
    version: String,
}

/// The table's text from what the packages say: a line a region, sorted by code.
fn table(workspace: &Workspace) -> miette::Result<String> {
    let tools = Tools::new(workspace);
    let packages = tools.packages(PythonTool::CFN_LINT)?;
    let modules = tools.npm()?;
    let script = workspace.path("xtask/tools/regions.cjs");
    let access = workspace.command("node").arg(script).env("NODE_PATH", &modules).output().into_diagnostic()?;
    if !access.status.success() {
        bail!("regions.cjs: {}", String::from_utf8_lossy(&access.stderr));
    }
    let access: BTreeMap<String, String> = serde_json::from_slice(&access.stdout).into_diagnostic()?;
    let types = listed_types(&workspace.path(""))?;
    let Partitions::<Partition> { partitions } = read_json(&packages.join("botocore/data/partitions.json"))?;
    let Partitions::<PartitionEndpoints> { partitions: endpoints } =
        read_json(&packages.join("botocore/data/endpoints.json"))?;
    let mut regions = BTreeMap::new();
    for Partition { id, regions: described } in partitions {
        let services = endpoints.iter().filter(|candidate| candidate.partition == id);
        let services: Vec<_> = services.flat_map(|partition| &partition.services).collect();
        // `aws-global` and the like are endpoints, not regions.
        for (code, description) in described.into_iter().filter(|(code, _)| !code.ends_with("-global")) {
            let has = |wanted: &&str| {
                services.iter().any(|(name, service)| *name == *wanted && service.endpoints.contains_key(&code))
            };
            let services: Vec<String> = SERVICES.into_iter().filter(has).map(str::to_owned).collect();
            let mut missing_types = Vec::new();
            if services.iter().any(|service| service == ENCODER) {
                let index = packages.join(format!("cfnlint/data/schemas/providers/{code}.json"));
                let index: Map<String, Value> = read_json(&index)?;
                missing_types.extend(types.iter().filter(|name| !index.contains_key(*name)).cloned());
            }
            // AWS enables no region that is newer than the CDK's list by itself
            // (https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html).
            let access = access.get(&code).map_or("opt-in", String::as_str).to_owned();
            let (name, partition) = (description.description, id.clone());
            let region = Region { code: code.clone(), name, partition, access, services, missing_types };
            regions.insert(code, serde_json::to_string(&region).into_diagnostic()?);
        }
    }
    let NpmPackage { version } = read_json(&modules.join(REGION_INFO).join("package.json"))?;
    let (botocore, cfn_lint) = (tools.version_of("botocore")?, tools.version_of("cfn-lint")?);
    let sources = json!({ "botocore": botocore, "cfn-lint": cfn_lint, REGION_INFO: version });
    let lines: Vec<String> = regions.values().map(|region| format!("    {region}")).collect();
    Ok(format!("{{\n  \"sources\": {sources},\n  \"regions\": [\n{}\n  ]\n}}\n", lines.join(",\n")))
}
