//! Any bytes are a media file or a typed error: nothing in them makes the parsers panic, hang or allocate without end.

use std::sync::{Mutex, Once};

use proptest::prelude::*;
use runtime::media::{MediaError, parse};

/// Where this crate's own parsers panicked; what libraries do inside is caught, and counts as a damaged file.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn look(bytes: &[u8]) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let other = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            if place.contains("src/media") {
                PANICS.lock().unwrap().push(place);
            } else if !place.contains(".cargo") {
                other(panic);
            }
        }));
    });
    if let Ok(info) = parse(bytes) {
        assert!(info.has_tracks());
        assert_eq!(info.container.file_size, bytes.len() as u64);
        serde_json::to_string(&info).unwrap();
    }
    assert_eq!(*PANICS.lock().unwrap(), Vec::<String>::new());
}

/// Boxes in boxes, with sizes that are right or odd.
fn boxes() -> impl Strategy<Value = Vec<u8>> {
    const KINDS: [&[u8; 4]; 34] = [
        b"moov", b"mvhd", b"trak", b"tkhd", b"mdia", b"mdhd", b"hdlr", b"minf", b"stbl", b"stsd", b"stts", b"stsz",
        b"edts", b"elst", b"mvex", b"mehd", b"trex", b"moof", b"traf", b"tfhd", b"tfdt", b"trun", b"sidx", b"mfra",
        b"tfra", b"mfro", b"avc1", b"avcC", b"hvc1", b"hvcC", b"av01", b"av1C", b"mp4a", b"esds",
    ];
    let kind = prop::sample::select(&KINDS[..]);
    let handler = prop::sample::select(&[b"vide", b"soun", b"text"][..]);
    let body = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..100),
        prop::collection::vec(prop::sample::select(&[0, 0, 0, 1, 255][..]), 0..100),
        handler.prop_map(|handler| [&[0; 8], &handler[..], &[0; 13]].concat()),
    ];
    let leaf = (kind.clone(), body).prop_map(|(kind, body)| sized(*kind, &body, None));
    leaf.prop_recursive(6, 64, 6, move |inner| {
        let odd = prop::option::weighted(0.05, any::<u32>());
        (kind.clone(), prop::collection::vec(inner, 0..6), odd)
            .prop_map(|(kind, inner, odd)| sized(*kind, &inner.concat(), odd))
    })
}

fn sized(kind: [u8; 4], body: &[u8], size: Option<u32>) -> Vec<u8> {
    let size = size.unwrap_or(u32::try_from(body.len() + 8).unwrap());
    [&size.to_be_bytes(), &kind[..], body].concat()
}

/// Elements in elements.
fn elements() -> impl Strategy<Value = Vec<u8>> {
    const IDS: [u32; 22] = [
        0x1853_8067,
        0x114D_9B74,
        0x4DBB,
        0x53AB,
        0x53AC,
        0x1549_A966,
        0x2A_D7B1,
        0x4489,
        0x1654_AE6B,
        0xAE,
        0xD7,
        0x83,
        0x86,
        0x63A2,
        0xE0,
        0xB0,
        0xBA,
        0x54B0,
        0x7670,
        0x1F43_B675,
        0xE7,
        0xA3,
    ];
    let id = prop::sample::select(&IDS[..]);
    let body =
        prop_oneof![prop::collection::vec(any::<u8>(), 0..40), Just(b"V_MPEG4/ISO/AVC".to_vec()), Just(vec![1]),];
    let leaf = (id.clone(), body).prop_map(|(id, body)| element(id, &body, None));
    leaf.prop_recursive(4, 64, 6, move |inner| {
        let odd = prop::option::weighted(0.05, any::<u8>());
        (id.clone(), prop::collection::vec(inner, 0..6), odd)
            .prop_map(|(id, inner, odd)| element(id, &inner.concat(), odd))
    })
}

fn element(id: u32, body: &[u8], size: Option<u8>) -> Vec<u8> {
    let id: Vec<u8> = id.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    let size = match size {
        Some(size) => vec![size],
        None => (u32::try_from(body.len()).unwrap() | 0x1000_0000).to_be_bytes().to_vec(),
    };
    [id, size, body.to_vec()].concat()
}

const EBML: &[u8] = b"\x1A\x45\xDF\xA3\x8B\x42\x82\x88matroska";

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        look(&bytes);
        look(&[EBML, &bytes].concat());
        look(&[b"\0\0\0\x08ftyp", &bytes[..]].concat());
    }

    #[test]
    fn any_boxes(boxes in prop::collection::vec(boxes(), 0..4)) {
        look(&[b"\0\0\0\x08ftyp", &boxes.concat()[..]].concat());
    }

    #[test]
    fn any_movie(boxes in boxes(), after in boxes()) {
        look(&[sized(*b"moov", &boxes, None), after].concat());
    }

    #[test]
    fn any_elements(elements in prop::collection::vec(elements(), 0..4)) {
        look(&[EBML, &elements.concat()[..]].concat());
        look(&[EBML, &element(0x1853_8067, &elements.concat(), None)].concat());
    }

    #[test]
    fn any_packets(packets in prop::collection::vec((0_u16..4, any::<bool>(), prop::collection::vec(any::<u8>(), 0..184)), 1..8)) {
        let packets = packets.into_iter().flat_map(|(pid, is_start, body)| {
            let pid = (if pid == 0 { 0 } else { 0xFF + pid }) | if is_start { 0x4000 } else { 0 };
            let mut packet = [&[0x47][..], &pid.to_be_bytes(), &[0x10], &body].concat();
            packet.resize(188, 0);
            packet
        });
        // A table that names a map, and a map that names a stream.
        let tables = [
            &[0x47, 0x40, 0, 0x10, 0, 0, 0xB0, 13, 0, 1, 0xC1, 0, 0, 0, 1, 0xE1, 0, 0, 0, 0, 0][..], &[0xFF; 167],
            &[0x47, 0x41, 0, 0x10, 0, 2, 0xB0, 18, 0, 1, 0xC1, 0, 0, 0xE1, 1, 0xF0, 0, 0x1B, 0xE1, 1, 0xF0, 0, 0, 0, 0, 0],
            &[0xFF; 162],
        ].concat();
        look(&[tables, packets.collect()].concat());
    }
}

#[test]
fn files_that_lead_in_circles() {
    let seek = |position: u8| {
        let entry = [element(0x53AB, &[0x11, 0x4D, 0x9B, 0x74], None), element(0x53AC, &[position], None)].concat();
        element(0x114D_9B74, &element(0x4DBB, &entry, None), None)
    };
    for bytes in [
        [EBML, &element(0x1853_8067, &seek(0), None)].concat(),
        [EBML, &element(0x1853_8067, &[element(0xBF, &[0; 4], None), seek(0)].concat(), None)].concat(),
        [EBML, b"\x18\x53\x80\x67\xFF"].concat(),
        b"\0\0\0\x08ftyp\0\0\0\x01mdat\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF".to_vec(),
        b"\0\0\0\x08ftyp\0\0\0\x01mdat\0\0\0\0\0\0\0\x01".to_vec(),
        b"\0\0\0\x08ftyp\0\0\0\x02mdat".to_vec(),
        b"\0\0\0\x08ftyp\0\0\0\0moov".to_vec(),
    ] {
        assert!(parse(&bytes).is_err(), "{bytes:?}");
        look(&bytes);
    }
    assert_eq!(parse(&b"\0\0\0\x08free".repeat(20_000)), Err(MediaError::TooScattered));
}
