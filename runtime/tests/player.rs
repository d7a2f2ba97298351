//! The player's custom resource, against a bucket with versions.

use std::time::Duration;

use crate::support::{Bucket, NAME};
use pipeline::{
    contract::{Handler, Variable},
    custom_resource::{Kind, PlayerProperties},
    player::{self, FILES},
};
use runtime::{
    handler::Invocation,
    handlers::custom_resource::{CustomResource, DenialRetry},
};
use serde_json::{Value, json};
use testing::s3::Missing;

const OLD: &str = "0123456789abcdef";

/// The properties of a page with this version.
fn page(version: &str) -> PlayerProperties {
    PlayerProperties {
        bucket: NAME.to_owned(),
        version: version.to_owned(),
        files: player::FINGERPRINT.to_owned(),
        index: format!("<title>{version}</title>"),
    }
}

async fn ask(bucket: &Bucket, request_type: &str, id: Option<&str>, page: &PlayerProperties) -> Value {
    let event = json!({
        "RequestType": request_type, "ResponseURL": format!("{}/answer", bucket.url), "StackId": "s", "RequestId": "r",
        "LogicalResourceId": "PlayerPage", "PhysicalResourceId": id, "ResourceType": Kind::Player.into_str(),
        "ResourceProperties": page,
    });
    bucket.call(Handler::CustomResource, &[], event).await.unwrap();
    bucket.answer()
}

fn id(version: &str) -> String {
    format!("player/{version}")
}

#[tokio::test]
async fn the_page_is_installed_as_viewers_need_it() {
    let bucket = Bucket::start();
    let version = player::version(player::FINGERPRINT, "Videos");
    for _ in 0..2 {
        let answer = ask(&bucket, "Create", None, &page(&version)).await;
        assert_eq!((&answer["Status"], &answer["PhysicalResourceId"]), (&json!("SUCCESS"), &json!(id(&version))));
    }
    assert_eq!(bucket.keys().len(), 1 + 16 + FILES.len());
    let index = bucket.object("index.html").unwrap();
    assert_eq!(index.bytes, page(&version).index.as_bytes());
    assert_eq!(index.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(index.header("cache-control"), "public, max-age=60");
    let script = bucket.object(&format!("player/{version}/main.js")).unwrap();
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
    assert!(script.header("cache-control").contains("immutable"));
    for file in FILES {
        assert_eq!(bucket.object(&format!("player/{version}/{}", file.path)).unwrap().bytes, file.content);
    }
    assert_eq!(bucket.object("catalogue/f.json").unwrap().json(), json!({"videos": []}));
}

#[tokio::test]
async fn an_update_and_its_rollback_leave_a_page_that_works() {
    let bucket = Bucket::start();
    let new = player::version(player::FINGERPRINT, "Videos");
    ask(&bucket, "Create", None, &page(OLD)).await;
    ask(&bucket, "Update", Some(&id(OLD)), &page(&new)).await;
    assert_eq!(bucket.object("index.html").unwrap().bytes, page(&new).index.as_bytes());
    assert!(bucket.object(&format!("player/{OLD}/main.js")).is_some(), "the old one is there until the clean-up");

    // The rollback may come to a function that has other files by now.
    let old = PlayerProperties { files: "of-another-build".to_owned(), ..page(OLD) };
    ask(&bucket, "Update", Some(&id(&new)), &old).await;
    assert_eq!(ask(&bucket, "Delete", Some(&id(&new)), &page(&new)).await["Status"], "SUCCESS");
    assert_eq!(bucket.object("index.html").unwrap().bytes, old.index.as_bytes());
    assert!(bucket.object(&format!("player/{OLD}/main.js")).is_some());
    assert!(!bucket.keys().iter().any(|key| key.contains(&new)));
    assert_eq!(bucket.keys().len(), 1 + 16 + FILES.len());
}

#[tokio::test]
async fn a_deletion_leaves_the_bucket_as_it_was() {
    for missing in [Missing::Forbidden, Missing::NotFound] {
        let bucket = Bucket::start();
        bucket.s3().missing = missing;
        for _ in 0..2 {
            ask(&bucket, "Create", None, &page(OLD)).await;
        }
        for _ in 0..2 {
            assert_eq!(ask(&bucket, "Delete", Some(&id(OLD)), &page(OLD)).await["Status"], "SUCCESS");
            assert!(bucket.keys().is_empty(), "{:?}", bucket.keys());
        }
    }
}

#[tokio::test]
async fn videos_stay_in_the_catalogue() {
    let bucket = Bucket::start();
    ask(&bucket, "Create", None, &page(OLD)).await;
    let environment = [
        (Variable::WorkflowTable, "table"),
        (Variable::WorkflowName, "vod"),
        (Variable::TopicArn, "arn:aws:sns:eu-west-1:111122223333:vod"),
        (Variable::CatalogueBucket, NAME),
    ];
    let report = json!({"guid": "b7", "function": "encode", "srcVideo": "film.mp4", "error": "no"});
    bucket.call(Handler::ErrorHandler, &environment, report).await.unwrap();
    ask(&bucket, "Update", Some(&id(OLD)), &page(OLD)).await;
    assert_eq!(bucket.object("catalogue/b.json").unwrap().json()["videos"][0]["title"], "film");
    ask(&bucket, "Delete", Some(&id(OLD)), &page(OLD)).await;
    assert_eq!(bucket.keys(), ["catalogue/b.json"]);
}

#[tokio::test]
async fn what_only_begins_like_the_page_stays() {
    let bucket = Bucket::start();
    ask(&bucket, "Create", None, &page(OLD)).await;
    let others =
        ["catalogue/3.json.bak", "index.html.bak", "index.html/a", &format!("player/{OLD}-mine/a"), "player/readme"];
    {
        let mut s3 = bucket.s3();
        let one = s3.objects[&format!("/{NAME}/index.html")].clone();
        s3.objects.extend(others.map(|key| (format!("/{NAME}/{key}"), one.clone())));
    }
    assert_eq!(ask(&bucket, "Delete", Some(&id(OLD)), &page(OLD)).await["Status"], "SUCCESS");
    assert_eq!(bucket.keys(), others);
}

#[tokio::test]
async fn a_write_that_meets_another_one_is_tried_again() {
    let bucket = Bucket::start();
    bucket.fail("catalogue/3.json", 409, "ConditionalRequestConflict");
    assert_eq!(ask(&bucket, "Create", None, &page(OLD)).await["Status"], "SUCCESS");
    assert_eq!(bucket.object("catalogue/3.json").unwrap().json(), json!({"videos": []}));
}

#[tokio::test]
async fn a_page_is_installed_once_a_new_permission_has_arrived() {
    let bucket = Bucket::start();
    bucket.deny(Duration::from_millis(400));
    let retry = DenialRetry {
        timeout: Duration::from_millis(900),
        first_backoff: Duration::from_millis(20),
        max_backoff: Duration::from_millis(100),
    };
    bucket.called_by(Handler::CustomResource.into_str());
    let handler = CustomResource::new(&bucket.sdk()).with_retry(retry);
    let event = json!({
        "RequestType": "Create", "ResponseURL": format!("{}/answer", bucket.url), "StackId": "s", "RequestId": "r",
        "LogicalResourceId": "PlayerPage", "ResourceType": Kind::Player.into_str(), "ResourceProperties": page(OLD),
    });
    let deadline = tokio::time::Instant::now() + Duration::from_mins(1);
    handler.answer(Invocation { event, deadline }).await.unwrap();
    assert_eq!(bucket.answer()["Status"], "SUCCESS", "{}", bucket.answer());
    assert!(bucket.object("index.html").is_some());
}

#[tokio::test]
async fn a_failed_creation_is_cleaned_up_by_its_id() {
    let bucket = Bucket::start();
    bucket.fail("index.html", 400, "Fault");
    let answer = ask(&bucket, "Create", None, &page(OLD)).await;
    assert_eq!(answer["Status"], "FAILED");
    assert!(answer["Reason"].as_str().unwrap().contains("index.html"), "{answer}");
    let left = answer["PhysicalResourceId"].as_str().unwrap().to_owned();
    ask(&bucket, "Delete", Some(&left), &page(OLD)).await;
    assert!(bucket.keys().is_empty(), "{:?}", bucket.keys());
}
