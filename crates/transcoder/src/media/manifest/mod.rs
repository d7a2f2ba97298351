//! Manifests, written from what was measured.

pub(crate) mod dash;
pub(crate) mod hls;
mod measured;
pub(crate) mod smooth;

pub(crate) use measured::{Bytes, KeyFrame, Measured, MeasuredSegment, Rates};

use mp4_atom::{Avcc, Codec, Hvcc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};

use super::{probe::Size, timecode::FrameRate};

/// Everything that is not plain in a path; above all spaces, quotes, line breaks, `?` and `#`.
const UNSAFE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/')
    .remove(b'!')
    .remove(b'(')
    .remove(b')');

/// The address of a file with this name, relative to its manifest or below a base address.
pub(crate) fn address(base_url: &str, name: &str) -> String {
    format!("{base_url}{}", utf8_percent_encode(name, UNSAFE))
}

/// What DASH and Smooth Streaming announce of a track.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TrackKind {
    Video {
        size: Size,
        rate: FrameRate,
    },
    Audio {
        language: Option<String>,
        /// What players show.
        label: Option<String>,
        channels: u32,
        /// In hertz.
        sample_rate: u32,
    },
}

/// Tracks with the same key, which players may switch between, in the order of their first ones.
fn together<'t, T, K: PartialEq>(tracks: impl IntoIterator<Item = &'t T>, key: impl Fn(&'t T) -> K) -> Vec<Vec<&'t T>> {
    let mut sets: Vec<(K, Vec<&T>)> = Vec::new();
    for track in tracks {
        let key = key(track);
        match sets.iter_mut().find(|(known, _)| *known == key) {
            Some((_, set)) => set.push(track),
            None => sets.push((key, vec![track])),
        }
    }
    sets.into_iter().map(|(_, set)| set).collect()
}

struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn new(name: &'static str) -> Self {
        Self { name, attributes: Vec::new(), text: String::new(), children: Vec::new() }
    }

    fn text(name: &'static str, text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::new(name) }
    }

    fn attribute(self, name: &'static str, value: impl ToString) -> Self {
        self.attribute_if(name, Some(value))
    }

    fn attribute_if(mut self, name: &'static str, value: Option<impl ToString>) -> Self {
        self.attributes.extend(value.map(|value| (name, value.to_string())));
        self
    }

    fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    /// The document of which this is the root.
    fn document(&self) -> Vec<u8> {
        let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
        let declared = xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        declared.and_then(|()| self.write(&mut xml)).expect("writing into memory does not fail");
        xml.into_inner()
    }

    fn write(&self, xml: &mut Writer<Vec<u8>>) -> std::io::Result<()> {
        let attributes = self.attributes.iter().map(|(name, value)| (*name, value.as_str()));
        let element = xml.create_element(self.name).with_attributes(attributes);
        if !self.text.is_empty() {
            element.write_text_content(BytesText::new(&self.text))?;
        } else if self.children.is_empty() {
            element.write_empty()?;
        } else {
            element.write_inner_content(|xml| self.children.iter().try_for_each(|child| child.write(xml)))?;
        }
        Ok(())
    }
}

/// The name of a codec with its profile and level, such as `avc1.64001F` (RFC 6381), from the configuration that the
/// encoder wrote; none for codecs that manifests do not know.
pub(crate) fn codec_name(codec: &Codec) -> Option<String> {
    Some(match codec {
        Codec::Avc1(entry) => avc("avc1", &entry.avcc),
        Codec::Avc3(entry) => avc("avc3", &entry.avcc),
        Codec::Hvc1(entry) => hevc("hvc1", &entry.hvcc),
        Codec::Hev1(entry) => hevc("hev1", &entry.hvcc),
        // AV1 Codec ISO Media File Format Binding, section 5: profile, level and tier, bit depth.
        Codec::Av01(entry) => {
            let av1c = &entry.av1c;
            let tier = if av1c.seq_tier_0 { 'H' } else { 'M' };
            let depth = match (av1c.high_bitdepth, av1c.twelve_bit) {
                (false, _) => 8,
                (true, false) => 10,
                (true, true) => 12,
            };
            format!("av01.{}.{:02}{tier}.{depth:02}", av1c.seq_profile, av1c.seq_level_idx_0)
        }
        Codec::Vp09(entry) => {
            let vpcc = &entry.vpcc;
            format!("vp09.{:02}.{:02}.{:02}", vpcc.profile, vpcc.level, vpcc.bit_depth)
        }
        Codec::Mp4a(entry) => {
            const AUDIO: u8 = 0x40;
            let config = &entry.esds.es_desc.dec_config;
            match (&config.dec_specific, config.object_type_indication) {
                (Some(specific), AUDIO) => format!("mp4a.40.{}", specific.profile),
                (_, kind) => format!("mp4a.{kind:02x}"),
            }
        }
        Codec::Ac3(_) => "ac-3".to_owned(),
        Codec::Eac3(_) => "ec-3".to_owned(),
        Codec::Opus(_) => "opus".to_owned(),
        Codec::Flac(_) => "flac".to_owned(),
        _ => return None,
    })
}

fn avc(entry: &str, avcc: &Avcc) -> String {
    let Avcc { avc_profile_indication, profile_compatibility, avc_level_indication, .. } = avcc;
    format!("{entry}.{avc_profile_indication:02X}{profile_compatibility:02X}{avc_level_indication:02X}")
}

/// ISO/IEC 14496-15, annex E: profile, compatibility in the reverse order of bits, tier and level, constraints.
fn hevc(entry: &str, hvcc: &Hvcc) -> String {
    let space = ["", "A", "B", "C"][usize::from(hvcc.general_profile_space & 3)];
    let compatible = u32::from_be_bytes(hvcc.general_profile_compatibility_flags).reverse_bits();
    let tier = if hvcc.general_tier_flag { 'H' } else { 'L' };
    let constraints = &hvcc.general_constraint_indicator_flags;
    let used = constraints.iter().rposition(|flags| *flags != 0).map_or(0, |last| last + 1);
    let constraints = constraints[..used].iter().map(|flags| format!(".{flags:X}")).collect::<Vec<_>>().concat();
    let Hvcc { general_profile_idc: profile, general_level_idc: level, .. } = hvcc;
    format!("{entry}.{space}{profile}.{compatible:X}.{tier}{level}{constraints}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_one_address() {
        let table = [
            ("", "film_00001.ts", "film_00001.ts"),
            ("https://cdn/x/", "a b\"#?%.ts", "https://cdn/x/a%20b%22%23%3F%25.ts"),
            ("", "ü\n#EXT.ts", "%C3%BC%0A%23EXT.ts"),
        ];
        for (base, name, expected) in table {
            assert_eq!(address(base, name), expected);
        }
        assert_eq!(hls::quotable("a\"b\nc"), "abc");
    }
}
