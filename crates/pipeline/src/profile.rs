//! Which job template encodes a source: the highest tier that the source fills in at least one dimension.

mod tracks;

pub use tracks::{Tracks, TracksError};

use strum::VariantArray as _;

use crate::{
    custom_resource::is_deployments_template,
    record::{Failure, Outputs, Packaging, Record, SRC_MEDIAINFO, StartedBy},
    settings::Tier,
    size::{Frame, Size},
};

/// The names that the deployment's job templates have now, one a tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Templates {
    /// The job template for 2160p sources.
    pub p2160: String,
    /// The job template for 1080p sources.
    pub p1080: String,
    /// The job template for 720p sources.
    pub p720: String,
}

impl Templates {
    /// The job template of a tier.
    pub fn of(&self, tier: Tier) -> &str {
        match tier {
            Tier::P2160 => &self.p2160,
            Tier::P1080 => &self.p1080,
            Tier::P720 => &self.p720,
        }
    }
}

/// Whose choice the job template of a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named<'a> {
    /// The metadata file's.
    ByMetadata(&'a str),
    /// Perhaps the metadata file's, perhaps the deployment's when the record was made: before records had
    /// `setByMetadata`, they kept the deployment's names as well.
    Once(&'a str),
    ByDeployment,
}

/// Whose job template encodes a source of this tier.
fn named(record: &Record, tier: Tier) -> Named<'_> {
    let Some(name) = record.options.template_of(tier).filter(|name| !name.trim().is_empty()) else {
        return Named::ByDeployment;
    };
    let field = format!("jobTemplate_{tier}");
    if record.options.set_by_metadata.contains(&field) {
        Named::ByMetadata(name)
    } else if record.workflow_trigger == StartedBy::Video {
        Named::ByDeployment
    } else if is_deployments_template(name, &record.workflow_name) {
        Named::Once(name)
    } else {
        Named::ByMetadata(name)
    }
}

/// The deployment's job template that stands in where the one that the record names does not exist (any more); none
/// where the metadata file named that one.
pub fn stand_in<'a>(record: &Record, templates: &'a Templates) -> Option<&'a str> {
    let height = record.encoding.encoding_profile;
    let tier = Tier::VARIANTS.iter().copied().find(|tier| Some(tier.height()) == height);
    let tier = tier.or_else(|| Tracks::of(record).ok().map(|tracks| self::tier(tracks.picture)))?;
    let is_own = record.encoding.is_custom_template == Some(true);
    (!is_own && !matches!(named(record, tier), Named::ByMetadata(_))).then(|| templates.of(tier))
}

impl Tier {
    /// The room of the tier's largest rendition.
    pub const fn frame(self) -> Frame {
        Frame { long: Some(self.width()), short: Some(self.height()) }
    }
}

/// The tier for a source: the highest that does not enlarge the picture, whichever way it stands.
///
/// Sources below the lowest tier have that one, whose renditions above the source encode then leaves out; so have
/// sources without a picture.
pub fn tier(picture: Option<Size>) -> Tier {
    let fits = |tier: &Tier| picture.is_some_and(|picture| picture.fills(tier.frame()));
    Tier::VARIANTS.iter().copied().find(fits).unwrap_or(Tier::P720)
}

/// The record with the source's size, its tier, its job template and the size of its thumbnails.
///
/// A job template that the metadata file named stays; one that an earlier run of this function chose does not. Without
/// one it is that of `templates`, which the deployment has now.
pub fn apply(mut record: Record, templates: &Templates) -> Result<Record, TracksError> {
    let tracks = Tracks::of(&record)?;
    let tier = tier(tracks.picture);
    // What a former job left goes, but for its id, which distinguishes the next job's request from that one's.
    let named_template = record.encoding.job_template.clone();
    record.encoding.forget_request();
    record.encoding.job_template = named_template;
    (record.outputs, record.packaging) = (Outputs::default(), Packaging::default());
    (record.failure, record.end_time) = (Failure::default(), None);
    record.stored_in_full.retain(|member, _| member == SRC_MEDIAINFO);
    record.source.src_width = tracks.picture.map(|picture| picture.width);
    record.source.src_height = tracks.picture.map(|picture| picture.height);
    let thumbnails = tracks.picture.filter(|_| record.options.frame_capture).map(|picture| picture.fit(tier.frame()));
    let chosen = record.encoding.is_custom_template == Some(false);
    let own = record.encoding.job_template.take().filter(|name| !chosen && !name.trim().is_empty());
    record.encoding.encoding_profile = Some(tier.height());
    record.encoding.is_custom_template = Some(own.is_some());
    let chosen = own.unwrap_or_else(|| match named(&record, tier) {
        Named::ByMetadata(name) | Named::Once(name) => name.to_owned(),
        Named::ByDeployment => templates.of(tier).to_owned(),
    });
    record.encoding.job_template = Some(chosen);
    record.encoding.frame_capture_width = thumbnails.map(|size| size.width);
    record.encoding.frame_capture_height = thumbnails.map(|size| size.height);
    Ok(record)
}

#[cfg(test)]
mod tests;
