//! One picture of a source from two: what a service reports, completed from what the file says itself.

use super::{Audio, MediaInfo, PixelAspect, Rotation, Text, Video};

impl MediaInfo {
    /// Completes this with what the file's own boxes say.
    ///
    /// Boxes know better how far a picture is turned, what language a track is in, and how long it plays after its
    /// edit list; what they know alone is added, and for everything else this one's word counts. Tracks are matched
    /// in their order, by kind, where they do not contradict each other.
    pub fn completed_by(mut self, boxes: Self) -> Self {
        let container = boxes.container;
        self.container.duration = container.duration.or(self.container.duration);
        if self.container.format.is_empty() {
            self.container.format = container.format;
        }
        complete(&mut self.video, boxes.video);
        complete(&mut self.audio, boxes.audio);
        complete(&mut self.text, boxes.text);
        self.derived()
    }
}

/// A track that another one's word can complete.
trait Track {
    /// Whether both can be the same track.
    fn matches(&self, other: &Self) -> bool;
    /// Takes over what the file knows better or alone.
    fn complete(&mut self, boxes: Self);
}

fn complete<T: Track>(tracks: &mut Vec<T>, boxes: Vec<T>) {
    if tracks.is_empty() {
        *tracks = boxes;
        return;
    }
    let mut free: Vec<&mut T> = tracks.iter_mut().collect();
    for track in boxes {
        if let Some(index) = free.iter().position(|candidate| candidate.matches(&track)) {
            free.remove(index).complete(track);
        }
    }
}

/// Whether two values do not contradict each other.
fn agree<V: PartialEq + Copy>(one: Option<V>, other: Option<V>) -> bool {
    one.is_none() || other.is_none() || one == other
}

/// Keeps what is known, or else takes the other's.
fn fill<V>(mine: &mut Option<V>, other: Option<V>) {
    *mine = mine.take().or(other);
}

/// Takes the other's where it is known.
fn prefer<V>(mine: &mut Option<V>, other: Option<V>) {
    *mine = other.or(mine.take());
}

impl Track for Video {
    fn matches(&self, other: &Self) -> bool {
        agree(self.width, other.width) && agree(self.height, other.height)
    }

    fn complete(&mut self, boxes: Self) {
        if self.codec.is_empty() {
            self.codec = boxes.codec;
        }
        fill(&mut self.profile, boxes.profile);
        fill(&mut self.bitrate, boxes.bitrate);
        prefer(&mut self.duration, boxes.duration);
        prefer(&mut self.frame_count, boxes.frame_count);
        fill(&mut self.width, boxes.width);
        fill(&mut self.height, boxes.height);
        fill(&mut self.framerate, boxes.framerate);
        fill(&mut self.scan_type, boxes.scan_type);
        fill(&mut self.bit_depth, boxes.bit_depth);
        fill(&mut self.color_space, boxes.color_space);
        if self.pixel_aspect_ratio.is_none_or(|shape| shape == PixelAspect::default()) {
            prefer(&mut self.pixel_aspect_ratio, boxes.pixel_aspect_ratio);
        }
        if self.rotation == Rotation::None {
            self.rotation = boxes.rotation;
        }
    }
}

impl Track for Audio {
    fn matches(&self, other: &Self) -> bool {
        let same_codec = self.codec == other.codec || self.codec.is_empty() || other.codec.is_empty();
        same_codec && agree(self.channels, other.channels)
    }

    fn complete(&mut self, boxes: Self) {
        if self.codec.is_empty() {
            self.codec = boxes.codec;
        }
        fill(&mut self.profile, boxes.profile);
        fill(&mut self.bitrate, boxes.bitrate);
        prefer(&mut self.duration, boxes.duration);
        prefer(&mut self.frame_count, boxes.frame_count);
        fill(&mut self.bitrate_mode, boxes.bitrate_mode);
        prefer(&mut self.language, boxes.language);
        fill(&mut self.channels, boxes.channels);
        fill(&mut self.sampling_rate, boxes.sampling_rate);
    }
}

impl Track for Text {
    fn matches(&self, _: &Self) -> bool {
        true
    }

    fn complete(&mut self, boxes: Self) {
        if self.format.is_empty() {
            self.format = boxes.format;
        }
        fill(&mut self.id, boxes.id);
        prefer(&mut self.duration, boxes.duration);
        fill(&mut self.frame_count, boxes.frame_count);
        prefer(&mut self.language, boxes.language);
    }
}
