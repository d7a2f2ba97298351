//! The statuses of stacks and change sets, and what can go wrong with them.

use serde_json::json;

use crate::deploy::aws_fake::{error, result};
use crate::deploy::consent::changes;
use crate::deploy::world::{OWN, STACK_ID, World, change, end_of, events, events_at, no_stack, stack};

#[test]
fn nobody_to_ask() {
    insta::assert_snapshot!(World::new().printed(2, &[]), @r"
    × somebody has to agree, and there is nobody at this terminal
      help: use `--yes` to agree beforehand
    ");
}

#[test]
fn no_changes() {
    let reason =
        "The submitted information didn't contain changes. Submit different information to create a change set.";
    let world = World::new().ready().has_stack(&["UPDATE_COMPLETE"]).plans("FAILED", reason, "");
    insta::assert_snapshot!(world.printed(0, &["--yes"]), @"vod is up to date: nothing is changed.");
}

#[test]
fn a_refused_template() {
    let world = World::new().ready().on("DescribeStacks", no_stack());
    let world = world.plans("FAILED", "Resource of type AWS::S3::Bucket with identifier my-videos already exists.", "");
    insta::assert_snapshot!(end_of(&world.printed(1, &["--yes"])), @r"
    × CloudFormation refuses the change to the stack vod: Resource of type
      │ AWS::S3::Bucket with identifier my-videos already exists.
      help: edit the configuration if the message is about a name or a value of
            it; nothing is changed yet
    ");
}

const EARLY: &str = "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To troubleshoot \
                     Early Validation errors, use the DescribeEvents API for detailed failure information.";

#[test]
fn a_refusal_by_early_validation_is_shown_with_its_reasons() {
    let event = |inner: &str| format!("<member><EventId>1</EventId><StackId>{STACK_ID}</StackId>{inner}</member>");
    let exists = |id: &str, kind: &str, name: &str| {
        event(&format!(
            "<EventType>VALIDATION_ERROR</EventType><LogicalResourceId>{id}</LogicalResourceId><ResourceType>{kind}</ResourceType>\
             <ValidationName>NAME_CONFLICT_VALIDATION</ValidationName><ValidationStatus>FAILED</ValidationStatus>\
             <ValidationStatusReason>Resource of type '{kind}' with identifier '{name}' already exists.</ValidationStatusReason>\
             <ValidationPath>/Resources/{id}/Properties</ValidationPath>"
        ))
    };
    let hook = event(
        "<EventType>HOOK_INVOCATION_ERROR</EventType><HookType>Corp::Tags::Check</HookType>\
         <HookStatusReason>the tag CostCenter is missing</HookStatusReason>",
    );
    let whole = event("<EventType>STACK_EVENT</EventType><LogicalResourceId>vod</LogicalResourceId>");
    let pages = [
        format!(
            "<OperationEvents>{whole}{}</OperationEvents><NextToken>more</NextToken>",
            exists("NotificationsQueue", "AWS::SQS::Queue", "vod-published")
        ),
        format!(
            "<OperationEvents>{hook}{}</OperationEvents>",
            exists("FunctionsEncodeLog", "AWS::Logs::LogGroup", "/aws/lambda/vod-encode")
        ),
    ];
    let world = World::new().ready().on("DescribeStacks", no_stack()).plans("FAILED", EARLY, "");
    let world = pages.iter().fold(world, |world, page| world.on("DescribeEvents", result("DescribeEvents", page)));
    insta::assert_snapshot!(end_of(&world.printed(1, &["--yes"])), @r"
    × CloudFormation refuses the change to the stack vod: The following hook(s)/
      │ validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To
      │ troubleshoot Early Validation errors, use the DescribeEvents API for
      │ detailed failure information.
      │ NotificationsQueue (AWS::SQS::Queue): Resource of type 'AWS::SQS::Queue'
      │ with identifier 'vod-published' already exists. at /Resources/
      │ NotificationsQueue/Properties [NAME_CONFLICT_VALIDATION]
      │ the tag CostCenter is missing [Corp::Tags::Check]
      │ FunctionsEncodeLog (AWS::Logs::LogGroup): Resource of type
      │ 'AWS::Logs::LogGroup' with identifier '/aws/lambda/vod-encode' already
      │ exists. at /Resources/FunctionsEncodeLog/Properties
      │ [NAME_CONFLICT_VALIDATION]
      help: edit the configuration if the message is about a name or a value of
            it; nothing is changed yet
    ");
    let asked = world.aws.bodies_of("DescribeEvents");
    assert_eq!(asked.len(), 2);
    for body in asked {
        assert!(
            body.contains("ChangeSetName=arn%3Achange-set") && body.contains("Filters.FailedEvents=true"),
            "{body}"
        );
    }
    let order: Vec<String> =
        world.aws.seen().into_iter().filter(|line| line.contains("Events") || line.starts_with("Delete")).collect();
    assert_eq!(
        order,
        ["DeleteChangeSet", "DescribeEvents", "DescribeEvents", "DeleteChangeSet"],
        "asked before it is gone"
    );
}

#[test]
fn a_refusal_whose_reasons_cannot_be_read_is_shown_all_the_same() {
    let denied = error(403, "AccessDenied", "User: ann is not authorized to perform: cloudformation:DescribeEvents");
    let world = World::new().ready().on("DescribeStacks", no_stack()).plans("FAILED", EARLY, "");
    let said = world.on("DescribeEvents", denied).printed(1, &["--yes"]);
    assert!(said.contains("ResourceExistenceCheck") && said.contains("cloudformation:DescribeEvents is not"), "{said}");
}

/// SQS gives the name of a deleted queue to nobody for a minute.
#[test]
fn the_names_of_a_failed_stacks_queues_are_waited_for() {
    let ago = |seconds| {
        let moment = std::time::SystemTime::now() - std::time::Duration::from_secs(seconds);
        let moment = moment.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        aws_smithy_types::DateTime::from_secs(i64::try_from(moment).unwrap()).to_string()
    };
    let gone = [
        ("NotificationsQueue", "AWS::SQS::Queue", "DELETE_COMPLETE", ""),
        ("vod", OWN, "DELETE_IN_PROGRESS", ""),
        ("vod", OWN, "DELETE_COMPLETE", ""),
    ];
    let deploy = |seconds| {
        let world = World::new().ready().has_stack(&["ROLLBACK_COMPLETE", "DELETE_COMPLETE", "CREATE_COMPLETE"]);
        let world = world
            .on("DescribeStackEvents", events(&[]))
            .on("DescribeStackEvents", events_at(&ago(seconds), &gone))
            .on("DescribeStackEvents", events_at(&ago(seconds), &gone))
            .on("DescribeStackEvents", events(&[]))
            .on("DescribeStackEvents", events(&[("vod", OWN, "CREATE_COMPLETE", "")]))
            .on("DeleteStack", result("DeleteStack", ""))
            .on("ExecuteChangeSet", result("ExecuteChangeSet", ""))
            .plans("CREATE_COMPLETE", "", "");
        let began = std::time::Instant::now();
        let said = world.printed(0, &["--yes"]);
        (said, began.elapsed())
    };
    let (said, took) = deploy(10);
    let (_, wait) = said.split_once("SQS holds their names").unwrap_or_else(|| panic!("{said}"));
    let (_, seconds) = wait.split_once("waiting").unwrap();
    let seconds: u64 = seconds.split_whitespace().next().unwrap().parse().unwrap();
    assert!((1..=52).contains(&seconds) && took.as_secs() + 2 >= seconds, "{took:?} {said}");
    let (said, _) = deploy(90);
    assert!(!said.contains("SQS holds"), "{said}");
}

#[test]
fn a_queue_name_that_is_not_free_yet_is_explained() {
    let reason = "Resource handler returned message: \"You must wait 60 seconds after deleting a queue before you can \
                  create another with the same name. (Service: Sqs, Status Code: 400)\"";
    let world = World::new().ready().on("DescribeStacks", no_stack()).on("DescribeStacks", stack("ROLLBACK_COMPLETE"));
    let world = world
        .plans("CREATE_COMPLETE", "", "")
        .on("DescribeStackEvents", events(&[]))
        .on(
            "DescribeStackEvents",
            events(&[
                ("vod", OWN, "CREATE_IN_PROGRESS", ""),
                ("NotificationsQueue", "AWS::SQS::Queue", "CREATE_FAILED", reason),
                ("vod", OWN, "ROLLBACK_COMPLETE", ""),
            ]),
        )
        .on("ExecuteChangeSet", result("ExecuteChangeSet", ""));
    let said = world.printed(1, &["--yes"]);
    assert!(said.contains("help: wait a minute, and repeat the command"), "{said}");
}

#[test]
fn a_rollback_that_failed() {
    let world = World::new().ready().has_stack(&["UPDATE_ROLLBACK_FAILED"]);
    insta::assert_snapshot!(world.printed(1, &["--yes"]), @r"
    × the stack vod is in UPDATE_ROLLBACK_FAILED
      help: fix what the events name, and let the rollback go on: `aws
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
    insta::assert_snapshot!(world.printed(1, &["--yes"]), @r"
    CloudFormation would also change in vod:
      ~ NotificationsTopic                     AWS::SNS::Topic
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
    insta::assert_snapshot!(world.printed(1, &["--yes"]), @r"
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
    insta::assert_snapshot!(world.printed(0, &["--yes"]), @r"
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
    let printed = world.printed(0, &["--yes"]);
    assert!(printed.contains("vod is in CREATE_COMPLETE."), "{printed}");
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
        .plans("FAILED", "Edit the template.", "");
    let said = world.printed(1, &["--yes"]);
    assert!(said.starts_with("vod is in ROLLBACK_COMPLETE: its creation failed. It is removed"), "{said}");
    insta::assert_snapshot!(end_of(&said), @r"
    × CloudFormation refuses the change to the stack vod: Edit the template.
      help: edit the configuration if the message is about a name or a value of
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
    insta::assert_snapshot!(world.printed(2, &["--yes"]), @r"
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
      × nothing is changed in the stack vod: the data of Old would be lost
      help: change the configuration back, or agree on the command line:
            `--allow-loss-of Old`
    ");
    assert_eq!(changes(&world.aws.seen()), Vec::<String>::new(), "nothing is made before it is agreed to");

    let refusal = error(400, "InvalidChangeSetStatus", "it went on");
    let world = world.on("DescribeStackEvents", events(&[])).on("ExecuteChangeSet", refusal);
    let agreed = ["--yes", "--allow-loss-of", "Old"];
    assert!(world.printed(1, &agreed).contains("it went on"));
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
    insta::assert_snapshot!(world.printed(1, &["--yes"]), @r"
    CloudFormation would also change in vod:
      ~ EncodingTemplate1080p                  Custom::JobTemplate
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
      help: the stack is as it was before; fix the cause, and repeat the command
    ");
}
