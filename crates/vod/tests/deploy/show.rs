//! What a user reads where all is well, in a pipe: 80 columns, no colour.

use serde_json::{Value, json};

use crate::deploy::aws_fake::{Answer, result};
use crate::deploy::world::{OWN, TOPIC, World, events, no_stack, stack};

fn item(fields: &[(&str, &str)]) -> Value {
    fields.iter().map(|(name, value)| ((*name).to_owned(), json!({ "S": value }))).collect()
}

fn ok(body: &Value) -> Answer {
    (200, body.to_string())
}

#[test]
fn a_new_stack() {
    let done = [
        ("vod", OWN, "REVIEW_IN_PROGRESS", ""),
        ("vod", OWN, "CREATE_IN_PROGRESS", ""),
        ("NotificationsTopic", "AWS::SNS::Topic", "CREATE_IN_PROGRESS", ""),
        ("NotificationsTopic", "AWS::SNS::Topic", "CREATE_COMPLETE", ""),
        ("DeliveryDistribution", "AWS::CloudFront::Distribution", "CREATE_COMPLETE", ""),
        ("vod", OWN, "CREATE_COMPLETE", ""),
    ];
    let outputs = "<member><OutputKey>SourceBucket</OutputKey><OutputValue>vod-source</OutputValue>\
                   <Description>Where to upload videos.</Description></member>";
    let created = stack("CREATE_COMPLETE").1.replace("<Outputs></Outputs>", &format!("<Outputs>{outputs}</Outputs>"));
    let world = World::new().ready().on("DescribeStacks", no_stack()).on("DescribeStacks", stack("REVIEW_IN_PROGRESS"));
    let world = world
        .on("DescribeStacks", (200, created))
        .plans("CREATE_COMPLETE", "", "")
        .on("DescribeStackEvents", events(&done[..1]))
        .on("DescribeStackEvents", events(&done))
        .on("ExecuteChangeSet", result("ExecuteChangeSet", ""));
    insta::assert_snapshot!(world.printed(0, &["--yes"]), @r"
    vod in us-east-1: a new stack of 99 resources
      17 AWS::CloudWatch::Alarm, 16 AWS::IAM::Role, 15 AWS::Logs::LogGroup, 12
      AWS::Lambda::Function, 4 AWS::Events::Rule, 4 AWS::Lambda::Permission, 3
      AWS::Lambda::EventInvokeConfig, 3 AWS::S3::Bucket, 3 AWS::S3::BucketPolicy, 3
      AWS::SQS::Queue, 3 AWS::SQS::QueuePolicy, 3 AWS::StepFunctions::StateMachine,
      3 Custom::MediaConvertJobTemplate, 1 AWS::CloudFront::CachePolicy, 1
      AWS::CloudFront::Distribution, 1 AWS::CloudFront::OriginAccessControl, 1
      AWS::CloudFront::ResponseHeadersPolicy, 1 AWS::CloudWatch::Dashboard, 1
      AWS::DynamoDB::Table, 1 AWS::KMS::Key, 1 AWS::SNS::Topic, 1
      AWS::SNS::TopicPolicy, 1 Custom::Player
      created       NotificationsTopic                   SNS::Topic
      created       DeliveryDistribution                 CloudFront::Distribution
    vod is in CREATE_COMPLETE.

    Outputs of vod:
      SourceBucket  vod-source
    ");
}

#[test]
fn a_difference() {
    let world = World::new().knows_us().on("DescribeStacks", stack("UPDATE_COMPLETE"));
    let path = world.folder.path().join("cdk.out/vod.template.json");
    let mut template: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    template["Resources"]["NotificationsQueue"]["Properties"]["VisibilityTimeout"] = json!(17);
    template["Resources"]["FunctionsEncodeRole"]["Properties"]["Policies"] = json!([]);
    template["Resources"].as_object_mut().unwrap().remove("MonitoringEncodeBacklog");
    template["Resources"]["Old"] = json!({ "Type": "AWS::SNS::Topic", "Properties": {} });
    let world = world.has_template(&template.to_string());
    insta::assert_snapshot!(world.says(3, &["diff", "--fail"]), @r#"
    vod in us-east-1: 1 added, 2 changed, 1 removed

    Resources
      - Old                                    AWS::SNS::Topic
          deleted
      ~ FunctionsEncodeRole                    AWS::IAM::Role
          Policies
            - []
            + [{"PolicyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Al…
      ~ NotificationsQueue                     AWS::SQS::Queue
          VisibilityTimeout
            - 17
      + MonitoringEncodeBacklog                AWS::CloudWatch::Alarm

    Permissions
      FunctionsEncodeRole
        + Allow iam:PassRole
            on ${EncodingRole.Arn}
            if iam:PassedToService StringEquals mediaconvert.amazonaws.com
        + Allow logs:CreateLogStream, logs:PutLogEvents
            on ${FunctionsEncodeLog.Arn}
        + Allow s3:PutObject
            on ${StorageDestination.Arn}/*/.workflow/*
        + Allow mediaconvert:ListJobTemplates, xray:PutTelemetryRecords,
          xray:PutTraceSegments
            on *
        + Allow mediaconvert:GetJobTemplate
            on arn:${AWS::Partition}:mediaconvert:${AWS::Region}:${AWS::AccountId}:jobTemplates/*
        + Allow mediaconvert:CreateJob, mediaconvert:TagResource
            on arn:${AWS::Partition}:mediaconvert:${AWS::Region}:${AWS::AccountId}:jobs/*
        + Allow mediaconvert:CreateJob, mediaconvert:TagResource
            on arn:${AWS::Partition}:mediaconvert:${AWS::Region}:${AWS::AccountId}:presets/*
        + Allow mediaconvert:CreateJob, mediaconvert:SearchJobs,
          mediaconvert:TagResource
            on arn:${AWS::Partition}:mediaconvert:${AWS::Region}:${AWS::AccountId}:queues/Default
    "#);
}

#[test]
fn the_state_of_things() {
    let alarm = |name: &str, topic: &str| json!({ "AlarmName": name, "AlarmDescription": "Jobs wait long in the encoding queue.", "AlarmActions": [topic] });
    let alarms = [alarm("vod-encode-backlog", TOPIC), alarm("other-encode-backlog", &format!("{TOPIC}-2"))];
    let execution =
        json!({ "name": "g", "executionArn": "arn", "stateMachineArn": "arn", "status": "RUNNING", "startDate": 1 });
    let video = |guid: &str, status: &str, source: &str| {
        item(&[
            ("guid", guid),
            ("workflowStatus", status),
            ("srcVideo", source),
            ("startTime", "2026-01-02T03:04:05.6Z"),
        ])
    };
    let long = format!("{}.mp4", "a-very-long-name-".repeat(6));
    let videos = [video("0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10", "Error", &long), video("g", "Complete", "b.mp4")];
    let world = World::deployed()
        .on("GraniteServiceVersion20100801.DescribeAlarms", ok(&json!({ "MetricAlarms": alarms })))
        .on("AWSStepFunctions.ListExecutions", ok(&json!({ "executions": [] })))
        .on("AWSStepFunctions.ListExecutions", ok(&json!({ "executions": [execution], "nextToken": "more" })))
        .on("AWSStepFunctions.ListExecutions", ok(&json!({ "executions": [execution] })))
        .on("AWSStepFunctions.ListExecutions", ok(&json!({ "executions": [] })))
        .on("DynamoDB_20120810.Query", ok(&json!({ "Items": videos, "Count": 2 })));
    insta::assert_snapshot!(world.says(0, &["status"]), @r"
    vod in us-east-1: CREATE_COMPLETE since 2026-01-01T00:00:00Z
      ALARM vod-encode-backlog: Jobs wait long in the encoding queue.
      workflows that run: 2 process
      of the newest 2: 1 complete, 1 error
      0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10 …ry-long-name-.mp4 failed at the workflow
    ");
    let seen = world.json(&["status"]);
    assert_eq!((&seen[0]["name"], &seen[0]["status"]), (&json!("vod"), &json!("CREATE_COMPLETE")));
    assert_eq!(seen[0]["alarms"][0]["name"], "vod-encode-backlog");
    assert_eq!(seen[0]["running"], json!({ "ingest": 0, "process": 0, "publish": 0 }));
    let failed = json!({ "guid": "0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10", "file": long, "at": null, "message": null });
    assert_eq!(
        seen[0]["videos"],
        json!({
            "newest": 2, "byStatus": { "Complete": 1, "Error": 1 }, "failed": [failed], "longestInProgress": null,
        })
    );
}

#[test]
fn a_video_that_failed() {
    let fields = [
        ("guid", "0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10"),
        ("workflowStatus", "Error"),
        ("srcBucket", "vod-source"),
        ("srcVideo", "films/holiday.mp4"),
        ("startTime", "2026-01-02T03:04:05.678Z"),
        ("endTime", "2026-01-02T03:05:05Z"),
        ("workflowErrorAt", "encode"),
        ("errorMessage", "TemplateNotFound: there is no job template named `mine`; tried mine, mine_fixed, mine_1080p"),
    ];
    let world = World::deployed().on("DynamoDB_20120810.GetItem", ok(&json!({ "Item": item(&fields) })));
    insta::assert_snapshot!(world.says(0, &["videos", "show", "0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10"]), @r"
    0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10
      status     Error
      source     s3://vod-source/films/holiday.mp4

    History
      2026-01-02T03:04:05Z arrived
      2026-01-02T03:05:05Z failed

    Failed at encode
      TemplateNotFound: there is no job template named `mine`; tried mine,
      mine_fixed, mine_1080p
    ");
}
