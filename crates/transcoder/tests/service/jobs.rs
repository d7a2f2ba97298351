//! Creating jobs, finding them, and what they are made of.

use serde_json::{Value, json};

use crate::service::harness::{PREFIX, Server, job, output, settings};

fn bad(server: &Server, job: &Value) -> String {
    let (status, error, message) = server.refusal("POST", "/jobs", job);
    assert_eq!((status, error.as_str()), (400, "BadRequestException"), "{message}");
    message
}

#[test]
fn a_job_runs_to_its_end() {
    let server = Server::start();
    let created = server.post("/jobs", &job("ok"))["job"].clone();
    assert_eq!(created["status"], "SUBMITTED");
    let id = created["id"].as_str().unwrap();
    assert_eq!(created["arn"], format!("{PREFIX}:jobs/{id}"));
    let mut done = server.wait(id, "COMPLETE");
    assert!(done["timing"]["finishTime"].as_u64() >= done["timing"]["startTime"].as_u64());
    for member in ["id", "arn", "createdAt", "timing"] {
        done[member] = json!("…");
    }
    insta::assert_json_snapshot!(done);
    let folder = server.script.scratches.lock().unwrap()[0].clone();
    assert!(!folder.exists(), "work files are removed");
}

#[test]
fn settings_may_name_files_where_these_are_allowed() {
    let server = Server::start();
    let mut asked = job("ok");
    asked["settings"]["inputs"][0]["fileInput"] = json!("file:///films/ok.mp4");
    asked["settings"]["outputGroups"][0]["outputGroupSettings"]["hlsGroupSettings"]["destination"] =
        json!("file:///films/out/");
    let id = server.submit(&asked);
    let done = server.wait(&id, "COMPLETE");
    assert_eq!(done["settings"], asked["settings"]);
    assert_eq!(server.events(&id, &["INPUT_INFORMATION"])[0]["inputDetails"][0]["uri"], "file:///films/ok.mp4");
    asked["settings"]["inputs"][0]["fileInput"] = json!("ftp://films/ok.mp4");
    assert!(bad(&server, &asked).contains("pattern"));
}

#[test]
fn a_failed_job_says_why() {
    let server = Server::start();
    let (bad, broken) = (server.submit(&job("bad")), server.submit(&job("broken")));
    let bad = server.wait(&bad, "ERROR");
    assert_eq!((&bad["errorCode"], &bad["errorMessage"]), (&json!(1404), &json!("there is no s3://in/bad.mp4")));
    let broken = server.wait(&broken, "ERROR");
    assert_eq!(broken["errorCode"], 1999, "{broken}");
}

#[test]
fn the_same_token_makes_no_second_job_for_a_while() {
    let server = Server::start();
    let mut asked = job("held");
    asked["clientRequestToken"] = json!("token");
    let first = server.submit(&asked);
    assert_eq!(server.submit(&asked), first);
    asked["clientRequestToken"] = json!("other");
    assert_ne!(server.submit(&asked), first);
    asked["clientRequestToken"] = json!("token");
    std::thread::sleep(std::time::Duration::from_millis(2100));
    assert_ne!(server.submit(&asked), first, "the token is forgotten");
    asked["clientRequestToken"] = json!("x".repeat(65));
    assert!(bad(&server, &asked).starts_with("ClientRequestToken"));
}

#[test]
fn a_template_lies_below_the_job() {
    let server = Server::start();
    server.post("/queues", &json!({ "name": "own" }));
    let mut template = settings("ok");
    template["inputs"] = json!([{ "timecodeSource": "ZEROBASED" }]);
    server.post("/jobTemplates", &json!({ "name": "t", "priority": 7, "queue": "own", "settings": template }));
    let asked = json!({
        "role": "arn:aws:iam::111122223333:role/r",
        "jobTemplate": "t",
        "settings": { "inputs": [{ "fileInput": "s3://in/ok.mp4" }] }
    });
    let job = server.post("/jobs", &asked)["job"].clone();
    assert_eq!((&job["priority"], &job["queue"]), (&json!(7), &json!(format!("{PREFIX}:queues/own"))));
    assert_eq!(job["jobTemplate"], "t");
    assert_eq!(job["settings"]["inputs"], json!([{ "timecodeSource": "ZEROBASED", "fileInput": "s3://in/ok.mp4" }]));
    assert_eq!(job["settings"]["outputGroups"], template["outputGroups"]);
    let mut other = asked.clone();
    other["jobTemplate"] = json!("nowhere");
    assert_eq!(bad(&server, &other), "there is no job template `nowhere`");
    let mut pairs = asked.clone();
    pairs["jobTemplate"] = json!(format!("{PREFIX}:presets/t"));
    assert!(bad(&server, &pairs).contains("not the ARN of a job template"));
}

#[test]
fn the_rules_hold_for_job_and_template_together() {
    let server = Server::start();
    server
        .post("/jobTemplates", &json!({ "name": "t", "settings": { "outputGroups": settings("ok")["outputGroups"] } }));
    let mut group = settings("ok")["outputGroups"][0].clone();
    group["outputGroupSettings"]["hlsGroupSettings"] = json!({ "destination": "s3://out/", "segmentLength": 3 });
    group.as_object_mut().unwrap().remove("outputs");
    let asked = json!({
        "role": "arn:aws:iam::111122223333:role/r",
        "jobTemplate": "t",
        "settings": { "inputs": [{ "fileInput": "s3://in/ok.mp4" }], "outputGroups": [group] }
    });
    assert!(bad(&server, &asked).contains("SegmentLength"), "the template's groups of pictures last two seconds");
}

#[test]
fn presets_fill_outputs_and_must_exist() {
    let server = Server::start();
    let mut preset = output();
    preset.as_object_mut().unwrap().remove("nameModifier");
    server.post("/presets", &json!({ "name": "p", "settings": preset }));
    let mut asked = job("ok");
    asked["settings"]["outputGroups"][0]["outputs"] = json!([{ "preset": "p", "nameModifier": "_a" }]);
    let created = server.post("/jobs", &asked)["job"].clone();
    assert_eq!(created["settings"]["outputGroups"][0]["outputs"], json!([{ "preset": "p", "nameModifier": "_a" }]));
    server.wait(created["id"].as_str().unwrap(), "COMPLETE");
    asked["settings"]["outputGroups"][0]["outputs"][0]["preset"] = json!("System-Generic");
    assert_eq!(bad(&server, &asked), "there is no preset `System-Generic`");
}

#[test]
fn incomplete_jobs_are_refused() {
    let server = Server::start();
    let change = |place: &str, value: Value| {
        let mut asked = job("ok");
        *asked.pointer_mut(place).unwrap() = value;
        bad(&server, &asked)
    };
    assert!(change("/settings/inputs", json!([])).contains("needs an input"));
    assert!(change("/settings/inputs/0", json!({})).contains("Inputs[0].FileInput"));
    assert!(change("/settings/outputGroups", json!([])).contains("needs an output group"));
    assert!(change("/settings/outputGroups/0/outputs", json!([])).contains("needs an output"));
    assert!(change("/settings/outputGroups/0/outputs/0", json!({})).contains("video, audio or captions"));
    assert!(
        change(
            "/settings/outputGroups/0/outputGroupSettings/hlsGroupSettings",
            json!({"segmentLength": 4, "minSegmentLength": 0})
        )
        .contains("HlsGroupSettings.Destination")
    );
    assert!(change("/role", json!("me")).contains("Role"));
}

#[test]
fn jobs_are_listed_and_searched_newest_first() {
    let server = Server::start();
    server.put("/queues/Default", &json!({ "status": "PAUSED" }));
    server.post("/queues", &json!({ "name": "other" }));
    let mut ids: Vec<String> = (0..25).map(|at| server.submit(&job(&format!("ok-{at}")))).collect();
    let mut elsewhere = job("ok-elsewhere");
    elsewhere["queue"] = json!(format!("{PREFIX}:queues/other"));
    let elsewhere = server.submit(&elsewhere);
    server.wait(&elsewhere, "COMPLETE");
    let listed = |path: &str| {
        let page = server.get(path);
        let jobs = page["jobs"].as_array().unwrap().iter();
        (jobs.map(|job| job["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>(), page["nextToken"].clone())
    };
    assert_eq!(listed("/jobs?queue=other").0, std::slice::from_ref(&elsewhere));
    assert_eq!(listed("/jobs?status=COMPLETE").0, [elsewhere]);
    assert_eq!(listed("/search?inputFile=ok-7&status=SUBMITTED").0, [ids[7].clone()]);
    let (first, next) = listed("/jobs?queue=Default");
    let (second, end) = listed(&format!("/jobs?queue=Default&nextToken={}", next.as_str().unwrap()));
    assert_eq!((first.len(), second.len(), end), (20, 5, Value::Null));
    let (oldest, _) = listed("/jobs?queue=Default&order=ASCENDING&maxResults=3");
    assert_eq!(oldest, ids[..3]);
    ids.reverse();
    assert_eq!([first, second].concat(), ids);
    for query in
        ["maxResults=21", "maxResults=0", "maxResults=x", "order=UP", "status=DONE", "nextToken=%C3%BC", "color=red"]
    {
        let (status, error, _) = server.refusal("GET", &format!("/jobs?{query}"), &Value::Null);
        assert_eq!((status, error.as_str()), (400, "BadRequestException"), "{query}");
    }
}

#[test]
fn canceling_ends_waiting_and_running_jobs() {
    let server = Server::start();
    let (running, waiting) = (server.submit(&job("held")), server.submit(&job("ok-waiting")));
    server.wait(&running, "PROGRESSING");
    for id in [&waiting, &running] {
        assert_eq!(server.send("DELETE", &format!("/jobs/{id}"), "").status, 202);
        assert_eq!(server.job(id)["status"], "CANCELED");
        assert_eq!(server.events(id, &["CANCELED"]).len(), 1);
    }
    let (status, error, _) = server.refusal("DELETE", &format!("/jobs/{running}"), &Value::Null);
    assert_eq!((status, error.as_str()), (409, "ConflictException"));
    let next = server.submit(&job("ok-next"));
    server.wait(&next, "COMPLETE");
    assert_eq!(server.started(2), ["held", "ok-next"], "the place is free again; what was canceled never ran");
    assert_eq!(server.job(&running)["status"], "CANCELED", "what the engine says later changes nothing");
}

#[test]
fn a_canceled_job_holds_its_place_until_the_engine_has_stopped() {
    let server = Server::start();
    let deaf = server.submit(&job("deaf"));
    server.wait(&deaf, "PROGRESSING");
    server.send("DELETE", &format!("/jobs/{deaf}"), "");
    let next = server.submit(&job("ok"));
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(server.job(&next)["status"], "SUBMITTED");
    server.script.go.release(1);
    server.wait(&next, "COMPLETE");
    assert_eq!(server.job(&deaf)["status"], "CANCELED");
}

#[test]
fn what_is_not_there_is_not_found() {
    let server = Server::start();
    for (method, path) in [
        ("GET", "/jobs/0-a"),
        ("DELETE", "/jobs/0-a"),
        ("GET", "/jobTemplates/t"),
        ("PUT", "/jobTemplates/t"),
        ("DELETE", "/jobTemplates/t"),
        ("GET", "/presets/p"),
        ("PUT", "/presets/p"),
        ("DELETE", "/presets/p"),
        ("GET", "/queues/q"),
        ("PUT", "/queues/q"),
        ("DELETE", "/queues/q"),
    ] {
        let (status, error, message) = server.refusal(method, path, &Value::Null);
        assert_eq!((status, error.as_str()), (404, "NotFoundException"), "{method} {path}: {message}");
    }
    for (method, path) in [("GET", "/nothing"), ("PATCH", "/jobs")] {
        assert_eq!(server.refusal(method, path, &Value::Null).1, "UnknownOperationException");
    }
    let unsigned = ureq::get(format!("{}/jobs", server.url)).call().unwrap_err();
    assert_eq!(unsigned.to_string(), "http status: 403");
}

#[test]
fn files_are_looked_into_and_the_endpoint_is_this_one() {
    let server = Server::start();
    let probe = |body: Value| server.send("POST", "/probe", &body.to_string());
    let found = probe(json!({ "inputFiles": [{ "fileUrl": "s3://in/a.mp4" }] }));
    assert_eq!((found.status, &found.body["probeResults"][0]["container"]["format"]), (200, &json!("mp4")));
    let missing = probe(json!({ "inputFiles": [{ "fileUrl": "s3://in/missing.mp4" }] }));
    assert_eq!((missing.status, missing.error.as_str()), (422, "UnprocessableEntityException"));
    assert_eq!(probe(json!({})).error, "BadRequestException");
    assert_eq!(probe(json!({ "inputFiles": [{}] })).error, "BadRequestException");
    let endpoints = server.send("POST", "/endpoints", "{}").body;
    assert_eq!(format!("{}/2017-08-29", endpoints["endpoints"][0]["url"].as_str().unwrap()), server.url);
}
