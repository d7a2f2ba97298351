//! Events, in the shapes that AWS documents, and their delivery.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use testing::aws::Answer;

use crate::service::{
    harness::{PREFIX, PUT_EVENTS, Server, job},
    samples,
};

/// An event without what differs from run to run.
fn plain(mut detail: Value) -> Value {
    assert!(detail["timestamp"].as_u64().unwrap() > 1_600_000_000_000, "milliseconds");
    detail["timestamp"] = json!(0);
    detail["jobId"] = json!("…");
    detail
}

#[test]
fn a_job_is_reported_from_start_to_end() {
    let server = Server::start();
    let mut asked = job("slow");
    asked["statusUpdateInterval"] = json!("SECONDS_10");
    let id = server.submit(&asked);
    server.events(&id, &["STATUS_UPDATE"]);
    server.script.go.release(1);
    let statuses = ["PROGRESSING", "INPUT_INFORMATION", "NEW_WARNING", "STATUS_UPDATE", "COMPLETE"];
    let sent: Vec<Value> = server.events(&id, &statuses).into_iter().map(plain).collect();
    insta::assert_json_snapshot!(sent);
    let entries = server.bus.entries.lock().unwrap();
    let entry = entries.iter().find(|entry| entry["Detail"].as_str().unwrap().contains("COMPLETE")).unwrap();
    assert_eq!(entry["Source"], "aws.mediaconvert");
    assert_eq!(entry["DetailType"], "MediaConvert Job State Change");
    assert_eq!(entry["Resources"], json!([format!("{PREFIX}:jobs/{id}")]));
    assert!(entry["Time"].as_f64().unwrap() > 1_600_000_000.0);
}

#[test]
fn events_have_the_members_of_awss_samples() {
    let server = Server::start();
    let mut asked = job("slow");
    asked["statusUpdateInterval"] = json!("SECONDS_10");
    let id = server.submit(&asked);
    server.events(&id, &["STATUS_UPDATE"]);
    server.script.go.release(1);
    let mut sent =
        server.events(&id, &["PROGRESSING", "INPUT_INFORMATION", "NEW_WARNING", "STATUS_UPDATE", "COMPLETE"]);
    sent.extend(server.events(&server.submit(&job("bad")), &["ERROR"]));
    let held = server.submit(&job("held"));
    server.wait(&held, "PROGRESSING");
    server.send("DELETE", &format!("/jobs/{held}"), "");
    sent.extend(server.events(&held, &["CANCELED"]));

    sent.iter().for_each(samples::assert_has_the_members_of_awss);
}

#[test]
fn failed_and_canceled_jobs_are_reported() {
    let server = Server::start();
    let (bad, held) = (server.submit(&job("bad")), server.submit(&job("held")));
    let error = plain(server.events(&bad, &["ERROR"]).remove(0));
    server.wait(&held, "PROGRESSING");
    server.send("DELETE", &format!("/jobs/{held}"), "");
    let canceled = plain(server.events(&held, &["CANCELED"]).remove(0));
    insta::assert_json_snapshot!([error, canceled]);
}

#[test]
fn events_are_kept_until_the_bus_takes_them() {
    let server = Server::start();
    for _ in 0..8 {
        server.aws.once(PUT_EVENTS, Answer::status(500));
    }
    server.bus.picky.store(2, Ordering::SeqCst);
    let id = server.submit(&job("ok"));
    server.events(&id, &["PROGRESSING", "INPUT_INFORMATION", "NEW_WARNING", "COMPLETE"]);
}

#[test]
fn events_survive_a_restart() {
    let server = Server::start();
    server.aws.always(PUT_EVENTS, Answer::status(500));
    let id = server.submit(&job("ok"));
    server.wait(&id, "COMPLETE");
    let state = server.kill();
    let server = Server::on(state, 1);
    let sent = server.events(&id, &["PROGRESSING", "COMPLETE"]);
    assert_eq!(sent[1]["outputGroupDetails"][0]["type"], "HLS_GROUP");
}
