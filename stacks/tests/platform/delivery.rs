//! What viewers' browsers meet.

use config::{self, Config, Input};
use serde_json::Value;
use stacks::artifacts::Artifacts;

use testing::configuration;

/// The properties of the one resource of a type in the deployment's main stack.
fn only(config: &Config, kind: &str) -> Value {
    let assembly = stacks::build(config, &Artifacts::of_this_build()).unwrap().app.synth().unwrap();
    let template: Value = serde_json::from_str(assembly.template(config.name.as_str()).unwrap()).unwrap();
    let resources = template["Resources"].as_object().unwrap().values();
    let found: Vec<&Value> = resources.filter(|resource| resource["Type"] == kind).collect();
    let [only] = found.as_slice() else { panic!("{} of {kind}", found.len()) };
    only["Properties"].clone()
}

/// A preflight reaches the origin with what the origin answers it by, and its answer, which is one site's, is not kept.
#[test]
fn preflights_reach_the_origins() {
    for (file, origins) in [(None, 1), (Some("everything.toml"), 2)] {
        let distribution = only(&configuration(file), "AWS::CloudFront::Distribution");
        let config = &distribution["DistributionConfig"];
        let behaviors: Vec<&Value> = std::iter::once(&config["DefaultCacheBehavior"])
            .chain(config["CacheBehaviors"].as_array().into_iter().flatten())
            .collect();
        assert_eq!(behaviors.len(), origins);
        for behavior in behaviors {
            // The managed policy CORS-S3Origin.
            assert_eq!(behavior["OriginRequestPolicyId"], "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf", "{behavior}");
            let has = |list: &str| behavior[list].as_array().unwrap().iter().any(|method| method == "OPTIONS");
            assert!(has("AllowedMethods") && !has("CachedMethods"), "{behavior}");
        }
    }
}

/// Browsers are asked to remember https for the host of the videos, and for its subdomains only if somebody says so.
#[test]
fn subdomains_keep_plain_http_unless_they_are_meant() {
    let certificate = "arn:aws:acm:us-east-1:123456789012:certificate/1234";
    let alias =
        ["distribution.alias=video.example.com".to_owned(), format!("distribution.certificate_arn={certificate}")];
    for (hsts, subdomains) in
        [(None, Some(false)), (Some("host"), Some(false)), (Some("subdomains"), Some(true)), (Some("none"), None)]
    {
        let mut sets = alias.to_vec();
        sets.extend(hsts.map(|hsts| format!("distribution.hsts={hsts}")));
        let config = config::load(&Input { file: None, variables: Vec::new(), sets }).unwrap();
        let policy = only(&config, "AWS::CloudFront::ResponseHeadersPolicy");
        let transport = &policy["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]["StrictTransportSecurity"];
        assert_eq!(transport["IncludeSubdomains"].as_bool(), subdomains, "{hsts:?}: {transport}");
    }
}
