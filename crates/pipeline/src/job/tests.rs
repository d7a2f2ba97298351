mod captions;
mod own_template;
mod properties;

use std::{fs, path::PathBuf};

use super::*;
use crate::{profile, record::sample};

/// A synthesized job template, as the service would return it.
fn template(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../snapshots/job-templates/{name}.snap"));
    let text = fs::read_to_string(path).unwrap();
    let (_, json) = text.trim_start_matches("---").split_once("---").unwrap();
    let mut template = to_wire(serde_json::from_str(json).unwrap());
    template["name"] = name.into();
    template
}

fn record(video: &Value, audio: &Value) -> Value {
    json!({
        "guid": "0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11", "srcVideo": "in/My film+é 100%.mp4", "frameCapture": false,
        "srcMediainfo": json!({ "video": video, "audio": audio }).to_string(),
    })
}

fn film(width: u32, height: u32) -> Value {
    record(&json!([{ "width": width, "height": height }]), &json!([{ "codec": "AAC" }]))
}

fn with(mut record: Value, members: Value) -> Record {
    let Value::Object(members) = members else { panic!("an object") };
    record.as_object_mut().unwrap().extend(members);
    let templates = profile::Templates { p2160: "uhd".to_owned(), p1080: "fhd".to_owned(), p720: "hd".to_owned() };
    profile::apply(sample(&record), &templates).unwrap()
}

fn deployment() -> Deployment {
    Deployment {
        role: "arn:aws:iam::111122223333:role/encode".to_owned(),
        queue: "arn:aws:mediaconvert:eu-west-1:111122223333:queues/Default".to_owned(),
        priority: "-5".parse().unwrap(),
        hops: r#"[{"Queue":"arn:aws:mediaconvert:eu-west-1:111122223333:queues/other","WaitMinutes":15}]"#
            .parse()
            .unwrap(),
        tags: r#"{"Project":"vod"}"#.parse().unwrap(),
    }
}

fn job(record: &Record, template: &Value) -> Value {
    build(record, template, &deployment(), &Attempt::of(record, &[]).token).unwrap()
}

fn outputs(job: &Value) -> Vec<(String, Value)> {
    let groups = job["settings"]["outputGroups"].as_array().unwrap();
    let of = |group: &Value| (group_type(group), group["outputs"].as_array().unwrap().clone());
    groups
        .iter()
        .map(of)
        .flat_map(|(kind, outputs)| outputs.into_iter().map(move |output| (kind.clone(), output)))
        .collect()
}

/// One line for each output: where it goes, what it is called and what is in it.
fn sketch(job: &Value) -> String {
    let mut lines = Vec::new();
    for group in job["settings"]["outputGroups"].as_array().unwrap() {
        let settings = group["outputGroupSettings"].as_object().unwrap();
        let destination = settings.values().find_map(|settings| settings["destination"].as_str()).unwrap();
        lines.push(destination.to_owned());
        for output in group["outputs"].as_array().unwrap() {
            let video = &output["videoDescription"];
            let size = video["width"].as_u64().map(|width| format!(" {width}x{}", video["height"]));
            let audio = has(output, "audioDescriptions").then_some(" audio");
            let captions = output["captionDescriptions"].as_array().into_iter().flatten();
            let captions = captions.map(|captions| format!(" {}", captions["destinationSettings"]["destinationType"]));
            let name = output["nameModifier"].as_str().unwrap_or_default();
            let (size, audio) = (size.unwrap_or_default(), audio.unwrap_or_default());
            lines.push(format!("  {name}{size}{audio}{}", captions.collect::<String>()));
        }
    }
    lines.join("\n")
}

#[test]
fn a_whole_job_of_a_full_hd_source() {
    let captions = json!([
        { "file": "in/film.en.srt", "language": "en", "label": "English" },
        { "file": "in/film.de.vtt", "language": "deu", "label": "Deutsch", "mode": "burn-in" },
    ]);
    let options = json!({ "captions": captions, "frameCapture": true, "acceleratedTranscoding": "PREFERRED" });
    insta::assert_json_snapshot!(job(&with(film(1920, 1080), options), &template("qvbr-1080p-mp4")));
}

#[test]
fn a_metadata_file_sets_priority_and_interval_of_its_job() {
    let template = template("qvbr-1080p");
    let of_deployment = job(&with(film(640, 360), json!({})), &template);
    assert_eq!(
        (&of_deployment["priority"], &of_deployment["statusUpdateInterval"]),
        (&json!(-5), &json!("SECONDS_60"))
    );
    let options = json!({ "jobPriority": 7, "jobStatusUpdateInterval": "SECONDS_10" });
    let own = job(&with(film(640, 360), options), &template);
    assert_eq!((&own["priority"], &own["statusUpdateInterval"]), (&json!(7), &json!("SECONDS_10")));
}

#[test]
fn a_new_job_forgets_the_warnings_about_a_former_one_only() {
    let warning = |at: &str| json!({ "at": at, "error": "NotApplied", "message": at });
    let record =
        with(film(640, 360), json!({ "workflowWarnings": [warning("input-validate"), warning("archive-source")] }));
    let submitted = Submitted { template: "t".into(), job: json!({}), id: "1-a".into(), time: "now".into() };
    let (record, _) = submitted.record(record).unwrap();
    assert_eq!(json!(record.workflow_warnings), json!([warning("input-validate")]));
}

#[test]
fn a_whole_job_of_a_portrait_source() {
    let turned = json!([{ "width": 1280, "height": 720, "displayWidth": 720, "displayHeight": 1280, "rotation": 90 }]);
    let source = record(&turned, &json!([{ "codec": "AAC" }]));
    insta::assert_json_snapshot!(job(&with(source, json!({ "frameCapture": true })), &template("cmaf-720p")));
}

#[test]
fn ladders() {
    let sketch_of = |width, height, name| sketch(&job(&with(film(width, height), json!({})), &template(name)));
    insta::assert_snapshot!(sketch_of(1440, 1080, "cmaf-1080p"), @r"
    s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/cmaf/My-film-100
      _1080p_8500k 1440x1080
      _720p_6000k 960x720
      _720p_5000k 960x720
      _540p_3500k 720x540
      _360p_1500k 480x360
      _270p_400k 360x270
      _audio audio
    ");
    insta::assert_snapshot!(sketch_of(1920, 800, "mvod-1080p"), @r"
    s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/hls/My-film-100
      _1080p_8500k 1920x800 audio
      _720p_6000k 1280x534 audio
      _720p_5000k 1280x534 audio
      _540p_3500k 960x400 audio
      _360p_1500k 640x266 audio
      _270p_400k 480x200 audio
    ");
    insta::assert_snapshot!(sketch_of(641, 361, "mvod-720p"), @r"
    s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/hls/My-film-100
      _360p_1500k 640x360 audio
      _270p_400k 480x270 audio
    ");
    insta::assert_snapshot!(sketch_of(321, 241, "cmaf-720p"), @r"
    s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/cmaf/My-film-100
      _270p_400k 320x240
      _audio audio
    ");
    insta::assert_snapshot!(sketch_of(640, 1138, "qvbr-1080p-mp4"), @r"
    s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/hls/My-film-100
      _540p_3500k 540x960 audio
      _360p_1500k 360x640 audio
      _270p_400k 270x480 audio
    s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/dash/My-film-100
      _540p_3500k 540x960
      _360p_1500k 360x640
      _270p_400k 270x480
      _audio audio
    s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/mp4/My-film-100
      _1080p_8500k 640x1138 audio
    ");
}

#[test]
fn sources_without_sound_and_without_picture() {
    let silent = |name| {
        let record = record(&json!([{ "width": 960, "height": 540 }]), &json!([]));
        let job = job(&with(record, json!({})), &template(name));
        assert!(job["settings"]["inputs"][0].get("audioSelectors").is_none());
        assert!(!job.to_string().contains("audioRenditionSets") && !job.to_string().contains("audioDescriptions"));
        sketch(&job)
    };
    insta::assert_snapshot!(silent("qvbr-720p"), @r"
    s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/hls/My-film-100
      _540p_3500k 960x540
      _360p_1500k 640x360
      _270p_400k 480x270
    s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/dash/My-film-100
      _540p_3500k 960x540
      _360p_1500k 640x360
      _270p_400k 480x270
    ");
    insta::assert_snapshot!(silent("cmaf-720p"), @r"
    s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/cmaf/My-film-100
      _540p_3500k 960x540
      _360p_1500k 640x360
      _270p_400k 480x270
    ");

    let sound = |name| {
        let options = json!({ "frameCapture": true, "captions": [{ "file": "a.srt", "language": "en" }] });
        let job = job(&with(record(&json!([]), &json!([{ "codec": "MP3" }])), options), &template(name));
        assert!(job["settings"]["inputs"][0].get("videoSelector").is_none());
        assert!(!job.to_string().contains("videoDescription") && !job.to_string().contains("aption"));
        for (kind, output) in outputs(&job) {
            let place = match kind.as_str() {
                "HLS_GROUP_SETTINGS" => "/outputSettings/hlsSettings",
                "CMAF_GROUP_SETTINGS" => "/containerSettings/cmfcSettings",
                _ => continue,
            };
            let settings = output.pointer(place).unwrap();
            assert_eq!(settings, &json!({ "audioTrackType": "AUDIO_ONLY_VARIANT_STREAM" }));
        }
        sketch(&job)
    };
    insta::assert_snapshot!(sound("qvbr-1080p-mp4"), @r"
    s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/hls/My-film-100
      _audio_128k audio
      _audio_96k audio
    s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/dash/My-film-100
      _audio audio
    s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/mp4/My-film-100
      _audio_128k audio
    ");
    insta::assert_snapshot!(sound("cmaf-720p"), @r"
    s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/cmaf/My-film-100
      _audio audio
    ");
    insta::assert_snapshot!(sound("mvod-720p"), @r"
    s3://destination/0b2e9a54-5c5f-5a3e-9d5c-0d8d6a1f5b11/hls/My-film-100
      _audio_128k audio
      _audio_96k audio
    ");
}

#[test]
fn sorts_of_sound_that_differ_in_something_else_than_their_bit_rate_have_different_names() {
    let output = |bitrate: Option<u32>, rate: u32| {
        let settings = json!({ "aacSettings": { "bitrate": bitrate, "sampleRate": rate } });
        json!({ "nameModifier": "_v", "videoDescription": {}, "audioDescriptions": [{ "codecSettings": settings }] })
    };
    let outputs = [output(Some(96_000), 1), output(Some(96_000), 2), output(None, 1), output(None, 2), output(None, 1)];
    let group = json!({ "outputGroupSettings": { "type": "FILE_GROUP_SETTINGS" }, "outputs": outputs });
    let template = json!({ "settings": { "outputGroups": [group] } });
    let sound = with(record(&json!([]), &json!([{}])), json!({}));
    let job = job(&sound, &template);
    let names: Vec<_> = self::outputs(&job).into_iter().map(|(_, output)| output["nameModifier"].clone()).collect();
    assert_eq!(names, ["_audio_96k", "_audio_96k_2", "_audio", "_audio_2"]);
}

#[test]
fn faults() {
    let sound = with(record(&json!([]), &json!([{}])), json!({}));
    let silent = with(record(&json!([{ "width": 64, "height": 64 }]), &json!([])), json!({}));
    let captioned = with(film(64, 64), json!({ "captions": "en" }));
    let pictures =
        json!({ "name": "pictures", "settings": { "outputGroups": [{ "outputs": [{ "videoDescription": {} }] }] } });
    let sounds =
        json!({ "name": "sounds", "settings": { "outputGroups": [{ "outputs": [{ "audioDescriptions": [{}] }] }] } });
    let messages: Vec<_> = [(&sound, &pictures), (&silent, &sounds), (&captioned, &pictures), (&sound, &json!(null))]
        .map(|(record, template)| build(record, template, &deployment(), "token").unwrap_err().to_string())
        .into();
    insta::assert_snapshot!(messages.join("\n"), @r"
    the job template `pictures` has no output for a source with sound and no picture
    the job template `sounds` has no output for a source with picture and no sound
    `captions` is neither a list nor an object
    the job template `` has no output for a source with sound and no picture
    ");
}

#[test]
fn variables() {
    assert_eq!("[]".parse::<Hops>().unwrap(), Hops::default());
    assert_eq!("{}".parse::<Tags>().unwrap(), Tags::default());
    let priorities: Vec<_> =
        ["51", "-51", "x", ""].map(|text| text.parse::<Priority>().unwrap_err().to_string()).into();
    insta::assert_snapshot!(priorities.join("\n"), @r"
    `51` is no priority; use a whole number from -50 to 50
    `-51` is no priority; use a whole number from -50 to 50
    `x` is no priority; use a whole number from -50 to 50
    `` is no priority; use a whole number from -50 to 50
    ");
    assert_eq!("{}".parse::<Hops>().unwrap_err().to_string(), "this is not a JSON list of hop destinations");
    assert_eq!(r#"{"a":1}"#.parse::<Tags>().unwrap_err().to_string(), "this is not a JSON object of texts");
}

#[test]
fn a_request_that_is_too_large_goes_to_a_file() {
    let submitted = |bytes: usize| Submitted {
        template: "hd_fixed".to_owned(),
        job: json!({ "settings": "x".repeat(bytes) }),
        id: "1-a".to_owned(),
        time: "2026-01-02T03:05:00Z".to_owned(),
    };
    let record = with(film(64, 64), json!({}));
    let (kept, file) = submitted(10).record(record.clone()).unwrap();
    assert_eq!(file, None);
    assert_eq!(kept.encoding.encoding_job, Some(json!({ "Settings": "xxxxxxxxxx" })));
    assert_eq!(kept.encoding.job_template.as_deref(), Some("hd_fixed"));
    assert_eq!(kept.workflow_status, WorkflowStatus::Encoding);
    let (cut, file) = submitted(state::MAX_RECORD_BYTES).record(record).unwrap();
    let file = file.unwrap();
    assert_eq!((cut.encoding.encoding_job, cut.encoding.encode_job_id.as_deref()), (None, Some("1-a")));
    assert_eq!(cut.stored_in_full["encodingJob"], format!("s3://destination/{}", file.key));
    assert!(file.body.starts_with(r#"{"encodingJob":{"Settings":"xxx"#));
}

#[test]
fn another_attempt_is_no_repeat_of_the_failed_one() {
    let template = template("qvbr-720p");
    let first = with(film(1280, 720), json!({}));
    let token = |record: &Record| job(record, &template)["clientRequestToken"].as_str().unwrap().to_owned();
    assert_eq!(token(&first), first.guid);
    let failed = json!({
        "workflowStatus": "Error", "encodeJobId": "1-a", "endTime": "2026-01-02T03:14:05Z",
        "workflowErrorAt": "encoding", "errorMessage": "no",
    });
    let again = with(film(1280, 720), failed);
    assert_eq!(token(&again), token(&again), "a retried step is the same request");
    let third = with(film(1280, 720), json!({ "encodeJobId": "1-b" }));
    assert!(token(&again) != token(&first) && token(&again) != token(&third));

    let submitted = Submitted { template: "hd".to_owned(), job: json!({}), id: "1-b".to_owned(), time: "t".to_owned() };
    let (record, _) = submitted.record(again).unwrap();
    assert_eq!((record.end_time, record.failure), (None, Failure::default()));
}
