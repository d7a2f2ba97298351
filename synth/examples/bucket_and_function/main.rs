//! A bucket, and a function that gets an event for each upload and prints its size.
//!
//! `cargo run -p synth --example bucket_and_function` writes it to `cdk.out`.

use std::env;
use std::error::Error;

use serde_json::json;
use synth::assets::AssetBucket;
use synth::aws::lambda::function::Runtime;
use synth::aws::s3::{self, bucket};
use synth::constructs::{Bucket, BucketProps, Code, Function, FunctionProps, Rule, RuleProps, TargetProps};
use synth::{App, Json, Output};

pub(crate) fn app() -> Result<App, Box<dyn Error>> {
    let mut app = App::new(AssetBucket::bootstrap("hnb659fds"));
    let mut stack = app.stack("bucket-and-function");
    stack.stack().set_description("Prints the size of each upload.");

    let events = bucket::NotificationConfiguration::new()
        .event_bridge_configuration(bucket::EventBridgeConfiguration::new(true));
    let properties = s3::Bucket::new().notification_configuration(events);
    let uploads = Bucket::new(&mut stack, "Uploads", BucketProps::default().properties(properties));

    let code = Code::folder(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/bucket_and_function/code"))?;
    let measure = FunctionProps::new(code).runtime(Runtime::Python3_13).handler("measure.handler".to_owned());
    let measure = Function::new(&mut stack, "Measure", measure.environment("BUCKET", uploads.name()));
    uploads.grant_read(&mut stack, &measure);

    let pattern = Json::object([
        ("source", Json::from(json!(["aws.s3"]))),
        ("detail-type", json!(["Object Created"]).into()),
        ("detail", Json::object([("bucket", Json::object([("name", Json::list([uploads.name()]))]))])),
    ]);
    let uploaded = Rule::new(&mut stack, "Uploaded", RuleProps::new(pattern).description("Measures each upload."));
    uploaded.add_target(&mut stack, &measure, TargetProps::default());

    let description = "Where to upload.".to_owned();
    stack.stack().output("Bucket", Output { description, value: uploads.name().clone(), export: None });
    Ok(app)
}

#[allow(dead_code, reason = "the tests include this file for its app")]
fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).unwrap_or("cdk.out".to_owned());
    app()?.synth()?.write(folder)?;
    Ok(())
}
