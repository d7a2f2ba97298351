//! Inspects the inputs of a job: what they hold, which clips of them are taken, and their captions.

use std::collections::btree_map::Entry;

use mediaconvert::settings::JobSettings;

use super::{
    Reporter,
    captions::{self, CaptionTarget, InputCaptions, Loader},
    clipping::{self, Clip},
    probe::{self, input_detail},
    process::{Address, Runner},
    storage::{Location, Storage},
};
use crate::work::{InputDetail, JobFailure, Phase, Update};

/// A clip of an input, as one of ffmpeg's inputs.
#[derive(Debug, Clone)]
pub(crate) struct InputClip {
    /// The input's place in the settings.
    pub(crate) input: usize,
    /// The name of its file without extension, which names outputs whose destination does not.
    pub(crate) name: String,
    /// What the whole input holds.
    pub(crate) source: probe::Source,
    pub(crate) address: Address,
    pub(crate) clip: Clip,
    /// How long the clip plays, in seconds.
    pub(crate) duration: f64,
}

pub(super) async fn clips(
    settings: &JobSettings,
    storage: &Storage,
    runner: &Runner,
    reporter: &Reporter<'_>,
) -> Result<Vec<InputClip>, JobFailure> {
    reporter.progress(Phase::Probing, 0);
    let mut found = Vec::new();
    let mut details: Vec<InputDetail> = Vec::new();
    for (at, input) in settings.inputs.iter().enumerate() {
        let uri = input.file_input.as_deref().unwrap_or_default();
        let address = storage.input(uri).await.map_err(|error| error.of_input())?.address;
        let source = probe::probe(runner, &address).await?;
        details.push(input_detail(at, uri, &source));
        let name = Location::input(uri).map(|location| stem(location.file_name()).to_owned()).unwrap_or_default();
        for clip in clipping::clips(input, &source)? {
            let duration = clip.duration(source.duration.unwrap_or(0.0));
            let (name, source, address) = (name.clone(), source.clone(), address.clone());
            found.push(InputClip { input: at, name, source, address, clip, duration });
        }
    }
    reporter.report(Update::Inputs(details));
    reporter.progress(Phase::Probing, 100);
    Ok(found)
}

/// The captions that outputs take from the inputs.
pub(super) async fn captions(
    settings: &JobSettings,
    clips: &[InputClip],
    loader: Loader<'_>,
) -> Result<InputCaptions, JobFailure> {
    let mut found = InputCaptions::new();
    let outputs = settings.output_groups.iter().flat_map(|group| &group.outputs);
    for description in outputs.flat_map(|output| &output.caption_descriptions) {
        if matches!(captions::target(description), CaptionTarget::Unsupported(_)) {
            continue;
        }
        for clip in clips {
            let Some((name, selector)) = captions::selector(settings, clip.input, description) else { continue };
            if let Entry::Vacant(entry) = found.entry((clip.input, name.to_owned())) {
                let source = captions::source(selector, &clip.source);
                entry.insert(loader.load(&source, &clip.address).await?);
            }
        }
    }
    Ok(found)
}

/// A file's name without its extension.
pub(super) fn stem(file: &str) -> &str {
    match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    }
}
