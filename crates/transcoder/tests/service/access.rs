//! Who is answered.

use crate::service::harness::{Server, TOKEN};

/// The status of the answer to a request for the jobs with one more header.
fn status(url: &str, name: &str, value: &str) -> u16 {
    let request = ureq::get(url).header("authorization", "AWS4-HMAC-SHA256 test").header(name, value);
    request.config().http_status_as_error(false).build().call().unwrap().status().as_u16()
}

#[test]
fn no_page_of_another_origin_and_no_other_name_is_answered() {
    let server = Server::start();
    let jobs = format!("{}/jobs", server.url);
    assert_eq!(status(&jobs, "sec-fetch-site", "none"), 200);
    let foreign = [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("host", "evil.example"),
    ];
    for (name, value) in foreign {
        assert_eq!(status(&jobs, name, value), 403, "{name}: {value}");
    }
    let health = jobs.replace(&format!("/{TOKEN}/2017-08-29/jobs"), "/health");
    assert_eq!((status(&health, "accept", "*/*"), status(&health, "origin", "null")), (200, 403));
}

#[test]
fn who_does_not_know_the_token_is_not_answered() {
    let server = Server::start();
    let jobs = format!("{}/jobs", server.url);
    assert_eq!(status(&jobs, "accept", "*/*"), 200);
    for other in ["", "another", "onlyTheTestsKnowThi"] {
        assert_eq!(status(&jobs.replace(TOKEN, other), "accept", "*/*"), 404, "{other}");
    }
}
