//! Tags.

use serde_json::{Value, json};

use crate::service::harness::{PREFIX, Server, job, output, settings};

#[test]
fn every_kind_of_resource_is_tagged_and_untagged() {
    let server = Server::start();
    let mut preset = output();
    preset.as_object_mut().unwrap().remove("nameModifier");
    let tags = json!({ "a": "1", "B b": "2" });
    let mut asked = job("ok");
    asked["tags"] = tags.clone();
    let id = server.submit(&asked);
    server.post("/queues", &json!({ "name": "q", "tags": tags }));
    server.post("/presets", &json!({ "name": "p", "settings": preset, "tags": tags }));
    let groups = &settings("ok")["outputGroups"];
    server.post("/jobTemplates", &json!({ "name": "t", "settings": { "outputGroups": groups }, "tags": tags }));
    for resource in [format!("jobs/{id}"), "queues/q".to_owned(), "presets/p".to_owned(), "jobTemplates/t".to_owned()] {
        let arn = format!("{PREFIX}:{resource}");
        let path = format!("/tags/{}", arn.replace(':', "%3A").replace('/', "%2F"));
        let listed = || server.get(&path)["resourceTags"].clone();
        assert_eq!(listed(), json!({ "arn": arn, "tags": tags }));
        assert_eq!(server.get(&format!("/tags/{arn}"))["resourceTags"]["arn"], arn, "also when nothing is escaped");
        let answer = server.send("POST", "/tags", &json!({ "arn": arn, "tags": { "a": "3", "c": "" } }).to_string());
        assert_eq!(answer.status, 200);
        assert_eq!(listed()["tags"], json!({ "B b": "2", "a": "3", "c": "" }));
        server.put(&path, &json!({ "tagKeys": ["a", "none"] }));
        assert_eq!(listed()["tags"], json!({ "B b": "2", "c": "" }));
    }
}

#[test]
fn tags_that_aws_would_not_take_are_refused() {
    let server = Server::start();
    let arn = format!("{PREFIX}:queues/Default");
    let refused = |tags: Value| server.refusal("POST", "/tags", &json!({ "arn": arn, "tags": tags })).1;
    assert_eq!(refused(json!({ "": "x" })), "BadRequestException");
    assert_eq!(refused(json!({ "aws:x": "x" })), "BadRequestException");
    assert_eq!(refused(json!({ "x": "y".repeat(257) })), "BadRequestException");
    let many = (0..51).map(|at| (at.to_string(), json!("x")));
    assert_eq!(refused(Value::Object(many.collect())), "BadRequestException");
    assert_eq!(refused(json!({ "x": 1 })), "BadRequestException");
    let elsewhere = json!({ "arn": "arn:aws:mediaconvert:eu-west-1:999999999999:queues/Default", "tags": {} });
    assert_eq!(server.refusal("POST", "/tags", &elsewhere).1, "BadRequestException");
    let missing = json!({ "arn": format!("{PREFIX}:queues/none"), "tags": {} });
    assert_eq!(server.refusal("POST", "/tags", &missing).1, "NotFoundException");
}
