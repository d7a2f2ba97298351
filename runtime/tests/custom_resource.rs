//! The custom-resource handler against the wire of AWS.

use std::time::Duration;

use crate::support::{Answer, World, sdk};
use aws_sdk_mediaconvert::config::ProvideCredentials;
use aws_types::SdkConfig;
use pipeline::custom_resource::{Kind, template_name};
use runtime::{
    failure::Failure,
    handler::Invocation,
    handlers::custom_resource::{CustomResource, DenialRetry},
};
use serde_json::{Value, json};
use tokio::time::Instant;

const TEMPLATES: &str = "/2017-08-29/jobTemplates";
const SETTINGS: &str = r#"{"Category":"VOD","Tags":{"SolutionId":"SO0021"},"Settings":{"OutputGroups":[{"Name":"HLS","NewerThanTheSdk":{"DeepSetting":1.5}}],"Inputs":[{"AudioSelectors":{"Audio Selector 1":{"DefaultSelection":"DEFAULT"}}}]}}"#;
const OTHER: &str = r#"{"Settings":{"OutputGroups":[]}}"#;

fn name(settings: &str) -> String {
    template_name("vod_1080p", settings).unwrap()
}

/// A hundred times as quick as in AWS.
const RETRY: DenialRetry = DenialRetry {
    timeout: Duration::from_millis(800),
    first_backoff: Duration::from_millis(20),
    max_backoff: Duration::from_millis(100),
};

async fn handle(world: &World, event: Value) -> Result<Value, Failure> {
    let handler = CustomResource::new(&sdk(Some(&world.url), "eu-west-1").build()).with_retry(RETRY);
    handler.answer(Invocation { event, deadline: Instant::now() + Duration::from_secs(30) }).await
}

/// Sends a job template's request and returns the answer.
async fn template(world: &World, request_type: &str, physical_id: Option<&str>, settings: &str) -> Value {
    let properties = json!({"ServiceToken": "arn:function", "BaseName": "vod_1080p", "Settings": settings});
    let event = world.request(request_type, Kind::JobTemplate.into_str(), physical_id, &properties);
    assert_eq!(handle(world, event).await.unwrap(), Value::Null);
    world.answer()
}

#[tokio::test]
async fn a_template_is_created_as_it_stands() {
    let world = World::start();
    let answer = template(&world, "Create", None, SETTINGS).await;
    let name = name(SETTINGS);
    assert_eq!(
        answer,
        json!({
            "Status": "SUCCESS",
            "PhysicalResourceId": name,
            "StackId": "arn:aws:cloudformation:eu-west-1:111122223333:stack/vod/1",
            "RequestId": "request-1",
            "LogicalResourceId": "Logical",
            "NoEcho": false,
            "Data": {"Arn": format!("arn:aws:mediaconvert:eu-west-1:1:jobTemplates/{name}")},
        })
    );
    let calls = world.calls();
    assert_eq!(world.lines(), [format!("POST {TEMPLATES}")]);
    assert!(calls[0].headers["authorization"].to_str().unwrap().starts_with("AWS4-HMAC-SHA256"));
    assert_eq!(
        calls[0].json(),
        json!({
            "name": name,
            "category": "VOD",
            "tags": {"SolutionId": "SO0021"},
            "settings": {
                "outputGroups": [{"name": "HLS", "newerThanTheSdk": {"deepSetting": 1.5}}],
                "inputs": [{"audioSelectors": {"Audio Selector 1": {"defaultSelection": "DEFAULT"}}}],
            },
        })
    );
    let put = &world.answers()[0];
    assert_eq!(put.method, "PUT");
    let target = format!("{}?{}", put.line.trim_start_matches("PUT "), put.query);
    assert!(world.response_url().ends_with(&target), "{target} is not as it was given");
    assert_eq!(put.headers["content-type"], "");
    assert_eq!(put.headers["content-length"], put.body.len().to_string());
    assert!(!put.headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_template_lives_through_update_rollback_and_deletion() {
    let world = World::start();
    let (first, second) = (name(SETTINGS), name(OTHER));
    template(&world, "Create", None, SETTINGS).await;
    assert_eq!(template(&world, "Update", Some(&first), SETTINGS).await["PhysicalResourceId"], first);
    assert_eq!(template(&world, "Update", Some(&first), OTHER).await["PhysicalResourceId"], second);
    assert_eq!(world.media().templates.len(), 2, "both exist until the clean-up");
    // The stack rolls back, and cleans up.
    assert_eq!(template(&world, "Update", Some(&second), SETTINGS).await["PhysicalResourceId"], first);
    for _ in 0..2 {
        assert_eq!(template(&world, "Delete", Some(&second), OTHER).await["Status"], "SUCCESS");
    }
    assert_eq!(world.media().templates.keys().collect::<Vec<_>>(), [&first]);
    assert_eq!(template(&world, "Delete", Some(&first), SETTINGS).await["Status"], "SUCCESS");
    assert!(world.media().templates.is_empty());
}

#[tokio::test]
async fn a_repeated_creation_succeeds_and_a_foreign_template_is_left_alone() {
    let world = World::start();
    let name = name(SETTINGS);
    for _ in 0..2 {
        let answer = template(&world, "Create", None, SETTINGS).await;
        assert_eq!(answer["Status"], "SUCCESS");
        assert_eq!(answer["Data"]["Arn"], format!("arn:aws:mediaconvert:eu-west-1:1:jobTemplates/{name}"));
    }
    world.media().templates.get_mut(&name).unwrap()["settings"]["outputGroups"][0]["name"] = json!("DASH");
    let answer = template(&world, "Create", None, SETTINGS).await;
    assert_eq!(answer["Status"], "FAILED");
    let reason = answer["Reason"].as_str().unwrap();
    assert!(reason.contains(&name) && reason.contains("other content"), "{reason}");

    world.forget();
    let answer = template(&world, "Delete", answer["PhysicalResourceId"].as_str(), SETTINGS).await;
    assert_eq!(answer["Status"], "SUCCESS");
    assert!(world.calls().is_empty(), "what this resource did not make must stay");
    assert!(world.media().templates.contains_key(&name));
}

#[tokio::test]
async fn nothing_is_deleted_that_is_not_ours() {
    let world = World::start();
    for id in ["System-Ott_Hls_Ts_Avc_Aac", "2026/11/22/[$LATEST]0a1b", "never-created:Logical", "other-0123abcd"] {
        assert_eq!(template(&world, "Delete", Some(id), SETTINGS).await["Status"], "SUCCESS");
    }
    assert!(world.calls().is_empty());
}

#[tokio::test]
async fn throttling_and_lost_answers_are_overcome() {
    let world = World::start();
    let post = format!("POST {TEMPLATES}");
    world.once_below(&post, Answer::error(429, "TooManyRequestsException", "slow down"));
    world.once_below(&post, Answer::Lost);
    assert_eq!(template(&world, "Create", None, SETTINGS).await["Status"], "SUCCESS");
    let get = format!("GET {TEMPLATES}/{}", name(SETTINGS));
    assert_eq!(world.lines(), [post.clone(), post.clone(), post, get]);
}

#[tokio::test]
async fn a_refusal_is_passed_on_and_leaves_nothing_to_delete() {
    let world = World::start();
    world.once_below("POST", Answer::error(400, "BadRequestException", "/settings: Should have required property"));
    let answer = template(&world, "Create", None, SETTINGS).await;
    assert_eq!(answer["Status"], "FAILED");
    assert_eq!(
        answer["Reason"],
        format!(
            "cannot create the job template `{}`: BadRequestException: /settings: Should have required property",
            name(SETTINGS)
        )
    );
    assert_eq!(answer["PhysicalResourceId"], "never-created:Logical");

    // An update that is refused leaves the old template in place.
    world.once_below("POST", Answer::error(400, "BadRequestException", "no"));
    let answer = template(&world, "Update", Some(&name(SETTINGS)), OTHER).await;
    assert_eq!((&answer["Status"], &answer["PhysicalResourceId"]), (&json!("FAILED"), &json!(name(SETTINGS))));
}

/// Nobody has any permission for the first 40 seconds, a hundred times as quick.
fn deny(world: &World, time: Duration) {
    world.deny(time);
}

#[tokio::test]
async fn a_permission_that_arrives_late_is_waited_for_on_creation_and_update() {
    let world = World::start();
    deny(&world, Duration::from_millis(400));
    let answer = template(&world, "Create", None, SETTINGS).await;
    assert_eq!((&answer["Status"], &answer["PhysicalResourceId"]), (&json!("SUCCESS"), &json!(name(SETTINGS))));
    assert!(world.calls().len() > 3 && world.calls().len() < 20, "{:?}", world.lines());

    deny(&world, Duration::from_millis(400));
    let answer = template(&world, "Update", Some(&name(SETTINGS)), OTHER).await;
    assert_eq!((&answer["Status"], &answer["PhysicalResourceId"]), (&json!("SUCCESS"), &json!(name(OTHER))));
}

#[tokio::test]
async fn a_permission_that_never_arrives_is_an_honest_failure_before_the_deadline() {
    let world = World::start();
    deny(&world, Duration::from_hours(1));
    let started = Instant::now();
    let answer = template(&world, "Create", None, SETTINGS).await;
    assert_eq!((&answer["Status"], &answer["PhysicalResourceId"]), (&json!("FAILED"), &json!("never-created:Logical")));
    let reason = answer["Reason"].as_str().unwrap();
    assert!(reason.contains("AccessDeniedException: not allowed"), "{reason}");
    assert!(started.elapsed() > Duration::from_millis(500) && started.elapsed() < Duration::from_secs(3));

    // The function's own end comes first.
    let properties = json!({"BaseName": "vod_1080p", "Settings": SETTINGS});
    let event = world.request("Create", Kind::JobTemplate.into_str(), None, &properties);
    let deadline = Instant::now() + Duration::from_secs(2);
    let handler = CustomResource::new(&sdk(Some(&world.url), "eu-west-1").build());
    handler.answer(Invocation { event, deadline }).await.unwrap();
    assert!(Instant::now() < deadline);
    assert_eq!(world.answer()["Status"], "FAILED");
}

#[tokio::test]
async fn a_denied_deletion_is_not_waited_for() {
    let world = World::start();
    template(&world, "Create", None, SETTINGS).await;
    deny(&world, Duration::from_millis(400));
    world.forget();
    assert_eq!(template(&world, "Delete", Some(&name(SETTINGS)), SETTINGS).await["Status"], "FAILED");
    assert_eq!(world.calls().len(), 1);
}

#[tokio::test]
async fn a_repeat_does_not_depend_on_what_the_service_leaves_out() {
    let world = World::start();
    let settings = r#"{"Settings":{"OutputGroups":[{"Name":"Files","OutputGroupSettings":{"Type":"FILE_GROUP_SETTINGS","FileGroupSettings":{}},"Outputs":[]}]}}"#;
    template(&world, "Create", None, settings).await;
    {
        let mut media = world.media();
        let group = &mut media.templates.get_mut(&name(settings)).unwrap()["settings"]["outputGroups"][0];
        group.as_object_mut().unwrap().shift_remove("outputs");
        group["outputGroupSettings"].as_object_mut().unwrap().shift_remove("fileGroupSettings");
    }
    for request in ["Create", "Update"] {
        assert_eq!(template(&world, request, Some(&name(settings)), settings).await["Status"], "SUCCESS");
    }
    world.media().templates.get_mut(&name(settings)).unwrap()["settings"] = json!({});
    assert_eq!(template(&world, "Create", None, settings).await["Status"], "SUCCESS");
}

#[tokio::test]
async fn a_creation_that_may_have_happened_can_be_deleted() {
    let world = World::start();
    for _ in 0..3 {
        world.once_below("POST", Answer::error(500, "InternalServerErrorException", "oh"));
    }
    let answer = template(&world, "Create", None, SETTINGS).await;
    assert_eq!((&answer["Status"], &answer["PhysicalResourceId"]), (&json!("FAILED"), &json!(name(SETTINGS))));
}

#[tokio::test]
async fn bad_properties_are_a_reason() {
    let world = World::start();
    for (kind, properties, reason) in [
        (
            Kind::JobTemplate.into_str(),
            json!({"BaseName": "a b", "Settings": OTHER}),
            "`a b` is no base name for a job template",
        ),
        (
            Kind::JobTemplate.into_str(),
            json!({"BaseName": "a", "Settings": "{"}),
            "the settings of job template `a` are not JSON: EOF while parsing an object",
        ),
        (
            Kind::MediaConvertEndpoint.into_str(),
            json!({"Mode": "elsewhere"}),
            "the properties of Custom::MediaConvertEndpoint are wrong: unknown variant `elsewhere`",
        ),
        ("Custom::Other", json!({}), "there is no such custom resource: `Custom::Other` is not one of"),
    ] {
        handle(&world, world.request("Create", kind, None, &properties)).await.unwrap();
        let answer = world.answer();
        assert_eq!(answer["Status"], "FAILED");
        assert!(answer["Reason"].as_str().unwrap().starts_with(reason), "{answer}");
    }
    let mut event = world.request("Create", "Custom::Other", None, &json!({}));
    event["RequestType"] = json!("Destroy");
    handle(&world, event).await.unwrap();
    assert_eq!(world.answer()["Status"], "FAILED");
    assert!(world.calls().is_empty());
}

async fn find_endpoint(world: &World, sdk: &SdkConfig, mode: &str) -> Value {
    let event = world.request("Create", Kind::MediaConvertEndpoint.into_str(), None, &json!({ "Mode": mode }));
    let deadline = Instant::now() + Duration::from_secs(30);
    CustomResource::new(sdk).answer(Invocation { event, deadline }).await.unwrap();
    let answer = world.answer();
    assert_eq!(
        (&answer["Status"], &answer["PhysicalResourceId"]),
        (&json!("SUCCESS"), &json!("mediaconvert-endpoint"))
    );
    answer["Data"]["Url"].clone()
}

#[tokio::test]
async fn the_regional_endpoint_follows_the_partition() {
    let world = World::start();
    for (region, url) in [
        ("eu-west-1", "https://mediaconvert.eu-west-1.amazonaws.com"),
        ("us-gov-west-1", "https://mediaconvert.us-gov-west-1.amazonaws.com"),
        ("cn-northwest-1", "https://subscribe.mediaconvert.cn-northwest-1.amazonaws.com.cn"),
    ] {
        assert_eq!(find_endpoint(&world, &sdk(None, region).build(), "regional").await, url);
    }
    assert!(world.calls().is_empty());
}

#[tokio::test]
async fn the_own_endpoint_is_asked_for_once() {
    let world = World::start();
    let sdk = sdk(Some(&world.url), "eu-west-1").build();
    world.media().own_endpoint = Some("https://abcd.mediaconvert.eu-west-1.amazonaws.com".to_owned());
    assert_eq!(find_endpoint(&world, &sdk, "discover").await, "https://abcd.mediaconvert.eu-west-1.amazonaws.com");
    assert_eq!(world.lines(), ["POST /2017-08-29/endpoints"]);

    for fault in [
        Answer::error(429, "TooManyRequestsException", "slow down"),
        Answer::error(403, "AccessDeniedException", "not allowed"),
    ] {
        world.forget();
        world.once_below("POST", fault);
        assert_eq!(find_endpoint(&world, &sdk, "discover").await, world.url);
        assert_eq!(world.lines(), ["POST /2017-08-29/endpoints"]);
    }
}

async fn purge(world: &World, request_type: &str, group: &str) -> Value {
    let id = format!("purge/{group}");
    let event =
        world.request(request_type, Kind::MediaPackagePurge.into_str(), Some(&id), &json!({ "PackagingGroup": group }));
    handle(world, event).await.unwrap();
    world.answer()
}

#[tokio::test]
async fn a_purge_deletes_all_pages_and_waits_until_they_are_gone() {
    let world = World::start();
    world.media().assets = ["a", "b", "c", "d", "e"].map(|id| (id.to_owned(), None)).into();
    assert_eq!(purge(&world, "Update", "vod").await["Status"], "SUCCESS");
    assert!(world.calls().is_empty());

    world.once_below("DELETE /assets/c", Answer::error(404, "NotFoundException", "gone"));
    world.media().assets.remove("c");
    world.media().assets.insert("c".to_owned(), Some(1));
    assert_eq!(purge(&world, "Delete", "vod").await["Status"], "SUCCESS");
    assert!(world.media().assets.is_empty());
    let lines = world.lines();
    let deletions: Vec<_> = lines.iter().filter(|line| line.starts_with("DELETE")).collect();
    assert_eq!(deletions.len(), 5, "each once: {lines:?}");
    assert_eq!(lines[1], "GET /assets?nextToken=2&packagingGroupId=vod");

    assert_eq!(purge(&world, "Delete", "gone").await["Status"], "SUCCESS");
}

#[tokio::test]
async fn the_answer_is_sent_again_until_it_is_taken() {
    let world = World::start();
    world.once_below("PUT", Answer::error(503, "SlowDown", "later"));
    world.once_below("PUT", Answer::error(500, "InternalError", "oh"));
    template(&world, "Create", None, SETTINGS).await;
    assert_eq!(world.answers().len(), 3);

    world.once_below("PUT", Answer::error(403, "AccessDenied", "expired"));
    let event = world.request("Delete", Kind::JobTemplate.into_str(), Some("x"), &json!({}));
    let failure = handle(&world, event).await.unwrap_err();
    assert_eq!(failure.name().to_string(), "Unreachable");
    let printed = format!("{failure:?} {:?}", lambda_runtime::Diagnostic::from(&failure));
    assert!(printed.contains("the ResponseURL answered 403") && !printed.contains("SECRET"), "{printed}");
    assert_eq!(world.answers().len(), 4, "a refusal is final");
}

#[tokio::test]
async fn an_event_without_an_address_is_invalid() {
    let world = World::start();
    let failure = handle(&world, json!({"RequestType": "Create"})).await.unwrap_err();
    assert_eq!(failure.name().to_string(), "InvalidEvent");
}

#[tokio::test]
async fn a_hanging_service_is_answered_before_the_deadline() {
    let world = World::start();
    world.once_below("POST", Answer::Hang);
    let properties = json!({"BaseName": "vod_1080p", "Settings": SETTINGS});
    let event = world.request("Create", Kind::JobTemplate.into_str(), None, &properties);
    let deadline = Instant::now() + Duration::from_secs(2);
    let handler = CustomResource::new(&sdk(Some(&world.url), "eu-west-1").build());
    handler.answer(Invocation { event, deadline }).await.unwrap();
    assert!(Instant::now() < deadline);
    let answer = world.answer();
    assert_eq!((&answer["Status"], &answer["PhysicalResourceId"]), (&json!("FAILED"), &json!(name(SETTINGS))));
    assert!(answer["Reason"].as_str().unwrap().starts_with("the function ran out of time while it tried to create"));
}

/// Panics where the SDK asks it for credentials, in the middle of a call.
#[derive(Debug)]
struct Panics;

impl ProvideCredentials for Panics {
    fn provide_credentials<'a>(&'a self) -> aws_credential_types::provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        panic!("no credentials today")
    }
}

#[tokio::test]
async fn a_panic_is_answered() {
    let world = World::start();
    let sdk = sdk(Some(&world.url), "eu-west-1");
    let sdk = sdk.credentials_provider(aws_sdk_mediaconvert::config::SharedCredentialsProvider::new(Panics)).build();
    let properties = json!({"BaseName": "vod_1080p", "Settings": SETTINGS});
    let event = world.request("Create", Kind::JobTemplate.into_str(), None, &properties);
    let deadline = Instant::now() + Duration::from_secs(30);
    CustomResource::new(&sdk).answer(Invocation { event, deadline }).await.unwrap();
    let answer = world.answer();
    assert_eq!((&answer["Status"], &answer["PhysicalResourceId"]), (&json!("FAILED"), &json!(name(SETTINGS))));
    assert!(answer["Reason"].as_str().unwrap().ends_with("no credentials today"), "{answer}");
}
