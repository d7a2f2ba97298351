//! What the name of a pixel format tells, such as `yuv420p10le`.

/// How colours are sampled, and how many bits a sample has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pixels {
    /// Such as `4:2:0`.
    pub(super) chroma: Option<&'static str>,
    /// Bits per sample.
    pub(super) bits: u32,
}

/// Parts of names, and what they mean for colours; the first that fits counts.
const CHROMA: [(&str, &str); 17] = [
    ("420", "4:2:0"),
    ("422", "4:2:2"),
    ("444", "4:4:4"),
    ("440", "4:4:0"),
    ("411", "4:1:1"),
    ("410", "4:1:0"),
    ("nv12", "4:2:0"),
    ("nv21", "4:2:0"),
    ("nv16", "4:2:2"),
    ("p01", "4:2:0"),
    ("p21", "4:2:2"),
    ("p41", "4:4:4"),
    ("gbr", "4:4:4"),
    ("rgb", "4:4:4"),
    ("bgr", "4:4:4"),
    ("uyvy", "4:2:2"),
    ("gray", "4:0:0"),
];

/// Endings of names that tell of more than eight bits.
const BITS: [(&str, u32); 5] = [("9", 9), ("10", 10), ("12", 12), ("14", 14), ("16", 16)];

pub(super) fn pixels(name: &str) -> Pixels {
    let chroma = CHROMA.iter().find(|(part, _)| name.contains(part)).map(|(_, chroma)| *chroma);
    // Eight-bit formats have no byte order; others end in it.
    let wide = name.strip_suffix("le").or_else(|| name.strip_suffix("be"));
    let bits = wide.and_then(|name| BITS.iter().find(|(end, _)| name.ends_with(end))).map_or(8, |(_, bits)| *bits);
    Pixels { chroma, bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, chroma, bits) in [
            ("yuv420p", Some("4:2:0"), 8),
            ("yuvj420p", Some("4:2:0"), 8),
            ("yuv420p10le", Some("4:2:0"), 10),
            ("yuva444p16be", Some("4:4:4"), 16),
            ("nv12", Some("4:2:0"), 8),
            ("p010le", Some("4:2:0"), 10),
            ("gbrp12le", Some("4:4:4"), 12),
            ("gray", Some("4:0:0"), 8),
            ("yuv410p", Some("4:1:0"), 8),
            ("pal8", None, 8),
        ] {
            assert_eq!(pixels(name), Pixels { chroma, bits }, "{name}");
        }
    }
}
