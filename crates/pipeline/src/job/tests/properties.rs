use std::collections::BTreeSet;

use proptest::prelude::*;
use strum::VariantArray as _;

use super::*;
use crate::{
    settings::{InputRotate, TemplateFamily, Tier},
    size::{Frame, Size},
};

fn size(output: &Value) -> Size {
    let side = |name: &str| u32::try_from(output["videoDescription"][name].as_u64().unwrap()).unwrap();
    Size { width: side("width"), height: side("height") }
}

fn fills(picture: Size, output: &Value) -> bool {
    let Size { width, height } = size(output);
    picture.fills(Frame::new(Some(width), Some(height)))
}

proptest! {
    #[test]
    fn nothing_is_enlarged_and_a_rendition_stays(
        (width, height) in (1..8000_u32, 1..8000_u32),
        rotation in prop::sample::select(&[0, 90, 180, 270, -90][..]),
        rotate in prop::sample::select(InputRotate::VARIANTS),
        tier in prop::sample::select(Tier::VARIANTS),
        family in prop::sample::select(TemplateFamily::VARIANTS),
        sound in any::<bool>(),
        captured in any::<bool>(),
    ) {
        let audio = if sound { json!([{}]) } else { json!([]) };
        let source = record(&json!([{ "width": width, "height": height, "rotation": rotation }]), &audio);
        let record = with(source, json!({ "inputRotate": rotate, "frameCapture": captured }));
        let Some(picture) = Tracks::of(&record).unwrap().picture else { panic!("a picture") };
        let template = template(&format!("{family}-{tier}"));
        let job = job(&record, &template);
        let groups = job["settings"]["outputGroups"].as_array().unwrap();
        prop_assert_eq!(groups.len(), template["settings"]["outputGroups"].as_array().unwrap().len() + usize::from(captured));
        for group in groups {
            let videos: Vec<_> = group["outputs"].as_array().unwrap().iter().filter(|output| has(output, "videoDescription")).collect();
            prop_assert!(!videos.is_empty());
            for output in videos {
                let size = size(output);
                prop_assert!(size.width <= picture.width.max(32) && size.height <= picture.height.max(32), "{picture:?} {size:?}");
                prop_assert!(size.width.is_multiple_of(2) && size.height.is_multiple_of(2));
            }
        }
        // What fills a rendition's frame keeps it.
        let before = outputs(&template);
        for (_, output) in &before {
            if has(output, "videoDescription") && fills(picture, output) {
                prop_assert!(outputs(&job).iter().any(|(_, kept)| kept["nameModifier"] == output["nameModifier"]));
            }
        }
    }

    #[test]
    fn destinations_stay_in_the_folder_of_the_workflow(
        names in prop::collection::vec((any::<String>(), prop::sample::select(&["HLS_GROUP_SETTINGS", "FILE_GROUP_SETTINGS", "../_GROUP_SETTINGS", ""][..])), 1..6),
        key in "\\PC{0,40}",
    ) {
        let groups: Vec<_> = names
            .iter()
            .map(|(name, kind)| json!({
                "customName": name,
                "outputGroupSettings": { "type": kind, "hlsGroupSettings": { "destination": "s3://theirs/" } },
                "outputs": [{ "audioDescriptions": [{}] }],
            }))
            .collect();
        let template = json!({ "settings": { "outputGroups": groups } });
        let job = job(&with(film(64, 64), json!({ "srcVideo": key })), &template);
        let mut found = Vec::new();
        for group in job["settings"]["outputGroups"].as_array().unwrap() {
            let settings = group["outputGroupSettings"].as_object().unwrap();
            let member = destinations::settings_member(group).unwrap();
            found.push(settings[&member]["destination"].as_str().unwrap().to_owned());
        }
        let folder = "s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/";
        let unique: BTreeSet<_> = found.iter().collect();
        prop_assert_eq!(unique.len(), names.len());
        for destination in &found {
            let rest = destination.strip_prefix(folder).unwrap();
            let parts: Vec<_> = rest.split('/').collect();
            prop_assert_eq!(parts.len(), 2, "{}", destination);
            let plain = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
            prop_assert!(parts.iter().all(plain), "{}", destination);
        }
        prop_assert_eq!(&job["settings"]["inputs"][0]["fileInput"], &json!(format!("s3://source/{key}")));
    }
}
