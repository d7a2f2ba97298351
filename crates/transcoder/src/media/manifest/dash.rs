//! DASH manifests (ISO/IEC 23009-1).

use mediaconvert::settings::{MpdManifestBandwidthType, MpdProfile};

use super::{
    Element, TrackKind, address,
    measured::{Bytes, Measured},
    together,
};
use crate::media::{capture::Storyboard, plan::Mpd};

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Representation {
    pub(crate) id: String,
    pub(crate) kind: TrackKind,
    pub(crate) codec: String,
    pub(crate) measured: Measured,
    pub(crate) place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Each in its own file, numbered from 1; `$Number%09d$` stands for the number.
    Each {
        initialization: String,
        before: String,
        after: String,
    },
    Single {
        name: String,
        initialization: Bytes,
        index: Bytes,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Captions {
    /// The file, which is WebVTT.
    pub(crate) name: String,
    pub(crate) language: Option<String>,
    pub(crate) label: String,
    pub(crate) bandwidth: u64,
}

/// A storyboard, whose sheets are numbered from 1 with seven digits.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Thumbnails {
    /// What the names of the sheets begin with.
    pub(crate) name: String,
    pub(crate) storyboard: Storyboard,
    pub(crate) bandwidth: u64,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Contents {
    pub(crate) tracks: Vec<Representation>,
    pub(crate) captions: Vec<Captions>,
    pub(crate) thumbnails: Vec<Thumbnails>,
}

pub(crate) fn mpd(contents: &Contents, settings: &Mpd) -> Vec<u8> {
    let longest = contents.tracks.iter().map(|track| track.measured.longest()).fold(0.0, f64::max);
    let duration = contents.tracks.iter().map(|track| track.measured.duration()).fold(0.0, f64::max);
    let is_single = contents.tracks.iter().any(|track| matches!(track.place, Place::Single { .. }));
    let profile = match settings.profile {
        MpdProfile::MainProfile if !is_single => "urn:mpeg:dash:profile:isoff-live:2011",
        _ => "urn:mpeg:dash:profile:isoff-on-demand:2011",
    };
    // Players may switch between all video of the same codec, and all audio of the same language, codec and name.
    let tracks = together(&contents.tracks, |track| {
        let audio = match &track.kind {
            TrackKind::Video { .. } => None,
            TrackKind::Audio { language, label, channels, .. } => Some((language, label, channels)),
        };
        (audio, track.codec.split('.').next())
    });
    let mut ids = 1..;
    let mut set = || Element::new("AdaptationSet").attribute("id", ids.next().unwrap_or(0));
    let mut sets = Vec::new();
    sets.extend(tracks.iter().map(|tracks| adaptation_set(set(), tracks, settings)));
    sets.extend(contents.captions.iter().map(|captions| {
        let representation = Element::new("Representation")
            .attribute("id", &captions.name)
            .attribute("bandwidth", captions.bandwidth.max(1))
            .children([Element::text("BaseURL", address(&settings.base_url, &captions.name))]);
        set()
            .attribute("contentType", "text")
            .attribute("mimeType", "text/vtt")
            .attribute("lang", captions.language.as_deref().unwrap_or("und"))
            .children([
                property("Role", "urn:mpeg:dash:role:2011", "subtitle"),
                Element::text("Label", &captions.label),
                representation,
            ])
    }));
    sets.extend(contents.thumbnails.iter().map(|thumbnails| thumbnail_set(set(), thumbnails, settings)));
    let root = Element::new("MPD")
        .attribute("xmlns", "urn:mpeg:dash:schema:mpd:2011")
        .attribute("profiles", profile)
        .attribute("type", "static")
        .attribute("mediaPresentationDuration", time(duration))
        .attribute("maxSegmentDuration", time(longest))
        .attribute("minBufferTime", time(settings.min_buffer))
        .children([Element::new("Period").attribute("id", 1).attribute("start", "PT0S").children(sets)]);
    [root.document(), b"\n".to_vec()].concat()
}

/// `PT6.006S`
fn time(seconds: f64) -> String {
    let text = format!("{seconds:.6}");
    format!("PT{}S", text.trim_end_matches('0').trim_end_matches('.'))
}

fn property(name: &'static str, scheme: &str, value: impl ToString) -> Element {
    Element::new(name).attribute("schemeIdUri", scheme).attribute("value", value)
}

fn adaptation_set(set: Element, tracks: &[&Representation], settings: &Mpd) -> Element {
    let first = tracks[0];
    let (set, label) = match &first.kind {
        TrackKind::Video { .. } => (set.attribute("contentType", "video").attribute("mimeType", "video/mp4"), None),
        TrackKind::Audio { language, label, .. } => {
            let set = set.attribute("contentType", "audio").attribute("mimeType", "audio/mp4");
            (set.attribute("lang", language.as_deref().unwrap_or("und")), label.as_ref())
        }
    };
    let (aligned, alone) = match first.place {
        Place::Each { .. } => ("segmentAlignment", "startWithSAP"),
        Place::Single { .. } => ("subsegmentAlignment", "subsegmentStartsWithSAP"),
    };
    set.attribute(aligned, true)
        .attribute(alone, 1)
        .children(label.map(|label| Element::text("Label", label)))
        .children(tracks.iter().map(|track| representation(track, settings)))
}

fn representation(track: &Representation, settings: &Mpd) -> Element {
    let bandwidth = match settings.bandwidth {
        MpdManifestBandwidthType::Average => track.measured.average(),
        MpdManifestBandwidthType::Max => track.measured.peak(),
    };
    let element = Element::new("Representation")
        .attribute("id", &track.id)
        .attribute("bandwidth", bandwidth)
        .attribute("codecs", &track.codec);
    let element = match &track.kind {
        TrackKind::Video { size, rate } => element
            .attribute("width", size.width)
            .attribute("height", size.height)
            .attribute("frameRate", rate)
            .attribute("sar", "1:1"),
        TrackKind::Audio { sample_rate, channels, .. } => {
            let scheme = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011";
            let channels = property("AudioChannelConfiguration", scheme, channels);
            element.attribute("audioSamplingRate", sample_rate).children([channels])
        }
    };
    match &track.place {
        Place::Each { initialization, before, after } => {
            let runs = track.measured.segments.chunk_by(|one, next| one.duration == next.duration);
            let runs = runs.map(|run| {
                let more = (run.len() > 1).then(|| run.len() - 1);
                let element = Element::new("S").attribute("t", run[0].start).attribute("d", run[0].duration);
                element.attribute_if("r", more)
            });
            let media = format!("{}$Number%09d${}", in_template(settings, before), address("", after));
            let template = Element::new("SegmentTemplate")
                .attribute("timescale", track.measured.timescale)
                .attribute("initialization", in_template(settings, initialization))
                .attribute("media", media)
                .attribute("startNumber", 1)
                .children([Element::new("SegmentTimeline").children(runs)]);
            element.children([template])
        }
        Place::Single { name, initialization, index } => {
            let range = |bytes: &Bytes| format!("{}-{}", bytes.offset, (bytes.offset + bytes.size).saturating_sub(1));
            let base = Element::new("SegmentBase")
                .attribute("timescale", track.measured.timescale)
                .attribute("indexRange", range(index))
                .children([Element::new("Initialization").attribute("range", range(initialization))]);
            element.children([Element::text("BaseURL", address(&settings.base_url, name)), base])
        }
    }
}

/// An address in a template, where `$` has a meaning.
fn in_template(settings: &Mpd, name: &str) -> String {
    address(&settings.base_url, name).replace('$', "$$")
}

/// DASH-IF IOP 4.3, section 6.2.6: tiles of thumbnails.
fn thumbnail_set(set: Element, thumbnails: &Thumbnails, settings: &Mpd) -> Element {
    let Storyboard { width, height, columns, rows, .. } = thumbnails.storyboard;
    let tile =
        property("EssentialProperty", "http://dashif.org/guidelines/thumbnail_tile", format!("{columns}x{rows}"));
    let template = Element::new("SegmentTemplate")
        .attribute("media", format!("{}.$Number%07d$.jpg", in_template(settings, &thumbnails.name)))
        .attribute("timescale", 1000)
        .attribute("duration", format!("{:.0}", thumbnails.storyboard.sheet_duration() * 1000.0))
        .attribute("startNumber", 1);
    let representation = Element::new("Representation")
        .attribute("id", format!("thumbnails{}", set.attributes[0].1))
        .attribute("bandwidth", thumbnails.bandwidth.max(1))
        .attribute("width", width * columns)
        .attribute("height", height * rows)
        .children([tile, template]);
    set.attribute("contentType", "image").attribute("mimeType", "image/jpeg").children([representation])
}
