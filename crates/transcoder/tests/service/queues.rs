//! Queues, and which job runs when.

use serde_json::{Value, json};

use crate::service::harness::{PREFIX, Server, job, until};

fn in_queue(plan: &str, queue: &str, priority: i64) -> Value {
    let mut job = job(plan);
    job["queue"] = json!(queue);
    job["priority"] = json!(priority);
    job
}

#[test]
fn the_highest_priority_runs_first_and_then_the_oldest() {
    let server = Server::start();
    server.put("/queues/Default", &json!({ "status": "PAUSED" }));
    let jobs = [("ok-1", 0), ("ok-2", -50), ("ok-3", 50), ("ok-4", 0), ("ok-5", 50)];
    let ids = jobs.map(|(plan, priority)| server.submit(&in_queue(plan, "Default", priority)));
    assert_eq!(server.get("/queues/Default")["queue"]["submittedJobsCount"], 5);
    std::thread::sleep(std::time::Duration::from_millis(100));
    assert!(server.started(0).is_empty(), "a paused queue starts nothing");
    server.put("/queues/Default", &json!({ "status": "ACTIVE" }));
    for id in &ids {
        server.wait(id, "COMPLETE");
    }
    assert_eq!(server.started(5), ["ok-3", "ok-5", "ok-1", "ok-4", "ok-2"]);
}

#[test]
fn each_queue_runs_as_many_jobs_as_it_may() {
    let server = Server::start_with(3);
    server.post("/queues", &json!({ "name": "narrow", "concurrentJobs": 1 }));
    let narrow = [1, 2].map(|at| server.submit(&in_queue(&format!("held-n{at}"), "narrow", 0)));
    let wide = [1, 2, 3].map(|at| server.submit(&in_queue(&format!("held-w{at}"), "Default", 0)));
    server.started(3);
    let progressing = |queue: &str| server.get(&format!("/queues/{queue}"))["queue"]["progressingJobsCount"].clone();
    assert_eq!((progressing("narrow"), progressing("Default")), (json!(1), json!(2)));
    server.script.go.release(5);
    for id in narrow.iter().chain(&wide) {
        server.wait(id, "COMPLETE");
    }
}

#[test]
fn a_job_hops_when_it_has_waited_long_enough() {
    let server = Server::start();
    server.post("/queues", &json!({ "name": "stuck", "status": "PAUSED" }));
    let mut asked = in_queue("ok", "stuck", 0);
    asked["hopDestinations"] = json!([{ "waitMinutes": 3, "priority": 9 }]);
    let id = server.submit(&asked);
    let done = server.wait(&id, "COMPLETE");
    assert_eq!((&done["queue"], &done["priority"]), (&json!(format!("{PREFIX}:queues/Default")), &json!(9)));
    let transition = &done["queueTransitions"][0];
    assert_eq!(transition["sourceQueue"], format!("{PREFIX}:queues/stuck"));
    assert_eq!(transition["destinationQueue"], format!("{PREFIX}:queues/Default"));
    let event = &server.events(&id, &["QUEUE_HOP"])[0];
    assert_eq!(event["previousQueue"], format!("{PREFIX}:queues/stuck"));
    assert_eq!((&event["priority"], &event["previousPriority"]), (&json!(9), &json!(0)));
    crate::service::samples::assert_has_the_members_of_awss(event);
}

#[test]
fn a_job_that_cannot_hop_is_warned_and_stays() {
    let server = Server::start();
    server.post("/queues", &json!({ "name": "stuck", "status": "PAUSED" }));
    server.post("/queues", &json!({ "name": "gone" }));
    let mut asked = in_queue("ok", "stuck", 0);
    asked["hopDestinations"] = json!([{ "waitMinutes": 2, "queue": "gone" }]);
    let id = server.submit(&asked);
    assert_eq!(server.send("DELETE", "/queues/gone", "").status, 202);
    let event = &server.events(&id, &["NEW_WARNING"])[0];
    assert_eq!(event["warningMessage"], "the job cannot hop: there is no queue `gone`");
    assert_eq!(server.job(&id)["status"], "SUBMITTED");
}

#[test]
fn impossible_hops_are_refused() {
    let server = Server::start();
    for hop in [json!({}), json!({ "waitMinutes": 0 }), json!({ "waitMinutes": 4321 })] {
        server.send("POST", "/queues", r#"{"name": "other"}"#);
        let mut asked = in_queue("ok", "other", 0);
        asked["hopDestinations"] = json!([hop]);
        let (status, _, message) = server.refusal("POST", "/jobs", &asked);
        assert_eq!(status, 400);
        assert!(message.contains("WaitMinutes"), "{message}");
    }
    let mut asked = in_queue("ok", "Default", 0);
    asked["hopDestinations"] = json!([{ "waitMinutes": 1, "queue": "Default" }]);
    assert!(server.refusal("POST", "/jobs", &asked).2.contains("already"));
}

#[test]
fn queues_are_kept_with_what_was_asked() {
    let server = Server::start_with(4);
    let created =
        server.post("/queues", &json!({ "name": "q", "description": "d", "tags": { "a": "b" } }))["queue"].clone();
    assert_eq!((&created["type"], &created["concurrentJobs"]), (&json!("CUSTOM"), &json!(4)));
    let reserved = json!({
        "name": "r", "pricingPlan": "RESERVED",
        "reservationPlanSettings": { "commitment": "ONE_YEAR", "renewalType": "EXPIRE", "reservedSlots": 2 }
    });
    let reserved = server.post("/queues", &reserved)["queue"].clone();
    assert_eq!((&reserved["reservationPlan"]["status"], &reserved["concurrentJobs"]), (&json!("ACTIVE"), &json!(2)));
    let updated = server.put("/queues/q", &json!({ "description": "e", "concurrentJobs": 2 }))["queue"].clone();
    assert_eq!((&updated["description"], &updated["concurrentJobs"]), (&json!("e"), &json!(2)));
    let names = |query: &str| {
        let list = server.get(&format!("/queues?{query}"));
        list["queues"].as_array().unwrap().iter().map(|queue| queue["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names("listBy=NAME&order=DESCENDING"), ["r", "q", "Default"]);
    assert_eq!(server.refusal("POST", "/queues", &json!({ "name": "q" })).1, "ConflictException");
    for refused in [
        json!({}),
        json!({ "name": "" }),
        json!({ "name": "System-x" }),
        json!({ "name": "x", "status": "IDLE" }),
        json!({ "name": "x", "concurrentJobs": 0 }),
        json!({ "name": "x", "concurrentJobs": "1" }),
        json!({ "name": "x", "maximumConcurrentFeeds": -1 }),
        json!({ "name": "x", "pricingPlan": "RESERVED" }),
        json!({ "name": "x", "color": "red" }),
        json!({ "Name": "x" }),
    ] {
        assert_eq!(server.refusal("POST", "/queues", &refused).1, "BadRequestException", "{refused}");
    }
}

#[test]
fn queues_in_use_stay() {
    let server = Server::start();
    assert_eq!(server.refusal("DELETE", "/queues/Default", &Value::Null).1, "BadRequestException");
    server.post("/queues", &json!({ "name": "q" }));
    let id = server.submit(&in_queue("held", "q", 0));
    server.wait(&id, "PROGRESSING");
    assert_eq!(server.refusal("DELETE", "/queues/q", &Value::Null).1, "ConflictException");
    server.script.go.release(1);
    server.wait(&id, "COMPLETE");
    until(|| server.send("DELETE", "/queues/q", "").status == 202, || "the queue goes".to_owned());
}
