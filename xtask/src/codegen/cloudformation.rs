//! `synth`'s resource types, from CloudFormation registry schemas.
//!
//! `synth/schema/types.txt` lists the types; [`import`] strips their schemas into `synth/schema/`; [`generate`] reads
//! those and makes one module a service.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use miette::{Result, WrapErr as _};

mod bounds;
pub(crate) mod import;
mod model;
mod names;
mod render;
pub(crate) mod schema;

use model::Resource;
use schema::Document;

use crate::workspace::read_json;

/// The generated sources of `synth`, with their paths.
pub(super) fn generate(root: &Path) -> Result<Vec<(PathBuf, String)>> {
    let mut services: BTreeMap<String, Vec<Resource>> = BTreeMap::new();
    for type_name in schema::listed_types(root)? {
        let document: Document = read_json(&schema::path(root, &type_name))
            .wrap_err("a listed type has no schema: `cargo xtask import-schemas DIR` fetches it")?;
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
