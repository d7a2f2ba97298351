//! The layers of the configuration, its examples and its schema.

use std::path::{Path, PathBuf};

use config::choice::RetentionDays;
use config::model::Templates;
use config::text::{AccountId, BucketName, CountryCode, Email, StackName};
use config::{Config, File, Input, load, schema};
use pipeline::settings::Architecture;
use proptest::prelude::*;

fn file(path: &Path) -> File {
    File { path: path.to_owned(), text: std::fs::read_to_string(path).expect("the file can be read") }
}

fn text(text: &str) -> File {
    File { path: PathBuf::from("stack.toml"), text: text.to_owned() }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn of_sets(sets: &[&str]) -> Config {
    load(&Input { sets: sets.iter().map(ToString::to_string).collect(), ..Input::default() })
        .expect("the options are right")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_starter_says_the_defaults() {
    let starter = load(&Input { file: Some(file(&root().join("stack.toml"))), ..Input::default() });
    assert_eq!(starter.unwrap(), Config::default());
}

#[test]
fn the_starter_with_every_comment_taken_away_is_still_a_configuration() {
    let starter = std::fs::read_to_string(root().join("stack.toml")).unwrap();
    let uncommented: Vec<&str> = starter
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|rest| is_setting(rest)).unwrap_or(line))
        // A folder that only the reader has.
        .filter(|line| !line.starts_with("templates ="))
        // An existing bucket needs no change elsewhere, because the starter archives nothing.
        .collect();
    let config = load(&Input { file: Some(text(&uncommented.join("\n"))), ..Input::default() }).unwrap();
    assert!(config.functions.vpc.is_some() && config.account.is_some() && config.encoding.queue.hop.len() == 1);
}

/// Whether a line of TOML sets a key or opens a table.
fn is_setting(line: &str) -> bool {
    let key = line.split_once(" = ").map_or(line, |(key, _)| key);
    line.starts_with('[') || (key != line && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
}

#[test]
fn the_starter_shows_every_key_of_the_schema() {
    let starter = std::fs::read_to_string(root().join("stack.toml")).unwrap();
    let schema = schema().to_value();
    let mut missing = Vec::new();
    let mut keys = 0;
    let tables = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    for key in tables.filter_map(|table| table["properties"].as_object()).flat_map(|properties| properties.keys()) {
        keys += 1;
        let shown = [format!("{key} = "), format!("[{key}]"), format!(".{key}]")];
        if !shown.iter().any(|text| starter.contains(text)) {
            missing.push(key);
        }
    }
    assert!(keys > 40, "{keys} keys: the schema has another shape than this test knows");
    assert!(missing.is_empty(), "not in stack.toml: {missing:?}");
}

#[test]
fn every_key_of_the_schema_is_described() {
    let schema = schema().to_value();
    for (name, table) in schema["$defs"].as_object().unwrap() {
        for (key, property) in table["properties"].as_object().into_iter().flatten() {
            assert!(property["description"].is_string(), "{name}.{key} has no description");
        }
    }
}

#[test]
fn the_examples_are_configurations() {
    for example in ["dev", "prod"] {
        let path = root().join("stacks/config").join(format!("{example}.toml"));
        let config = load(&Input { file: Some(file(&path)), ..Input::default() }).unwrap();
        assert_eq!(config.name.as_str(), format!("vod-{example}"));
    }
}

#[test]
fn a_later_layer_wins() {
    let mut input = Input { file: Some(text("name = \"from-file\"\nregion = \"eu-west-1\"")), ..Input::default() };
    assert_eq!(load(&input).unwrap().name.as_str(), "from-file");
    input.variables = pairs(&[("VOD_NAME", "from-variable"), ("HOME", "/"), ("VODKA", "no")]);
    assert_eq!(load(&input).unwrap().name.as_str(), "from-variable");
    input.sets = vec!["name=from-set".to_owned(), "name=from-last-set".to_owned()];
    let config = load(&input).unwrap();
    assert_eq!((config.name.as_str(), config.region.as_str()), ("from-last-set", "eu-west-1"));
}

#[test]
fn tables_are_joined_and_lists_are_replaced() {
    let config = load(&Input {
        file: Some(text("tags = { A = \"1\", B = \"2\" }\ndistribution.geo.allow = [\"DE\", \"FR\"]")),
        sets: vec!["tags.B=3".to_owned(), "distribution.geo.allow=[\"IT\"]".to_owned()],
        ..Input::default()
    })
    .unwrap();
    let tags: Vec<_> = config.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(tags, [("A", "1"), ("B", "3")]);
    assert_eq!(config.distribution.geo.allow, ["IT".parse::<CountryCode>().unwrap()]);
}

#[test]
fn values_outside_of_a_file_need_no_quotes() {
    let config = of_sets(&[
        "account=012345678901",
        "notifications.sns=false",
        "functions.architecture=arm64",
        "functions.log_retention_days=14",
        "distribution.geo.deny=DE, FR",
        "encoding.queue.name=q",
        "encoding.queue.hop=[{queue=\"r\", wait_minutes=3}]",
        "tags.\"cost.center\"=\"12=34\"",
    ]);
    assert_eq!(config.account.as_ref().map(AccountId::as_str), Some("012345678901"));
    assert!(!config.notifications.sns);
    assert_eq!(config.functions.architecture, Architecture::Arm64);
    assert_eq!(config.functions.log_retention_days.get(), 14);
    assert_eq!(config.distribution.geo.deny.len(), 2);
    assert_eq!(config.encoding.queue.hop[0].wait_minutes.get(), 3);
    let tags: Vec<_> = config.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(tags, [("cost.center", "12=34")]);
}

#[test]
fn a_folder_in_the_file_begins_at_the_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("mine")).unwrap();
    let path = folder.path().join("stack.toml");
    std::fs::write(&path, "encoding.templates = \"mine\"").unwrap();
    let config = load(&Input { file: Some(file(&path)), ..Input::default() }).unwrap();
    assert_eq!(config.encoding.templates(), Templates::Folder(&folder.path().join("mine")));
}

#[test]
fn a_folder_in_a_later_layer_replaces_the_files_family() {
    let input = Input {
        file: Some(text("encoding.family = \"cmaf\"")),
        sets: vec!["encoding.templates=.".to_owned()],
        ..Input::default()
    };
    assert_eq!(load(&input).unwrap().encoding.templates(), Templates::Folder(Path::new(".")));
}

proptest! {
    #[test]
    fn names_are_what_their_pattern_says(text in "[a-z0-9-]{0,45}|\\PC{0,5}") {
        let first = text.chars().next();
        let fits = (1..=40).contains(&text.chars().count())
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && first.is_some_and(|c| c.is_ascii_lowercase())
            && !text.ends_with('-');
        prop_assert_eq!(text.parse::<StackName>().is_ok(), fits);
    }

    #[test]
    fn a_text_that_fits_is_kept_as_it_is(account in "[0-9]{12}", bucket in "[a-z0-9][a-z0-9-]{1,61}[a-z0-9]") {
        prop_assert_eq!(account.parse::<AccountId>().unwrap().to_string(), account);
        prop_assert_eq!(bucket.parse::<BucketName>().unwrap().to_string(), bucket);
    }

    #[test]
    fn no_text_makes_a_value_panic(text in "\\PC*") {
        let _ = text.parse::<Email>();
        let _ = load(&Input { sets: vec![text.clone()], ..Input::default() });
        let _ = load(&Input { sets: vec![format!("admin_email={text}")], ..Input::default() });
        let _ = load(&Input { variables: vec![(format!("VOD_{text}"), text.clone())], ..Input::default() });
        let _ = load(&Input { file: Some(File { path: PathBuf::from("stack.toml"), text }), ..Input::default() });
    }

    #[test]
    fn a_retention_is_one_that_exists(days in -10_i64..5000) {
        prop_assert_eq!(RetentionDays::try_from(days).is_ok(), RetentionDays::ALL.into_iter().any(|allowed| i64::from(allowed) == days));
    }
}
