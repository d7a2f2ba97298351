//! Policies as IAM reads them.

use serde_json::{Value as Plain, json};
use synth::iam::{Action, Condition, PolicyDocument, Principal, Statement};
use synth::{Arn, Json, PseudoParameter};

const GET: Action = Action::new("s3:GetObject");
const PUT: Action = Action::new("s3:PutObject");

fn render(statement: Statement) -> Plain {
    Json::from(statement).render()
}

#[test]
fn one_stands_alone_and_several_in_a_list() {
    assert_eq!(
        render(Statement::allow([GET], ["a"])),
        json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "a" })
    );
    assert_eq!(
        render(Statement::deny([GET, PUT], ["a", "b"]).sid("Not on Sundays!")),
        json!({
            "Sid": "NotonSundays",
            "Effect": "Deny",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": ["a", "b"],
        })
    );
    assert_eq!(
        render(Statement::allow_on_any([GET], "HasNoArn")),
        json!({ "Sid": "HasNoArn", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" })
    );
}

#[test]
fn principals_of_a_kind_share_its_key_and_anyone_takes_in_all() {
    let statement = Statement::allow([GET], ["a"])
        .principal(Principal::Service("lambda.amazonaws.com"))
        .principal(Principal::Aws(Arn::build("iam").partition("aws").global().account("1").resource("root")))
        .principal(Principal::Service("events.amazonaws.com"));
    assert_eq!(
        render(statement.clone())["Principal"],
        json!({ "Service": ["lambda.amazonaws.com", "events.amazonaws.com"], "AWS": "arn:aws:iam::1:root" })
    );
    assert_eq!(render(statement.principal(Principal::Anyone))["Principal"], json!("*"));
}

#[test]
fn a_role_is_assumed_in_the_principals_way() {
    assert_eq!(
        render(Statement::trust(Principal::Service("lambda.amazonaws.com"))),
        json!({ "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" })
    );
    assert_eq!(
        render(Statement::trust(Principal::Federated(Arn::build("iam").global().resource("oidc-provider/x"))))["Action"],
        json!("sts:AssumeRoleWithWebIdentity")
    );
}

#[test]
fn conditions_are_grouped_by_operator() {
    let statement = Statement::allow([GET], ["a"])
        .when(Condition::string_equals("aws:SourceAccount", PseudoParameter::AccountId))
        .when(Condition::arn_like("aws:SourceArn", "arn:aws:s3:::*"))
        .when(Condition::arn_equals("aws:PrincipalArn", "arn:aws:iam::1:root"))
        .when(Condition::string_equals("aws:RequestedRegion", vec!["eu-west-1", "eu-west-2"]))
        .when(Condition::string_like("s3:prefix", "a/*"));
    assert_eq!(
        render(statement)["Condition"],
        json!({
            "StringEquals": {
                "aws:SourceAccount": { "Ref": "AWS::AccountId" },
                "aws:RequestedRegion": ["eu-west-1", "eu-west-2"],
            },
            "ArnLike": { "aws:SourceArn": "arn:aws:s3:::*" },
            "ArnEquals": { "aws:PrincipalArn": "arn:aws:iam::1:root" },
            "StringLike": { "s3:prefix": "a/*" },
        })
    );
}

#[test]
fn a_condition_on_what_may_not_be_sent_stands_beside_the_others() {
    let statement = Statement::allow([GET], ["a"])
        .when(Condition::own_account().if_exists())
        .when(Condition::passed_to("lambda.amazonaws.com"))
        .when(Condition::arn_like("aws:SourceArn", "arn:aws:s3:::*").if_exists());
    assert_eq!(
        render(statement)["Condition"],
        json!({
            "StringEqualsIfExists": { "aws:SourceAccount": { "Ref": "AWS::AccountId" } },
            "StringEquals": { "iam:PassedToService": "lambda.amazonaws.com" },
            "ArnLikeIfExists": { "aws:SourceArn": "arn:aws:s3:::*" },
        })
    );
}

#[test]
#[should_panic(expected = "two conditions StringEquals on aws:SourceAccount")]
fn a_condition_is_never_lost_to_another() {
    let account = |id: &str| Condition::string_equals("aws:SourceAccount", id);
    let _ = Statement::allow([GET], ["a"]).when(account("1")).when(account("2"));
}

#[test]
fn a_document_denies_what_is_not_encrypted() {
    let document =
        PolicyDocument::new([Statement::deny_insecure_transport("s3", ["a"]), Statement::deny_insecure([GET], ["a"])]);
    insta::assert_snapshot!(format!("{:#}", Json::from(document).render()), @r#"
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "DenyInsecureTransport",
          "Effect": "Deny",
          "Principal": "*",
          "Action": "s3:*",
          "Resource": "a",
          "Condition": {
            "Bool": {
              "aws:SecureTransport": "false"
            }
          }
        },
        {
          "Sid": "DenyInsecureTransport",
          "Effect": "Deny",
          "Principal": "*",
          "Action": "s3:GetObject",
          "Resource": "a",
          "Condition": {
            "Bool": {
              "aws:SecureTransport": "false"
            }
          }
        }
      ]
    }
    "#);
}
