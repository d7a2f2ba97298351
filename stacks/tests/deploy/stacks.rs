//! The statuses of stacks and change sets, and what can go wrong with them.

use serde_json::json;

use crate::aws_fake::{error, result};
use crate::world::{OWN, World, change, events, no_stack, stack};

#[test]
fn nobody_to_ask() {
    insta::assert_snapshot!(World::new().told(2, &[]), @r"
    × somebody has to agree, and there is nobody at this terminal
      help: use `--yes` to agree beforehand
    ");
}

#[test]
fn no_changes() {
    let reason =
        "The submitted information didn't contain changes. Submit different information to create a change set.";
    let world = World::new().ready().has_stack(&["UPDATE_COMPLETE"]).plans("FAILED", reason, "");
    insta::assert_snapshot!(world.told(0, &["--yes"]), @"vod is up to date: nothing is changed.");
}

#[test]
fn a_refused_template() {
    let world = World::new().ready().on("DescribeStacks", no_stack());
    let world = world.plans("FAILED", "Resource of type AWS::S3::Bucket with identifier my-videos already exists.", "");
    insta::assert_snapshot!(world.told(1, &["--yes"]), @r"
    × CloudFormation refuses the change to the stack vod: Resource of type
      │ AWS::S3::Bucket with identifier my-videos already exists.
      help: mend the configuration if the message is about a name or a value of
            it; nothing is changed yet
    ");
}

#[test]
fn a_rollback_that_failed() {
    let world = World::new().ready().has_stack(&["UPDATE_ROLLBACK_FAILED"]);
    insta::assert_snapshot!(world.told(1, &["--yes"]), @r"
    × the stack vod is in UPDATE_ROLLBACK_FAILED
      help: mend what the events name, and let the rollback go on: `aws
            cloudformation continue-update-rollback --stack-name vod --region
            us-east-1`; then repeat the command
    ");
}

#[test]
fn somebody_else_was_faster() {
    let topic = change("NotificationsTopic", "AWS::SNS::Topic");
    let world = World::new().ready().has_stack(&["UPDATE_COMPLETE"]).plans("CREATE_COMPLETE", "", &topic);
    let refusal = "ChangeSet [arn:change-set] cannot be executed in its current status of [OBSOLETE]";
    let world = world
        .on("DescribeStackEvents", events(&[]))
        .on("ExecuteChangeSet", error(400, "InvalidChangeSetStatus", refusal));
    insta::assert_snapshot!(world.told(1, &["--yes"]), @r"
    vod in us-east-1: no difference

    CloudFormation names 1 more resource that may change.
      × the stack vod was changed by somebody else meanwhile: ChangeSet
      │ [arn:change-set] cannot be executed in its current status of [OBSOLETE]
      help: repeat the command: it waits for the other change, and shows what is
            left to change
    ");
}

#[test]
fn somebody_else_began_meanwhile() {
    let message = "Stack:arn is in UPDATE_IN_PROGRESS state and can not be updated.";
    let world = World::new().ready().has_stack(&["UPDATE_COMPLETE"]);
    let world = world
        .on("DeleteChangeSet", result("DeleteChangeSet", ""))
        .on("CreateChangeSet", error(400, "ValidationError", message));
    insta::assert_snapshot!(world.told(1, &["--yes"]), @r"
    × the stack vod was changed by somebody else meanwhile: Stack:arn is in
      │ UPDATE_IN_PROGRESS state and can not be updated.
      help: repeat the command: it waits for the other change, and shows what is
            left to change
    ");
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
    insta::assert_snapshot!(world.told(0, &["--yes"]), @r"
    vod is in UPDATE_IN_PROGRESS: another change is under way, and is waited for.
      updated       NotificationsTopic                   SNS::Topic
    vod is up to date: nothing is changed.
    ");
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
    insta::assert_snapshot!(world.told(1, &["--yes"]), @r"
    vod is in ROLLBACK_COMPLETE: its creation failed. It is removed before it is
    made anew.
      × CloudFormation refuses the change to the stack vod: Mend the template.
      help: mend the configuration if the message is about a name or a value of
            it; nothing is changed yet
    ");
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
    insta::assert_snapshot!(world.told(1, &["--yes"]), @r"
    vod in us-east-1: 11 changed, 1 replaced, 1 removed

    Resources
      - Old                                    AWS::S3::Bucket
          deleted
      ! StorageWorkflows                       AWS::DynamoDB::Table
          replaced; the old one is kept
          TableName  (replaces it)
            - another-name
      ~ FunctionsDynamoUpdateFunction          AWS::Lambda::Function
          Environment
            + follows the new StorageWorkflows
      ~ FunctionsDynamoUpdateRole              AWS::IAM::Role
          Policies
            + follows the new StorageWorkflows
      ~ FunctionsErrorHandlerFunction          AWS::Lambda::Function
          Environment
            + follows the new StorageWorkflows
      ~ FunctionsErrorHandlerRole              AWS::IAM::Role
          Policies
            + follows the new StorageWorkflows
      ~ FunctionsOutputValidateFunction        AWS::Lambda::Function
          Environment
            + follows the new StorageWorkflows
      ~ FunctionsOutputValidateRole            AWS::IAM::Role
          Policies
            + follows the new StorageWorkflows
      ~ FunctionsProfilerFunction              AWS::Lambda::Function
          Environment
            + follows the new StorageWorkflows
      ~ FunctionsProfilerRole                  AWS::IAM::Role
          Policies
            + follows the new StorageWorkflows
      ~ FunctionsStepFunctionsFunction         AWS::Lambda::Function
          Environment
            + follows the new StorageWorkflows
      ~ FunctionsStepFunctionsRole             AWS::IAM::Role
          Policies
            + follows the new StorageWorkflows
      ~ MonitoringDashboard                    AWS::CloudWatch::Dashboard
          DashboardBody
            + follows the new StorageWorkflows

    WARNING: Old is removed: ITS OBJECTS ARE LOST.

    WARNING: StorageWorkflows is replaced by an empty one: its records stay in the
    old one, which then belongs to no stack.
      × nothing is changed in the stack vod: it would replace or remove Old,
      │ StorageWorkflows, which holds data
      help: change the configuration back, or agree on the command line:
            `--allow-loss-of Old --allow-loss-of StorageWorkflows`
    ");

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
    insta::assert_snapshot!(world.told(1, &["--yes"]), @r"
    vod in us-east-1: no difference

    CloudFormation names 1 more resource that may change.
      updated       NotificationsTopic                   SNS::Topic
      NOT UPDATED   EncodingTemplate1080p                Custom::JobTemplate
          Received response status [FAILED] from custom resource. Message returned:
          cannot create the job template: no such codec (RequestId: 6d1c)
      NOT UPDATED   DeliveryDistribution                 CloudFront::Distribution
          Resource update cancelled
    vod is rolled back
      updated       NotificationsTopic                   SNS::Topic
    vod is in UPDATE_ROLLBACK_COMPLETE.
      × the stack vod is in UPDATE_ROLLBACK_COMPLETE
      │ EncodingTemplate1080p (Custom::JobTemplate) UPDATE_FAILED: Received
      │ response status [FAILED] from custom resource. Message returned: cannot
      │ create the job template: no such codec (RequestId: 6d1c)
      │   log: ERROR not done BadRequestException: no such codec
      │ 1 resource was given up because of it
      help: the stack is as it was before; mend the cause, and repeat the command
    ");
}
