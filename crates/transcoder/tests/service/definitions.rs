//! Job templates and presets.

use serde_json::{Value, json};

use crate::service::harness::{PREFIX, Server, output, settings};

fn preset(name: &str) -> Value {
    let mut settings = output();
    settings.as_object_mut().unwrap().remove("nameModifier");
    json!({ "name": name, "category": "films", "settings": settings })
}

fn template(name: &str) -> Value {
    json!({ "name": name, "settings": { "outputGroups": settings("ok")["outputGroups"] } })
}

#[test]
fn a_template_is_made_read_changed_and_deleted() {
    let server = Server::start();
    let created = server.post("/jobTemplates", &template("a b/c"))["jobTemplate"].clone();
    assert_eq!((&created["arn"], &created["type"]), (&json!(format!("{PREFIX}:jobTemplates/a b/c")), &json!("CUSTOM")));
    assert_eq!(created["settings"], template("")["settings"]);
    assert_eq!(server.get("/jobTemplates/a%20b%2Fc")["jobTemplate"], created);
    let change = json!({ "description": "d", "priority": 3 });
    let changed = server.put("/jobTemplates/a%20b%2Fc", &change)["jobTemplate"].clone();
    assert_eq!((&changed["description"], &changed["priority"]), (&json!("d"), &json!(3)));
    assert_eq!(changed["settings"], created["settings"], "what is not named stays");
    let (status, error, message) = server.refusal("PUT", "/jobTemplates/a%20b%2Fc", &json!({ "priority": 51 }));
    assert_eq!((status, error.as_str(), message.as_str()), (400, "BadRequestException", "Priority: 51 is above 50"));
    assert_eq!(server.refusal("POST", "/jobTemplates", &template("a b/c")).1, "ConflictException");
    assert_eq!(server.send("DELETE", "/jobTemplates/a%20b%2Fc", "").status, 202);
    assert_eq!(server.refusal("GET", "/jobTemplates/a%20b%2Fc", &Value::Null).1, "NotFoundException");
}

#[test]
fn rules_between_settings_hold_for_changes_too() {
    let server = Server::start();
    server.post("/presets", &preset("p"));
    let mut settings = preset("p")["settings"].clone();
    settings["videoDescription"]["codecSettings"]["h264Settings"] = json!({ "rateControlMode": "QVBR" });
    let (status, _, message) = server.refusal("PUT", "/presets/p", &json!({ "settings": settings }));
    assert_eq!(status, 400);
    assert!(message.contains("MaxBitrate"), "{message}");
    settings["videoDescription"]["width"] = json!(641);
    assert_eq!(server.refusal("POST", "/presets", &json!({ "name": "q", "settings": settings })).0, 400);
}

#[test]
fn lists_come_in_pages_by_name_by_date_and_by_category() {
    let server = Server::start();
    for at in (0..23).rev() {
        server.post("/presets", &preset(&format!("p{at:02}")));
    }
    let mut other = preset("a");
    other["category"] = json!("others");
    server.post("/presets", &other);
    let listed = |query: &str| {
        let page = server.get(&format!("/presets?{query}"));
        let names =
            page["presets"].as_array().unwrap().iter().map(|preset| preset["name"].as_str().unwrap().to_owned());
        (names.collect::<Vec<_>>(), page["nextToken"].as_str().map(str::to_owned))
    };
    assert_eq!(listed("category=others").0, ["a"]);
    assert_eq!(listed("listBy=SYSTEM").0, Vec::<String>::new());
    assert_eq!(listed("listBy=CREATION_DATE&order=DESCENDING&maxResults=2").0, ["a", "p00"]);
    let (mut all, mut token) = listed("category=films&maxResults=10");
    while let Some(next) = token {
        let (page, following) = listed(&format!("category=films&maxResults=10&nextToken={next}"));
        assert!(!page.is_empty());
        all.extend(page);
        token = following;
    }
    assert_eq!(all, (0..23).map(|at| format!("p{at:02}")).collect::<Vec<_>>());
}

#[test]
fn names_that_are_not_to_be_had_are_refused() {
    let server = Server::start();
    for name in ["", "System-mine"] {
        assert_eq!(server.refusal("POST", "/presets", &preset(name)).1, "BadRequestException");
        assert_eq!(server.refusal("POST", "/jobTemplates", &template(name)).1, "BadRequestException");
    }
}

#[test]
fn bodies_that_are_no_requests_are_refused() {
    let server = Server::start();
    for body in ["", "{", "[]", "null", "3", r#"{"Name": "p"}"#, r#"{"name": "p", "Settings": {}}"#] {
        let answer = server.send("POST", "/presets", body);
        assert_eq!((answer.status, answer.error.as_str()), (400, "BadRequestException"), "{body}");
        assert!(!answer.body["message"].as_str().unwrap().is_empty());
    }
    let deep = "[".repeat(10_000);
    assert_eq!(server.send("POST", "/presets", &deep).error, "BadRequestException");
}
