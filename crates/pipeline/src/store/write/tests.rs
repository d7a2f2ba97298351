//! What each change writes, as the table would be asked.

use proptest::prelude::*;

use super::*;
use crate::record::{Failure, sample};

/// A record of an early or late stage, with these further fields.
fn record(status: &str, extra: &Value) -> Record {
    let mut members = json!({
        "workflowStatus": status, "jobTemplate_2160p": "uhd", "jobTemplate_1080p": "fhd", "jobTemplate_720p": "hd",
        "inputRotate": "DEGREE_0", "acceleratedTranscoding": "PREFERRED",
    });
    members.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    sample(&members)
}

/// An expression with its placeholders filled in.
fn readable(expression: &Expression) -> String {
    let fill = |text: &str| {
        let placeholder = |c: char| c == '#' || c == ':' || c.is_ascii_alphanumeric();
        let mut readable = String::new();
        for word in text.split_inclusive(|c| !placeholder(c)) {
            let (word, after) = word.split_at(word.trim_end_matches(|c| !placeholder(c)).len());
            let known = expression.names.get(word).map(|name| format!("`{name}`"));
            let known = known.or_else(|| expression.values.get(word).map(ToString::to_string));
            readable = readable + known.as_deref().unwrap_or(word) + after;
        }
        readable
    };
    let update = fill(&expression.update.replace(',', ",\n    ").replace(" REMOVE", "\nREMOVE"));
    format!("{update}\nIF {}", fill(&expression.condition.replace(" OR (", "\n    OR (")))
}

/// Whether every placeholder that is used stands for something, and every one that stands for something is used.
fn is_sound(expression: &Expression) -> bool {
    let text = format!("{} {}", expression.update, expression.condition);
    let used = |sign: char| {
        let words = text.split(move |c: char| !(c.is_ascii_alphanumeric() || c == sign));
        words.filter(|word| word.starts_with(sign)).collect::<std::collections::BTreeSet<_>>()
    };
    used('#').into_iter().eq(expression.names.keys().map(String::as_str).collect::<std::collections::BTreeSet<_>>())
        && used(':').into_iter().eq(expression
            .values
            .keys()
            .map(String::as_str)
            .collect::<std::collections::BTreeSet<_>>())
}

#[test]
fn a_new_video() {
    let write = step(&record("Ingest", &json!({"name": "x", "status": "y", "a.b": [1]})), "destination").unwrap();
    assert_eq!(write.overflow, None);
    assert!(is_sound(&write.expression));
    insta::assert_snapshot!(readable(&write.expression), @r#"
        SET `startTime`="2026-01-02T03:04:05Z",
            `workflowTrigger`="Video",
            `workflowStatus`="Ingest",
            `workflowName`="vod",
            `srcBucket`="source",
            `srcVideo`="a b.mp4",
            `destBucket`="destination",
            `cloudFront`="d.cloudfront.net",
            `frameCapture`=true,
            `archiveSource`="DISABLED",
            `jobTemplate_2160p`="uhd",
            `jobTemplate_1080p`="fhd",
            `jobTemplate_720p`="hd",
            `inputRotate`="DEGREE_0",
            `acceleratedTranscoding`="PREFERRED",
            `enableSns`=true,
            `enableSqs`=true,
            `enableMediaPackage`=false,
            `name`="x",
            `status`="y",
            `a.b`=[1]
        REMOVE `encodeProgress`,
            `encodePhase`,
            `encodeProgressTime`,
            `workflowErrorAt`,
            `errorMessage`,
            `errorDetails`,
            `endTime`,
            `storedInFull`,
            `workflowWarnings`,
            `srcVersionId`,
            `supersededBy`,
            `srcMetadataFile`,
            `srcMediainfo`,
            `srcHeight`,
            `srcWidth`,
            `jobPriority`,
            `jobStatusUpdateInterval`,
            `captions`,
            `setByMetadata`,
            `encodingProfile`,
            `jobTemplate`,
            `isCustomTemplate`,
            `frameCaptureHeight`,
            `frameCaptureWidth`,
            `encodingJob`,
            `encodeSubmitTime`,
            `encodingOutput`,
            `hlsPlaylist`,
            `hlsUrl`,
            `dashPlaylist`,
            `dashUrl`,
            `cmafDashPlaylist`,
            `cmafDashUrl`,
            `cmafHlsPlaylist`,
            `cmafHlsUrl`,
            `mssPlaylist`,
            `mssUrl`,
            `mp4Outputs`,
            `mp4Urls`,
            `thumbNails`,
            `thumbNailsUrls`,
            `frameCaptures`,
            `renditions`,
            `outputBytes`,
            `mediaPackageResourceId`,
            `egressEndpoints`,
            `recordOverflow`
        IF attribute_not_exists(`workflowStatus`) OR `workflowStatus` IN ("Ingest","Error")
    "#);
}

#[test]
fn a_submitted_job_and_its_progress() {
    let extra = json!({"encodeJobId": "1-a", "encodeProgress": 7, "errorMessage": "of a former attempt"});
    let write = step(&record("Encoding", &extra), "destination").unwrap();
    let of_step = readable(&write.expression);
    assert!(of_step.contains("REMOVE") && !of_step.contains("former"), "{of_step}");
    let condition = of_step.split("IF ").last().unwrap();
    insta::assert_snapshot!(condition, @r#"
        `workflowStatus` IN ("Ingest","Encoding")
            OR (`workflowStatus` IN ("Complete","Error") AND (attribute_not_exists(`encodeJobId`) OR `encodeJobId` <> "1-a"))
    "#);
    let report = Progress { job: "1-a", percent: Some(42), phase: Some("TRANSCODING"), millis: 1_700_000_000_123 };
    let expression = progress(report);
    assert!(is_sound(&expression));
    insta::assert_snapshot!(readable(&expression), @r#"
        SET `encodeProgress`=42,
            `encodePhase`="TRANSCODING",
            `encodeProgressTime`=1700000000123
        IF (`workflowStatus` IN ("Encoding") AND (attribute_not_exists(`encodeJobId`) OR `encodeJobId` = "1-a")) AND (attribute_not_exists(`encodeProgressTime`) OR `encodeProgressTime` < 1700000000123)
    "#);
}

#[test]
fn failures_of_steps_and_of_jobs() {
    let stored = Failure {
        workflow_error_at: Some("encode".to_owned()),
        error_message: Some("no".to_owned()),
        ..Failure::default()
    };
    let known = json!({"srcBucket": "source", "": 1, "guid": "no", "workflowStatus": "no"});
    let of_step = failure(Fault { failure: &stored, job: None }, known.as_object().unwrap());
    let of_job = failure(Fault { failure: &stored, job: Some("1-a") }, &Map::new());
    assert!(is_sound(&of_step) && is_sound(&of_job));
    insta::assert_snapshot!(format!("{}\n\n{}", readable(&of_step), readable(&of_job)), @r#"
        SET `workflowStatus`="Error",
            `workflowErrorAt`="encode",
            `errorMessage`="no",
            `srcBucket`="source"
        REMOVE `errorDetails`
        IF attribute_not_exists(`workflowStatus`) OR `workflowStatus` IN ("Ingest","Encoding","Error")

        SET `workflowStatus`="Error",
            `encodeJobId`="1-a",
            `workflowErrorAt`="encode",
            `errorMessage`="no"
        REMOVE `errorDetails`
        IF (`workflowStatus` IN ("Encoding") AND (attribute_not_exists(`encodeJobId`) OR `encodeJobId` = "1-a"))
            OR (`workflowStatus` IN ("Ingest","Error") AND (attribute_not_exists(`encodeJobId`) OR `encodeJobId` <> "1-a"))
    "#);
}

#[test]
fn a_failure_makes_no_record_without_a_source() {
    let stored = Failure { error_message: Some("no".to_owned()), ..Failure::default() };
    for job in [None, Some("1-a")] {
        let fields = json!({"endTime": "2026-01-02T03:04:05Z"});
        let readable = readable(&failure(Fault { failure: &stored, job }, fields.as_object().unwrap()));
        assert!(!readable.contains("attribute_not_exists(`workflowStatus`)"), "{readable}");
    }
}

#[test]
fn a_step_leaves_nothing_of_a_former_job() {
    let write =
        step(&record("Complete", &json!({"hlsUrl": "https://h", "encodeJobId": "1-b"})), "destination").unwrap();
    let readable = readable(&write.expression);
    let (_, removed) = readable.split_once("REMOVE").unwrap();
    for name in
        ["dashUrl", "encodingJob", "encodeSubmitTime", "jobTemplate", "egressEndpoints", "thumbNails", "renditions"]
    {
        assert!(removed.contains(&format!("`{name}`")), "{name} in {removed}");
    }
    assert!(!removed.contains("`hlsUrl`") && !removed.contains("`guid`"), "{removed}");
    let ingest = step(&record("Ingest", &json!({})), "destination").unwrap();
    assert!(!ingest.expression.names.values().any(|name| name == "encodeJobId"), "its next request differs by that");
}

#[test]
fn a_failure_is_known_again() {
    let stored = Failure {
        workflow_error_at: Some("Encoding".to_owned()),
        error_message: Some("no".to_owned()),
        ..Failure::default()
    };
    let fault = Fault { failure: &stored, job: Some("1-a") };
    let item =
        json!({"workflowStatus": "Error", "workflowErrorAt": "Encoding", "errorMessage": "no", "encodeJobId": "1-a"});
    assert!(is_known(fault, item.as_object().unwrap()));
    for (name, other) in [("workflowStatus", "Complete"), ("errorMessage", "other"), ("encodeJobId", "1-b")] {
        let mut item = item.clone();
        item[name] = json!(other);
        assert!(!is_known(fault, item.as_object().unwrap()), "{name}");
    }
}

#[test]
fn what_does_not_fit_goes_to_a_file() {
    let large = json!({"srcMediainfo": "m".repeat(300_000), "encodingJob": {"j": "j".repeat(90_000)}, "x": "y"});
    let write = step(&record("Encoding", &large), "destination").unwrap();
    let file = write.overflow.unwrap();
    assert!(file.key.starts_with("g/.workflow/"), "{}", file.key);
    let fields: Map<String, Value> = serde_json::from_str(&file.body).unwrap();
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["srcMediainfo"]);
    let readable = readable(&write.expression);
    assert!(readable.contains(&format!("`recordOverflow`=\"s3://destination/{}\"", file.key)), "{readable}");
    assert!(readable.contains("REMOVE") && readable.contains(",\n    `srcMediainfo`"), "{readable}");

    let fits = step(&record("Encoding", &json!({"srcMediainfo": "m"})), "destination").unwrap();
    assert!(fits.overflow.is_none() && fits.expression.names.values().any(|name| name == POINTER));
}

#[test]
fn a_users_own_pointer_is_only_data() {
    let write =
        step(&record("Ingest", &json!({"recordOverflow": "s3://elsewhere/secret.json"})), "destination").unwrap();
    let file = write.overflow.unwrap();
    let item = item_of(&write.expression);
    assert_eq!(overflow_of(&item), Some(("destination", file.key.as_str())));
    let joined = join(item, serde_json::from_str(&file.body).unwrap());
    assert_eq!(joined["recordOverflow"], "s3://elsewhere/secret.json");
}

/// What an update of nothing stores.
fn item_of(expression: &Expression) -> Map<String, Value> {
    let set = expression.update.strip_prefix("SET ").unwrap().split(" REMOVE ").next().unwrap();
    let pairs = set.split(',').map(|pair| pair.split_once('=').unwrap());
    pairs.map(|(name, value)| (expression.names[name].clone(), expression.values[value].clone())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Any metadata is stored and read back, in an expression that the table takes.
    #[test]
    fn records_come_back(
        extra in prop::collection::btree_map("\\PC{0,8}|recordOverflow|name", "\\PC{0,300}", 0..120),
        filler in 0_usize..2,
        status in prop::sample::select(vec!["Ingest", "Encoding", "Complete"]),
    ) {
        let mut members = json!({"srcMediainfo": "m".repeat(filler * 400_000), "encodeJobId": "1-a"});
        members.as_object_mut().unwrap().extend(extra.into_iter().map(|(name, text)| (name, json!({"t": text}))));
        let record = record(status, &members);
        let write = step(&record, "destination").unwrap();
        prop_assert!(write.expression.update.len() + write.expression.condition.len() < 4096);
        prop_assert!(is_sound(&write.expression));
        let mut item = item_of(&write.expression);
        prop_assert!(crate::overflow::item_bytes(&item) <= MAX_ITEM_BYTES + 200);
        item.insert("guid".to_owned(), json!("g"));
        item.insert("encodeProgress".to_owned(), json!(3));
        let file = write.overflow.map_or_else(Map::new, |file| serde_json::from_str(&file.body).unwrap());
        let joined: Record = serde_json::from_value(join(item, file).into()).unwrap();
        prop_assert_eq!(joined, record);
    }
}
