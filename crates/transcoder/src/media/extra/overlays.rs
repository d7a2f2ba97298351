//! Images over the picture: those of an input before everything else, those of an output on its rendition.

use std::collections::BTreeMap;

use mediaconvert::settings::{ImageInserter, TimecodeSource};

use super::{Job, fetched_image};
use crate::media::{
    clipping,
    encode::{Additions, Step},
    overlay::Overlay,
    plan::Plan,
    probe::Ratio,
    timecode::{Timecode, TimecodeError},
};
use crate::work::JobFailure;

/// The rate by which time codes count where there is no video.
const USUAL_RATE: Ratio = Ratio { numerator: 25, denominator: 1 };

/// The images of the first input.
pub(super) async fn of_input(
    job: Job<'_>,
    additions: &mut Additions,
    warn: &mut (dyn FnMut(String) + Send),
) -> Result<(), JobFailure> {
    let inputs = &job.settings.inputs;
    if inputs.iter().skip(1).any(|input| input.image_inserter.is_some()) {
        warn("ImageInserter of other inputs than the first one has no effect here".to_owned());
    }
    let (Some(input), Some(part)) = (inputs.first(), job.parts.first()) else { return Ok(()) };
    let Some(settings) = input.image_inserter.given().filter(|_| job.has_picture()) else { return Ok(()) };
    let zero = clipping::zero(input, &part.source).map_err(unusable)? + part.clip.start;
    for overlay in Overlay::all(settings, rate(job), zero).map_err(unusable)? {
        let image = add(job, &overlay, additions).await?;
        additions.steps.push(Step { prepare: overlay.prepare(), input: image, filter: overlay.filter() });
    }
    Ok(())
}

/// The images of outputs, as filters by the places of group and output.
pub(super) async fn of_outputs(
    job: Job<'_>,
    plan: &Plan,
    additions: &mut Additions,
) -> Result<BTreeMap<(usize, usize), Vec<String>>, JobFailure> {
    let zero = zero(job)?;
    let mut known: Vec<(&ImageInserter, String)> = Vec::new();
    let mut filters: BTreeMap<(usize, usize), Vec<String>> = BTreeMap::new();
    for (group, package) in plan.packages.iter().enumerate() {
        for output in &package.outputs {
            let settings = job.output(group, output.index);
            let settings =
                settings.and_then(|output| output.video_description.video_preprocessors.image_inserter.given());
            let Some(settings) = settings else { continue };
            let found = known.iter().find(|(before, _)| *before == settings).map(|(_, filter)| filter.clone());
            let filter = if let Some(filter) = found {
                filter
            } else {
                let filter = filter(job, settings, zero, additions).await?;
                known.push((settings, filter.clone()));
                filter
            };
            if !filter.is_empty() {
                filters.entry((group, output.index)).or_default().push(filter);
            }
        }
    }
    Ok(filters)
}

/// The filters of all images, in which `@` stands for what makes labels a rendition's own.
async fn filter(
    job: Job<'_>,
    settings: &ImageInserter,
    zero: f64,
    additions: &mut Additions,
) -> Result<String, JobFailure> {
    let mut chains = Vec::new();
    for (number, overlay) in Overlay::all(settings, rate(job), zero).map_err(unusable)?.into_iter().enumerate() {
        let image = job.parts.len() + add(job, &overlay, additions).await?;
        let (below, above) = (format!("[below{number}@]"), format!("[above{number}@]"));
        let (prepare, laid) = (overlay.prepare(), overlay.filter());
        chains.push(format!("null{below};[{image}:v]{prepare}{above};{below}{above}{laid}"));
    }
    Ok(chains.join(","))
}

/// Fetches an image, and makes it another input of the run.
async fn add(job: Job<'_>, overlay: &Overlay, additions: &mut Additions) -> Result<usize, JobFailure> {
    let number = additions.inputs.len();
    let file = job.loader.runner.scratch().join(Overlay::file_name(number));
    additions.inputs.push(fetched_image(job.loader.storage, &overlay.uri, &file).await?);
    Ok(number)
}

fn rate(job: Job<'_>) -> Ratio {
    let video = job.parts.first().and_then(|part| part.source.video.first());
    video.and_then(|video| video.frame_rate).unwrap_or(USUAL_RATE)
}

/// The time code of an output's first frame, in seconds: `TimecodeConfig`.
fn zero(job: Job<'_>) -> Result<f64, JobFailure> {
    let config = &job.settings.timecode_config;
    match config.source {
        Some(TimecodeSource::Zerobased) => Ok(0.0),
        Some(TimecodeSource::Specifiedstart) => {
            let start = config.start.as_deref().unwrap_or("00:00:00:00");
            Timecode::parse(start, rate(job)).map(Timecode::seconds).map_err(unusable)
        }
        Some(TimecodeSource::Embedded) | None => {
            let (Some(input), Some(part)) = (job.settings.inputs.first(), job.parts.first()) else { return Ok(0.0) };
            Ok(clipping::zero(input, &part.source).map_err(unusable)? + part.clip.start)
        }
    }
}

fn unusable(error: TimecodeError) -> JobFailure {
    clipping::ClippingError::from(error).into()
}
