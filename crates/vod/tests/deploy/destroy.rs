//! `vod destroy`: what goes with the stack, what stays, and buckets that are not empty.

use std::fmt::Write as _;

use serde_json::json;

use crate::deploy::aws_fake::{Answer, error, result};
use crate::deploy::world::{OWN, STACK_ID, World, events, no_stack, stack};

const BUCKET: &str = "AWS::S3::Bucket";
const FULL: &str = "The bucket you tried to delete is not empty. You must delete all versions in the bucket.";
const BEGUN: (&str, &str, &str, &str) = ("vod", OWN, "DELETE_IN_PROGRESS", "User Initiated");
const OVER: (&str, &str, &str, &str) = ("vod", OWN, "DELETE_FAILED", "The following resource(s) failed to delete");
const GONE: (&str, &str, &str, &str) = ("vod", OWN, "DELETE_COMPLETE", "");
const DELETE: &str = "DeleteStack";

/// The resources of a stack: logical ID, physical ID, type and status.
fn resources(resources: &[(&str, &str, &str, &str)]) -> Answer {
    let mut members = String::new();
    for (id, physical, kind, status) in resources {
        let _ = write!(
            members,
            "<member><LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>{physical}</PhysicalResourceId>\
             <ResourceType>{kind}</ResourceType><ResourceStatus>{status}</ResourceStatus>\
             <LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp></member>"
        );
    }
    let list = format!("<StackResourceSummaries>{members}</StackResourceSummaries>");
    result("ListStackResources", &list)
}

/// A page of a bucket: so many objects, each with an old version and a delete marker.
fn page(objects: usize) -> Answer {
    let mut list = String::new();
    for number in 0..objects {
        let _ = write!(
            list,
            "<Version><Key>{number}</Key><VersionId>new</VersionId><Size>1000000</Size></Version>\
             <Version><Key>{number}</Key><VersionId>old</VersionId><Size>500000</Size></Version>\
             <DeleteMarker><Key>{number}</Key><VersionId>mark</VersionId></DeleteMarker>"
        );
    }
    (200, format!("<ListVersionsResult><IsTruncated>false</IsTruncated>{list}</ListVersionsResult>"))
}

fn deleted() -> Answer {
    (200, "<DeleteResult/>".to_owned())
}

/// A stack with a bucket that is to go, one of logs that says nothing of it, and one that is kept.
fn world() -> World {
    let bucket = |policy: &str| json!({ "Type": BUCKET, "DeletionPolicy": policy });
    let template = json!({ "Resources": {
        "Source": bucket("Delete"), "Logs": { "Type": BUCKET }, "Kept": bucket("RetainExceptOnCreate"),
        "Table": { "Type": "AWS::DynamoDB::Table", "DeletionPolicy": "Retain" },
    } });
    let there = "CREATE_COMPLETE";
    World::new().knows_us().on("DescribeStacks", stack(there)).has_template(&template.to_string()).on(
        "ListStackResources",
        resources(&[
            ("Source", "vod-source", BUCKET, there),
            ("Logs", "vod-logs", BUCKET, there),
            ("Kept", "vod-kept", BUCKET, there),
            ("Table", "vod-table", "AWS::DynamoDB::Table", there),
            ("Topic", "vod-topic", "AWS::SNS::Topic", "DELETE_COMPLETE"),
        ]),
    )
}

/// The lines of the calls that change something.
fn changes(world: &World) -> Vec<String> {
    let looks = ["Describe", "List", "Get", "GET ", "HEAD "];
    world.aws.seen().into_iter().filter(|line| !looks.iter().any(|look| line.starts_with(look))).collect()
}

#[test]
fn buckets_that_are_to_go_are_emptied_after_cloudformation_has_begun() {
    let first = [
        BEGUN,
        ("Source", BUCKET, "DELETE_FAILED", FULL),
        ("Kept", BUCKET, "DELETE_SKIPPED", ""),
        ("Logs", BUCKET, "DELETE_FAILED", FULL),
        OVER,
    ];
    let second = [BEGUN, ("Source", BUCKET, "DELETE_COMPLETE", ""), ("Logs", BUCKET, "DELETE_FAILED", FULL), OVER];
    let third = [BEGUN, ("Logs", BUCKET, "DELETE_COMPLETE", ""), GONE];
    let so_far = |rounds: &[&[(&'static str, &'static str, &'static str, &'static str)]]| events(&rounds.concat());
    let world = world()
        .on("DescribeStacks", stack("DELETE_FAILED"))
        .on("DescribeStacks", stack("DELETE_FAILED"))
        .on("DescribeStacks", stack("DELETE_COMPLETE"))
        .on("DescribeStackEvents", events(&[]))
        .on("DescribeStackEvents", so_far(&[&first]))
        .on("DescribeStackEvents", so_far(&[&first]))
        .on("DescribeStackEvents", so_far(&[&first, &second]))
        .on("DescribeStackEvents", so_far(&[&first, &second]))
        .on("DescribeStackEvents", so_far(&[&first, &second, &third]))
        .on(DELETE, result(DELETE, ""))
        // Counted; then two pages, and nothing more.
        .on("GET /vod-source/", page(2))
        .on("GET /vod-source/", page(2))
        .on("GET /vod-source/", page(1))
        .on("GET /vod-source/", page(0))
        .on("POST /vod-source/", deleted())
        // Logs arrive after the first time.
        .on("GET /vod-logs/", page(0))
        .on("GET /vod-logs/", page(1))
        .on("GET /vod-logs/", page(0))
        .on("GET /vod-logs/", page(1))
        .on("GET /vod-logs/", page(0))
        .on("POST /vod-logs/", deleted());
    insta::assert_snapshot!(world.says(0, &["destroy", "--yes"]), @r"
    vod in us-east-1: 2 resources are deleted
      deleted: vod-logs (AWS::S3::Bucket)
        it is empty
      deleted: vod-source (AWS::S3::Bucket)
        WITH ALL IT HOLDS: 6 objects, 3.0 MB, every version counted
      kept: vod-kept (AWS::S3::Bucket)
        `vod destroy --purge` empties and removes it, now or later
      kept: vod-table (AWS::DynamoDB::Table)
        aws dynamodb delete-table --table-name vod-table --region us-east-1
      kept          Kept                                 S3::Bucket
    Emptied vod-logs: 3 objects.
    Emptied vod-source: 9 objects.
      deleted       Source                               S3::Bucket
    Emptied vod-logs: 3 objects.
      deleted       Logs                                 S3::Bucket
    vod is in DELETE_COMPLETE.
    ");
    let (logs, source) = ("POST /vod-logs/", "POST /vod-source/");
    assert_eq!(changes(&world), [DELETE, logs, source, source, DELETE, logs, DELETE]);
    let body = &world.aws.bodies_of(source)[0];
    for version in ["new", "old", "mark"] {
        assert!(body.contains(&format!("<Key>1</Key><VersionId>{version}</VersionId>")), "{body}");
    }
}

#[test]
fn a_deletion_that_is_refused_costs_no_object() {
    let refusal = "Stack [vod] cannot be deleted while TerminationProtection is enabled";
    let world = world()
        .on("DescribeStackEvents", events(&[]))
        .on(DELETE, error(400, "ValidationError", refusal))
        .on("GET /vod-source/", page(2))
        .on("GET /vod-logs/", page(2));
    let said = world.says(1, &["destroy", "--yes"]);
    assert!(said.contains("TerminationProtection is enabled"), "{said}");
    assert_eq!(changes(&world), [DELETE]);
}

#[test]
fn another_failure_empties_nothing_and_is_shown() {
    let failed = [BEGUN, ("Topic", "AWS::SNS::Topic", "DELETE_FAILED", "no permission"), OVER];
    let world = world()
        .on("DescribeStacks", stack("DELETE_FAILED"))
        .on("DescribeStackEvents", events(&[]))
        .on("DescribeStackEvents", events(&failed))
        .on(DELETE, result(DELETE, ""))
        .on("GET /vod-source/", page(1))
        .on("GET /vod-logs/", page(1));
    let said = world.says(1, &["destroy", "--yes"]);
    assert!(said.contains("Topic (AWS::SNS::Topic) DELETE_FAILED: no permission"), "{said}");
    assert_eq!(changes(&world), [DELETE]);
}

#[test]
fn an_interrupted_removal_goes_on_and_a_busy_service_is_tried_again() {
    let failed = [BEGUN, ("Source", BUCKET, "DELETE_FAILED", FULL), OVER];
    let rest = [failed[0], failed[1], failed[2], BEGUN, ("Source", BUCKET, "DELETE_COMPLETE", ""), GONE];
    let busy = "<DeleteResult><Error><Key>0</Key><Code>SlowDown</Code><Message>slower</Message></Error></DeleteResult>";
    let again = || {
        world()
            .on("DescribeStacks", stack("DELETE_FAILED"))
            .on("DescribeStackEvents", events(&failed))
            .on("DescribeStackEvents", events(&[failed[0], failed[1], failed[2], failed[0], failed[1], failed[2]]))
            .on(DELETE, result(DELETE, ""))
            .on("GET /vod-logs/", page(0))
            .on("GET /vod-source/", page(1))
            .on("GET /vod-source/", page(1))
    };
    let world = again()
        .on("DescribeStacks", stack("DELETE_COMPLETE"))
        .on("DescribeStackEvents", events(&[failed[0], failed[1], failed[2], failed[0], failed[1], failed[2]]))
        .on("DescribeStackEvents", events(&[&failed[..], &rest[..]].concat()))
        .on("GET /vod-source/", page(1))
        .on("GET /vod-source/", page(0))
        .on("POST /vod-source/", (200, busy.to_owned()))
        .on("POST /vod-source/", deleted());
    let said = world.says(0, &["destroy", "--yes"]);
    assert!(said.contains("Emptied vod-source: 5 objects."), "{said}");

    // What is not allowed is said at once.
    let denied = busy.replace("SlowDown", "AccessDenied").replace("slower", "not authorized");
    let world = again().on("POST /vod-source/", (200, denied));
    let said = world.says(1, &["destroy", "--yes"]);
    assert!(said.contains("s3:DeleteObject is not allowed: 0: not authorized"), "{said}");
}

#[test]
fn kept_buckets_are_purged_until_no_more_logs_arrive() {
    let done = [BEGUN, ("Kept", BUCKET, "DELETE_SKIPPED", ""), GONE];
    let not_empty = (409, "<Error><Code>BucketNotEmpty</Code><Message>not empty</Message></Error>".to_owned());
    let world = world()
        .on("DescribeStacks", stack("DELETE_COMPLETE"))
        .on("DescribeStackEvents", events(&[]))
        .on("DescribeStackEvents", events(&done))
        .on(DELETE, result(DELETE, ""))
        .on("GET /vod-source/", page(0))
        .on("GET /vod-logs/", page(0))
        .on("GET /vod-kept/", page(1))
        .on("GET /vod-kept/", page(0))
        .on("GET /vod-kept/", page(1))
        .on("GET /vod-kept/", page(0))
        .on("POST /vod-kept/", deleted())
        .on("DELETE /vod-kept/", not_empty)
        .on("DELETE /vod-kept/", (204, String::new()));
    let said = world.says(0, &["destroy", "--yes", "--purge", "--confirm-purge", "vod"]);
    assert!(said.ends_with("Removed vod-kept with 6 objects."), "{said}");
    assert!(said.contains("then emptied and deleted: vod-kept in us-east-1\n    WITH ALL IT HOLDS"), "{said}");
    assert!(!said.contains("kept: vod-kept"), "{said}");
    let (empty, remove) = ("POST /vod-kept/", "DELETE /vod-kept/");
    assert_eq!(changes(&world), [DELETE, empty, remove, empty, remove]);
}

#[test]
fn a_purge_can_follow_a_removal() {
    let summary = |name: &str, id: &str| {
        format!(
            "<member><StackName>{name}</StackName><StackId>{id}</StackId><StackStatus>DELETE_COMPLETE</StackStatus>\
             <CreationTime>2026-01-01T00:00:00Z</CreationTime></member>"
        )
    };
    let stacks = [summary("other", "arn:other"), summary("vod", STACK_ID)].concat();
    let kept = "DELETE_SKIPPED";
    let left = resources(&[
        ("Source", "vod-source", BUCKET, "DELETE_COMPLETE"),
        ("Kept", "vod-kept", BUCKET, kept),
        ("Sold", "vod-sold", BUCKET, kept),
        ("Lost", "vod-lost", BUCKET, kept),
        ("Table", "vod-table", "AWS::DynamoDB::Table", kept),
    ]);
    let world = World::new()
        .knows_us()
        .on("DescribeStacks", no_stack())
        .on("ListStacks", result("ListStacks", &format!("<StackSummaries>{stacks}</StackSummaries>")))
        .on("ListStackResources", left)
        .on("HEAD /vod-kept/", (200, String::new()))
        .on("HEAD /vod-sold/", (403, String::new()))
        .on("HEAD /vod-lost/", (404, String::new()))
        .on("GET /vod-kept/", page(1))
        .on("GET /vod-kept/", page(0))
        .on("POST /vod-kept/", deleted())
        .on("DELETE /vod-kept/", (204, String::new()));
    insta::assert_snapshot!(world.says(2, &["destroy", "--yes"]), @r"
    × there is no stack vod
      help: look at `name` and `region` in stack.toml; `vod deploy` makes the
            stack
    ");
    let purge = ["destroy", "--yes", "--purge", "--confirm-purge"];
    insta::assert_snapshot!(world.says(2, &[&purge[..], &["vodka"]].concat()), @r"
    × nothing is removed: `vodka` was typed, and the deployment is called `vod`
      help: repeat the command with `--purge --confirm-purge vod`
    ");
    assert_eq!(changes(&world), Vec::<String>::new());
    insta::assert_snapshot!(world.says(0, &[&purge[..], &["vod"]].concat()), @r"
    kept by an earlier run, now emptied and deleted: vod-kept in us-east-1
        WITH ALL IT HOLDS, in every version
    Removed vod-kept with 3 objects.
    ");
    let asked = world.aws.bodies_of("ListStackResources");
    assert!(
        asked.iter().all(|body| !body.contains("other")),
        "another stack's buckets are nobody's business: {asked:?}"
    );
}
