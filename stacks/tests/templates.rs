//! Every synthesized template, whole, for each configuration that matters.
//!
//! The files `snapshots/<configuration>.snap.json` (and `…-edge.snap.json`) are the templates as `vod synth` writes them, but for the
//! fingerprint of the functions' code, which is given: it changes with every change to the functions.

use config::Config;
use stacks::artifacts::Artifacts;
use testing::configuration;

const FINGERPRINT: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn check(name: &str, config: &Config) {
    let artifacts = Artifacts { runtime: FINGERPRINT.parse().unwrap(), player: FINGERPRINT.parse().unwrap() };
    let platform = stacks::build(config, &artifacts).unwrap();
    let assembly = platform.app.synth().unwrap_or_else(|problems| panic!("{problems}"));
    insta::with_settings!({ snapshot_path => "../../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        for stack in assembly.stacks() {
            let suffix = stack.name.trim_start_matches(config.name.as_str());
            insta::assert_binary_snapshot!(&format!("{name}{suffix}.json"), stack.template_text.as_bytes().to_vec());
        }
        for (workflow, definition) in platform.workflows {
            insta::assert_snapshot!(format!("{name}-{}", workflow.into_str()), definition.mermaid());
        }
    });
}

#[test]
fn defaults() {
    check("default", &configuration(None));
}

#[test]
fn dev() {
    check("dev", &configuration(Some("dev.toml")));
}

#[test]
fn prod() {
    check("prod", &configuration(Some("prod.toml")));
}

#[test]
fn everything() {
    check("everything", &configuration(Some("everything.toml")));
}
