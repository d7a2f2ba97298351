//! Which job template encodes a source: the highest tier that the source fills in at least one dimension.

mod tracks;

pub use tracks::{Tracks, TracksError};

use crate::{record::Record, settings::Tier, size::Frame};

impl Tier {
    /// The room of the tier's largest rendition.
    #[must_use]
    pub const fn frame(self) -> Frame {
        Frame { long: Some(self.width()), short: Some(self.height()) }
    }
}

/// The tier for a source: the highest that does not enlarge the picture, whichever way it stands.
///
/// Sources below the lowest tier have that one, whose renditions above the source encode then leaves out; so have
/// sources without a picture.
#[must_use]
pub fn tier(tracks: &Tracks) -> Tier {
    let fits = |tier: &Tier| tracks.picture.is_some_and(|picture| picture.fills(tier.frame()));
    Tier::ALL.iter().copied().find(fits).unwrap_or(Tier::P720)
}

/// The record with the source's size, its tier, its job template and the size of its thumbnails.
///
/// A job template that the metadata file named stays; one that an earlier run of this function chose does not.
///
/// # Errors
/// When the source cannot be encoded.
pub fn apply(mut record: Record) -> Result<Record, TracksError> {
    let tracks = Tracks::of(&record)?;
    let tier = tier(&tracks);
    record.source.src_width = tracks.picture.map(|picture| picture.width);
    record.source.src_height = tracks.picture.map(|picture| picture.height);
    let thumbnails = tracks.picture.filter(|_| record.options.frame_capture).map(|picture| picture.fit(tier.frame()));
    let chosen = record.encoding.is_custom_template == Some(false);
    let own = record.encoding.job_template.take().filter(|name| !chosen && !name.trim().is_empty());
    record.encoding.encoding_profile = Some(tier.height());
    record.encoding.is_custom_template = Some(own.is_some());
    record.encoding.job_template = Some(own.unwrap_or_else(|| record.options.template_of(tier).to_owned()));
    record.encoding.frame_capture_width = thumbnails.map(|size| size.width);
    record.encoding.frame_capture_height = thumbnails.map(|size| size.height);
    Ok(record)
}

#[cfg(test)]
mod tests;
