//! What a restart finds.

use std::sync::Arc;

use serde_json::json;

use crate::service::harness::{Server, job, output, until};

fn again(server: Server) -> Server {
    Server::on(server.kill(), 1)
}

#[test]
fn what_was_made_is_there_again() {
    let server = Server::start();
    let mut preset = output();
    preset.as_object_mut().unwrap().remove("nameModifier");
    server.post("/queues", &json!({ "name": "q", "status": "PAUSED" }));
    server.post("/presets", &json!({ "name": "p", "settings": preset, "tags": { "a": "b" } }));
    let mut waiting = job("ok-waiting");
    waiting["queue"] = json!("q");
    let (done, waiting) = (server.submit(&job("ok")), server.submit(&waiting));
    server.wait(&done, "COMPLETE");
    let before = (server.get("/queues/q"), server.get("/presets/p"), server.job(&done), server.job(&waiting));
    let server = again(server);
    assert_eq!(before, (server.get("/queues/q"), server.get("/presets/p"), server.job(&done), server.job(&waiting)));
    server.put("/queues/q", &json!({ "status": "ACTIVE" }));
    server.wait(&waiting, "COMPLETE");
    assert_eq!(server.started(1), ["ok-waiting"], "what is done is not done again");
}

#[test]
fn a_job_that_ran_when_the_service_died_runs_once_more_and_then_fails() {
    let server = Server::start();
    let id = server.submit(&job("held"));
    server.wait(&id, "PROGRESSING");
    let server = again(server);
    until(|| server.job(&id)["status"] == "PROGRESSING", || server.job(&id).to_string());
    assert_eq!(server.job(&id)["retryCount"], 1);
    let server = again(server);
    let failed = server.wait(&id, "ERROR");
    assert_eq!(failed["errorMessage"], "the transcoder stopped 2 times while it ran this job");
    assert_eq!(server.events(&id, &["ERROR"])[0]["errorCode"], 1999);
    let next = server.submit(&job("ok"));
    server.wait(&next, "COMPLETE");
}

#[test]
fn a_job_that_ran_when_the_service_was_stopped_starts_anew_as_often_as_that_happens() {
    let mut server = Server::start();
    let id = server.submit(&job("held"));
    for _ in 0..3 {
        server.wait(&id, "PROGRESSING");
        server = Server::on(server.stop(), 1);
    }
    server.wait(&id, "PROGRESSING");
    assert_eq!(server.job(&id)["retryCount"], 0);
    server.script.go.release(1);
    server.wait(&id, "COMPLETE");
}

#[test]
fn two_services_do_not_share_a_state() {
    let server = Server::start();
    // Its answer shows that it has the state.
    assert_eq!(server.get("/jobs")["jobs"], json!([]));
    let state = Arc::clone(&server.state);
    let second = std::panic::catch_unwind(|| Server::on(state, 1).stop());
    let said = second.unwrap_err().downcast::<String>().unwrap();
    assert!(said.contains("Busy"), "{said}");
    assert_eq!(server.get("/jobs")["jobs"], json!([]));
}

#[test]
fn half_written_files_are_no_harm_and_damaged_ones_are_named() {
    let server = Server::start();
    let id = server.submit(&job("ok"));
    server.wait(&id, "COMPLETE");
    let state = server.stop();
    let jobs = state.path().join("state/jobs");
    std::fs::write(jobs.join(".half.json.a1b2"), "{").unwrap();
    let server = Server::on(state, 1);
    assert_eq!(server.job(&id)["status"], "COMPLETE");
    let state = server.stop();
    std::fs::write(jobs.join("bad.json"), "{").unwrap();
    let failed = std::panic::catch_unwind(|| Server::on(state, 1).stop());
    assert!(failed.is_err());
}
