//! DASH manifests (ISO/IEC 23009-1).

use quick_xml::{Writer, events::BytesText};

use super::{
    address,
    measured::{Bytes, Measured},
};
use crate::media::{
    capture::Storyboard,
    plan::{BandwidthKind, Mpd, MpdProfile},
    probe::Size,
    timecode::FrameRate,
};

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Representation {
    pub(crate) id: String,
    pub(crate) kind: TrackKind,
    pub(crate) codec: String,
    pub(crate) measured: Measured,
    pub(crate) place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TrackKind {
    Video {
        size: Size,
        rate: FrameRate,
    },
    Audio {
        language: Option<String>,
        label: Option<String>,
        channels: u32,
        /// The sampling rate in hertz.
        sample_rate: u32,
    },
}

/// Where the segments of a track are.
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

type Xml = Writer<Vec<u8>>;

pub(crate) fn mpd(contents: &Contents, settings: &Mpd) -> std::io::Result<Vec<u8>> {
    let longest = contents.tracks.iter().map(|track| track.measured.longest()).fold(0.0, f64::max);
    let duration = contents.tracks.iter().map(|track| track.measured.duration()).fold(0.0, f64::max);
    let is_single = contents.tracks.iter().any(|track| matches!(track.place, Place::Single { .. }));
    let profile = match settings.profile {
        MpdProfile::Live if !is_single => "urn:mpeg:dash:profile:isoff-live:2011",
        _ => "urn:mpeg:dash:profile:isoff-on-demand:2011",
    };
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(quick_xml::events::Event::Decl(quick_xml::events::BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("MPD")
        .with_attribute(("xmlns", "urn:mpeg:dash:schema:mpd:2011"))
        .with_attribute(("profiles", profile))
        .with_attribute(("type", "static"))
        .with_attribute(("mediaPresentationDuration", time(duration).as_str()))
        .with_attribute(("maxSegmentDuration", time(longest).as_str()))
        .with_attribute(("minBufferTime", time(settings.min_buffer).as_str()))
        .write_inner_content(|xml| {
            let period = xml.create_element("Period").with_attribute(("id", "1")).with_attribute(("start", "PT0S"));
            period.write_inner_content(|xml| sets(xml, contents, settings))?;
            Ok(())
        })?;
    let mut text = xml.into_inner();
    text.push(b'\n');
    Ok(text)
}

/// `PT6.006S`
fn time(seconds: f64) -> String {
    let text = format!("{seconds:.6}");
    format!("PT{}S", text.trim_end_matches('0').trim_end_matches('.'))
}

fn sets(xml: &mut Xml, contents: &Contents, settings: &Mpd) -> std::io::Result<()> {
    let mut number = 0;
    let mut id = || {
        number += 1;
        number.to_string()
    };
    for set in together(&contents.tracks) {
        adaptation_set(xml, &id(), &set, settings)?;
    }
    for captions in &contents.captions {
        let set = xml.create_element("AdaptationSet").with_attribute(("id", id().as_str()));
        let set = set.with_attribute(("contentType", "text")).with_attribute(("mimeType", "text/vtt"));
        let set = set.with_attribute(("lang", captions.language.as_deref().unwrap_or("und")));
        set.write_inner_content(|xml| {
            role(xml, "subtitle")?;
            label(xml, &captions.label)?;
            let representation = xml.create_element("Representation");
            let representation = representation.with_attribute(("id", captions.name.as_str()));
            representation
                .with_attribute(("bandwidth", captions.bandwidth.max(1).to_string().as_str()))
                .write_inner_content(|xml| element(xml, "BaseURL", &address(&settings.base_url, &captions.name)))?;
            Ok(())
        })?;
    }
    for thumbnails in &contents.thumbnails {
        thumbnail_set(xml, &id(), thumbnails, settings)?;
    }
    Ok(())
}

/// Tracks between which players may switch: all video of the same codec, all audio of the same language, codec and name.
fn together(tracks: &[Representation]) -> Vec<Vec<&Representation>> {
    let mut sets: Vec<Vec<&Representation>> = Vec::new();
    for track in tracks {
        let same = |other: &Representation| {
            let codec = |track: &Representation| track.codec.split('.').next().map(str::to_owned);
            let alike = match (&track.kind, &other.kind) {
                (TrackKind::Video { .. }, TrackKind::Video { .. }) => true,
                (
                    TrackKind::Audio { language, label, channels, .. },
                    TrackKind::Audio { language: other_language, label: other_label, channels: other_channels, .. },
                ) => (language, label, channels) == (other_language, other_label, other_channels),
                _ => false,
            };
            alike && codec(track) == codec(other)
        };
        match sets.iter_mut().find(|set| set.first().is_some_and(|first| same(first))) {
            Some(set) => set.push(track),
            None => sets.push(vec![track]),
        }
    }
    sets
}

fn adaptation_set(xml: &mut Xml, id: &str, set: &[&Representation], settings: &Mpd) -> std::io::Result<()> {
    let Some(first) = set.first() else { return Ok(()) };
    let element = xml.create_element("AdaptationSet").with_attribute(("id", id));
    let element = match &first.kind {
        TrackKind::Video { .. } => {
            element.with_attribute(("contentType", "video")).with_attribute(("mimeType", "video/mp4"))
        }
        TrackKind::Audio { language, .. } => element
            .with_attribute(("contentType", "audio"))
            .with_attribute(("mimeType", "audio/mp4"))
            .with_attribute(("lang", language.as_deref().unwrap_or("und"))),
    };
    let aligned = match first.place {
        Place::Each { .. } => "segmentAlignment",
        Place::Single { .. } => "subsegmentAlignment",
    };
    let alone = match first.place {
        Place::Each { .. } => "startWithSAP",
        Place::Single { .. } => "subsegmentStartsWithSAP",
    };
    element.with_attribute((aligned, "true")).with_attribute((alone, "1")).write_inner_content(|xml| {
        if let TrackKind::Audio { label: Some(text), .. } = &first.kind {
            label(xml, text)?;
        }
        set.iter().try_for_each(|track| representation(xml, track, settings))
    })?;
    Ok(())
}

fn representation(xml: &mut Xml, track: &Representation, settings: &Mpd) -> std::io::Result<()> {
    let bandwidth = match settings.bandwidth {
        BandwidthKind::Average => track.measured.average(),
        BandwidthKind::Peak => track.measured.peak(),
    };
    let element = xml.create_element("Representation").with_attribute(("id", track.id.as_str()));
    let element = element.with_attribute(("bandwidth", bandwidth.to_string().as_str()));
    let element = element.with_attribute(("codecs", track.codec.as_str()));
    let element = match &track.kind {
        TrackKind::Video { size, rate } => element
            .with_attribute(("width", size.width.to_string().as_str()))
            .with_attribute(("height", size.height.to_string().as_str()))
            .with_attribute(("frameRate", rate.to_string().as_str()))
            .with_attribute(("sar", "1:1")),
        TrackKind::Audio { sample_rate, .. } => {
            element.with_attribute(("audioSamplingRate", sample_rate.to_string().as_str()))
        }
    };
    element.write_inner_content(|xml| {
        if let TrackKind::Audio { channels, .. } = &track.kind {
            xml.create_element("AudioChannelConfiguration")
                .with_attribute(("schemeIdUri", "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"))
                .with_attribute(("value", channels.to_string().as_str()))
                .write_empty()?;
        }
        match &track.place {
            Place::Each { initialization, before, after } => {
                template(xml, track, (initialization, before, after), settings)
            }
            Place::Single { name, initialization, index } => {
                self::element(xml, "BaseURL", &address(&settings.base_url, name))?;
                xml.create_element("SegmentBase")
                    .with_attribute(("timescale", track.measured.timescale.to_string().as_str()))
                    .with_attribute(("indexRange", range(*index).as_str()))
                    .write_inner_content(|xml| {
                        let element = xml.create_element("Initialization");
                        element.with_attribute(("range", range(*initialization).as_str())).write_empty()?;
                        Ok(())
                    })?;
                Ok(())
            }
        }
    })?;
    Ok(())
}

fn range(bytes: Bytes) -> String {
    format!("{}-{}", bytes.offset, (bytes.offset + bytes.size).saturating_sub(1))
}

/// An address in a template, where `$` has a meaning.
fn in_template(settings: &Mpd, name: &str) -> String {
    address(&settings.base_url, name).replace('$', "$$")
}

fn template(
    xml: &mut Xml,
    track: &Representation,
    (initialization, before, after): (&str, &str, &str),
    settings: &Mpd,
) -> std::io::Result<()> {
    let media = format!("{}$Number%09d${}", in_template(settings, before), address("", after));
    xml.create_element("SegmentTemplate")
        .with_attribute(("timescale", track.measured.timescale.to_string().as_str()))
        .with_attribute(("initialization", in_template(settings, initialization).as_str()))
        .with_attribute(("media", media.as_str()))
        .with_attribute(("startNumber", "1"))
        .write_inner_content(|xml| {
            xml.create_element("SegmentTimeline").write_inner_content(|xml| {
                let segments = track.measured.segments.as_slice();
                for run in segments.chunk_by(|one, next| one.duration == next.duration) {
                    let Some(first) = run.first() else { continue };
                    let mut element = xml.create_element("S").with_attribute(("t", first.start.to_string().as_str()));
                    element = element.with_attribute(("d", first.duration.to_string().as_str()));
                    if run.len() > 1 {
                        element = element.with_attribute(("r", (run.len() - 1).to_string().as_str()));
                    }
                    element.write_empty()?;
                }
                Ok(())
            })?;
            Ok(())
        })?;
    Ok(())
}

/// DASH-IF IOP 4.3, section 6.2.6: tiles of thumbnails.
fn thumbnail_set(xml: &mut Xml, id: &str, thumbnails: &Thumbnails, settings: &Mpd) -> std::io::Result<()> {
    let Storyboard { width, height, columns, rows, .. } = thumbnails.storyboard;
    let set = xml.create_element("AdaptationSet").with_attribute(("id", id)).with_attribute(("contentType", "image"));
    set.with_attribute(("mimeType", "image/jpeg")).write_inner_content(|xml| {
        let representation =
            xml.create_element("Representation").with_attribute(("id", format!("thumbnails{id}").as_str()));
        representation
            .with_attribute(("bandwidth", thumbnails.bandwidth.max(1).to_string().as_str()))
            .with_attribute(("width", (width * columns).to_string().as_str()))
            .with_attribute(("height", (height * rows).to_string().as_str()))
            .write_inner_content(|xml| {
                xml.create_element("EssentialProperty")
                    .with_attribute(("schemeIdUri", "http://dashif.org/guidelines/thumbnail_tile"))
                    .with_attribute(("value", format!("{columns}x{rows}").as_str()))
                    .write_empty()?;
                let media = format!("{}.$Number%07d$.jpg", in_template(settings, &thumbnails.name));
                let duration = thumbnails.storyboard.sheet_duration() * 1000.0;
                xml.create_element("SegmentTemplate")
                    .with_attribute(("media", media.as_str()))
                    .with_attribute(("timescale", "1000"))
                    .with_attribute(("duration", format!("{duration:.0}").as_str()))
                    .with_attribute(("startNumber", "1"))
                    .write_empty()?;
                Ok(())
            })?;
        Ok(())
    })?;
    Ok(())
}

fn role(xml: &mut Xml, value: &str) -> std::io::Result<()> {
    xml.create_element("Role")
        .with_attribute(("schemeIdUri", "urn:mpeg:dash:role:2011"))
        .with_attribute(("value", value))
        .write_empty()?;
    Ok(())
}

fn label(xml: &mut Xml, text: &str) -> std::io::Result<()> {
    element(xml, "Label", text)
}

fn element(xml: &mut Xml, name: &str, text: &str) -> std::io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(text))?;
    Ok(())
}
