//! The functions' package, built twice in two folders: the same bytes, for Lambda's glibc, and a program that answers.
//!
//! Two builds take minutes: `cargo xtask test package` runs it on demand.
#![expect(clippy::unwrap_used, reason = "a test may end where its surroundings fail")]

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    process::Stdio,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    extract::{Path as Segments, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use package::{Glibc, package, workspace};
use pipeline::settings::Architecture;
use serde_json::Value;
use tokio::{net::TcpListener, process::Command};

/// Copies the sources; the tools are shared, and what was built stays behind.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (name, target) = (entry.file_name(), to.join(entry.file_name()));
        match name.to_str().unwrap() {
            "target" | ".git" | "cdk.out" | ".vod" => {}
            ".tools" => symlink(entry.path(), target).unwrap(),
            _ if entry.file_type().unwrap().is_dir() => copy(&entry.path(), &target),
            _ => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_sources_are_the_same_package_wherever_they_lie() {
    let sources = workspace().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = ["one", "a/longer/name"].map(|name| {
        let (place, zip) = (folder.path().join(name), folder.path().join(name).with_extension("zip"));
        copy(&sources, &place);
        let packaged = package(&place, Architecture::X86_64, &zip).unwrap();
        assert!(packaged.glibc.unwrap() <= Glibc::OF_LAMBDA, "{packaged:?}");
        fs::read(zip).unwrap()
    });
    assert!(one == other, "the packages differ");

    let program = folder.path().join("bootstrap");
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(one)).unwrap();
    std::io::copy(&mut zip.by_name("bootstrap").unwrap(), &mut fs::File::create(&program).unwrap()).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let answer = answer(&program).await;
    assert_eq!(answer["errorMessage"], "the environment variable MEDIACONVERT_ROLE is not set");
}

/// What the program answers to an invocation that lacks its settings.
async fn answer(program: &Path) -> Value {
    type Answers = Arc<Mutex<Vec<Value>>>;
    async fn next(State(answers): State<Answers>) -> Response {
        if !answers.lock().unwrap().is_empty() {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_mins(1);
        let headers = [
            ("lambda-runtime-aws-request-id", "invocation-1".to_owned()),
            ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
            ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:1:function:vod".to_owned()),
        ];
        (headers, r#"{"guid":"1"}"#).into_response()
    }
    async fn end(State(answers): State<Answers>, _: Segments<(String, String)>, body: String) -> StatusCode {
        answers.lock().unwrap().push(serde_json::from_str(&body).unwrap());
        StatusCode::ACCEPTED
    }
    let answers = Answers::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let app = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/{how}", post(end))
        .with_state(Arc::clone(&answers));
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let mut bootstrap = Command::new(program);
    bootstrap.env_clear().env("_HANDLER", "encode").env("AWS_LAMBDA_RUNTIME_API", address);
    for (name, value) in [("FUNCTION_NAME", "vod"), ("FUNCTION_MEMORY_SIZE", "256"), ("FUNCTION_VERSION", "1")] {
        bootstrap.env(format!("AWS_LAMBDA_{name}"), value);
    }
    bootstrap.env("AWS_REGION", "us-east-1").stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let ended = tokio::time::timeout(Duration::from_secs(30), bootstrap.status()).await;
    ended.expect("the program ends once it is asked to").unwrap();
    server.abort();
    answers.lock().unwrap().remove(0)
}
