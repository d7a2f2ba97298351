//! `synth`'s resource types, from CloudFormation registry schemas.
//!
//! `synth/schema/types.txt` lists the types; [`import`] strips their schemas into `synth/schema/`; [`generate`] reads
//! those and makes one module a service.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic, Result, WrapErr, miette};

mod bounds;
pub(crate) mod import;
mod model;
mod names;
mod read_only;
mod render;
mod schema;

use model::Resource;
use schema::Document;

/// The generated sources of `synth`, with their paths.
pub(super) fn generate(root: &Path) -> Result<Vec<(PathBuf, String)>> {
    let mut services: BTreeMap<String, Vec<Resource>> = BTreeMap::new();
    for type_name in listed_types(root)? {
        let path = schema_path(root, &type_name);
        let text = fs_err::read_to_string(&path)
            .into_diagnostic()
            .wrap_err("a listed type has no schema: `cargo xtask import-schemas DIR` fetches it")?;
        let document: Document = serde_json::from_str(&text).into_diagnostic().wrap_err(path.display().to_string())?;
        let resource = Resource::build(document).wrap_err(type_name)?;
        services.entry(resource.service.clone()).or_default().push(resource);
    }
    let directory = root.join("synth/src/generated");
    let mut files = vec![(directory.join("mod.rs"), render::index(&services)?)];
    for (service, resources) in &services {
        files.push((directory.join(format!("{}.rs", names::module(service))), render::service(service, resources)?));
    }
    Ok(files)
}

/// The resource types to generate, in the list's order.
pub(crate) fn listed_types(root: &Path) -> Result<Vec<String>> {
    let path = root.join("synth/schema/types.txt");
    let text = fs_err::read_to_string(path).into_diagnostic()?;
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| match line.split("::").count() {
            3 => Ok(line.to_owned()),
            _ => Err(miette!("`{line}` in types.txt is not a resource type like `AWS::S3::Bucket`")),
        })
        .collect()
}

/// Where a type's stripped schema is: `synth/schema/aws-s3-bucket.json`.
fn schema_path(root: &Path, type_name: &str) -> PathBuf {
    root.join("synth/schema").join(format!("{}.json", type_name.replace("::", "-").to_lowercase()))
}
