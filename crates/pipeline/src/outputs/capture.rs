//! Where the pictures of a job are: `MediaConvert` counts in their names, as in `clip_thumb.0000012.jpg`, and its event
//! names the last one at most.

use std::collections::BTreeMap;

use serde_json::Value;

use super::folder;
use crate::{location::Location, record::Record};

/// The suffixes of pictures.
pub(super) const IMAGES: [&str; 3] = ["jpg", "jpeg", "png"];

/// A key of a picture, taken apart.
struct Numbered<'a> {
    stem: &'a str,
    number: u64,
    suffix: &'a str,
}

impl<'a> Numbered<'a> {
    fn of(key: &'a str) -> Option<Self> {
        let (rest, suffix) = key.rsplit_once('.')?;
        let (stem, digits) = rest.rsplit_once('.')?;
        let counted = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        counted.then(|| Self { stem, number: digits.parse().unwrap_or(u64::MAX), suffix })
    }
}

/// The keys of all images of a capture, one of which is `key`, in the order in which they were taken.
pub(super) fn captures(key: &str, objects: &BTreeMap<String, u64>) -> Vec<String> {
    let Some(Numbered { stem, suffix, .. }) = Numbered::of(key) else { return vec![key.to_owned()] };
    let mut images: Vec<(u64, &String)> = below(&format!("{stem}."), objects)
        .filter_map(|key| {
            let image = Numbered::of(key)?;
            (image.stem == stem && image.suffix == suffix).then_some((image.number, key))
        })
        .collect();
    images.sort_unstable();
    images.into_iter().map(|(_, key)| key.clone()).collect()
}

/// A picture of each capture below the beginning of a key.
pub(super) fn sets<'o>(start: &str, objects: &'o BTreeMap<String, u64>) -> Vec<&'o str> {
    let mut sets: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for key in below(start, objects) {
        if let Some(image) = Numbered::of(key)
            && IMAGES.contains(&image.suffix.to_ascii_lowercase().as_str())
        {
            sets.insert((image.stem, image.suffix), key);
        }
    }
    sets.into_values().collect()
}

fn below<'o>(start: &str, objects: &'o BTreeMap<String, u64>) -> impl Iterator<Item = &'o String> {
    let start = start.to_owned();
    let keys = objects.range(start.clone()..);
    keys.take_while(move |(key, _)| key.starts_with(&start)).filter(|(_, bytes)| **bytes > 0).map(|(key, _)| key)
}

/// The beginnings of the keys of a job's pictures, as its request has them: the destination of each capture with its
/// output's own name, within the workflow's folder.
pub(super) fn starts(record: &Record, job: &Value) -> Vec<String> {
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let mut starts = Vec::new();
    for group in list(job.pointer("/Settings/OutputGroups")) {
        let settings = group.get("OutputGroupSettings").and_then(Value::as_object);
        let mut kinds = settings.into_iter().flat_map(|settings| settings.values());
        let destination = kinds.find_map(|settings| settings.get("Destination")?.as_str());
        let Some(destination) = destination.and_then(|place| place.parse::<Location>().ok()) else { continue };
        for output in list(group.get("Outputs")) {
            let is_capture = output.pointer("/VideoDescription/CodecSettings/Codec") == Some(&"FRAME_CAPTURE".into());
            let modifier = output.get("NameModifier").and_then(Value::as_str).unwrap_or_default();
            let key = format!("{}{modifier}.", destination.key);
            let place = Location { bucket: destination.bucket.clone(), key };
            if is_capture && place.is_within(&record.options.dest_bucket, &folder(&record.guid)) {
                starts.push(place.key);
            }
        }
    }
    starts
}
