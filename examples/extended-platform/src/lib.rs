//! The platform of a `stack.toml`, and what this program adds to it: a bucket of reports, and a function that writes one for
//! each finished video.

use std::error::Error;

use stacks::artifacts::Artifacts;
use stacks::config::Config;
use stacks::{Platform, scripts};
use synth::aws::lambda::function::Runtime;
use synth::constructs::{Bucket, BucketProps, Code, Function, FunctionProps};
use synth::{CloudAssembly, Output, RemovalPolicy};

/// Builds the platform of a configuration and adds to it.
///
/// # Errors
/// When the platform cannot be built, or the function's code is missing.
pub fn assembly(config: &Config, artifacts: &Artifacts) -> Result<CloudAssembly, Box<dyn Error>> {
    let Platform { mut app, parts, .. } = stacks::build(config, artifacts)?;
    let mut stack = app.scope(config.name.as_str()).ok_or("the platform has a stack of its name")?;
    let mut scope = stack.child("Reports");

    let reports = Bucket::new(&mut scope, "Bucket", BucketProps::default().removal(RemovalPolicy::Delete));
    let code = Code::folder(concat!(env!("CARGO_MANIFEST_DIR"), "/code"))?;
    let props = FunctionProps::new(code)
        .description("Writes a report about each finished video.")
        .runtime(Runtime::Python3_13)
        .handler("index.handler".to_owned())
        .environment("REPORTS", reports.name())
        .environment("OUTPUTS", parts.destination_bucket().name());
    let function = Function::new(&mut scope, "Function", props);
    reports.grant_write(&mut scope, &function);
    parts.destination_bucket().grant_list(&mut scope, &function);
    parts.topic().subscribe_function(&mut scope, "Messages", &function);

    let description = "Where the reports are.".to_owned();
    stack.stack().output("ReportBucket", Output { description, value: reports.name().clone(), export: None });

    let mut assembly = app.synth()?;
    scripts::add(&mut assembly, config)?;
    Ok(assembly)
}
