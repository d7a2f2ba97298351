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

/// Completes a track: for the first fields the file's own boxes count more, for the others less.
macro_rules! complete {
    ($track:ident, $boxes:ident, [$($better:ident),*], [$($other:ident),*]) => {
        $($track.$better = $boxes.$better.or($track.$better.take());)*
        $($track.$other = $track.$other.take().or($boxes.$other);)*
    };
}

impl Track for Video {
    fn matches(&self, other: &Self) -> bool {
        agree(self.width, other.width) && agree(self.height, other.height)
    }

    fn complete(&mut self, boxes: Self) {
        if self.codec.is_empty() {
            self.codec = boxes.codec;
        }
        complete!(
            self,
            boxes,
            [duration, frame_count],
            [profile, bitrate, width, height, framerate, scan_type, bit_depth, color_space]
        );
        if self.pixel_aspect_ratio.is_none_or(|shape| shape == PixelAspect::default()) {
            complete!(self, boxes, [pixel_aspect_ratio], []);
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
        complete!(
            self,
            boxes,
            [duration, frame_count, language],
            [profile, bitrate, bitrate_mode, channels, sampling_rate]
        );
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
        complete!(self, boxes, [duration, language], [id, frame_count]);
    }
}
