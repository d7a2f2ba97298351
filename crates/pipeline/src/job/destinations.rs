//! Where each group's outputs go: one folder for each below `<guid>/`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Subject, group_type, is_capture};
use crate::wire::with_first;

/// The folder of each type of group that this program knows.
const FOLDERS: [(&str, &str); 5] = [
    ("HLS_GROUP_SETTINGS", "hls"),
    ("DASH_ISO_GROUP_SETTINGS", "dash"),
    ("CMAF_GROUP_SETTINGS", "cmaf"),
    ("MS_SMOOTH_GROUP_SETTINGS", "mss"),
    ("FILE_GROUP_SETTINGS", "mp4"),
];

/// The folder of still pictures.
pub(crate) const THUMBNAILS: &str = "thumbnails";

/// What outputs are named after where the source's name has nothing that is plain everywhere.
const BASE_NAME: &str = "video";

/// The longest folder or base name.
const MAX_NAME: usize = 64;

/// Sends every group to `s3://<destination>/<guid>/<folder>/`, with the source's name, made plain, before each
/// output's own.
///
/// The folder is the type's; where several groups share one, it is each group's own name.
pub(super) fn set(subject: &Subject<'_>, groups: &mut [Value]) {
    let record = subject.record;
    let base = base_name(&record.source.src_video);
    let folders = folders(groups);
    for (group, folder) in groups.iter_mut().zip(folders) {
        let destination = format!("s3://{}/{}/{folder}/{base}", record.options.dest_bucket, record.guid);
        let Some(member) = settings_member(group) else { continue };
        let settings = &mut group["outputGroupSettings"][member];
        if !settings.is_object() {
            *settings = json!({});
        }
        settings["destination"] = destination.into();
    }
}

/// A folder for each group, no two the same.
fn folders(groups: &[Value]) -> Vec<String> {
    let of_type: Vec<String> = groups.iter().map(folder_of_type).collect();
    let is_shared = |folder: &String| of_type.iter().filter(|other| *other == folder).count() > 1;
    let mut taken: BTreeSet<String> = of_type.iter().filter(|folder| !is_shared(folder)).cloned().collect();
    let folder = |(group, folder): (&Value, &String)| {
        if !is_shared(folder) {
            return folder.clone();
        }
        let own = ["customName", "name"].iter().find_map(|name| plain(group[*name].as_str()?));
        let own = own.map_or_else(|| folder.clone(), |own| own.to_ascii_lowercase());
        let numbered = (2_u32..).map(|number| format!("{own}-{number}"));
        let free = std::iter::once(own.clone()).chain(numbered).find(|name| taken.insert(name.clone()));
        free.unwrap_or(own)
    };
    groups.iter().zip(&of_type).map(folder).collect()
}

fn folder_of_type(group: &Value) -> String {
    let outputs = group["outputs"].as_array().map_or(&[][..], Vec::as_slice);
    if !outputs.is_empty() && outputs.iter().all(is_capture) {
        return THUMBNAILS.to_owned();
    }
    let name = group_type(group);
    let known = FOLDERS.iter().find(|(known, _)| *known == name).map(|(_, folder)| (*folder).to_owned());
    let of_name = || plain(name.trim_end_matches("_GROUP_SETTINGS")).map(|name| name.to_ascii_lowercase());
    known.or_else(of_name).unwrap_or_else(|| "other".to_owned())
}

/// The member that holds a group's settings: its type in the wire's spelling, else the only object there.
pub(super) fn settings_member(group: &Value) -> Option<String> {
    let name = group_type(group);
    if name.is_empty() {
        let settings = group["outputGroupSettings"].as_object()?;
        return settings.iter().find(|(_, value)| value.is_object()).map(|(member, _)| member.clone());
    }
    let words = name.split('_').map(str::to_ascii_lowercase);
    Some(with_first(
        &words.map(|word| with_first(&word, char::to_ascii_uppercase)).collect::<String>(),
        char::to_ascii_lowercase,
    ))
}

/// The name that outputs begin with.
fn base_name(key: &str) -> String {
    let name = key.rsplit('/').next().unwrap_or(key);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    plain(stem).unwrap_or_else(|| BASE_NAME.to_owned())
}

/// The text with hyphens in place of all but ASCII letters, digits, `-` and `_`; nothing if that leaves nothing.
fn plain(text: &str) -> Option<String> {
    let mut plain = String::new();
    for letter in text.chars() {
        match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => plain.push(letter),
            _ if plain.is_empty() || plain.ends_with('-') => {}
            _ => plain.push('-'),
        }
        if plain.len() == MAX_NAME {
            break;
        }
    }
    let plain = plain.trim_end_matches('-');
    plain.bytes().any(|byte| byte.is_ascii_alphanumeric()).then(|| plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_outputs() {
        for (key, base) in [
            ("film.mp4", "film"),
            ("folder/My film (final) v2.MOV", "My-film-final-v2"),
            ("a+b%20c.ts", "a-b-20c"),
            ("日本語 🎬.mp4", "video"),
            ("../..mp4", "video"),
            (".hidden.mp4", "hidden"),
            ("$fn$.mp4", "fn"),
            ("", "video"),
        ] {
            assert_eq!(base_name(key), base, "{key}");
        }
        assert_eq!(base_name(&"x".repeat(1024)), "x".repeat(MAX_NAME));
    }

    #[test]
    fn folders_of_groups() {
        let group = |kind: &str, name: &str| json!({"customName": name, "outputGroupSettings": {"type": kind}});
        let hls = |name| group("HLS_GROUP_SETTINGS", name);
        for (groups, expected) in [
            (vec![hls("x"), group("FILE_GROUP_SETTINGS", "x")], vec!["hls", "mp4"]),
            (vec![hls("Clear"), hls("../DRM")], vec!["clear", "drm"]),
            (vec![hls("dash"), hls(""), group("DASH_ISO_GROUP_SETTINGS", "")], vec!["dash-2", "hls", "dash"]),
            (vec![hls("a"), hls("a"), hls("a-2")], vec!["a", "a-2", "a-2-2"]),
            (vec![group("NEW_THING_GROUP_SETTINGS", ""), group("", "")], vec!["new_thing", "other"]),
        ] {
            assert_eq!(folders(&groups), expected);
        }
    }

    #[test]
    fn members_of_settings() {
        for (kind, member) in [
            ("HLS_GROUP_SETTINGS", "hlsGroupSettings"),
            ("DASH_ISO_GROUP_SETTINGS", "dashIsoGroupSettings"),
            ("MS_SMOOTH_GROUP_SETTINGS", "msSmoothGroupSettings"),
            ("NEW_GROUP_SETTINGS", "newGroupSettings"),
        ] {
            assert_eq!(settings_member(&json!({"outputGroupSettings": {"type": kind}})).as_deref(), Some(member));
        }
        let untold = json!({"outputGroupSettings": {"fileGroupSettings": {}}});
        assert_eq!(settings_member(&untold).as_deref(), Some("fileGroupSettings"));
        assert_eq!(settings_member(&json!({})), None);
    }
}
