//! What `vod deploy` says when something is wrong, on the wire of CloudFormation, S3, STS and CloudWatch Logs.
//!
//! Wire formats: the services' API references.

mod aws_fake;

use std::fmt::Write as _;
use std::path::Path;

use aws_fake::{Answer, AwsFake, error, escaped, result};
use serde_json::json;
use snapbox::cmd::{Command, OutputAssert, cargo_bin};
use tempfile::TempDir;

const STACK_ID: &str = "arn:aws:cloudformation:us-east-1:111122223333:stack/vod/1";

/// A folder with a configuration and the functions' code, and an AWS to deploy to.
struct World {
    folder: TempDir,
    aws: AwsFake,
}

impl World {
    /// An AWS that knows the credentials, has all files, and no stack.
    fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap(), aws: AwsFake::start() };
        let path = world.folder.path();
        std::fs::write(path.join("stack.toml"), "[assets]\nbucket = \"my-assets\"\n").unwrap();
        let summary = world.vod().args(["synth", "--json"]).assert().success();
        let summary: serde_json::Value = serde_json::from_slice(&summary.get_output().stdout).unwrap();
        std::fs::write(path.join(summary["missing_code"].as_str().unwrap()), "code").unwrap();
        world
    }

    /// Adds what every deployment asks before it makes a change set.
    fn ready(self) -> Self {
        self.knows_us().has_files()
    }

    fn knows_us(self) -> Self {
        self.aws.on("GetCallerIdentity", result("GetCallerIdentity", "<Account>111122223333</Account>"));
        self
    }

    fn has_files(self) -> Self {
        let assets = std::fs::read_to_string(self.folder.path().join("cdk.out/vod.assets.json")).unwrap();
        let assets: serde_json::Value = serde_json::from_str(&assets).unwrap();
        for file in assets["files"].as_object().unwrap().values() {
            let key = file["destinations"]["current"]["objectKey"].as_str().unwrap();
            self.aws.on(&format!("HEAD /my-assets/{key}"), (200, String::new()));
        }
        self
    }

    /// The stack is in these statuses, one after the other, with the template that `synth` writes.
    fn has_stack(self, statuses: &[&str]) -> Self {
        statuses.iter().for_each(|status| drop(self.aws.on("DescribeStacks", stack(status))));
        let template = std::fs::read_to_string(self.folder.path().join("cdk.out/vod.template.json")).unwrap();
        self.has_template(&template)
    }

    fn has_template(self, template: &str) -> Self {
        let body = format!("<TemplateBody>{}</TemplateBody>", escaped(template));
        self.aws.on("GetTemplate", result("GetTemplate", &body));
        self
    }

    fn on(self, line: &str, answer: Answer) -> Self {
        self.aws.on(line, answer);
        self
    }

    /// Makes change sets that end so.
    fn plans(self, status: &str, reason: &str, changes: &str) -> Self {
        let made = format!("<Id>arn:change-set</Id><StackId>{STACK_ID}</StackId>");
        let described = format!(
            "<Status>{status}</Status><StatusReason>{reason}</StatusReason>\
             <ExecutionStatus>AVAILABLE</ExecutionStatus><Changes>{changes}</Changes>"
        );
        self.on("DeleteChangeSet", result("DeleteChangeSet", ""))
            .on("CreateChangeSet", result("CreateChangeSet", &made))
            .on("DescribeChangeSet", result("DescribeChangeSet", &described))
    }

    fn vod(&self) -> Command {
        Command::new(cargo_bin!("vod")).current_dir(self.folder.path()).env_clear().envs([
            ("NO_COLOR", "1"),
            ("HOME", self.folder.path().to_str().unwrap()),
            ("PATH", ""),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_MAX_ATTEMPTS", "1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ])
    }

    fn deploy(&self, arguments: &[&str]) -> OutputAssert {
        self.vod().args(["deploy", "--endpoint-url", &self.aws.url()]).args(arguments).assert()
    }

    /// What a deployment that ends with this code says, standard output first.
    fn told(&self, code: i32, arguments: &[&str]) -> String {
        text(&self.deploy(arguments).code(code), self.folder.path())
    }
}

/// Both outputs, without the folder's name.
fn text(ran: &OutputAssert, folder: &Path) -> String {
    let output = ran.get_output();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for line in out.lines().chain(err.lines()) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let text = format!("{out}{err}").replace(folder.to_str().unwrap(), "[FOLDER]");
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn stack(status: &str) -> Answer {
    let tags = "<Tags><member><Key>Project</Key><Value>vod</Value></member>\
                <member><Key>SolutionId</Key><Value>SO0021</Value></member></Tags>";
    let stack = format!(
        "<StackName>vod</StackName><StackId>{STACK_ID}</StackId><StackStatus>{status}</StackStatus>{tags}\
         <CreationTime>2026-01-01T00:00:00Z</CreationTime>"
    );
    result("DescribeStacks", &format!("<Stacks><member>{stack}</member></Stacks>"))
}

fn no_stack() -> Answer {
    error(400, "ValidationError", "Stack with id vod does not exist")
}

/// Events as CloudFormation lists them: the newest first. Each is id, type, status and reason.
fn events(events: &[(&str, &str, &str, &str)]) -> Answer {
    let mut members = String::new();
    for (number, (id, kind, status, reason)) in events.iter().enumerate().rev() {
        let physical = if *kind == "AWS::CloudFormation::Stack" { STACK_ID } else { "physical" };
        let _ = write!(
            members,
            "<member><EventId>{number}</EventId><StackId>{STACK_ID}</StackId><LogicalResourceId>{id}</LogicalResourceId>\
             <PhysicalResourceId>{physical}</PhysicalResourceId><ResourceType>{kind}</ResourceType>\
             <ResourceStatus>{status}</ResourceStatus><ResourceStatusReason>{reason}</ResourceStatusReason>\
             <Timestamp>2026-01-01T00:00:00Z</Timestamp></member>"
        );
    }
    result("DescribeStackEvents", &format!("<StackEvents>{members}</StackEvents>"))
}

const OWN: &str = "AWS::CloudFormation::Stack";

/// One changed resource of a change set.
fn change(id: &str, kind: &str) -> String {
    format!(
        "<member><Type>Resource</Type><ResourceChange><Action>Modify</Action><LogicalResourceId>{id}</LogicalResourceId>\
         <ResourceType>{kind}</ResourceType><Replacement>False</Replacement></ResourceChange></member>"
    )
}

#[test]
fn expired_credentials() {
    let world = World::new()
        .on("GetCallerIdentity", error(403, "ExpiredToken", "The security token included in the request is expired"));
    insta::assert_snapshot!(world.told(1, &["--yes"]), @"");
}

#[test]
fn unknown_credentials() {
    let world = World::new().on(
        "GetCallerIdentity",
        error(403, "InvalidClientTokenId", "The security token included in the request is invalid."),
    );
    insta::assert_snapshot!(world.told(1, &["--yes"]), @"");
}

#[test]
fn no_credentials() {
    let world = World::new();
    let vod = world.vod().env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let ran = vod.args(["deploy", "--yes", "--endpoint-url", &world.aws.url()]).assert().code(1);
    insta::assert_snapshot!(text(&ran, world.folder.path()), @"");
}

#[test]
fn nobody_answers() {
    let world = World::new();
    let ran = world.vod().args(["deploy", "--yes", "--endpoint-url", "http://127.0.0.1:9"]).assert().code(1);
    insta::assert_snapshot!(text(&ran, world.folder.path()), @"");
}

#[test]
fn another_account() {
    let world = World::new().knows_us();
    insta::assert_snapshot!(world.told(1, &["--yes", "--set", "account=999988887777"]), @"");
}

#[test]
fn a_missing_permission() {
    let message =
        "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: cloudformation:CreateChangeSet";
    let world = World::new().ready().on("DescribeStacks", no_stack());
    let world = world
        .on("DeleteChangeSet", error(404, "ChangeSetNotFound", "no such change set"))
        .on("CreateChangeSet", error(403, "AccessDenied", message));
    insta::assert_snapshot!(world.told(1, &["--yes"]), @"");
}

#[test]
fn throttling() {
    let world = World::new().ready().on("DescribeStacks", error(400, "Throttling", "Rate exceeded"));
    insta::assert_snapshot!(world.told(1, &["--yes"]), @"");
}

#[test]
fn nobody_to_ask() {
    insta::assert_snapshot!(World::new().told(2, &[]), @"");
}

#[test]
fn no_changes() {
    let reason =
        "The submitted information didn't contain changes. Submit different information to create a change set.";
    let world = World::new().ready().has_stack(&["UPDATE_COMPLETE"]).plans("FAILED", reason, "");
    insta::assert_snapshot!(world.told(0, &["--yes"]), @"");
}

#[test]
fn a_refused_template() {
    let world = World::new().ready().on("DescribeStacks", no_stack());
    let world = world.plans("FAILED", "Resource of type AWS::S3::Bucket with identifier my-videos already exists.", "");
    insta::assert_snapshot!(world.told(1, &["--yes"]), @"");
}

#[test]
fn a_rollback_that_failed() {
    let world = World::new().ready().has_stack(&["UPDATE_ROLLBACK_FAILED"]);
    insta::assert_snapshot!(world.told(1, &["--yes"]), @"");
}

#[test]
fn somebody_else_was_faster() {
    let topic = change("NotificationsTopic", "AWS::SNS::Topic");
    let world = World::new().ready().has_stack(&["UPDATE_COMPLETE"]).plans("CREATE_COMPLETE", "", &topic);
    let refusal = "ChangeSet [arn:change-set] cannot be executed in its current status of [OBSOLETE]";
    let world = world
        .on("DescribeStackEvents", events(&[]))
        .on("ExecuteChangeSet", error(400, "InvalidChangeSetStatus", refusal));
    insta::assert_snapshot!(world.told(1, &["--yes"]), @"");
}

#[test]
fn somebody_else_began_meanwhile() {
    let message = "Stack:arn is in UPDATE_IN_PROGRESS state and can not be updated.";
    let world = World::new().ready().has_stack(&["UPDATE_COMPLETE"]);
    let world = world
        .on("DeleteChangeSet", result("DeleteChangeSet", ""))
        .on("CreateChangeSet", error(400, "ValidationError", message));
    insta::assert_snapshot!(world.told(1, &["--yes"]), @"");
}

#[test]
fn an_interrupted_run_is_followed_first() {
    let begun = [("vod", OWN, "UPDATE_IN_PROGRESS", "User Initiated")];
    let rest = [("NotificationsTopic", "AWS::SNS::Topic", "UPDATE_COMPLETE", ""), ("vod", OWN, "UPDATE_COMPLETE", "")];
    let world = World::new().ready().has_stack(&["UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]);
    let world = world
        .on("DescribeStackEvents", events(&begun))
        .on("DescribeStackEvents", events(&[begun[0], rest[0], rest[1]]))
        .plans("FAILED", "No updates are to be performed.", "");
    insta::assert_snapshot!(world.told(0, &["--yes"]), @"");
}

#[test]
fn a_change_set_that_was_left_behind_is_taken_over() {
    let world = World::new().ready().on("DescribeStacks", stack("REVIEW_IN_PROGRESS"));
    let world = world.on("DescribeStacks", stack("CREATE_COMPLETE")).plans("CREATE_COMPLETE", "", "");
    let world = world
        .on("DescribeStackEvents", events(&[("vod", OWN, "REVIEW_IN_PROGRESS", "")]))
        .on(
            "DescribeStackEvents",
            events(&[
                ("vod", OWN, "REVIEW_IN_PROGRESS", ""),
                ("vod", OWN, "CREATE_IN_PROGRESS", ""),
                ("vod", OWN, "CREATE_COMPLETE", ""),
            ]),
        )
        .on("ExecuteChangeSet", result("ExecuteChangeSet", ""));
    let told = world.told(0, &["--yes"]);
    assert!(told.contains("vod is in CREATE_COMPLETE."), "{told}");
    assert!(world.aws.seen().contains(&"ExecuteChangeSet".to_owned()));
}

#[test]
fn a_stack_that_was_never_made_is_removed_first() {
    let world = World::new().ready().has_stack(&["ROLLBACK_COMPLETE", "DELETE_COMPLETE"]);
    let gone = [("vod", OWN, "DELETE_IN_PROGRESS", ""), ("vod", OWN, "DELETE_COMPLETE", "")];
    let world = world
        .on("DescribeStackEvents", events(&[]))
        .on("DescribeStackEvents", events(&gone))
        .on("DeleteStack", result("DeleteStack", ""))
        .plans("FAILED", "Mend the template.", "");
    insta::assert_snapshot!(world.told(1, &["--yes"]), @"");
}

#[test]
fn the_loss_of_data_is_agreed_to_by_name() {
    let world = World::new().ready();
    world.aws.on("DescribeStacks", stack("UPDATE_COMPLETE"));
    let template = std::fs::read_to_string(world.folder.path().join("cdk.out/vod.template.json")).unwrap();
    let mut template: serde_json::Value = serde_json::from_str(&template).unwrap();
    template["Resources"]["StorageWorkflows"]["Properties"]["TableName"] = json!("another-name");
    template["Resources"]["Old"] = json!({ "Type": "AWS::S3::Bucket", "Properties": {} });
    let table = change("StorageWorkflows", "AWS::DynamoDB::Table");
    let world = world.has_template(&template.to_string()).plans("CREATE_COMPLETE", "", &table);
    insta::assert_snapshot!(world.told(1, &["--yes"]), @"");

    let refusal = error(400, "InvalidChangeSetStatus", "it went on");
    let world = world.on("DescribeStackEvents", events(&[])).on("ExecuteChangeSet", refusal);
    let agreed = ["--yes", "--allow-loss-of", "Old", "--allow-loss-of", "StorageWorkflows"];
    assert!(world.told(1, &agreed).contains("it went on"));
}

#[test]
fn the_root_cause_comes_first_with_its_log() {
    let template = "EncodingTemplate1080p";
    let statuses = ["UPDATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"];
    let reason = "Received response status [FAILED] from custom resource. Message returned: cannot create the job \
                  template: no such codec (RequestId: 6d1c)";
    let happened = [
        ("vod", OWN, "UPDATE_IN_PROGRESS", "User Initiated"),
        ("NotificationsTopic", "AWS::SNS::Topic", "UPDATE_COMPLETE", ""),
        (template, "Custom::JobTemplate", "UPDATE_FAILED", reason),
        ("DeliveryDistribution", "AWS::CloudFront::Distribution", "UPDATE_FAILED", "Resource update cancelled"),
        ("vod", OWN, "UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to update"),
        ("NotificationsTopic", "AWS::SNS::Topic", "UPDATE_COMPLETE", ""),
        ("vod", OWN, "UPDATE_ROLLBACK_COMPLETE", ""),
    ];
    let function = "<StackResourceDetail><LogicalResourceId>FunctionsCustomResourceFunction</LogicalResourceId>\
                    <PhysicalResourceId>vod-custom-resource</PhysicalResourceId><ResourceType>AWS::Lambda::Function</ResourceType>\
                    <LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp><ResourceStatus>CREATE_COMPLETE</ResourceStatus>\
                    </StackResourceDetail>";
    let span = json!({ "requestId": "1" });
    let lines = [
        json!({ "level": "INFO", "message": "asked", "resource": template, "span": span }),
        json!({ "level": "ERROR", "message": "not done", "reason": "BadRequestException: no such codec", "span": span }),
    ];
    let lines: Vec<_> = lines.iter().map(|line| json!({ "message": line.to_string() })).collect();
    let world = World::new().ready().has_stack(&statuses).plans(
        "CREATE_COMPLETE",
        "",
        &change(template, "Custom::JobTemplate"),
    );
    let world = world
        .on("ExecuteChangeSet", result("ExecuteChangeSet", ""))
        .on("DescribeStackEvents", events(&[]))
        .on("DescribeStackEvents", events(&happened[..2]))
        .on("DescribeStackEvents", events(&happened))
        .on("DescribeStackResource", result("DescribeStackResource", function))
        .on("Logs_20140328.FilterLogEvents", (200, json!({ "events": lines }).to_string()));
    insta::assert_snapshot!(world.told(1, &["--yes"]), @"");
}
