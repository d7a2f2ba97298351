//! The constructs' secure defaults, and that what the user says wins over them.

use insta::assert_snapshot;
use serde_json::{Value as Plain, json};
use synth::asl::{Definition, Succeed};
use synth::aws::dynamodb::{self, table};
use synth::aws::s3::{self, bucket};
use synth::constructs::{
    Bucket, BucketProps, Code, Function, FunctionProps, Key, KeyProps, Queue, QueueProps, Rule, RuleProps,
    StateMachine, StateMachineProps, Table, TableProps, TargetProps, Topic, TopicProps,
};
use synth::iam::Condition;
use synth::{Json, RemovalPolicy, Scope, Stack};

/// The resources of a stack that is filled so.
fn resources(fill: impl FnOnce(&mut Scope<'_>)) -> Plain {
    let mut stack = Stack::new("test");
    fill(&mut stack.root());
    let template: Plain = serde_json::from_str(&stack.template().unwrap()).unwrap();
    template["Resources"].clone()
}

fn pretty(json: &Plain) -> String {
    format!("{json:#}")
}

fn props() -> FunctionProps {
    FunctionProps::new(Code::Object { bucket: "code".into(), key: "work.zip".into() })
        .name("work")
        .description("Works.")
        .handler("work".to_owned())
}

fn encrypted_by(key: &Key) -> QueueProps {
    QueueProps::default().key(key.clone())
}

#[test]
fn roles_have_the_path_of_their_stack() {
    let path = |stack_path: Option<&str>| {
        let mut stack = Stack::new("test");
        if let Some(path) = stack_path {
            stack.role_path(path);
        }
        Function::new(&mut stack.root(), "Work", props());
        let template: Plain = serde_json::from_str(&stack.template().unwrap()).unwrap();
        template["Resources"]["WorkRole"]["Properties"]["Path"].clone()
    };
    assert_eq!(path(Some("/films/test/")), "/films/test/");
    assert_eq!(path(None), Plain::Null);
}

#[test]
fn a_bucket_is_private() {
    let made = resources(|scope| {
        Bucket::new(scope, "Files", BucketProps::default().removal(RemovalPolicy::RetainExceptOnCreate));
    });
    assert_snapshot!(pretty(&made));
}

#[test]
fn a_bucket_keeps_what_the_user_says() {
    let properties = s3::Bucket::new()
        .versioning_configuration(bucket::VersioningConfiguration::new(
            bucket::VersioningConfigurationStatus::Suspended,
        ))
        .public_access_block_configuration(bucket::PublicAccessBlockConfiguration::new().block_public_acls(true))
        .ownership_controls(bucket::OwnershipControls::new([bucket::OwnershipControlsRule::new()
            .object_ownership(bucket::OwnershipControlsRuleObjectOwnership::BucketOwnerPreferred)]))
        .bucket_encryption(bucket::BucketEncryption::new([
            bucket::ServerSideEncryptionRule::new().bucket_key_enabled(true)
        ]));
    let made = resources(|scope| {
        Bucket::new(scope, "Files", BucketProps::default().properties(properties));
    });
    assert_snapshot!(pretty(&made["Files"]["Properties"]), @r#"
    {
      "BucketEncryption": {
        "ServerSideEncryptionConfiguration": [
          {
            "BucketKeyEnabled": true
          }
        ]
      },
      "OwnershipControls": {
        "Rules": [
          {
            "ObjectOwnership": "BucketOwnerPreferred"
          }
        ]
      },
      "PublicAccessBlockConfiguration": {
        "BlockPublicAcls": true
      },
      "VersioningConfiguration": {
        "Status": "Suspended"
      }
    }
    "#);
}

#[test]
fn messages_are_encrypted() {
    let made = resources(|scope| {
        let key = Key::new(scope, "Key", KeyProps::default().description("Encrypts.").removal(RemovalPolicy::Delete));
        key.allow_service(scope, "events.amazonaws.com", Condition::own_account().if_exists());
        let topic =
            Topic::new(scope, "Topic", TopicProps::default().name("news").display_name("News").key(key.clone()));
        topic.allow_service(scope, "cloudwatch.amazonaws.com");
        topic.subscribe_email(scope, "Email", "user@example.com");
        let dead = Queue::new(scope, "Dead", encrypted_by(&key).name("dead"));
        let queue = Queue::new(scope, "Queue", encrypted_by(&key).name("work").dead_letters(dead));
        queue.allow_send(scope, "sns.amazonaws.com", topic.arn());
    });
    assert_snapshot!(pretty(&made));
}

#[test]
fn a_table_is_billed_on_demand_unless_its_throughput_is_given() {
    let attribute = table::AttributeDefinition::new("guid", table::AttributeDefinitionAttributeType::S);
    let bare = || {
        dynamodb::Table::new([table::KeySchema::new("guid", table::KeySchemaKeyType::Hash)])
            .attribute_definitions([attribute.clone()])
    };
    let made = resources(|scope| {
        Table::new(scope, "Table", TableProps::new(bare()));
        let throughput = table::ProvisionedThroughput::new(1_i64, 1_i64);
        Table::new(scope, "Steady", TableProps::new(bare().provisioned_throughput(throughput)));
    });
    assert_snapshot!(pretty(&made["Table"]), @r#"
    {
      "Type": "AWS::DynamoDB::Table",
      "DeletionPolicy": "Retain",
      "UpdateReplacePolicy": "Retain",
      "Properties": {
        "AttributeDefinitions": [
          {
            "AttributeName": "guid",
            "AttributeType": "S"
          }
        ],
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [
          {
            "AttributeName": "guid",
            "KeyType": "HASH"
          }
        ],
        "PointInTimeRecoverySpecification": {
          "PointInTimeRecoveryEnabled": true
        },
        "SSESpecification": {
          "SSEEnabled": true
        }
      }
    }
    "#);
    assert_eq!(made["Steady"]["Properties"]["BillingMode"], json!(null));
}

#[test]
fn a_function_has_a_role_and_a_log_of_its_own() {
    let made = resources(|scope| {
        let key = Key::new(scope, "Key", KeyProps::default().description("Encrypts.").removal(RemovalPolicy::Delete));
        let dead = Queue::new(scope, "Dead", encrypted_by(&key).name("dead"));
        let function = Function::new(scope, "Work", props());
        function.on_failure(scope, "OnFailure", dead.arn(), 1);
        let pattern = Json::object([("source", Json::list(["mine"]))]);
        let rule = Rule::new(scope, "Rule", RuleProps::new(pattern).name("rule").description("Calls."));
        let target = TargetProps::default().dead_letters(dead).maximum_age_seconds(3600).retries(5);
        rule.add_target(scope, &function, target);
    });
    let about = |name: &str| name.starts_with("Work") || name.starts_with("Rule") || name == "OnFailure";
    let made: serde_json::Map<String, Plain> =
        made.as_object().unwrap().clone().into_iter().filter(|(name, _)| about(name)).collect();
    assert_snapshot!(pretty(&Plain::Object(made)));
}

#[test]
fn a_function_stays_within_lambdas_limits() {
    let mut stack = Stack::new("test");
    Function::new(&mut stack.root(), "Work", props().timeout_seconds(901).memory_mib(10_241));
    assert_snapshot!(stack.template().unwrap_err(), @"
    stack `test` cannot be deployed as it is:
      - `Work/Function`: property `Timeout` 901 is not 900 or less; change the value to fit the resource type's schema
      - `Work/Function`: property `MemorySize` 10241 is not 10240 or less; change the value to fit the resource type's schema
    ");
}

#[test]
fn a_state_machine_is_logged_and_traced() {
    let mut states = Definition::new();
    let done = states.add("Done", Succeed::default());
    let definition = states.finish(&done).unwrap();
    let made = resources(|scope| {
        let props = StateMachineProps::new(definition).name("flow").comment("Does nothing.").timeout_seconds(60);
        StateMachine::new(scope, "Flow", props);
    });
    assert_snapshot!(pretty(&made));
}
