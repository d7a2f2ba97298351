//! `vod videos`.

use serde_json::{Value, json};

use crate::deploy::aws_fake::{Answer, error};
use crate::deploy::world::{STATES, World};

const GUID: &str = "0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10";

const START: &str = "AWSStepFunctions.StartExecution";
const DESCRIBE: &str = "AWSStepFunctions.DescribeExecution";
const LIST: &str = "AWSStepFunctions.ListExecutions";

/// An execution as Step Functions describes it.
fn described(status: &str, input: &str) -> Answer {
    ok(&json!({
        "executionArn": "arn", "stateMachineArn": format!("{STATES}:stateMachine:m"), "status": status, "startDate": 1,
        "input": input,
    }))
}
const STOP: &str = "AWSStepFunctions.StopExecution";
const JOB: &str = "DELETE /2017-08-29/jobs/1700000000000-abcdef";
const ERROR_HANDLER: &str = "POST /2015-03-31/functions/vod-error-handler/invocations";
const RECORD: &str = "DynamoDB_20120810.GetItem";
const QUERY: &str = "DynamoDB_20120810.Query";
const FORGET: &str = "DynamoDB_20120810.DeleteItem";
const FOLDER: &str = "GET /vod-destination/";

fn record(status: &str, more: &[(&str, &str)]) -> Answer {
    let fields = [("guid", GUID), ("workflowStatus", status), ("srcBucket", "vod-source"), ("srcVideo", "a b.mp4")];
    let item: serde_json::Map<String, Value> =
        fields.iter().chain(more).map(|(name, value)| ((*name).to_owned(), json!({ "S": value }))).collect();
    ok(&json!({ "Item": item }))
}

fn ok(body: &Value) -> Answer {
    (200, body.to_string())
}

fn refused(status: u16, kind: &str) -> Answer {
    (status, json!({ "__type": format!("com.amazonaws.any#{kind}"), "message": "no" }).to_string())
}

fn link(machine: &str) -> String {
    format!(
        "https://console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/{STATES}:execution:{machine}:x"
    )
}

fn running(names: &[String]) -> Answer {
    let executions =
        names.iter().map(|name| json!({
            "name": name, "executionArn": format!("{STATES}:execution:m:{name}"), "stateMachineArn": format!("{STATES}:stateMachine:m"),
            "status": "RUNNING", "startDate": 1,
        }));
    ok(&json!({ "executions": executions.collect::<Vec<_>>() }))
}

fn asked(world: &World, line: &str) -> Vec<Value> {
    world.aws.bodies_of(line).iter().map(|body| serde_json::from_str(body).unwrap()).collect()
}

/// A video as the index has it.
fn indexed(guid: &str, status: &str, title: Option<&str>, source: &str) -> Value {
    let mut item = json!({
        "guid": { "S": guid }, "workflowStatus": { "S": status }, "srcVideo": { "S": source },
        "startTime": { "S": "2026-01-02T03:04:05.6Z" },
        "renditions": { "L": [{ "M": { "group": { "S": "HLS_GROUP" }, "durationInMs": { "N": "24000" } } }] },
    });
    if let Some(title) = title {
        item["title"] = json!({ "S": title });
    }
    item
}

/// A part of the index; more follows if it is not the last.
fn part(items: &[Value], is_last: bool) -> Answer {
    let mut page = json!({ "Items": items, "Count": items.len(), "ScannedCount": items.len() });
    if !is_last {
        page["LastEvaluatedKey"] = json!({ "guid": { "S": "g" } });
    }
    ok(&page)
}

#[test]
fn videos_are_listed_by_status_title_source_and_time() {
    let videos = [
        indexed(GUID, "Complete", Some("Our holiday"), "films/x.mp4"),
        indexed("1", "Complete", None, "films/HOLIDAY.mov"),
        indexed("2", "Error", None, "bench/holiday.mp4"),
        indexed("3", "Encoding", Some("Winter"), "films/holiday.mp4"),
    ];
    let world = World::deployed().on(QUERY, part(&videos[..2], false)).on(QUERY, part(&videos[2..], true));
    let guids = |arguments: &[&str]| {
        let world = World::deployed().on(QUERY, part(&videos[..2], false)).on(QUERY, part(&videos[2..], true));
        let listed = world.says(0, &[&["videos", "list"], arguments].concat());
        listed.lines().filter_map(|line| Some(line.split('\t').nth(4)?.to_owned())).collect::<Vec<_>>()
    };
    insta::assert_snapshot!(world.says(0, &["videos", "list"]).replace('\t', " | "), @r"
    Complete | Our holiday | 0:24 | 2026-01-02T03:04:05Z | 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 | films/x.mp4 | https://d1.cloudfront.net/#/v/0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10
    Complete | HOLIDAY.mov | 0:24 | 2026-01-02T03:04:05Z | 1 | films/HOLIDAY.mov | https://d1.cloudfront.net/#/v/1
    Error | holiday.mp4 | 0:24 | 2026-01-02T03:04:05Z | 2 | bench/holiday.mp4
    Encoding | Winter | 0:24 | 2026-01-02T03:04:05Z | 3 | films/holiday.mp4
    ");
    assert_eq!(guids(&["--search", "holiday"]), [GUID, "1", "2"]);
    assert_eq!(guids(&["--search", "Holiday", "--status", "complete"]), [GUID, "1"]);
    assert_eq!(guids(&["--status", "Error", "--status", "Encoding"]), ["2", "3"]);
    assert_eq!(guids(&["--source", "films/", "--limit", "2"]), [GUID, "1"]);
    assert_eq!(guids(&["--all"]).len(), 4);

    insta::assert_snapshot!(world.says(0, &["videos", "list", "--search", "nothing"]), @"No video matches: `vod videos list` shows the newest.");
    world.says(0, &["videos", "list", "--since", "2026-01-02"]);
    let query = asked(&world, QUERY).pop().unwrap();
    assert_eq!(query["KeyConditionExpression"], "#srcBucket = :bucket AND #startTime >= :since");
    assert_eq!(query["ExpressionAttributeValues"][":since"], json!({ "S": "2026-01-02T00:00:00" }));
    assert_eq!(query["ExpressionAttributeNames"]["#startTime"], "startTime");
}

#[test]
fn how_many_more_there_are() {
    let videos = |count: usize| -> Vec<Value> {
        (0..count).map(|number| indexed(&number.to_string(), "Complete", None, "x.mp4")).collect()
    };
    let hint = |world: World, arguments: &[&str]| {
        let listed = world.says(0, &[&["videos", "list"], arguments].concat());
        listed.lines().filter(|line| !line.contains('\t')).collect::<String>()
    };
    let world = || World::deployed().on(QUERY, part(&videos(25), true));
    assert_eq!(hint(world(), &[]), "5 more: `--all`, or `--limit 40`");
    assert_eq!(hint(world(), &["--limit", "25"]), "");
    assert_eq!(hint(world(), &["--all"]), "");
    let world = World::deployed().on(QUERY, part(&videos(25), false));
    assert_eq!(hint(world, &[]), "More than 5 more: `--all`, or `--limit 40`");
    for (option, value, reason) in [
        ("--limit", "0", "0 is not in 1.."),
        ("--since", "60", "expected a duration such as 90m, 2h or 3d, or a date such as 2026-01-31"),
        ("--status", "done", "[possible values: Ingest, Encoding, Complete, Error]"),
    ] {
        let ran = World::deployed().vod().args(["videos", "list", option, value]).assert().code(2);
        let said = String::from_utf8_lossy(&ran.get_output().stderr).into_owned();
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn a_list_for_programs_has_whole_values() {
    let world = World::deployed().on(QUERY, part(&[indexed(GUID, "Complete", Some("Our holiday"), "a b.mp4")], true));
    assert_eq!(
        world.json(&["videos", "list"]),
        json!([{
            "guid": GUID, "workflowStatus": "Complete", "title": "Our holiday", "srcVideo": "a b.mp4",
            "srcMetadataFile": null, "startTime": "2026-01-02T03:04:05.6Z", "endTime": null, "durationInMs": 24_000,
            "outputBytes": null, "playerUrl": format!("https://d1.cloudfront.net/#/v/{GUID}"), "errorMessage": null,
            "workflowErrorAt": null,
        }])
    );
}

#[test]
fn the_beginning_of_an_id_is_enough() {
    let one = indexed(GUID, "Complete", Some("Our holiday"), "x.mp4");
    let other = indexed("0b1f4d0f-7c1f-5a64-9d0e-8a0f7f3f3f11", "Complete", None, "films/y.mp4");
    let world = World::deployed()
        .on(QUERY, part(&[], false))
        .on(QUERY, part(std::slice::from_ref(&one), true))
        .on(RECORD, record("Complete", &[("title", "Our holiday")]));
    insta::assert_snapshot!(world.says(0, &["videos", "show", "0b1f"]), @r"
    0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10
      title      Our holiday
      status     Complete
      source     s3://vod-source/a b.mp4

    To watch
      player     https://d1.cloudfront.net/#/v/0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10
    ");
    let query = &asked(&world, QUERY)[0];
    assert_eq!(query["FilterExpression"], "begins_with(#guid, :guid)");
    assert_eq!(query["ExpressionAttributeValues"][":guid"], json!({ "S": "0b1f" }));
    assert_eq!(asked(&world, RECORD)[0]["Key"], json!({ "guid": { "S": GUID } }));

    let world = World::deployed().on(QUERY, part(&[one, other], true));
    insta::assert_snapshot!(world.says(2, &["videos", "show", "0b1f"]), @r"
    × 2 videos begin with `0b1f`
      help: give more characters of the id:
            0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 Our holiday
            0b1f4d0f-7c1f-5a64-9d0e-8a0f7f3f3f11 y.mp4
    ");
    insta::assert_snapshot!(World::deployed().on(QUERY, part(&[], true)).says(2, &["videos", "show", "nope"]), @r"
    × there is no video nope
      help: `vod videos list` shows those that there are
    ");
    insta::assert_snapshot!(World::deployed().says(2, &["videos", "show", "0b1"]), @r"
    × `0b1` is too short to be looked up
      help: give at least 4 characters of the id
    ");
    insta::assert_snapshot!(World::deployed().on(QUERY, part(&[], false)).says(2, &["videos", "show", "0b1f"]), @r"
    × there are too many videos to look for one that begins with `0b1f`
      help: give the whole id; `vod videos list` shows it
    ");
}

#[test]
fn a_failed_job_is_encoded_again_under_a_new_name() {
    let failed = record("Error", &[("workflowErrorAt", "encoding"), ("errorMessage", "1404: no access")]);
    let world = World::deployed()
        .on(RECORD, failed)
        .on(START, refused(400, "ExecutionAlreadyExists"))
        .on(START, ok(&json!({ "executionArn": "arn", "startDate": 1 })));
    insta::assert_snapshot!(world.says(0, &["videos", "retry", GUID]), @"Started the process workflow again, as 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10-2.");
    let [first, second] = &asked(&world, START)[..] else { panic!("two names are tried") };
    assert_eq!(first["name"], GUID);
    assert_eq!(second["name"], format!("{GUID}-2"));
    assert_eq!(second["stateMachineArn"], format!("{STATES}:stateMachine:vod-process"));
    assert_eq!(second["input"], json!({ "guid": GUID }).to_string());
    assert_eq!(world.aws.unsigned(), Vec::<String>::new());
}

#[test]
fn a_failed_publication_starts_with_the_event_that_it_had() {
    let at = [("workflowErrorAt", "dynamo-update"), ("errorDetails", &link("vod-publish")[..])];
    let event = json!({
        "source": "aws.mediaconvert", "detail": {"status": "COMPLETE", "jobId": "1-a", "userMetadata": {"guid": GUID}},
    });
    let world = World::deployed()
        .on(RECORD, record("Error", &at))
        .on(DESCRIBE, described("FAILED", &event.to_string()))
        .on(START, ok(&json!({ "executionArn": "arn", "startDate": 1 })));
    insta::assert_snapshot!(world.says(0, &["videos", "retry", GUID]), @"Started the publish workflow again, as 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10-1-a.");
    assert_eq!(asked(&world, START)[0]["input"], event.to_string());

    // Step Functions forgets executions after 90 days.
    let world = World::deployed().on(RECORD, record("Error", &at)).on(DESCRIBE, refused(400, "ExecutionDoesNotExist"));
    insta::assert_snapshot!(world.says(1, &["videos", "retry", GUID]), @r"
    × Step Functions does not know any more what the publish workflow of
      │ 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 was started with
      help: encode it again with `vod videos encode`, or upload the source again
    ");
    let world = world.on(START, ok(&json!({ "executionArn": "arn", "startDate": 1 })));
    world.says(0, &["videos", "encode", GUID, "--yes"]);
    assert_eq!(asked(&world, START)[0]["stateMachineArn"], format!("{STATES}:stateMachine:vod-process"));
}

const OTHER: &str = "75e30536-7c1f-5a64-9d0e-8a0f7f3f3f13";

#[test]
fn what_failed_since_a_time_is_tried_again_after_a_look() {
    let videos = [
        indexed(GUID, "Error", Some("Our holiday"), "x.mp4"),
        indexed("1", "Complete", None, "y.mp4"),
        indexed(OTHER, "Error", None, "films/z.mp4"),
    ];
    let failed = |at: &str| record("Error", &[("workflowErrorAt", at)]);
    let world = World::deployed().on(QUERY, part(&videos, true));
    insta::assert_snapshot!(world.says(0, &["videos", "retry", "--failed", "--since", "2026-01-01", "--dry-run"]), @r"
    2 videos are tried again:
      0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 Our holiday: failed at the workflow
      75e30536-7c1f-5a64-9d0e-8a0f7f3f3f13 z.mp4: failed at the workflow
    What failed while it was encoded is encoded again; each job is charged.
    ");
    assert_eq!(asked(&world, QUERY)[0]["ExpressionAttributeValues"][":since"], json!({ "S": "2026-01-01T00:00:00" }));
    insta::assert_snapshot!(world.says(2, &["videos", "retry", "--failed"]), @r"
    × somebody has to agree, and there is nobody at this terminal
      help: use `--yes` to agree beforehand
    ");

    // One that cannot be tried again holds up no other.
    let world = world
        .on(RECORD, failed("dynamo-update"))
        .on(RECORD, failed("encode"))
        .on(START, ok(&json!({ "executionArn": "arn", "startDate": 1 })));
    insta::assert_snapshot!(world.says(1, &["videos", "retry", "--failed", "--yes"]), @r"
    2 videos are tried again:
      0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 Our holiday: failed at the workflow
      75e30536-7c1f-5a64-9d0e-8a0f7f3f3f13 z.mp4: failed at the workflow
    What failed while it was encoded is encoded again; each job is charged.
    Started the process workflow again, as 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10.
      × the record of 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 does not tell which
      │ workflow failed: it names `dynamo-update`
      help: encode it again with `vod videos encode`, or upload the source again
            if it was never encoded
    ");
    let none = World::deployed().on(QUERY, part(&videos[1..2], true));
    insta::assert_snapshot!(none.says(0, &["videos", "retry", "--failed", "--yes"]), @"Nothing failed.");
    for wrong in
        [&["videos", "retry"][..], &["videos", "retry", GUID, "--failed"], &["videos", "retry", GUID, "--since", "1d"]]
    {
        World::deployed().vod().args(wrong).assert().code(2);
    }
}

#[test]
fn published_videos_are_encoded_again() {
    let world = World::deployed()
        .on(RECORD, record("Complete", &[("title", "Our holiday")]))
        .on(START, ok(&json!({ "executionArn": "arn", "startDate": 1 })));
    insta::assert_snapshot!(world.says(0, &["videos", "encode", GUID, GUID, "--yes"]), @r"
    1 video is encoded again; each job is charged:
      0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 Our holiday
    Started the process workflow again, as 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10.
    ");
    let [start] = &asked(&world, START)[..] else { panic!("each video once") };
    assert_eq!(start["input"], json!({ "guid": GUID }).to_string());
    insta::assert_snapshot!(world.says(2, &["videos", "encode", GUID]), @r"
    × somebody has to agree, and there is nobody at this terminal
      help: use `--yes` to agree beforehand
    ");
    let world = World::deployed().on(RECORD, record("Error", &[("workflowErrorAt", "mediainfo")]));
    insta::assert_snapshot!(world.says(2, &["videos", "encode", GUID, "--yes"]), @r"
    1 video is encoded again; each job is charged:
      0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 a b.mp4
      × the video 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 cannot be encoded: its
      │ ingest failed, so nobody knows yet what is in it
      help: `vod videos retry` takes it up from its ingest
    ");
    let world = World::deployed().on(RECORD, record("Encoding", &[]));
    insta::assert_snapshot!(world.says(2, &["videos", "encode", GUID, "--yes"]), @r"
    1 video is encoded again; each job is charged:
      0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 a b.mp4
      × the video 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 is in progress: it is
      │ `Encoding`
      help: wait for its end, or end it with `vod videos cancel`
    ");
}

#[test]
fn what_has_not_failed_is_not_tried_again() {
    let world = World::deployed().on(RECORD, record("Complete", &[]));
    insta::assert_snapshot!(world.says(2, &["videos", "retry", GUID]), @r"
    × the video 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 has not failed: it is
      │ `Complete`
      help: `vod videos encode` encodes it again
    ");
    let world = World::deployed().on(RECORD, ok(&json!({})));
    insta::assert_snapshot!(world.says(2, &["videos", "retry", GUID]), @r"
    × there is no video 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10
      help: `vod videos list` shows those that there are
    ");
    let denied = (400, json!({ "__type": "AccessDeniedException", "message": "not authorized" }).to_string());
    let world = World::deployed().on(RECORD, record("Error", &[("workflowErrorAt", "encode")])).on(START, denied);
    insta::assert_snapshot!(world.says(1, &["videos", "retry", GUID]), @r"
    × states:StartExecution is not allowed: not authorized
      help: give the user or role the permission states:StartExecution, or use
            another with `--profile`
    ");
}

#[test]
fn a_job_is_canceled() {
    let world = World::deployed()
        .on(RECORD, record("Encoding", &[("encodeJobId", "1700000000000-abcdef")]))
        .on(LIST, running(&[]))
        .on(JOB, (202, "{}".to_owned()));
    insta::assert_snapshot!(world.says(0, &["videos", "cancel", GUID]), @r"
    MediaConvert cancels the job 1700000000000-abcdef.
    The record says so when it is done.
    ");
    assert!(!world.aws.seen().contains(&ERROR_HANDLER.to_owned()), "MediaConvert's event tells it");
    assert_eq!(world.aws.unsigned(), Vec::<String>::new());
}

#[test]
fn a_job_that_has_ended_is_no_reason_to_wait_for_its_event() {
    let world = World::deployed()
        .on(RECORD, record("Encoding", &[("encodeJobId", "1700000000000-abcdef")]))
        .on(LIST, running(&[]))
        .on(JOB, refused(409, "ConflictException"))
        .on(ERROR_HANDLER, (200, "null".to_owned()));
    insta::assert_snapshot!(world.says(0, &["videos", "cancel", GUID]), @"The record says that the video was canceled.");
}

#[test]
fn a_workflow_is_stopped_and_the_record_says_so() {
    let world = World::deployed()
        .on(RECORD, record("Ingest", &[("startTime", "2026-01-02T03:04:05Z")]))
        .on(LIST, running(&[GUID.to_owned(), format!("{GUID}x")]))
        .on(LIST, running(&[]))
        .on(STOP, ok(&json!({ "stopDate": 1 })))
        .on(ERROR_HANDLER, (200, "null".to_owned()));
    insta::assert_snapshot!(world.says(0, &["videos", "cancel", GUID]), @r"
    Stopped the ingest workflow.
    The record says that the video was canceled.
    ");
    let stopped = asked(&world, STOP);
    assert_eq!(stopped.len(), 1, "another video's name may begin so: {stopped:?}");
    assert_eq!(
        asked(&world, ERROR_HANDLER),
        [json!({
            "function": "cancel", "error": "canceled with `vod videos cancel`", "guid": GUID,
            "srcBucket": "vod-source", "srcVideo": "a b.mp4", "startTime": "2026-01-02T03:04:05Z",
            "execution": format!("{STATES}:execution:m:{GUID}"),
        })]
    );
    let failing = (200, json!({ "errorType": "Throttled", "errorMessage": "the table is busy" }).to_string());
    let world = World::deployed().on(RECORD, record("Ingest", &[])).on(LIST, running(&[])).on(ERROR_HANDLER, failing);
    insta::assert_snapshot!(world.says(1, &["videos", "cancel", GUID]), @r"
    × lambda:InvokeFunction failed: vod-error-handler: the table is busy
      help: the message is the service's own
    ");
}

#[test]
fn a_job_that_is_being_submitted_is_waited_for() {
    let world = World::deployed()
        .on(RECORD, record("Ingest", &[]))
        .on(RECORD, record("Encoding", &[("encodeJobId", "1700000000000-abcdef")]))
        .on(LIST, running(&[GUID.to_owned()]))
        .on(LIST, running(&[format!("{GUID}-2")]))
        .on(LIST, running(&[]))
        .on(STOP, ok(&json!({ "stopDate": 1 })))
        .on(DESCRIBE, described("RUNNING", "{}"))
        .on(DESCRIBE, described("SUCCEEDED", "{}"))
        .on(JOB, (202, "{}".to_owned()));
    insta::assert_snapshot!(world.says(0, &["videos", "cancel", GUID]), @r"
    Stopped the ingest workflow.
    MediaConvert cancels the job 1700000000000-abcdef.
    The record says so when it is done.
    ");
    assert_eq!(asked(&world, STOP).len(), 1, "the process workflow ends by itself");
    assert_eq!(world.aws.seen().iter().filter(|line| *line == JOB).count(), 1);
}

#[test]
fn nothing_to_cancel() {
    let world = World::deployed().on(RECORD, record("Complete", &[])).on(LIST, running(&[]));
    insta::assert_snapshot!(world.says(2, &["videos", "cancel", GUID]), @r"
    × nothing is done for the video 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10: it is
      │ `Complete`
      help: `vod videos delete` removes it; `vod videos show` shows more
    ");
}

fn versions(objects: usize) -> Answer {
    let version = |number: usize| {
        format!(
            "<Version><Key>{GUID}/hls/{number}.ts</Key><VersionId>v{number}</VersionId><Size>1500000</Size></Version>"
        )
    };
    let versions = (0..objects).map(version).collect::<Vec<_>>().concat();
    (200, format!("<ListVersionsResult><IsTruncated>false</IsTruncated>{versions}</ListVersionsResult>"))
}

fn catalogue() -> Answer {
    let video = |id: &str| json!({ "id": id, "title": "t", "status": "Complete", "added": "2026", "changed": 1 });
    ok(&json!({ "videos": [video(GUID), video("0000")] }))
}

#[test]
fn a_video_is_removed_with_all_that_was_made_of_it() {
    let more = [("mediaPackageResourceId", "asset-1"), ("srcVersionId", "v9"), ("srcMetadataFile", "a.json")];
    let file = "/vod-destination/catalogue/0.json";
    let world = World::deployed()
        .on(RECORD, record("Complete", &more))
        .on(FOLDER, versions(3))
        .on(FOLDER, versions(3))
        .on(FOLDER, versions(0))
        .on(&format!("GET {file}"), catalogue())
        .on(&format!("PUT {file}"), (412, "<Error><Code>PreconditionFailed</Code></Error>".to_owned()))
        .on(&format!("PUT {file}"), (200, String::new()))
        .on("DELETE /assets/asset-1", (202, "{}".to_owned()))
        .on("POST /vod-destination/", (200, "<DeleteResult/>".to_owned()))
        .on("DELETE /vod-source/a%20b.mp4", (204, String::new()))
        .on("DELETE /vod-source/a.json", (204, String::new()))
        .on(FORGET, ok(&json!({})));
    insta::assert_snapshot!(world.says(0, &["videos", "delete", GUID, "--source", "--yes"]), @r"
    0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 is removed for good:
      s3://vod-destination/0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10/
        3 objects, 4.5 MB, every version counted
      the MediaPackage asset asset-1
      its entry in catalogue/0.json
      s3://vod-source/a b.mp4
      s3://vod-source/a.json
      its record
    CloudFront may show what it has cached for a day, without `--invalidate`.
    Removed 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10.
    ");
    let seen = world.aws.seen();
    assert_eq!(seen.last().map(String::as_str), Some(FORGET), "the record goes last: {seen:?}");
    let written = world.aws.bodies_of(&format!("PUT {file}"));
    assert_eq!(written.len(), 2, "somebody else wrote it first");
    assert!(written[1].contains("0000") && !written[1].contains(GUID), "{}", written[1]);
}

const INVALIDATION: &str = "POST /2020-05-31/distribution/E2EXAMPLE/invalidation";

#[test]
fn many_videos_are_removed_after_one_look_and_taken_out_of_the_caches() {
    let absent = "<Error><Code>NoSuchKey</Code></Error>";
    let invalidation = "<Invalidation><Id>I1</Id><Status>InProgress</Status><CreateTime>2026-01-02T03:04:05Z</CreateTime>\
                        <InvalidationBatch><Paths><Quantity>0</Quantity></Paths><CallerReference>1</CallerReference>\
                        </InvalidationBatch></Invalidation>";
    let videos = [indexed(GUID, "Error", Some("Our holiday"), "x.mp4"), indexed(OTHER, "Error", None, "films/z.mp4")];
    let world = World::deployed()
        .on(QUERY, part(&videos, true))
        .on(RECORD, record("Error", &[("title", "Our holiday"), ("mediaPackageResourceId", "asset-1")]))
        .on(RECORD, record("Error", &[]))
        .on(FOLDER, versions(3))
        .on(FOLDER, versions(1))
        .on(FOLDER, versions(0))
        .on("GET /vod-destination/catalogue/0.json", (404, absent.to_owned()))
        .on("GET /vod-destination/catalogue/7.json", (404, absent.to_owned()))
        .on("DELETE /assets/asset-1", (202, "{}".to_owned()))
        .on(FORGET, ok(&json!({})))
        .on(INVALIDATION, (201, invalidation.to_owned()));
    let arguments = ["videos", "delete", "--failed", "--before", "2026-01-31", "--invalidate", "--yes"];
    insta::assert_snapshot!(world.says(0, &arguments), @r"
    2 videos are removed for good:
      0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 Our holiday
      75e30536-7c1f-5a64-9d0e-8a0f7f3f3f13 a b.mp4
    With them go
      4 outputs, 6.0 MB, every version counted
      1 MediaPackage asset
      their entries in the catalogue and their records
    The sources stay; `--source` removes them as well.
    CloudFront forgets what it has cached, within minutes.
    Removed 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10.
    Removed 75e30536-7c1f-5a64-9d0e-8a0f7f3f3f13.
    ");
    assert_eq!(asked(&world, QUERY)[0]["KeyConditionExpression"], "#srcBucket = :bucket AND #startTime < :before");
    let [asked] = &world.aws.bodies_of(INVALIDATION)[..] else { panic!("one for all") };
    let paths = format!("<Quantity>2</Quantity><Items><Path>/{GUID}/*</Path><Path>/{OTHER}/*</Path></Items>");
    assert!(asked.contains(&paths), "{asked}");
    assert_eq!(world.aws.unsigned(), Vec::<String>::new());

    let none = World::deployed().on(QUERY, part(&[], true));
    insta::assert_snapshot!(none.says(0, &arguments), @"Nothing is to be removed.");
    let many: Vec<Value> = (0..16).map(|number| indexed(&format!("{number}"), "Error", None, "x.mp4")).collect();
    let many = World::deployed().on(QUERY, part(&many, true));
    insta::assert_snapshot!(many.says(2, &arguments), @r"
    × CloudFront does not take 16 videos out of its caches at once
      help: remove at most 15 with `--invalidate`, and the others after a few
            minutes
    ");
}

#[test]
fn caches_that_may_not_be_emptied() {
    let message = "User: ann is not authorized to perform: cloudfront:CreateInvalidation";
    let world = World::deployed()
        .on(RECORD, record("Error", &[]))
        .on(FOLDER, versions(0))
        .on("GET /vod-destination/catalogue/0.json", (404, "<Error><Code>NoSuchKey</Code></Error>".to_owned()))
        .on(INVALIDATION, error(403, "AccessDenied", message));
    insta::assert_snapshot!(world.says(1, &["videos", "delete", GUID, "--invalidate", "--yes"]), @r"
    0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 is removed for good:
      s3://vod-destination/0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10/
        0 objects, 0.0 MB, every version counted
      its record
    The source stays; `--source` removes it as well.
    CloudFront forgets what it has cached, within minutes.
      × cloudfront:CreateInvalidation is not allowed: User: ann is not authorized
      │ to perform: cloudfront:CreateInvalidation
      help: give the user or role the permission cloudfront:CreateInvalidation, or
            use another with `--profile`
    ");
    assert!(!world.aws.seen().contains(&FORGET.to_owned()), "the command can be repeated");
}

#[test]
fn the_source_stays_and_an_interrupted_removal_goes_on() {
    let denied = "<Error><Code>AccessDenied</Code><Message>not authorized</Message></Error>";
    let world = World::deployed()
        .on(RECORD, record("Error", &[("mediaPackageResourceId", "asset-1")]))
        .on(FOLDER, versions(1))
        .on("GET /vod-destination/catalogue/0.json", (404, "<Error><Code>NoSuchKey</Code></Error>".to_owned()))
        .on("DELETE /assets/asset-1", refused(404, "NotFoundException"))
        .on("POST /vod-destination/", (403, denied.to_owned()));
    insta::assert_snapshot!(world.says(1, &["videos", "delete", GUID, "--yes"]), @r"
    0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 is removed for good:
      s3://vod-destination/0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10/
        1 object, 1.5 MB, every version counted
      the MediaPackage asset asset-1
      its record
    The source stays; `--source` removes it as well.
    CloudFront may show what it has cached for a day, without `--invalidate`.
      × s3:DeleteObject is not allowed: not authorized
      help: give the user or role the permission s3:DeleteObject, or use another
            with `--profile`
    ");
    assert!(!world.aws.seen().contains(&FORGET.to_owned()), "the record still tells of the rest");
}

#[test]
fn nothing_is_removed_unasked_or_under_work() {
    let world = World::deployed().on(RECORD, record("Encoding", &[]));
    insta::assert_snapshot!(world.says(2, &["videos", "delete", GUID]), @r"
    × somebody has to agree, and there is nobody at this terminal
      help: use `--yes` to agree beforehand
    ");
    insta::assert_snapshot!(world.says(2, &["videos", "delete", GUID, "--yes"]), @r"
    × the video 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 is in progress: it is
      │ `Encoding`
      help: wait for its end, or end it: `vod videos cancel
            0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10`
    ");
}

const CHANGE: &str = "DynamoDB_20120810.UpdateItem";
const LIBRARY: &str = "/vod-destination/catalogue/0.json";

/// A published video, as the table has it.
fn published() -> Answer {
    let flags = ["frameCapture", "enableSns", "enableSqs", "enableMediaPackage"];
    let texts = [
        ("guid", GUID),
        ("startTime", "2026-01-02T03:04:05Z"),
        ("workflowTrigger", "Video"),
        ("workflowStatus", "Complete"),
        ("workflowName", "vod"),
        ("srcBucket", "vod-source"),
        ("srcVideo", "a b.mp4"),
        ("destBucket", "vod-destination"),
        ("cloudFront", "d1.cloudfront.net"),
        ("archiveSource", "DISABLED"),
        ("inputRotate", "AUTO"),
        ("acceleratedTranscoding", "DISABLED"),
    ];
    let mut item: serde_json::Map<String, Value> =
        texts.iter().map(|(name, text)| ((*name).to_owned(), json!({ "S": text }))).collect();
    item.extend(flags.iter().map(|name| ((*name).to_owned(), json!({ "BOOL": false }))));
    item.insert("hlsPlaylist".to_owned(), json!({ "S": format!("s3://vod-destination/{GUID}/hls/a.m3u8") }));
    ok(&json!({ "Item": item }))
}

#[test]
fn a_title_and_a_picture_change_in_the_record_and_in_the_library() {
    let world = World::deployed()
        .on(RECORD, published())
        .on(CHANGE, ok(&json!({})))
        .on(&format!("GET {LIBRARY}"), catalogue())
        .on(&format!("PUT {LIBRARY}"), (412, "<Error><Code>PreconditionFailed</Code></Error>".to_owned()))
        .on(&format!("PUT {LIBRARY}"), (200, String::new()));
    let picture = b"\x89PNG\r\n\x1a\n";
    std::fs::write(world.folder.path().join("p.png"), picture).unwrap();
    let key = pipeline::catalogue::poster_key(GUID, picture, "png");
    let world = world.on(&format!("PUT /vod-destination/{key}"), (200, String::new()));
    let arguments = ["videos", "edit", GUID, "--title", " Our\tholiday ", "--poster", "p.png"];
    insta::assert_snapshot!(world.says(0, &arguments), @"Changed 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 in its record and in the library.");
    let change = &asked(&world, CHANGE)[0];
    assert_eq!(change["UpdateExpression"], "SET #poster = :poster, #title = :title");
    assert_eq!(change["ConditionExpression"], "#status = :status");
    assert_eq!(change["ExpressionAttributeValues"][":title"], json!({ "S": "Our holiday" }));
    assert_eq!(change["ExpressionAttributeValues"][":status"], json!({ "S": "Complete" }));
    let place = format!("s3://vod-destination/{key}");
    assert_eq!(change["ExpressionAttributeValues"][":poster"], json!({ "S": place }));
    assert_eq!(world.aws.bodies_of(&format!("PUT /vod-destination/{key}")).len(), 1);
    let written: Value = serde_json::from_str(&world.aws.bodies_of(&format!("PUT {LIBRARY}"))[1]).unwrap();
    let entry = written["videos"].as_array().unwrap().iter().find(|video| video["id"] == GUID).unwrap();
    assert_eq!((&entry["title"], &entry["poster"]), (&json!("Our holiday"), &json!(key)));
    assert_eq!(entry["streams"]["hls"], format!("{GUID}/hls/a.m3u8"));
    assert_eq!(world.aws.unsigned(), Vec::<String>::new());
}

#[test]
fn a_video_leaves_the_library_and_comes_back() {
    let world = |answer: Answer| {
        World::deployed()
            .on(RECORD, published())
            .on(CHANGE, ok(&json!({})))
            .on(&format!("GET {LIBRARY}"), answer)
            .on(&format!("PUT {LIBRARY}"), (200, String::new()))
    };
    let written = |world: &World| world.aws.bodies_of(&format!("PUT {LIBRARY}")).concat();
    let hidden = world(catalogue());
    hidden.says(0, &["videos", "edit", GUID, "--listed", "no"]);
    assert_eq!(asked(&hidden, CHANGE)[0]["ExpressionAttributeValues"][":listed"], json!({ "BOOL": false }));
    assert!(written(&hidden).contains("0000") && !written(&hidden).contains(GUID), "{}", written(&hidden));

    let shown = world((404, "<Error><Code>NoSuchKey</Code></Error>".to_owned()));
    shown.says(0, &["videos", "edit", GUID, "--listed", "yes"]);
    assert!(written(&shown).contains(GUID) && written(&shown).contains(r#""title":"a b""#), "{}", written(&shown));
}

#[test]
fn edits_that_come_at_the_wrong_time_or_of_the_wrong_kind() {
    let world = World::deployed().on(RECORD, record("Encoding", &[]));
    insta::assert_snapshot!(world.says(2, &["videos", "edit", GUID, "--listed", "no"]), @r"
    × the video 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 is in progress: it is
      │ `Encoding`
      help: wait for its end, or end it: `vod videos cancel
            0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10`
    ");
    let world = World::deployed().on(RECORD, published()).on(CHANGE, refused(400, "ConditionalCheckFailedException"));
    insta::assert_snapshot!(world.says(1, &["videos", "edit", GUID, "--listed", "no"]), @r"
    × the video 0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 has changed meanwhile
      help: look at it with `vod videos show`, and repeat the command
    ");
    std::fs::write(world.folder.path().join("p.svg"), "<svg/>").unwrap();
    insta::assert_snapshot!(world.says(2, &["videos", "edit", GUID, "--poster", "p.svg"]), @r"
    × `p.svg` is no picture that every browser shows
      help: use JPEG, PNG or WebP
    ");
    insta::assert_snapshot!(world.says(2, &["videos", "edit", GUID, "--title", " "]), @r"
    × a title has letters in it
      help: give one that viewers can read
    ");
    world.vod().args(["videos", "edit", GUID]).assert().code(2);
}
