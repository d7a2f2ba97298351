//! Regions: what each has, and that deployments in several regions, or with names that begin alike, share nothing.

use std::collections::{BTreeMap, BTreeSet};

use config::region::{Access, RegionFacts};
use config::{self, Config, Input};
use serde_json::Value;
use stacks::artifacts::Artifacts;

/// A stack as it is written.
struct Written {
    name: String,
    region: String,
    template: Value,
}

impl Written {
    fn resources(&self, kind: &str) -> impl Iterator<Item = &Value> {
        let resources = self.template["Resources"].as_object().unwrap().values();
        resources.filter(move |resource| resource["Type"] == kind)
    }
}

fn configuration(sets: &[&str]) -> Config {
    let sets = sets.iter().map(ToString::to_string).collect();
    config::load(&Input { file: None, variables: Vec::new(), sets }).unwrap()
}

/// The stacks of a configuration, in the order in which they are built.
fn stacks(sets: &[&str]) -> Vec<Written> {
    let app = stacks::build(&configuration(sets), &Artifacts::of_this_build()).unwrap().app;
    let places: Vec<(String, String)> =
        app.stacks().map(|stack| (stack.name().to_owned(), stack.environment().region.clone().unwrap())).collect();
    let assembly = app.synth().unwrap();
    let written = |(name, region): (String, String)| {
        let template = serde_json::from_str(assembly.template(&name).unwrap()).unwrap();
        Written { name, region, template }
    };
    places.into_iter().map(written).collect()
}

/// Resource types whose names are the account's, whatever their region.
/// S3's are the world's; IAM and CloudFront are global services, and so are CloudWatch's dashboards.
const GLOBAL: [&str; 4] = ["AWS::IAM::", "AWS::S3::Bucket", "AWS::CloudFront::", "AWS::CloudWatch::Dashboard"];

/// The names that nothing else in an account may have: of the stacks, and of what is in them, by type and region.
fn names(stacks: &[Written]) -> BTreeSet<(String, String, String)> {
    let mut found = BTreeSet::new();
    for stack in stacks {
        found.insert(("stack".to_owned(), stack.region.clone(), stack.name.clone()));
        for resource in stack.template["Resources"].as_object().unwrap().values() {
            let kind = resource["Type"].as_str().unwrap();
            let place = if GLOBAL.iter().any(|global| kind.starts_with(global)) { "" } else { &stack.region };
            for name in own_names(kind, &resource["Properties"]) {
                let name = name.replace("${AWS::Region}", &stack.region);
                found.insert((kind.to_owned(), place.to_owned(), name));
            }
        }
    }
    found
}

/// The names and ids that a resource gives itself; a name that refers to another resource is that one's.
fn own_names(kind: &str, properties: &Value) -> Vec<String> {
    let own = kind.rsplit("::").next().unwrap();
    let is_name = |key: &str| key == "Name" || key == "Id" || key == "Url" || key == format!("{own}Name");
    let mut found = Vec::new();
    // CloudFront's types have theirs one level down: `CachePolicyConfig.Name`.
    let nested = properties.as_object().into_iter().flatten().filter(|(key, _)| key.ends_with("Config"));
    for object in std::iter::once(properties).chain(nested.map(|(_, value)| value)) {
        for (key, value) in object.as_object().into_iter().flatten().filter(|(key, _)| is_name(key)) {
            let text = value.as_str().or_else(|| value["Fn::Sub"].as_str());
            found.extend(text.map(str::to_owned).filter(|text| !text.is_empty() && !key.is_empty()));
        }
    }
    found
}

/// Everything that has a name of its own.
const EVERYTHING: [&str; 5] = [
    "distribution.waf=managed",
    "ci.repository=example/videos",
    "ci.provider=existing",
    "encoding.endpoint=discover",
    "admin_email=a@example.com",
];

fn everything(name: &str, region: &str) -> BTreeSet<(String, String, String)> {
    let (name, region) = (format!("name={name}"), format!("region={region}"));
    let mut sets = vec![name.as_str(), region.as_str()];
    sets.extend(EVERYTHING);
    if configuration(&sets).region.facts().packages() {
        sets.push("packaging.media_package=true");
    }
    names(&stacks(&sets))
}

#[test]
fn two_regions_of_one_name_share_no_name() {
    let regions = ["us-east-1", "eu-central-1", "eu-west-1", "me-central-1", "af-south-1"];
    let found: Vec<_> = regions.iter().map(|region| (region, everything("vod", region))).collect();
    for (index, (region, names)) in found.iter().enumerate() {
        assert!(names.len() > 50, "{region}: {names:?}");
        for (other, others) in &found[..index] {
            let shared: Vec<_> = names.intersection(others).collect();
            assert!(shared.is_empty(), "{region} and {other} share {shared:?}");
        }
    }
}

#[test]
fn deployments_whose_names_begin_alike_share_no_name() {
    let one = everything("vod", "eu-central-1");
    for name in ["vod-dev", "vod-edge", "vod-logs", "vod-eu", "vod-eu-central-1", "vod-published", "vod-encode"] {
        let shared: Vec<_> = one.intersection(&everything(name, "eu-central-1")).cloned().collect();
        assert!(shared.is_empty(), "{name}: {shared:?}");
    }
    // Whatever the longer name is: no name of a type is another one of it with something before it.
    let mut suffixes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (kind, _, name) in &one {
        suffixes.entry(kind).or_default().extend(name.strip_prefix("vod-"));
    }
    for (kind, suffixes) in suffixes.iter().filter(|(kind, _)| **kind != "stack") {
        for suffix in suffixes {
            let longer = suffixes.iter().find(|longer| longer.ends_with(&format!("-{suffix}")));
            assert_eq!(longer, None, "{kind} {suffix}");
        }
    }
}

#[test]
fn a_name_that_another_deployments_stack_would_have_is_refused() {
    for (name, refused) in [
        ("vod-ci", true),
        ("vod-edge-eu-west-1", true),
        ("vod-logs-af-south-1", true),
        ("vod-edge", false),
        ("vod-edge-new", false),
        ("ci", false),
        ("edge-eu-west-1", false),
    ] {
        let input = Input { sets: vec![format!("name={name}")], ..Input::default() };
        assert_eq!(config::load(&input).is_err(), refused, "{name}");
    }
}

#[test]
fn every_region_that_is_supported_has_every_resource_type() {
    for facts in RegionFacts::supported() {
        let region = format!("region={}", facts.code);
        let mut sets = vec![region.as_str()];
        sets.extend(EVERYTHING);
        if facts.packages() {
            sets.push("packaging.media_package=true");
        }
        if facts.has_type("AWS::MediaConvert::Queue") {
            sets.extend(["encoding.queue.name=videos", "encoding.queue.create=true"]);
        }
        for stack in stacks(&sets).iter().filter(|stack| stack.region == facts.code) {
            for resource in stack.template["Resources"].as_object().unwrap().values() {
                let kind = resource["Type"].as_str().unwrap();
                assert!(facts.has_type(kind), "{} has no {kind}", facts.code);
            }
        }
    }
}

#[test]
fn access_logs_are_delivered_in_every_region() {
    let mut opt_in = 0;
    for facts in RegionFacts::supported() {
        let stacks = stacks(&[&format!("region={}", facts.code)]);
        let [main, logs @ ..] = stacks.as_slice() else { panic!("{} has no stack", facts.code) };
        let distribution = &main.resources("AWS::CloudFront::Distribution").next().unwrap()["Properties"];
        let legacy = &distribution["DistributionConfig"]["Logging"];
        let buckets: Vec<_> = main.resources("AWS::S3::Bucket").collect();
        let lists = |bucket: &&&Value| bucket["Properties"]["OwnershipControls"].to_string().contains("Preferred");
        let policies: String = main.resources("AWS::S3::BucketPolicy").map(Value::to_string).collect();
        match facts.access {
            Access::Default => {
                assert!(legacy.is_object() && logs.is_empty(), "{}", facts.code);
                assert_eq!(buckets.iter().filter(lists).count(), 1, "{}", facts.code);
            }
            Access::OptIn => {
                opt_in += 1;
                assert!(legacy.is_null(), "{}: legacy logs do not go there", facts.code);
                assert_eq!(buckets.iter().filter(lists).count(), 0, "{}", facts.code);
                let [logs] = logs else { panic!("{} has no stack for its logs", facts.code) };
                assert_eq!(logs.region, "us-east-1", "deliveries of CloudFront are set up there");
                let source = &logs.resources("AWS::Logs::DeliverySource").next().unwrap()["Properties"];
                let name = source["Name"].as_str().unwrap();
                assert!(source["ResourceArn"].to_string().contains("${DistributionId}"), "{source}");
                assert!(policies.contains(&format!(":delivery-source:{name}")), "{policies}");
                assert!(policies.contains("delivery.logs.amazonaws.com"), "{policies}");
                for parameter in logs.template["Parameters"].as_object().unwrap().keys() {
                    assert!(main.template["Outputs"][parameter].is_object(), "nobody gives {parameter}");
                }
            }
        }
    }
    assert!(opt_in >= 4, "{opt_in}");
}

#[test]
fn names_of_log_deliveries_fit_for_the_longest_name() {
    let longest = format!("name={}", "v".repeat(40));
    let longest_region = RegionFacts::supported().max_by_key(|facts| facts.code.len()).unwrap();
    assert!(40 + 1 + longest_region.code.len() <= 60);
    stacks(&[&longest, "region=ap-southeast-4"]);
}
