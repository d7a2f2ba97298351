//! The generated resource types: what they write, and what they refuse.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use synth::aws::{apigatewayv2, cloudfront, dynamodb, lambda, logs, mediaconvert, s3, sqs, wafv2};
use synth::value::{Checker, Property};
use synth::{Json, PseudoParameter, Resource, Stack, Value};

fn pretty(json: &Json) -> String {
    format!("{:#}", json.render())
}

/// The template's JSON of a property that breaks no rule.
fn valid(property: &impl Property) -> String {
    let mut checker = Checker::default();
    let json = property.to_json(&mut checker);
    assert_eq!(checker.into_violations(), []);
    pretty(&json)
}

/// What is wrong with a property, one problem a line.
fn problems(property: &impl Property) -> String {
    let mut checker = Checker::default();
    property.to_json(&mut checker);
    let lines =
        checker.into_violations().into_iter().map(|violation| format!("{}: {}", violation.property, violation.problem));
    lines.collect::<Vec<_>>().join("\n")
}

fn tags() -> BTreeMap<String, String> {
    [("Owner", "stack"), ("Stage", "dev")].map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

#[test]
fn a_bucket_writes_its_nested_settings() {
    use s3::bucket;
    let expire = bucket::Rule::new(bucket::RuleStatus::Enabled).expiration_in_days(30).prefix("logs/");
    let bucket = s3::Bucket::new()
        .bucket_name("videos-dev")
        .versioning_configuration(bucket::VersioningConfiguration::new(bucket::VersioningConfigurationStatus::Enabled))
        .lifecycle_configuration(bucket::LifecycleConfiguration::new([expire]))
        .tags([bucket::Tag::new("Region", PseudoParameter::Region)]);
    assert_snapshot!(valid(&bucket), @r#"
    {
      "BucketName": "videos-dev",
      "LifecycleConfiguration": {
        "Rules": [
          {
            "ExpirationInDays": 30,
            "Prefix": "logs/",
            "Status": "Enabled"
          }
        ]
      },
      "Tags": [
        {
          "Key": "Region",
          "Value": {
            "Ref": "AWS::Region"
          }
        }
      ],
      "VersioningConfiguration": {
        "Status": "Enabled"
      }
    }
    "#);
}

#[test]
fn enumerations_write_their_values() {
    use cloudfront::distribution::ViewerCertificateMinimumProtocolVersion as Protocol;
    assert_eq!(Protocol::Tlsv1_2_2021.as_str(), "TLSv1.2_2021");
    assert_eq!(
        Value::from(dynamodb::table::BillingMode::PayPerRequest).to_json(&mut Checker::default()),
        "PAY_PER_REQUEST".into()
    );
}

#[test]
fn literals_outside_their_bounds_are_named_with_their_path() {
    let bucket = s3::Bucket::new().bucket_name("No_Capitals");
    assert_snapshot!(problems(&bucket), @r"BucketName: `No_Capitals` does not match `^([a-z0-9][a-z0-9.-]*[a-z0-9])?$`");

    let group = logs::LogGroup::new().log_group_name("with space").retention_in_days(8);
    assert_snapshot!(problems(&group), @r#"
    LogGroupName: `with space` does not match `^[.\-_/#A-Za-z0-9]{1,512}\z`
    RetentionInDays: 8 is none of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
    "#);

    let queue = sqs::Queue::new().queue_name("").visibility_timeout(43_201);
    assert_snapshot!(problems(&queue), @r#"
    QueueName: has 0 characters, which is not between 1 and 80
    QueueName: `` does not match `^[A-Za-z0-9_-]+(\.fifo)?$`
    VisibilityTimeout: 43201 is not between 0 and 43200
    "#);

    let tag = s3::bucket::Tag::new("k".repeat(129), "value");
    assert_snapshot!(problems(&s3::Bucket::new().tags([tag])), @r"Tags.0.Key: has 129 characters, which is not between 1 and 128");

    let key = dynamodb::table::KeySchema::new("guid", dynamodb::table::KeySchemaKeyType::Hash);
    let table = dynamodb::Table::new(vec![key; 3]);
    assert_snapshot!(problems(&table), @r"KeySchema: has 3 items, which is not between 1 and 2");
}

#[test]
fn intrinsics_pass_unchecked() {
    let bucket = s3::Bucket::new().bucket_name(Value::<String>::import("Shared-Bucket-Name"));
    assert_eq!(problems(&bucket), "");
}

#[test]
fn statements_hold_statements() {
    use wafv2::web_acl::GeoMatchStatementCountryCodes as Country;
    use wafv2::web_acl::{AndStatement, GeoMatchStatement, NotStatement, Statement};
    let here = Statement::new().geo_match_statement(GeoMatchStatement::new().country_codes([Country::De, Country::Fr]));
    let elsewhere = Statement::new().not_statement(NotStatement::new(here.clone()));
    let both = Statement::new().and_statement(AndStatement::new(vec![here, elsewhere]));
    assert_snapshot!(valid(&both), @r#"
    {
      "AndStatement": {
        "Statements": [
          {
            "GeoMatchStatement": {
              "CountryCodes": [
                "DE",
                "FR"
              ]
            }
          },
          {
            "NotStatement": {
              "Statement": {
                "GeoMatchStatement": {
                  "CountryCodes": [
                    "DE",
                    "FR"
                  ]
                }
              }
            }
          }
        ]
      }
    }
    "#);
}

#[test]
fn merged_tags_leave_what_is_set() {
    let mut bucket = s3::Bucket::new().tags([s3::bucket::Tag::new("Owner", "team")]);
    bucket.merge_tags(&tags());
    assert_snapshot!(valid(&bucket), @r#"
    {
      "Tags": [
        {
          "Key": "Owner",
          "Value": "team"
        },
        {
          "Key": "Stage",
          "Value": "dev"
        }
      ]
    }
    "#);

    let mut api = apigatewayv2::Api::new();
    api.merge_tags(&tags());
    assert_snapshot!(valid(&api), @r#"
    {
      "Tags": {
        "Owner": "stack",
        "Stage": "dev"
      }
    }
    "#);

    let mut queue = mediaconvert::Queue::new().tags(Json::object([("Owner", "team")]));
    queue.merge_tags(&tags());
    assert_snapshot!(valid(&queue), @r#"
    {
      "Tags": {
        "Owner": "team",
        "Stage": "dev"
      }
    }
    "#);
}

#[test]
fn resources_know_their_type_and_name_property() {
    let topic = synth::aws::sns::Topic::new();
    assert_eq!(topic.type_name(), "AWS::SNS::Topic");
    assert_eq!(topic.name_property(), Some("TopicName"));
    assert_eq!(s3::Bucket::new().name_property(), Some("BucketName"));
    assert_eq!(s3::BucketPolicy::new("bucket", Json::Null).name_property(), None);
}

#[test]
fn attributes_are_read_through_handles() {
    let mut stack = Stack::new("test");
    let mut scope = stack.root();
    let bucket = scope.add("Bucket", s3::Bucket::new());
    let distribution = scope.add(
        "Distribution",
        cloudfront::Distribution::new(cloudfront::distribution::DistributionConfig::new(
            cloudfront::distribution::DefaultCacheBehavior::new(
                "origin",
                cloudfront::distribution::DefaultCacheBehaviorViewerProtocolPolicy::RedirectToHttps,
            ),
            true,
        )),
    );
    let json =
        Json::list([Json::from(bucket.arn()), bucket.domain_name().into(), distribution.distribution_id().into()]);
    assert_snapshot!(json.render().to_string(), @r#"[{"Fn::GetAtt":["Bucket","Arn"]},{"Fn::GetAtt":["Bucket","DomainName"]},{"Fn::GetAtt":["Distribution","Id"]}]"#);
}

#[test]
fn a_function_takes_values_of_every_kind() {
    use lambda::function::{Architectures, Code, Environment};
    let variables = [("TABLE", Value::from("workflow")), ("REGION", PseudoParameter::Region.into())];
    let variables: BTreeMap<String, Value<String>> = variables.map(|(name, value)| (name.to_owned(), value)).into();
    let role: Value<synth::Arn> = synth::Arn::parse("arn:aws:iam::123456789012:role/handler").unwrap().into();
    let function = lambda::Function::new(Code::new().s3_bucket("assets").s3_key("handler.zip"), role)
        .architectures([Architectures::Arm64])
        .environment(Environment::new().variables(variables))
        .memory_size(256)
        .timeout(120);
    assert_snapshot!(valid(&function), @r#"
    {
      "Architectures": [
        "arm64"
      ],
      "Code": {
        "S3Bucket": "assets",
        "S3Key": "handler.zip"
      },
      "Environment": {
        "Variables": {
          "REGION": {
            "Ref": "AWS::Region"
          },
          "TABLE": "workflow"
        }
      },
      "MemorySize": 256,
      "Role": "arn:aws:iam::123456789012:role/handler",
      "Timeout": 120
    }
    "#);
}
