use proptest::prelude::*;
use serde_json::{Value, json};
use strum::VariantArray as _;

use super::*;
use crate::{record::sample, settings::InputRotate, size::Size};

fn record(info: &Value, rotate: InputRotate) -> Record {
    sample(&json!({"srcVideo": "a.mp4", "srcMediainfo": info.to_string(), "inputRotate": rotate}))
}

fn templates() -> Templates {
    Templates { p2160: "uhd".to_owned(), p1080: "fhd".to_owned(), p720: "hd".to_owned() }
}

fn video(track: &Value) -> Value {
    json!({ "video": [track], "audio": [{ "codec": "AAC" }] })
}

#[test]
fn tiers_of_sizes() {
    for ((width, height), tier, thumbnails) in [
        ((7680, 4320), "uhd", (3840, 2160)),
        ((4096, 2160), "uhd", (3840, 2026)),
        ((3840, 1600), "uhd", (3840, 1600)),
        ((2880, 2160), "uhd", (2880, 2160)),
        ((3839, 2159), "fhd", (1920, 1080)),
        ((2560, 1440), "fhd", (1920, 1080)),
        ((1920, 1080), "fhd", (1920, 1080)),
        ((1080, 1920), "fhd", (1080, 1920)),
        ((1920, 800), "fhd", (1920, 800)),
        ((1440, 1080), "fhd", (1440, 1080)),
        ((1080, 1080), "fhd", (1080, 1080)),
        ((1900, 1060), "hd", (1280, 714)),
        ((1280, 720), "hd", (1280, 720)),
        ((720, 1280), "hd", (720, 1280)),
        ((640, 360), "hd", (640, 360)),
        ((321, 241), "hd", (320, 240)),
    ] {
        let info = video(&json!({ "width": width, "height": height }));
        let record = apply(record(&info, InputRotate::Auto), &templates()).unwrap();
        let template = record.encoding.job_template.as_deref();
        assert_eq!(template, Some(tier), "{width}x{height}");
        let size = (record.encoding.frame_capture_width.unwrap(), record.encoding.frame_capture_height.unwrap());
        assert_eq!(size, thumbnails, "{width}x{height}");
        assert_eq!((record.source.src_width, record.source.src_height), (Some(width), Some(height)));
        assert_eq!(record.encoding.is_custom_template, Some(false));
    }
}

#[test]
fn rotations() {
    use InputRotate::{Auto, Degree0, Degrees90, Degrees180, Degrees270};
    let phone = json!({ "width": 1920, "height": 1080, "displayWidth": 1080, "displayHeight": 1920, "rotation": 90 });
    let bare = json!({ "width": "1920", "height": "1080", "rotation": "-90.0" });
    let anamorphic =
        json!({ "width": 1440, "height": 1080, "displayWidth": 1920, "displayHeight": 1080, "rotation": 0 });
    for (track, rotate, width, height) in [
        (&phone, Auto, 1080, 1920),
        (&phone, Degree0, 1920, 1080),
        (&phone, Degrees90, 1080, 1920),
        (&phone, Degrees180, 1920, 1080),
        (&phone, Degrees270, 1080, 1920),
        (&bare, Auto, 1080, 1920),
        (&bare, Degree0, 1920, 1080),
        (&anamorphic, Auto, 1920, 1080),
        (&anamorphic, Degrees90, 1080, 1920),
    ] {
        let tracks = Tracks::of(&record(&video(track), rotate)).unwrap();
        assert_eq!(tracks.picture, Some(Size { width, height }), "{track} {rotate}");
    }
}

#[test]
fn sources_with_and_without_tracks() {
    let of = |info: Value| Tracks::of(&record(&info, InputRotate::Auto)).map_err(|error| error.to_string());
    let picture = Some(Size { width: 64, height: 48 });
    let track = json!({ "width": 64, "height": 48 });
    let nothing = "`a.mp4` has no video track with a size and no audio track";
    for (info, expected) in [
        (json!({ "video": [track], "audio": [{}] }), Ok((picture, true))),
        (json!({ "video": [track], "audio": [] }), Ok((picture, false))),
        (json!({ "video": [{ "codec": "mjpeg" }, track] }), Ok((picture, false))),
        (json!({ "video": [], "audio": [{}, {}] }), Ok((None, true))),
        (json!({ "audio": [{}] }), Ok((None, true))),
        (json!({ "video": [{ "width": 0, "height": 0 }], "audio": "none" }), Err(nothing)),
        (json!({ "video": [{ "width": 1e12, "height": 4 }] }), Err(nothing)),
        (json!(null), Err(nothing)),
        (json!([]), Err(nothing)),
    ] {
        let expected = expected.map(|(picture, sound)| Tracks { picture, sound }).map_err(str::to_owned);
        assert_eq!(of(info.clone()), expected, "{info}");
    }

    let mut damaged = record(&json!({}), InputRotate::Auto);
    damaged.source.src_mediainfo = Some("<xml>".to_owned());
    assert_eq!(
        apply(damaged.clone(), &templates()).unwrap_err().to_string(),
        "the media information of `a.mp4` is not JSON"
    );
    damaged.source.src_mediainfo = None;
    assert_eq!(apply(damaged, &templates()).unwrap_err().to_string(), "`a.mp4` has no media information");
}

#[test]
fn sound_alone_takes_the_lowest_tier_and_has_no_thumbnails() {
    let record = apply(record(&json!({ "audio": [{}] }), InputRotate::Auto), &templates()).unwrap();
    assert_eq!(record.encoding.encoding_profile, Some(720));
    assert_eq!(record.encoding.job_template.as_deref(), Some("hd"));
    assert_eq!(record.encoding.frame_capture_width, None);
    assert_eq!(record.source.src_width, None);
}

#[test]
fn a_template_of_the_metadata_file_stays_and_an_earlier_choice_does_not() {
    for (name, custom, chosen, is_custom) in [
        (Some("mine"), None, "mine", true),
        (Some("mine"), Some(true), "mine", true),
        (Some("fhd"), Some(false), "hd", false),
        (Some(" "), None, "hd", false),
        (None, Some(true), "hd", false),
    ] {
        let mut record = record(&video(&json!({ "width": 640, "height": 360 })), InputRotate::Auto);
        record.encoding.job_template = name.map(str::to_owned);
        record.encoding.is_custom_template = custom;
        let encoding = apply(record, &templates()).unwrap().encoding;
        assert_eq!(encoding.job_template.as_deref(), Some(chosen));
        assert_eq!(encoding.is_custom_template, Some(is_custom));
        assert_eq!(encoding.encoding_profile, Some(720));
    }
}

#[test]
fn thumbnails_are_sized_only_where_they_are_asked_for() {
    let mut record = record(&video(&json!({ "width": 640, "height": 360 })), InputRotate::Auto);
    record.options.frame_capture = false;
    let encoding = apply(record, &templates()).unwrap().encoding;
    assert_eq!((encoding.frame_capture_width, encoding.frame_capture_height), (None, None));
}

proptest! {
    #[test]
    fn a_tier_above_the_lowest_is_filled(width in 1..9000_u32, height in 1..9000_u32) {
        let picture = Size { width, height };
        let tier = tier(Some(picture));
        prop_assert!(tier == Tier::P720 || picture.fills(tier.frame()));
        for higher in Tier::VARIANTS.iter().filter(|other| other.height() > tier.height()) {
            prop_assert!(!picture.fills(higher.frame()));
        }
    }

    #[test]
    fn any_media_information_is_answered(text in any::<String>()) {
        let mut record = record(&json!({}), InputRotate::Auto);
        record.source.src_mediainfo = Some(text);
        let _ = apply(record, &templates());
    }
}
