//! What a job has besides renditions and audio tracks: images over the picture, captured frames, storyboards, captions.
//!
//! [`Extra::prepare`] reads what is needed before the one run of ffmpeg and says what to add to it; after the run,
//! [`Extra::of_group`] says what to add to each output group.

mod captions;
mod overlays;
mod pictures;

use std::{collections::BTreeMap, path::Path};

use mediaconvert::settings::{JobSettings, Output};

use self::{captions::Captions, pictures::Pictures};
use super::{
    captions::Loader,
    clipping::Clip,
    encode::{Additions, EncoderInput},
    package::Extras,
    plan::{Content, Plan, Rendition},
    probe,
    process::Address,
    storage::Storage,
};
use crate::work::JobFailure;

/// A part of an input, as one of ffmpeg's inputs.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// The input's place in the settings.
    pub(super) input: usize,
    /// What was found in the whole input.
    pub(super) source: probe::Source,
    /// Where it is.
    pub(super) address: Address,
    /// The part of it that is taken.
    pub(super) clip: Clip,
    /// How long the part plays, in seconds.
    pub(super) duration: f64,
}

/// Everything besides renditions and audio tracks.
#[derive(Debug)]
pub(super) struct Extra {
    additions: Additions,
    pictures: Pictures,
    captions: Captions,
}

/// What an output group has besides.
#[derive(Debug, Default)]
pub(super) struct GroupExtras {
    /// What is packaged with it.
    pub(super) extras: Extras,
    /// The files that events tell of outputs without video and audio, which last as long as the film, by the output's
    /// place in the settings.
    pub(super) named: BTreeMap<usize, Vec<String>>,
}

/// What all parts look at.
#[derive(Clone, Copy)]
struct Job<'j> {
    settings: &'j JobSettings,
    parts: &'j [Part],
    loader: Loader<'j>,
}

impl Job<'_> {
    /// The settings of an output.
    fn output(&self, group: usize, output: usize) -> Option<&Output> {
        self.settings.output_groups.get(group)?.outputs.get(output)
    }

    /// Whether there is a picture to take pictures of.
    fn has_picture(&self) -> bool {
        self.parts.first().is_some_and(|part| !part.source.video.is_empty())
    }
}

impl Extra {
    /// Reads images and captions, and changes renditions that have them in their picture. `warn` hears what is left out.
    pub(super) async fn prepare(
        settings: &JobSettings,
        plan: &mut Plan,
        parts: &[Part],
        loader: Loader<'_>,
        warn: &mut (dyn FnMut(String) + Send),
    ) -> Result<Self, JobFailure> {
        let job = Job { settings, parts, loader };
        let mut additions = Additions::default();
        overlays::of_input(job, &mut additions, warn).await?;
        let captions = Captions::load(job, plan, warn).await?;
        let mut filters: BTreeMap<(usize, usize), Vec<String>> =
            overlays::of_outputs(job, plan, &mut additions).await?;
        captions.burnt_in(plan, loader.runner.scratch(), &mut filters).await?;
        decorate(plan, &filters);
        let pictures = Pictures::new(job, plan, &mut additions, warn);
        Ok(Self { additions, pictures, captions })
    }

    /// What to add to the run of ffmpeg.
    pub(super) fn additions(&self) -> &Additions {
        &self.additions
    }

    /// What to add to an output group of a film that lasts so many seconds, with work files in this folder.
    pub(super) fn of_group(
        &self,
        plan: &Plan,
        group: usize,
        seconds: f64,
        folder: &Path,
    ) -> std::io::Result<GroupExtras> {
        let mut out = GroupExtras::default();
        self.pictures.add_to(plan, group, seconds, folder, &mut out)?;
        self.captions.add_to(plan, group, seconds, folder, &mut out)?;
        Ok(out)
    }
}

/// Adds filters to the renditions of outputs, which are no longer shared with outputs that have other filters.
fn decorate(plan: &mut Plan, filters: &BTreeMap<(usize, usize), Vec<String>>) {
    let mut renditions: Vec<Rendition> = Vec::new();
    for (group, package) in plan.packages.iter_mut().enumerate() {
        for output in &mut package.outputs {
            let Content::Media { video: Some(video), .. } = &mut output.content else { continue };
            let Some(mut rendition) = plan.renditions.get(*video).cloned() else { continue };
            rendition.filters.extend(filters.get(&(group, output.index)).into_iter().flatten().cloned());
            *video = renditions.iter().position(|known| *known == rendition).unwrap_or_else(|| {
                renditions.push(rendition);
                renditions.len() - 1
            });
        }
    }
    // Labels are a rendition's own.
    for (at, rendition) in renditions.iter_mut().enumerate() {
        for filter in &mut rendition.filters {
            *filter = filter.replace('@', &format!("r{at}"));
        }
    }
    plan.renditions = renditions;
}

/// Another input of the run: a file that was fetched.
async fn fetched_image(storage: &Storage, uri: &str, file: &Path) -> Result<EncoderInput, JobFailure> {
    let fetched = storage.fetch(uri, file, super::overlay::LARGEST).await;
    fetched.map_err(|error| error.of_input())?;
    Ok(EncoderInput { arguments: Address::File(file.to_owned()).arguments(super::process::Formats::Image) })
}
