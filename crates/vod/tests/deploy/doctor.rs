//! `vod doctor`: what is in the way of a deployment, one thing after the other, each with what to do.

use serde_json::json;

use crate::deploy::aws_fake::{Answer, error, result};
use crate::deploy::world::{TOPIC, World, no_stack, stack, text};

/// What is asked, in this order where two calls have the same line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Queue,
    Named,
    Hop,
    Executions,
    Quotas,
    Code,
    Source,
    Events,
    Encryption,
    Certificate,
    Subscriptions,
}

impl Asked {
    fn line(self) -> &'static str {
        match self {
            Self::Queue => "GET /2017-08-29/queues/Default",
            Self::Named => "GET /2017-08-29/queues/films",
            Self::Hop => "GET /2017-08-29/queues/spare",
            Self::Executions => "GET /2016-08-19/account-settings/",
            Self::Quotas => "ServiceQuotasV20190624.ListServiceQuotas",
            Self::Code => "HEAD /my-assets/",
            Self::Source => "HEAD /films/",
            Self::Events | Self::Encryption => "GET /films/",
            Self::Certificate => "CertificateManager.DescribeCertificate",
            Self::Subscriptions => "GetTopicAttributes",
        }
    }
}

const FILMS: [&str; 2] = ["--set", "source.bucket=films"];
const QUEUES: [&str; 4] =
    ["--set", "encoding.queue.name=films", "--set", "encoding.queue.hop=[{ queue = \"spare\", wait_minutes = 9 }]"];
const ALIAS: [&str; 4] = [
    "--set",
    "distribution.alias=video.example.com",
    "--set",
    "distribution.certificate_arn=arn:aws:acm:us-east-1:111122223333:certificate/0b1f4d0e-7c1f-5a64-9d0e-8a0f7f3f3f10",
];

fn ok(body: &serde_json::Value) -> Answer {
    (200, body.to_string())
}

fn queue(status: &str) -> Answer {
    ok(&json!({ "queue": { "name": "Default", "status": status, "concurrentJobs": 100, "submittedJobsCount": 3 } }))
}

fn executions(free: u64) -> Answer {
    let limit = json!({ "ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": free });
    ok(&json!({ "AccountLimit": limit }))
}

fn certificate(status: &str, name: &str, end: u64) -> Answer {
    ok(&json!({ "Certificate": { "Status": status, "DomainName": name, "NotAfter": end } }))
}

fn subscriptions(confirmed: u64, pending: u64) -> Answer {
    let entry = |name: &str, value: u64| format!("<entry><key>{name}</key><value>{value}</value></entry>");
    let entries = [entry("SubscriptionsConfirmed", confirmed), entry("SubscriptionsPending", pending)].concat();
    result("GetTopicAttributes", &format!("<Attributes>{entries}</Attributes>"))
}

fn encryption(algorithm: &str, key: Option<&str>) -> Answer {
    let key = key.map(|key| format!("<KMSMasterKeyID>{key}</KMSMasterKeyID>")).unwrap_or_default();
    let rule = format!(
        "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>{algorithm}</SSEAlgorithm>{key}\
         </ApplyServerSideEncryptionByDefault></Rule>"
    );
    (200, format!("<ServerSideEncryptionConfiguration>{rule}</ServerSideEncryptionConfiguration>"))
}

fn notifications(inner: &str) -> Answer {
    (200, format!("<NotificationConfiguration>{inner}</NotificationConfiguration>"))
}

const EVENT_BRIDGE: &str = "<EventBridgeConfiguration></EventBridgeConfiguration>";

/// An account in which all is well but what is broken.
fn account(mut world: World, broken: Option<&(Asked, Answer)>) -> World {
    let quotas = json!({ "Quotas": [
        { "QuotaName": "Concurrent jobs across all on-demand queues", "Value": 200.0 },
        { "QuotaName": "Custom output presets", "Value": 100.0 },
    ] });
    let well = [
        (Asked::Queue, queue("ACTIVE")),
        (Asked::Named, queue("ACTIVE")),
        (Asked::Hop, queue("ACTIVE")),
        (Asked::Executions, executions(900)),
        (Asked::Quotas, ok(&quotas)),
        (Asked::Code, (200, String::new())),
        (Asked::Source, (200, String::new())),
        (Asked::Events, notifications(EVENT_BRIDGE)),
        (Asked::Encryption, encryption("AES256", None)),
        (Asked::Certificate, certificate("ISSUED", "*.example.com", 4_070_908_800)),
        (Asked::Subscriptions, subscriptions(1, 0)),
    ];
    for (asked, answer) in well {
        let answer = broken.iter().find(|(known, _)| *known == asked).map_or(answer, |(_, broken)| broken.clone());
        world = world.on(asked.line(), answer);
    }
    world
}

/// What it says of a broken account: what is not well.
fn said(world: World, broken: Option<&(Asked, Answer)>, options: &[&str], code: i32) -> String {
    let said = account(world, broken).says(code, &[&["doctor"], options].concat());
    let lines: Vec<&str> = said.lines().collect();
    let is_start = |line: &str| ["ok ", "unknown ", "warning ", "ERROR "].iter().any(|mark| line.starts_with(mark));
    let mut shown = Vec::new();
    let mut is_shown = false;
    for line in lines {
        if line.is_empty() {
            break;
        }
        if is_start(line) {
            // ffmpeg need not be there in the tests.
            is_shown = !line.starts_with("ok ") && !line.contains("this machine");
        }
        if is_shown {
            shown.push(line);
        }
    }
    shown.join("\n")
}

#[test]
fn all_is_well() {
    let world = account(World::deployed(), None);
    let said = world.says(0, &[&["doctor"], &FILMS[..], &ALIAS[..]].concat());
    let (_, said) = said.split_once("ok      region          ").unwrap();
    insta::assert_snapshot!(said, @r"
    us-east-1, US East (N. Virginia), has MediaConvert and
                            MediaPackage VOD
    ok      credentials     account 111122223333, arn:aws:iam::111122223333:user/ann
                            (keys of the environment)
    ok      Lambda          900 of 1000 concurrent executions are free to use
    ok      MediaConvert    queue Default: runs 100 at once, 3 waiting
    ok      quotas          Concurrent jobs across all on-demand queues: 200
    ok      code bucket     my-assets
    ok      source bucket   films reports uploads to EventBridge
    ok      source bucket   films is encrypted by S3
    ok      certificate     for video.example.com, issued
    ok      stack           vod is in CREATE_COMPLETE
    ok      notifications   1 confirmed

    Nothing is in the way; 1 warning.
    ");
    assert_eq!(world.aws.unsigned(), Vec::<String>::new());
}

#[test]
fn each_thing_that_is_broken_is_named_with_its_remedy() {
    let no_queue = json!({ "__type": "NotFoundException", "message": "none" }).to_string();
    let denied = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>".to_owned();
    let missing = "<Error><Code>NoSuchBucket</Code><Message>none</Message></Error>".to_owned();
    let world = || World::new().knows_us().on("DescribeStacks", no_stack());
    let cases: [(&str, Asked, Answer, &[&str], i32); 17] = [
        ("a queue that is paused", Asked::Queue, queue("PAUSED"), &[], 1),
        ("a queue that is not there", Asked::Named, (404, no_queue.clone()), &QUEUES, 1),
        ("a queue to hop to that is not there", Asked::Hop, (404, no_queue), &QUEUES, 1),
        ("few executions", Asked::Executions, executions(10), &[], 0),
        (
            "no permission",
            Asked::Queue,
            (403, json!({ "__type": "AccessDeniedException", "message": "no" }).to_string()),
            &[],
            0,
        ),
        (
            "no Service Quotas",
            Asked::Quotas,
            (400, json!({ "__type": "NoSuchResourceException", "message": "unknown service" }).to_string()),
            &[],
            0,
        ),
        ("no bucket for code", Asked::Code, (404, String::new()), &[], 1),
        ("no source bucket", Asked::Source, (404, missing), &FILMS, 1),
        ("no events", Asked::Events, notifications(""), &FILMS, 1),
        ("a source bucket that may not be looked at", Asked::Source, (403, String::new()), &FILMS, 0),
        ("events that may not be looked at", Asked::Events, (403, denied), &FILMS, 0),
        ("a source bucket under AWS's key", Asked::Encryption, encryption("aws:kms", None), &FILMS, 0),
        ("a source bucket under a key", Asked::Encryption, encryption("aws:kms", Some("alias/films")), &FILMS, 0),
        (
            "no certificate",
            Asked::Certificate,
            (400, json!({ "__type": "ResourceNotFoundException", "message": "none" }).to_string()),
            &ALIAS,
            1,
        ),
        (
            "a certificate that waits",
            Asked::Certificate,
            certificate("PENDING_VALIDATION", "video.example.com", 4_070_908_800),
            &ALIAS,
            1,
        ),
        (
            "another's certificate",
            Asked::Certificate,
            certificate("ISSUED", "www.example.com", 4_070_908_800),
            &ALIAS,
            1,
        ),
        ("an old certificate", Asked::Certificate, certificate("ISSUED", "video.example.com", 1_000), &ALIAS, 0),
    ];
    let text: Vec<String> = cases
        .into_iter()
        .map(|(name, asked, broken, options, code)| {
            format!("# {name}\n{}", said(world(), Some(&(asked, broken)), options, code))
        })
        .collect();
    insta::assert_snapshot!(text.join("\n\n"));
}

#[test]
fn what_is_wrong_with_the_deployment_is_named() {
    let stuck = |status: &str| World::new().knows_us().on("DescribeStacks", stack(status));
    let topic = |confirmed, pending| Some((Asked::Subscriptions, subscriptions(confirmed, pending)));
    let text = [
        ("nobody confirmed", said(World::deployed(), topic(0, 1).as_ref(), &[], 0)),
        ("nobody hears", said(World::deployed(), topic(0, 0).as_ref(), &[], 0)),
        ("a stack that is stuck", said(stuck("UPDATE_ROLLBACK_FAILED"), None, &[], 1)),
        ("a stack that failed", said(stuck("ROLLBACK_COMPLETE"), None, &[], 0)),
    ]
    .map(|(name, said)| format!("# {name}\n{said}"));
    insta::assert_snapshot!(text.join("\n\n").replace(TOPIC, "[TOPIC]"));
}

#[test]
fn credentials_come_first() {
    let world = World::new().on("GetCallerIdentity", error(403, "InvalidClientTokenId", "The token is invalid."));
    let ran = world.vod().arg("doctor").assert().code(1);
    let said = text(&ran, world.folder.path());
    assert!(said.contains("ERROR   credentials"), "{said}");
    assert_eq!(world.aws.seen(), ["GetCallerIdentity"], "nothing else would be answered");

    let world = account(World::deployed(), None);
    let said = world.says(1, &["doctor", "--set", "account=999988887777"]);
    assert!(said.contains("and the stack is for") && said.contains("`--profile`"), "{said}");
}

#[test]
fn programs_read_it_as_json() {
    let world = account(World::deployed(), None);
    let checks: serde_json::Value = serde_json::from_str(&world.prints(&["doctor", "--json"])).unwrap();
    let of = |subject: &str| checks.as_array().unwrap().iter().find(|check| check["subject"] == subject).cloned();
    assert_eq!(of("notifications").unwrap()["verdict"], "ok");
    assert_eq!(of("quotas").unwrap()["found"], "Concurrent jobs across all on-demand queues: 200");
}
