//! The manifests of Microsoft Smooth Streaming (MS-SSTR, section 2.2.2): one for servers, one for players.

use mp4_atom::Codec;

use super::{Element, TrackKind, together};

/// Parts of a second in which all times are counted.
pub(crate) const CLOCK: u32 = 10_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fragment {
    pub(crate) start: u64,
    pub(crate) duration: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SmoothTrack {
    pub(crate) file: String,
    /// Its number there.
    pub(crate) number: u32,
    /// By what name players ask for it, which no other audio track has: all videos share one.
    pub(crate) name: String,
    /// Its bits per second, by which players ask for it.
    pub(crate) bitrate: u64,
    pub(crate) kind: TrackKind,
    /// What a decoder needs beforehand; none for codecs that players of Smooth Streaming do not know.
    pub(crate) configuration: Option<Vec<u8>>,
    pub(crate) fragments: Vec<Fragment>,
}

impl SmoothTrack {
    const fn element(&self) -> &'static str {
        match &self.kind {
            TrackKind::Video { .. } => "video",
            TrackKind::Audio { .. } => "audio",
        }
    }

    const fn language(&self) -> Option<&String> {
        match &self.kind {
            TrackKind::Video { .. } => None,
            TrackKind::Audio { language, .. } => language.as_ref(),
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

/// The server's manifest: which track is in which file, and the name of the players' manifest.
pub(crate) fn server_manifest(tracks: &[SmoothTrack], client: &str) -> Vec<u8> {
    let meta = Element::new("meta").attribute("name", "clientManifestRelativePath").attribute("content", client);
    let tracks = tracks.iter().map(|track| {
        let parameters = [("trackID", track.number.to_string()), ("trackName", track.name.clone())];
        let parameters = parameters.map(|(name, value)| {
            Element::new("param").attribute("name", name).attribute("value", value).attribute("valuetype", "data")
        });
        Element::new(track.element())
            .attribute("src", &track.file)
            .attribute("systemBitrate", track.bitrate)
            .attribute_if("systemLanguage", track.language())
            .children(parameters)
    });
    let body = Element::new("body").children([Element::new("switch").children(tracks)]);
    let smil = Element::new("smil").attribute("xmlns", "http://www.w3.org/2001/SMIL20/Language");
    smil.children([Element::new("head").children([meta]), body]).document()
}

/// The players' manifest: all tracks that players know, and when their fragments begin.
pub(crate) fn client_manifest(tracks: &[SmoothTrack]) -> Vec<u8> {
    let end = |track: &SmoothTrack| track.fragments.last().map_or(0, |last| last.start + last.duration);
    let known = tracks.iter().filter(|track| track.configuration.is_some());
    // Players may switch between all video with the same fragments. Each audio track is by itself.
    let streams = together(known, |track| (&track.name, &track.fragments));
    Element::new("SmoothStreamingMedia")
        .attribute("MajorVersion", 2)
        .attribute("MinorVersion", 2)
        .attribute("TimeScale", CLOCK)
        .attribute("Duration", tracks.iter().map(end).max().unwrap_or(0))
        .children(streams.iter().map(|stream| index(stream)))
        .document()
}

fn index(stream: &[&SmoothTrack]) -> Element {
    let first = stream[0];
    let chunks = first.fragments.iter();
    Element::new("StreamIndex")
        .attribute("Type", first.element())
        .attribute("Name", &first.name)
        .attribute("Chunks", first.fragments.len())
        .attribute("QualityLevels", stream.len())
        .attribute("Url", format!("QualityLevels({{bitrate}})/Fragments({}={{start time}})", first.name))
        .attribute_if("Language", first.language())
        .children(stream.iter().enumerate().map(|(at, track)| quality(at, track)))
        .children(chunks.map(|chunk| Element::new("c").attribute("t", chunk.start).attribute("d", chunk.duration)))
}

fn quality(at: usize, track: &SmoothTrack) -> Element {
    let configuration = hex::encode_upper(track.configuration.as_deref().unwrap_or_default());
    let element = Element::new("QualityLevel")
        .attribute("Index", at)
        .attribute("Bitrate", track.bitrate)
        .attribute("CodecPrivateData", configuration);
    match &track.kind {
        TrackKind::Video { size, .. } => {
            element.attribute("FourCC", "H264").attribute("MaxWidth", size.width).attribute("MaxHeight", size.height)
        }
        // 255 stands for AAC as it is; a packet of sound is two samples of 16 bits.
        TrackKind::Audio { channels, sample_rate, .. } => element
            .attribute("FourCC", "AACL")
            .attribute("SamplingRate", sample_rate)
            .attribute("Channels", channels)
            .attribute("BitsPerSample", 16)
            .attribute("PacketSize", 4)
            .attribute("AudioTag", 255),
    }
}
