//! A known-good template is read; each single fault is found, at its place.

use mediaconvert::{Fault, JobTemplate, Request as _, Rule};
use serde_json::{Value, json};

fn legacy() -> Value {
    serde_json::from_str(include_str!("data/legacy-720p.json")).expect("the file is JSON")
}

/// The template with the value at `pointer` replaced, added, or (given null) taken out.
fn with(changes: &[(&str, Value)]) -> Value {
    let mut template = legacy();
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer starts with a slash");
        match template.pointer_mut(parent).expect("the parent exists") {
            Value::Object(members) if value.is_null() => drop(members.remove(name)),
            Value::Object(members) => drop(members.insert(name.to_owned(), value.clone())),
            Value::Array(items) => items[name.parse::<usize>().expect("a list's item is a number")] = value.clone(),
            other => panic!("{parent} is {other}"),
        }
    }
    template
}

fn problems(changes: &[(&str, Value)]) -> String {
    JobTemplate::from_value(&with(changes)).err().map_or_else(String::new, |invalid| invalid.to_string())
}

const HLS: &str = "/Settings/OutputGroups/0/OutputGroupSettings/HlsGroupSettings";
const OUTPUT: &str = "/Settings/OutputGroups/0/Outputs/0";
const H264: &str = "/Settings/OutputGroups/0/Outputs/0/VideoDescription/CodecSettings/H264Settings";
const AAC: &str = "/Settings/OutputGroups/0/Outputs/0/AudioDescriptions/0/CodecSettings/AacSettings";

#[test]
fn a_known_good_template_is_read() {
    let template = JobTemplate::from_value(&legacy()).unwrap();
    assert_eq!(template.name, "legacy-720p");
    assert_eq!(template.settings.output_groups[0].outputs[0].name_modifier.as_deref(), Some("_720p"));
}

#[test]
fn each_fault_of_form_has_its_place() {
    let cases = [
        (format!("{HLS}/SegmentLenght"), json!(6)),
        (format!("{H264}/RateControlMode"), json!("QVBRR")),
        (format!("{H264}/MaxBitrate"), json!(2_000_000_000)),
        (format!("{H264}/MaxBitrate"), json!(10)),
        (format!("{H264}/MaxBitrate"), json!("5000000")),
        (format!("{H264}/MaxBitrate"), json!(0.5)),
        (format!("{H264}/GopSize"), json!(-1)),
        (format!("{OUTPUT}/NameModifier"), json!("")),
        ("/Name".to_owned(), Value::Null),
        ("/AccelerationSettings".to_owned(), json!({})),
        ("/Priority".to_owned(), json!(51)),
        ("/Settings/TimecodeConfig/Start".to_owned(), json!("1:00")),
        ("/Settings/Inputs/0/AudioSelectors/Second one".to_owned(), json!({"Ofset": 1})),
        ("/Settings/OutputGroups/1/Outputs".to_owned(), json!({})),
    ];
    let found: Vec<_> = cases.iter().map(|(pointer, value)| problems(&[(pointer, value.clone())])).collect();
    insta::assert_snapshot!(found.join("\n"), @r###"
    Settings.OutputGroups[0].OutputGroupSettings.HlsGroupSettings.SegmentLenght: there is no such setting; did you mean `SegmentLength`?
    Settings.OutputGroups[0].Outputs[0].VideoDescription.CodecSettings.H264Settings.RateControlMode: `QVBRR` is not one of its values; did you mean `QVBR`?
    Settings.OutputGroups[0].Outputs[0].VideoDescription.CodecSettings.H264Settings.MaxBitrate: 2000000000 is above 1152000000
    Settings.OutputGroups[0].Outputs[0].VideoDescription.CodecSettings.H264Settings.MaxBitrate: 10 is below 1000
    Settings.OutputGroups[0].Outputs[0].VideoDescription.CodecSettings.H264Settings.MaxBitrate: expected a whole number, found the text "5000000"
    Settings.OutputGroups[0].Outputs[0].VideoDescription.CodecSettings.H264Settings.MaxBitrate: expected a whole number, found 0.5
    Settings.OutputGroups[0].Outputs[0].VideoDescription.CodecSettings.H264Settings.GopSize: -1 is below 0
    Settings.OutputGroups[0].Outputs[0].NameModifier: 0 characters are fewer than 1
    Name: this setting is required
    AccelerationSettings.Mode: this setting is required
    Priority: 51 is above 50
    Settings.TimecodeConfig.Start: `1:00` does not fit the pattern ^([01][0-9]|2[0-4]):[0-5][0-9]:[0-5][0-9][:;][0-9]{2}$
    Settings.Inputs[0].AudioSelectors["Second one"].Ofset: there is no such setting; did you mean `Offset`?
    Settings.OutputGroups[1].Outputs: expected a list, found an object
    "###);
}

#[test]
fn each_broken_rule_has_its_place() {
    const VIDEO: &str = "/Settings/OutputGroups/0/Outputs/0/VideoDescription";
    let cases: &[(Rule, &[(&str, Value)])] = &[
        (Rule::RateControl, &[(&format!("{H264}/MaxBitrate"), Value::Null)]),
        (Rule::RateControl, &[(&format!("{H264}/Bitrate"), json!(4_000_000))]),
        (Rule::RateControl, &[(&format!("{H264}/RateControlMode"), json!("CBR"))]),
        (Rule::RateControl, &[(&format!("{H264}/QvbrSettings/MaxAverageBitrate"), json!(4_000_000))]),
        (Rule::FrameSize, &[(&format!("{VIDEO}/Width"), json!(1279))]),
        (Rule::NameModifier, &[("/Settings/OutputGroups/0/Outputs/1/NameModifier", json!("_720p"))]),
        (Rule::NameModifier, &[("/Settings/OutputGroups/0/Outputs/1/NameModifier", Value::Null)]),
        (Rule::Container, &[(&format!("{OUTPUT}/ContainerSettings"), json!({"Container": "MP4"}))]),
        (Rule::FrameCapture, &[("/Settings/OutputGroups/1/Outputs/0/ContainerSettings/Container", json!("MP4"))]),
        (Rule::SegmentGrid, &[(&format!("{HLS}/SegmentLength"), json!(5))]),
        (
            Rule::SegmentGrid,
            &[(
                "/Settings/OutputGroups/0/OutputGroupSettings",
                json!({"CmafGroupSettings": {"SegmentLength": 6, "FragmentLength": 4}}),
            )],
        ),
        (
            Rule::SegmentGrid,
            &[
                (&format!("{H264}/GopSize"), json!(90)),
                (&format!("{H264}/GopSizeUnits"), json!("FRAMES")),
                (&format!("{H264}/FramerateControl"), json!("SPECIFIED")),
                (&format!("{H264}/FramerateNumerator"), json!(25)),
                (&format!("{H264}/FramerateDenominator"), json!(1)),
            ],
        ),
        (Rule::AacBitrate, &[(&format!("{AAC}/Bitrate"), json!(100_000))]),
        (Rule::AacBitrate, &[(&format!("{AAC}/Bitrate"), json!(640_000))]),
        (Rule::AacBitrate, &[(&format!("{AAC}/SampleRate"), json!(11_025))]),
        (
            Rule::AacBitrate,
            &[(&format!("{AAC}/CodingMode"), json!("CODING_MODE_1_0")), (&format!("{AAC}/Bitrate"), json!(320_000))],
        ),
    ];
    let mut found = Vec::new();
    for (rule, changes) in cases {
        let invalid = JobTemplate::from_value(&with(changes)).unwrap_err();
        let [problem] = invalid.problems.as_slice() else { panic!("{changes:?}: {invalid}") };
        assert!(matches!(problem.fault, Fault::Rule { rule: broken, .. } if broken == *rule), "{problem}");
        found.push(problem.to_string());
    }
    insta::assert_snapshot!(found.join("\n"), @r###"
    Settings.OutputGroups[0].Outputs[0].VideoDescription.CodecSettings.H264Settings.MaxBitrate: QVBR needs a MaxBitrate (https://docs.aws.amazon.com/mediaconvert/latest/ug/cbr-vbr-qvbr.html)
    Settings.OutputGroups[0].Outputs[0].VideoDescription.CodecSettings.H264Settings.Bitrate: QVBR aims at a quality: take Bitrate out (https://docs.aws.amazon.com/mediaconvert/latest/ug/cbr-vbr-qvbr.html)
    Settings.OutputGroups[0].Outputs[0].VideoDescription.CodecSettings.H264Settings.Bitrate: CBR needs a Bitrate (https://docs.aws.amazon.com/mediaconvert/latest/ug/cbr-vbr-qvbr.html)
    Settings.OutputGroups[0].Outputs[0].VideoDescription.CodecSettings.H264Settings.QvbrSettings.MaxAverageBitrate: MaxAverageBitrate needs QualityTuningLevel MULTI_PASS_HQ (https://docs.aws.amazon.com/mediaconvert/latest/ug/cbr-vbr-qvbr.html)
    Settings.OutputGroups[0].Outputs[0].VideoDescription.Width: 1279 is odd; take 1278 (https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobtemplates.html)
    Settings.OutputGroups[0].Outputs[1].NameModifier: another output of the group is named `_720p` too (https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobtemplates.html)
    Settings.OutputGroups[0].Outputs[1].NameModifier: a group with several outputs needs a NameModifier on each (https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobtemplates.html)
    Settings.OutputGroups[0].Outputs[0].ContainerSettings.Container: HLS_GROUP_SETTINGS cannot hold MP4, only M3U8 (https://docs.aws.amazon.com/mediaconvert/latest/ug/reference-codecs-containers.html)
    Settings.OutputGroups[1].Outputs[0].ContainerSettings.Container: FRAME_CAPTURE writes plain images: take RAW instead of MP4 (https://docs.aws.amazon.com/mediaconvert/latest/ug/reference-codecs-containers.html)
    Settings.OutputGroups[0].OutputGroupSettings.HlsGroupSettings.SegmentLength: a segment of 5 s does not hold whole groups of pictures of 3 s; change one of them, or set SegmentLengthControl to GOP_MULTIPLE (https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobtemplates.html)
    Settings.OutputGroups[0].OutputGroupSettings.CmafGroupSettings.SegmentLength: a segment of 6 s does not hold whole fragments of 4 s (https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobtemplates.html)
    Settings.OutputGroups[0].OutputGroupSettings.HlsGroupSettings.SegmentLength: a segment of 6 s does not hold whole groups of pictures of 3.6 s; change one of them, or set SegmentLengthControl to GOP_MULTIPLE (https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobtemplates.html)
    Settings.OutputGroups[0].Outputs[0].AudioDescriptions[0].CodecSettings.AacSettings.Bitrate: AAC has no bitrate of 100000; the nearest is 96000 (https://docs.aws.amazon.com/mediaconvert/latest/ug/aac-support.html)
    Settings.OutputGroups[0].Outputs[0].AudioDescriptions[0].CodecSettings.AacSettings.Bitrate: AAC-LC in stereo at 48000 Hz takes 64000 to 576000 bit/s, not 640000 (https://docs.aws.amazon.com/mediaconvert/latest/ug/aac-support.html)
    Settings.OutputGroups[0].Outputs[0].AudioDescriptions[0].CodecSettings.AacSettings.SampleRate: AAC-LC has no sample rate of 11025, only 8000, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000 (https://docs.aws.amazon.com/mediaconvert/latest/ug/aac-support.html)
    Settings.OutputGroups[0].Outputs[0].AudioDescriptions[0].CodecSettings.AacSettings.Bitrate: AAC-LC in mono at 48000 Hz takes 56000 to 288000 bit/s, not 320000 (https://docs.aws.amazon.com/mediaconvert/latest/ug/aac-support.html)
    "###);
}

#[test]
fn gop_multiple_lets_the_service_round() {
    let segment = (&*format!("{HLS}/SegmentLength"), json!(5));
    let control = (&*format!("{HLS}/SegmentLengthControl"), json!("GOP_MULTIPLE"));
    assert_eq!(problems(&[segment, control]), "");
}

#[test]
fn automated_abr_wants_a_free_hand() {
    let automated = json!({"AbrSettings": {"MaxRenditions": 6}});
    let group = "/Settings/OutputGroups/0/AutomatedEncodingSettings";
    let hls = json!({
        "OutputGroupSettings": {"Type": "DASH_ISO_GROUP_SETTINGS", "DashIsoGroupSettings": {"SegmentLength": 30}},
        "Outputs": []
    });
    let scaling = &*format!("{OUTPUT}/VideoDescription/ScalingBehavior");
    let found =
        problems(&[(group, automated.clone()), ("/Settings/OutputGroups/1", hls), (scaling, json!("FIT_NO_UPSCALE"))]);
    insta::assert_snapshot!(found, @r###"
    Settings.OutputGroups[0].Outputs[0].VideoDescription.ScalingBehavior: automated ABR takes only DEFAULT, STRETCH_TO_OUTPUT, FIT and FILL (https://docs.aws.amazon.com/mediaconvert/latest/ug/feature-restrictions-for-automated-abr.html)
    Settings.OutputGroups[0].Outputs[0].VideoDescription.CodecSettings.H264Settings.QualityTuningLevel: automated ABR needs MULTI_PASS_HQ (https://docs.aws.amazon.com/mediaconvert/latest/ug/feature-restrictions-for-automated-abr.html)
    Settings.OutputGroups[0].Outputs[1].Preset: automated ABR cannot use presets (https://docs.aws.amazon.com/mediaconvert/latest/ug/feature-restrictions-for-automated-abr.html)
    Settings.OutputGroups[1].AutomatedEncodingSettings.AbrSettings: another group has automated ABR, so every adaptive group must (https://docs.aws.amazon.com/mediaconvert/latest/ug/feature-restrictions-for-automated-abr.html)
    "###);

    let preset = "/Settings/OutputGroups/0/Outputs/1/Preset";
    let tuning = &*format!("{H264}/QualityTuningLevel");
    let fine = [
        (group, automated),
        (preset, Value::Null),
        (tuning, json!("MULTI_PASS_HQ")),
        (&*format!("{H264}/MaxBitrate"), Value::Null),
    ];
    assert_eq!(problems(&fine), "");
}

#[test]
fn acceleration_cannot_do_everything() {
    let enabled = ("/AccelerationSettings/Mode", json!("ENABLED"));
    assert_eq!(problems(std::slice::from_ref(&enabled)), "");

    let (telecine, cadence) = (format!("{H264}/Telecine"), format!("{H264}/GopClosedCadence"));
    let captions = json!([{"DestinationSettings": {"DestinationType": "BURN_IN"}}]);
    let changes = [
        ("/Settings/TimecodeConfig/Source", json!("EMBEDDED")),
        ("/Settings/MotionImageInserter", json!({})),
        (&*telecine, json!("HARD")),
        (&*cadence, json!(4)),
        (&*format!("{OUTPUT}/CaptionDescriptions"), captions),
        ("/Settings/OutputGroups/1/Outputs/0/VideoDescription", Value::Null),
    ];
    insta::assert_snapshot!(problems(&[&changes[..], &[enabled]].concat()), @r###"
    Settings.TimecodeConfig.Source: acceleration needs ZEROBASED or SPECIFIEDSTART; EMBEDDED is the default (https://docs.aws.amazon.com/mediaconvert/latest/ug/job-requirements.html)
    Settings.MotionImageInserter: acceleration has no MotionImageInserter (https://docs.aws.amazon.com/mediaconvert/latest/ug/job-requirements.html)
    Settings.OutputGroups[0].Outputs[0].CaptionDescriptions[0].DestinationSettings.DestinationType: acceleration has no BURN_IN captions (https://docs.aws.amazon.com/mediaconvert/latest/ug/job-requirements.html)
    Settings.OutputGroups[0].Outputs[0].VideoDescription.CodecSettings.H264Settings.Telecine: acceleration has no telecine (https://docs.aws.amazon.com/mediaconvert/latest/ug/job-requirements.html)
    Settings.OutputGroups[0].Outputs[0].VideoDescription.CodecSettings.H264Settings.GopClosedCadence: acceleration needs closed groups of pictures: 1 (https://docs.aws.amazon.com/mediaconvert/latest/ug/job-requirements.html)
    Settings.OutputGroups[1].Outputs: acceleration needs video: the group has only audio (https://docs.aws.amazon.com/mediaconvert/latest/ug/job-requirements.html)
    "###);

    let preferred = ("/AccelerationSettings/Mode", json!("PREFERRED"));
    assert_eq!(problems(&[&changes[..], &[preferred]].concat()), "");
}

#[test]
fn what_costs_the_professional_price_is_named() {
    let professional = |changes: &[(&str, Value)]| {
        let template = JobTemplate::from_value(&with(changes)).unwrap();
        mediaconvert::features::professional_tier(&template)
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(professional(&[]), "");
    let tuning = format!("{H264}/QualityTuningLevel");
    let found = professional(&[
        ("/AccelerationSettings/Mode", json!("PREFERRED")),
        (&tuning, json!("MULTI_PASS_HQ")),
        (&format!("{OUTPUT}/VideoDescription/VideoPreprocessors"), json!({"Deinterlacer": {"Mode": "ADAPTIVE"}})),
    ]);
    insta::assert_snapshot!(found, @r###"
    AccelerationSettings.Mode: accelerated transcoding
    Settings.OutputGroups[0].Outputs[0].VideoDescription.CodecSettings.H264Settings.QualityTuningLevel: several passes
    Settings.OutputGroups[0].Outputs[0].VideoDescription.VideoPreprocessors.Deinterlacer: Deinterlacer
    "###);
}

#[test]
fn what_is_not_json_is_said_so() {
    insta::assert_snapshot!(JobTemplate::from_json("{\"Name\": \"mine\",}").unwrap_err(), @r###"
    cannot be read as JSON: trailing comma at line 1 column 17
    "###);
}
