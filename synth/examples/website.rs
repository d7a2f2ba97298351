//! A website: a private bucket, and CloudFront in front of it, which alone may read it.
//!
//! `cargo run -p synth --example website` writes it to `cdk.out`.

use std::env;
use std::error::Error;

use synth::aws::cloudfront::{self, distribution, origin_access_control as access};
use synth::constructs::{Bucket, BucketProps};
use synth::iam::{Action, Condition, Principal, Statement};
use synth::{App, Arn, Output, sub};

const READ: [Action; 1] = [Action::new("s3:GetObject")];

/// The managed policy `CachingOptimized`
/// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html>).
const CACHING_OPTIMIZED: &str = "658327ea-f89d-4fab-a63d-7e88639e58f6";

pub(crate) fn app() -> App {
    let mut app = App::default();
    let mut stack = app.stack("website");
    stack.stack().set_description("A website.");
    let pages = Bucket::new(&mut stack, "Pages", BucketProps::default());

    let access = access::OriginAccessControlConfig::new(
        "website",
        access::OriginAccessControlConfigOriginAccessControlOriginType::S3,
        access::OriginAccessControlConfigSigningBehavior::Always,
        access::OriginAccessControlConfigSigningProtocol::Sigv4,
    );
    let access = stack.add("Access", cloudfront::OriginAccessControl::new(access));
    let origin = distribution::Origin::new(pages.handle().regional_domain_name(), "pages")
        .origin_access_control_id(access.reference::<String>())
        .s3_origin_config(distribution::S3OriginConfig::new().origin_access_identity(""));
    let https = distribution::DefaultCacheBehaviorViewerProtocolPolicy::RedirectToHttps;
    let behavior =
        distribution::DefaultCacheBehavior::new("pages", https).cache_policy_id(CACHING_OPTIMIZED).compress(true);
    let config = distribution::DistributionConfig::new(behavior, true)
        .origins([origin])
        .default_root_object("index.html")
        .http_version(distribution::DistributionConfigHttpVersion::Http2and3);
    let distribution = stack.add("Distribution", cloudfront::Distribution::new(config));

    let id = distribution.reference::<String>();
    let arn = Arn::build("cloudfront").global().resource(sub!["distribution/", &id]);
    let read = Statement::allow(READ, [pages.objects("*")])
        .principal(Principal::Service("cloudfront.amazonaws.com"))
        .when(Condition::string_equals("aws:SourceArn", arn));
    pages.allow(&mut stack, read);

    for (name, description, value) in [
        ("Bucket", "Where the pages go.", pages.name().clone()),
        ("Address", "Where the website is.", sub!["https://", distribution.domain_name(), "/"]),
    ] {
        stack.stack().output(name, Output { description: description.to_owned(), value, export: None });
    }
    app
}

#[allow(dead_code, reason = "the tests include this file for its app")]
fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).unwrap_or("cdk.out".to_owned());
    app().synth()?.write(folder)?;
    Ok(())
}
