//! What is asked before AWS is changed, and what is done before the answer.

use serde_json::{Value, json};

use crate::deploy::aws_fake::{Answer, result};
use crate::deploy::world::{OWN, World, change, end_of, events, no_stack, replacement, stack};

/// The calls by which AWS is changed.
pub(crate) fn changes(seen: &[String]) -> Vec<String> {
    let looks = ["GET ", "HEAD ", "Describe", "Get", "List"];
    seen.iter().filter(|line| !looks.iter().any(|look| line.starts_with(look))).cloned().collect()
}

fn template(world: &World) -> Value {
    let text = std::fs::read_to_string(world.folder.path().join("cdk.out/vod.template.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A deployed stack with another timeout of a queue, which is an update.
fn updated() -> World {
    let world = World::new().ready().on("DescribeStacks", stack("UPDATE_COMPLETE"));
    let mut template = template(&world);
    template["Resources"]["NotificationsQueue"]["Properties"]["VisibilityTimeout"] = json!(17);
    world.has_template(&template.to_string())
}

/// Lets CloudFormation do what it is asked to.
fn succeeds(world: World) -> World {
    world
        .on("DescribeStackEvents", events(&[]))
        .on("DescribeStackEvents", events(&[("vod", OWN, "UPDATE_COMPLETE", "")]))
        .on("ExecuteChangeSet", result("ExecuteChangeSet", ""))
}

#[test]
fn nothing_is_made_or_uploaded_before_the_answer() {
    for world in [World::new().knows_us().on("DescribeStacks", no_stack()), updated()] {
        let (said, code) = world.asked("n\n");
        assert!(said.contains("Deploy vod to the account 111122223333 in us-east-1? [y/N]"), "{said}");
        assert!(said.contains("nothing is changed in the stack vod: it was not agreed to"), "{said}");
        assert_eq!(code, Some(2), "{said}");
        assert_eq!(changes(&world.aws.seen()), Vec::<String>::new());
        assert!(!world.aws.seen().iter().any(|line| line.starts_with("HEAD /my-assets")), "nor is it looked for");
    }
}

#[test]
fn the_question_comes_before_the_upload_and_the_change_set() {
    let world = succeeds(updated().plans("CREATE_COMPLETE", "", &change("NotificationsQueue", "AWS::SQS::Queue")));
    let said = world.printed(0, &["--yes"]);
    assert!(said.contains("VisibilityTimeout") && said.contains("vod is in UPDATE_COMPLETE."), "{said}");
    assert!(!said.contains("would also change"), "{said}");
    assert_eq!(changes(&world.aws.seen()), ["DeleteChangeSet", "CreateChangeSet", "ExecuteChangeSet"]);
}

#[test]
fn where_nothing_differs_the_change_set_needs_no_upload() {
    let unchanged = "The submitted information didn't contain changes.";
    let world = World::new().knows_us().has_stack(&["UPDATE_COMPLETE"]).plans("FAILED", unchanged, "");
    assert_eq!(world.printed(0, &["--yes"]), "vod is up to date: nothing is changed.");
    let request = &world.aws.bodies_of("CreateChangeSet")[0];
    assert!(request.contains("UsePreviousTemplate=true") && !request.contains("TemplateURL"), "{request}");
}

#[test]
fn what_may_be_replaced_and_is_kept_is_no_loss() {
    let changes = [
        replacement("StorageSource", "AWS::S3::Bucket", "Conditional"),
        replacement("StorageWorkflows", "AWS::DynamoDB::Table", "Conditional"),
    ];
    let world =
        succeeds(World::new().ready().has_stack(&["UPDATE_COMPLETE"]).plans("CREATE_COMPLETE", "", &changes.concat()));
    insta::assert_snapshot!(world.printed(0, &["--yes"]), @r"
    CloudFormation would also change in vod:
      ? StorageSource                          AWS::S3::Bucket
      ? StorageWorkflows                       AWS::DynamoDB::Table

    WARNING: StorageSource may be replaced by an empty one: its objects stay in the
    old one, which then belongs to no stack.

    WARNING: StorageWorkflows may be replaced by an empty one: its records stay in
    the old one, which then belongs to no stack.
    vod is in UPDATE_COMPLETE.
    ");
}

#[test]
fn what_the_templates_did_not_show_is_asked_again() {
    let queue = replacement("NotificationsQueue", "AWS::SQS::Queue", "True");
    let world = updated().plans("CREATE_COMPLETE", "", &queue);
    insta::assert_snapshot!(end_of(&world.printed(2, &["--yes"])), @r"
    × nothing is changed in the stack vod: the data of NotificationsQueue would
      │ be lost
      help: change the configuration back, or agree on the command line:
            `--allow-loss-of NotificationsQueue`
    ");
    let seen = changes(&world.aws.seen());
    assert_eq!(seen, ["DeleteChangeSet", "CreateChangeSet", "DeleteChangeSet"], "the change set is withdrawn");

    let world = succeeds(updated().plans("CREATE_COMPLETE", "", &queue));
    world.printed(0, &["--yes", "--allow-loss-of", "NotificationsQueue"]);
}

#[test]
fn what_leaves_the_stack_and_is_kept_is_said_alike_by_diff_and_deploy() {
    let world = || {
        let world = World::new().ready().on("DescribeStacks", stack("UPDATE_COMPLETE"));
        let mut template = template(&world);
        template["Resources"]["Old"] =
            json!({ "Type": "AWS::S3::Bucket", "DeletionPolicy": "RetainExceptOnCreate", "Properties": {} });
        world.has_template(&template.to_string())
    };
    let diff = world().says(0, &["diff"]);
    insta::assert_snapshot!(diff, @r"
    vod in us-east-1: 1 removed

    Resources
      - Old                                    AWS::S3::Bucket
          leaves the stack, but is kept

    WARNING: Old leaves the stack: it is kept with its objects, and then belongs to
    no stack.
    ");
    let removed = change("Old", "AWS::S3::Bucket").replace("Modify", "Remove");
    let said = succeeds(world().plans("CREATE_COMPLETE", "", &removed)).printed(0, &["--yes"]);
    assert!(said.starts_with(&diff), "{said}");
}

#[test]
fn a_stack_keeps_the_bucket_of_its_code_when_the_cdk_makes_another() {
    let (own, cdk) = ("vod-assets-111122223333-us-east-1", "cdk-hnb659fds-assets-111122223333-us-east-1");
    let world = |in_use: &str| {
        let world = World::new().knows_us().on("DescribeStacks", stack("UPDATE_COMPLETE"));
        std::fs::write(world.folder.path().join("stack.toml"), "").unwrap();
        let configured = format!("assets.bucket={in_use}");
        let set = if in_use == own { vec!["--set", &configured] } else { Vec::new() };
        world.vod().arg("synth").args(set).assert().success();
        let template = template(&world).to_string();
        assert!(template.contains(&format!("\"S3Bucket\":\"{own}\"")) == (in_use == own), "{template}");
        world.has_template(&template)
    };
    let is_there = || (200, String::new());
    for in_use in [own, cdk] {
        let world = world(in_use).on(&format!("HEAD /{own}/"), is_there()).on(&format!("HEAD /{cdk}/"), is_there());
        assert_eq!(world.says(0, &["diff", "--fail"]), "vod in us-east-1: no difference", "{in_use}");
    }
    let gone = (404, String::new());
    let world = world(own).on(&format!("HEAD /{own}/"), gone).on(&format!("HEAD /{cdk}/"), is_there());
    assert!(world.says(3, &["diff", "--fail"]).contains("Code.S3Bucket"), "its own bucket is gone");
}

const BUCKET: &str = "HEAD /my-videos/";
const EVENTS: &str = "GET /my-videos/";

fn with_bucket(code: i32, world: World) -> String {
    let world = world.knows_us().on("DescribeStacks", no_stack());
    world.printed(code, &["--yes", "--set", "source.bucket=my-videos"])
}

fn notifications(inner: &str) -> Answer {
    (200, format!("<NotificationConfiguration>{inner}</NotificationConfiguration>"))
}

#[test]
fn a_source_bucket_that_exists_already_is_checked_first() {
    insta::assert_snapshot!(with_bucket(2, World::new().on(BUCKET, (404, String::new()))), @r"
    × there is no bucket my-videos for the sources
      help: make it first, or correct `source.bucket` in stack.toml; without that
            key the stack makes a bucket
    ");
    let world = World::new().on(BUCKET, (200, String::new())).on(EVENTS, notifications(""));
    insta::assert_snapshot!(with_bucket(2, world), @r"
    × the bucket my-videos does not report its objects to EventBridge, so no
      │ upload would start anything
      help: turn on Amazon EventBridge in the bucket's properties. Where the
            bucket has no other notifications, which this would replace: `aws
            s3api put-bucket-notification-configuration --bucket my-videos
            --notification-configuration EventBridgeConfiguration={}`
    ");
    let world = World::new();
    world.aws.is_in_region(BUCKET, "eu-west-1");
    insta::assert_snapshot!(with_bucket(2, world), @r#"
    × the bucket my-videos is in eu-west-1, and the stacks are for us-east-1
      help: S3 reports objects in the bucket's own region: use `region =
            "eu-west-1"`, or a bucket in us-east-1 as `source.bucket`
    "#);
    let denied = "<Error><Code>AccessDenied</Code><Message>not authorized</Message></Error>";
    let may_not_read = World::new().on(BUCKET, (200, String::new())).on(EVENTS, (403, denied.to_owned()));
    for world in [may_not_read, World::new().on(BUCKET, (403, String::new()))] {
        let said = with_bucket(1, world);
        assert!(
            said.starts_with("Whether my-videos reports its objects to EventBridge cannot be seen:\ns3:"),
            "{said}"
        );
    }
    let world = World::new().on(BUCKET, (200, String::new())).on(EVENTS, notifications("<EventBridgeConfiguration/>"));
    let said = with_bucket(1, world);
    assert!(said.starts_with("vod in us-east-1: a new stack"), "{said}");
}
