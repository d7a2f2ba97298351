use std::error::Error as _;

use mediaconvert::settings::{OutputGroup, OutputGroupType};

use super::*;

const MP4: [TemplateOptions; 2] = [TemplateOptions { mp4: false }, TemplateOptions { mp4: true }];

fn read(template: &JobTemplateSource) -> JobTemplate {
    let mut request: Value = serde_json::from_str(&template.json).expect("a template is JSON");
    request["Name"] = template.base_name.clone().into();
    JobTemplate::from_value(&request).expect("a template is valid")
}

fn groups(template: &JobTemplateSource) -> Vec<OutputGroup> {
    read(template).settings.output_groups
}

fn kind(group: &OutputGroup) -> OutputGroupType {
    group.output_group_settings.r#type.expect("a group has a type")
}

/// Height and maximum bitrate of each video output.
fn videos(group: &OutputGroup) -> Vec<(u32, u32)> {
    let videos = group.outputs.iter().filter_map(|output| output.video_description.given());
    let sizes = videos.map(|video| Some((video.height?, video.codec_settings.h264_settings.max_bitrate?)));
    sizes.collect::<Option<_>>().expect("a video has a height and a bitrate")
}

#[test]
fn the_built_in_templates_are_as_reviewed() {
    let mut templates = all_built_in(&TemplateOptions::default()).unwrap();
    let mut with_mp4 = built_in(TemplateFamily::Qvbr, Tier::P1080, &MP4[1]).unwrap();
    with_mp4.base_name += "-mp4";
    templates.push(with_mp4);
    assert_eq!(templates.len(), 10);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../snapshots/job-templates");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for template in templates {
            let json: Value = serde_json::from_str(&template.json).unwrap();
            insta::assert_snapshot!(template.base_name, serde_json::to_string_pretty(&json).unwrap());
        }
    });
}

#[test]
fn every_group_holds_the_ladder_of_its_tier() {
    for template in MP4.iter().flat_map(|options| all_built_in(options).unwrap()) {
        let tier = template.tier.unwrap();
        for group in groups(&template) {
            let videos = videos(&group);
            let name = format!("{} {:?}", template.base_name, kind(&group));
            assert_eq!(videos[0].0, tier.height(), "{name}");
            assert!(
                videos.windows(2).all(|pair| pair[0].0 >= pair[1].0 && pair[0].1 > pair[1].1),
                "{name}: {videos:?}"
            );
            let count =
                if kind(&group) == OutputGroupType::FileGroupSettings { 1 } else { ladder::renditions(tier).count() };
            assert_eq!(videos.len(), count, "{name}");
        }
    }
}

#[test]
fn audio_is_inside_transport_streams_and_mp4_and_apart_elsewhere() {
    for template in MP4.iter().flat_map(|options| all_built_in(options).unwrap()) {
        for group in groups(&template) {
            let apart =
                matches!(kind(&group), OutputGroupType::DashIsoGroupSettings | OutputGroupType::CmafGroupSettings);
            let only_audio = group.outputs.iter().filter(|output| !output.video_description.is_some()).count();
            let both = group
                .outputs
                .iter()
                .filter(|output| output.video_description.is_some() && !output.audio_descriptions.is_empty());
            assert_eq!((only_audio, both.count() > 0), (usize::from(apart), !apart), "{}", template.base_name);
        }
    }
}

#[test]
fn each_family_has_its_groups() {
    use OutputGroupType::{CmafGroupSettings, DashIsoGroupSettings, FileGroupSettings, HlsGroupSettings};
    let cases: [(TemplateFamily, bool, &[OutputGroupType]); 4] = [
        (TemplateFamily::Qvbr, false, &[HlsGroupSettings, DashIsoGroupSettings]),
        (TemplateFamily::Qvbr, true, &[HlsGroupSettings, DashIsoGroupSettings, FileGroupSettings]),
        (TemplateFamily::Mvod, true, &[HlsGroupSettings]),
        (TemplateFamily::Cmaf, true, &[CmafGroupSettings]),
    ];
    for (family, mp4, kinds) in cases {
        let template = built_in(family, Tier::P1080, &TemplateOptions { mp4 }).unwrap();
        assert_eq!(groups(&template).iter().map(kind).collect::<Vec<_>>(), kinds);
    }
}

#[test]
fn nothing_costs_the_professional_price() {
    for template in MP4.iter().flat_map(|options| all_built_in(options).unwrap()) {
        assert_eq!(mediaconvert::features::professional_tier(&read(&template)), [], "{}", template.base_name);
    }
}

#[test]
fn templates_can_be_accelerated() {
    for template in MP4.iter().flat_map(|options| all_built_in(options).unwrap()) {
        let mut request: Value = serde_json::from_str(&template.json).unwrap();
        request["Name"] = template.base_name.into();
        request["AccelerationSettings"] = json!({"Mode": "ENABLED"});
        JobTemplate::from_value(&request).unwrap();
    }
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        fs_err::write(folder.path().join(name), text).expect("a writable folder");
    }
    folder
}

/// The error's whole chain, without the folder's name.
fn complaint(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let error = from_folder(folder.path()).expect_err("the folder is wrong");
    let source = error.source().map(|source| format!("\n{source}")).unwrap_or_default();
    format!("{error}{source}").replace(&folder.path().display().to_string(), "mine")
}

const PLAIN: &str = r#"{"Name": "old name", "Queue": "Default", "Settings": {}}"#;

#[test]
fn a_folder_gives_templates_of_its_own() {
    let small = r#"{"Description": "{{renditions.[0].name}} {{> note}}", "Settings": {}}"#;
    let folder = folder(&[
        ("2160p.json", PLAIN),
        ("1080p.json", PLAIN),
        ("720p.hbs", small),
        ("note.hbs", "of mine"),
        ("kiosk.json", PLAIN),
        ("README.md", "not a template"),
    ]);
    let templates = from_folder(folder.path()).unwrap();
    let found: Vec<_> = templates.iter().map(|found| (&*found.base_name, found.tier, &*found.json)).collect();
    let plain = r#"{"Settings":{}}"#;
    let described = r#"{"Description":"_720p_6000k of mine","Settings":{}}"#;
    assert_eq!(
        found,
        [
            ("custom-1080p", Some(Tier::P1080), plain),
            ("custom-2160p", Some(Tier::P2160), plain),
            ("custom-720p", Some(Tier::P720), described),
            ("custom-kiosk", None, plain),
        ]
    );
}

#[test]
fn what_is_wrong_in_a_folder_is_said_with_its_place() {
    let typo = r#"{"Settings": {"OutputGroups": [{"Nmae": "HLS"}]}}"#;
    let found = [
        complaint(&[("1080p.json", PLAIN)]),
        complaint(&[("1080p.json", PLAIN), ("1080p.hbs", PLAIN)]),
        complaint(&[("1080p.json", typo)]),
        complaint(&[("1080p.json", "{\"Settings\": {},}")]),
        complaint(&[("1080p.hbs", "{\"Settings\": {{#if}} }")]).lines().next().unwrap().to_owned(),
        complaint(&[("1080p.hbs", "{\"Settings\": {{nothing}} }")]).lines().next().unwrap().to_owned(),
        complaint(&[("my template.json", PLAIN)]),
    ];
    insta::assert_snapshot!(found.join("\n\n"), @r###"
    mine has no job template for 2160p and 720p sources: add 2160p.json or 2160p.hbs, 720p.json or 720p.hbs

    mine has two files for the job template 1080p: remove one

    mine/1080p.json is not a job template that MediaConvert accepts
    Settings.OutputGroups[0].Nmae: there is no such setting; did you mean `Name`?

    mine/1080p.json does not give JSON
    trailing comma at line 1 column 17

    mine/1080p.hbs is not a Handlebars template

    mine/1080p.hbs cannot be rendered

    mine/my template.json gives its job template a name that MediaConvert does not take: use letters, digits, `-` and `_`
    "###);
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let error = from_folder(Path::new("no/such/folder")).unwrap_err();
    assert!(error.source().unwrap().to_string().contains("no/such/folder"));
}
