//! What the program adds to the platform, and that it leaves the rest as it is.

use stacks::artifacts::Artifacts;
use stacks::config::{self, File, Input};

#[test]
fn the_platform_is_as_it_was_and_what_is_added_is_reviewed() {
    let file = Some(File { path: "stack.toml".into(), text: include_str!("../stack.toml").to_owned() });
    let config = config::load(&Input { file, ..Input::default() }).unwrap();
    let artifacts = Artifacts::of_this_build();
    let plain = stacks::build(&config, &artifacts).unwrap().app.synth().unwrap();
    let extended = extended_platform::assembly(&config, &artifacts).unwrap();
    let mut added = extended.stack("extended").unwrap().template.clone();
    for (id, resource) in &plain.stack("extended").unwrap().template.resources {
        assert_eq!(added.resources.shift_remove(id).as_ref(), Some(resource), "{id}");
    }
    insta::assert_json_snapshot!(added.resources);
    assert!(extended.files().any(|(name, _)| name == "deploy.sh"));
}
