//! The manifests of Microsoft Smooth Streaming (MS-SSTR, section 2.2.2): one for servers, one for players.

use mp4_atom::Codec;
use quick_xml::Writer;

use crate::media::probe::Size;

/// Parts of a second in which all times are counted.
pub(crate) const CLOCK: u32 = 10_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fragment {
    pub(crate) start: u64,
    pub(crate) duration: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SmoothTrack {
    pub(crate) file: String,
    /// Its number there.
    pub(crate) number: u32,
    /// Its bits per second, by which players ask for it.
    pub(crate) bitrate: u64,
    pub(crate) kind: SmoothKind,
    /// What a decoder needs beforehand; none for codecs that players of Smooth Streaming do not know.
    pub(crate) configuration: Option<Vec<u8>>,
    pub(crate) fragments: Vec<Fragment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SmoothKind {
    Video {
        size: Size,
    },
    Audio {
        /// A name that no other audio track has.
        name: String,
        language: Option<String>,
        channels: u32,
        sample_rate: u32,
    },
}

impl SmoothKind {
    const fn element(&self) -> &'static str {
        match self {
            Self::Video { .. } => "video",
            Self::Audio { .. } => "audio",
        }
    }

    /// By what name players ask for it.
    fn name(&self) -> &str {
        match self {
            Self::Video { .. } => "video",
            Self::Audio { name, .. } => name,
        }
    }

    fn language(&self) -> Option<&str> {
        match self {
            Self::Video { .. } => None,
            Self::Audio { language, .. } => language.as_deref(),
        }
    }
}

/// What a decoder of H.264 or AAC needs beforehand, as `CodecPrivateData` has it (MS-SSTR, section 2.2.2.5).
pub(crate) fn configuration(codec: &Codec) -> Option<Vec<u8>> {
    match codec {
        Codec::Avc1(entry) => {
            let avcc = &entry.avcc;
            let sets = avcc.sequence_parameter_sets.iter().chain(&avcc.picture_parameter_sets);
            Some(sets.flat_map(|set| [0, 0, 0, 1].into_iter().chain(set.iter().copied())).collect())
        }
        Codec::Mp4a(entry) => Some(entry.esds.es_desc.dec_config.dec_specific.as_ref()?.raw.clone()),
        _ => None,
    }
}

type Xml = Writer<Vec<u8>>;

fn document() -> std::io::Result<Xml> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(quick_xml::events::Event::Decl(quick_xml::events::BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    Ok(xml)
}

/// The server's manifest: which track is in which file, and the name of the players' manifest.
pub(crate) fn server_manifest(tracks: &[SmoothTrack], client: &str) -> std::io::Result<Vec<u8>> {
    let mut xml = document()?;
    let smil = xml.create_element("smil").with_attribute(("xmlns", "http://www.w3.org/2001/SMIL20/Language"));
    smil.write_inner_content(|xml| {
        xml.create_element("head").write_inner_content(|xml| {
            let meta = xml.create_element("meta").with_attribute(("name", "clientManifestRelativePath"));
            meta.with_attribute(("content", client)).write_empty()?;
            Ok(())
        })?;
        xml.create_element("body").write_inner_content(|xml| {
            xml.create_element("switch")
                .write_inner_content(|xml| tracks.iter().try_for_each(|track| served(xml, track)))?;
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(xml.into_inner())
}

fn served(xml: &mut Xml, track: &SmoothTrack) -> std::io::Result<()> {
    let element = xml.create_element(track.kind.element()).with_attribute(("src", track.file.as_str()));
    let mut element = element.with_attribute(("systemBitrate", track.bitrate.to_string().as_str()));
    if let Some(language) = track.kind.language() {
        element = element.with_attribute(("systemLanguage", language));
    }
    element.write_inner_content(|xml| {
        for (name, value) in [("trackID", track.number.to_string().as_str()), ("trackName", track.kind.name())] {
            xml.create_element("param")
                .with_attribute(("name", name))
                .with_attribute(("value", value))
                .with_attribute(("valuetype", "data"))
                .write_empty()?;
        }
        Ok(())
    })?;
    Ok(())
}

/// The players' manifest: all tracks that players know, and when their fragments begin.
pub(crate) fn client_manifest(tracks: &[SmoothTrack]) -> std::io::Result<Vec<u8>> {
    let end = |track: &SmoothTrack| track.fragments.last().map_or(0, |last| last.start + last.duration);
    let mut xml = document()?;
    xml.create_element("SmoothStreamingMedia")
        .with_attribute(("MajorVersion", "2"))
        .with_attribute(("MinorVersion", "2"))
        .with_attribute(("TimeScale", CLOCK.to_string().as_str()))
        .with_attribute(("Duration", tracks.iter().map(end).max().unwrap_or(0).to_string().as_str()))
        .write_inner_content(|xml| together(tracks).iter().try_for_each(|stream| index(xml, stream)))?;
    Ok(xml.into_inner())
}

/// The tracks between which players may switch: all video with the same fragments. Each audio track is by itself.
fn together(tracks: &[SmoothTrack]) -> Vec<Vec<&SmoothTrack>> {
    let mut streams: Vec<Vec<&SmoothTrack>> = Vec::new();
    for track in tracks.iter().filter(|track| track.configuration.is_some()) {
        let same = |first: &SmoothTrack| {
            track.kind.element() == "video" && first.kind.element() == "video" && first.fragments == track.fragments
        };
        match streams.iter_mut().find(|stream| stream.first().is_some_and(|first| same(first))) {
            Some(stream) => stream.push(track),
            None => streams.push(vec![track]),
        }
    }
    streams
}

fn index(xml: &mut Xml, stream: &[&SmoothTrack]) -> std::io::Result<()> {
    let Some(first) = stream.first() else { return Ok(()) };
    let name = first.kind.name();
    let mut element = xml
        .create_element("StreamIndex")
        .with_attribute(("Type", first.kind.element()))
        .with_attribute(("Name", name))
        .with_attribute(("Chunks", first.fragments.len().to_string().as_str()))
        .with_attribute(("QualityLevels", stream.len().to_string().as_str()))
        .with_attribute(("Url", format!("QualityLevels({{bitrate}})/Fragments({name}={{start time}})").as_str()));
    if let Some(language) = first.kind.language() {
        element = element.with_attribute(("Language", language));
    }
    element.write_inner_content(|xml| {
        stream.iter().enumerate().try_for_each(|(at, track)| quality(xml, at, track))?;
        first.fragments.iter().try_for_each(|fragment| {
            let element = xml.create_element("c").with_attribute(("t", fragment.start.to_string().as_str()));
            element.with_attribute(("d", fragment.duration.to_string().as_str())).write_empty().map(|_| ())
        })
    })?;
    Ok(())
}

fn quality(xml: &mut Xml, at: usize, track: &SmoothTrack) -> std::io::Result<()> {
    let configuration = hex::encode_upper(track.configuration.as_deref().unwrap_or_default());
    let element = xml
        .create_element("QualityLevel")
        .with_attribute(("Index", at.to_string().as_str()))
        .with_attribute(("Bitrate", track.bitrate.to_string().as_str()))
        .with_attribute(("CodecPrivateData", configuration.as_str()));
    let element = match &track.kind {
        SmoothKind::Video { size } => element
            .with_attribute(("FourCC", "H264"))
            .with_attribute(("MaxWidth", size.width.to_string().as_str()))
            .with_attribute(("MaxHeight", size.height.to_string().as_str())),
        // 255 stands for AAC as it is; a packet of sound is two samples of 16 bits.
        SmoothKind::Audio { channels, sample_rate, .. } => element
            .with_attribute(("FourCC", "AACL"))
            .with_attribute(("SamplingRate", sample_rate.to_string().as_str()))
            .with_attribute(("Channels", channels.to_string().as_str()))
            .with_attribute(("BitsPerSample", "16"))
            .with_attribute(("PacketSize", "4"))
            .with_attribute(("AudioTag", "255")),
    };
    element.write_empty().map(|_| ())
}
