//! Writes down every call to AWS, for `cargo xtask test privileges`: a file of JSON lines a test program, in the
//! directory that `AWS_CALLS` names, if it names one.

use std::{env, fs, io::Write as _, path::Path};

use axum::http::{HeaderMap, Method, Uri};
use serde_json::{Map, Value, json};

/// The members of bodies that name what a call is about.
const NAMES: [&str; 9] = [
    "TableName",
    "QueueUrl",
    "stateMachineArn",
    "queue",
    "hopDestinations",
    "jobTemplate",
    "role",
    "sourceRoleArn",
    "name",
];

/// Writes one call down; what is not signed is no call to AWS.
pub(crate) fn record(handler: &str, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) {
    let Some(directory) = env::var_os("AWS_CALLS") else { return };
    let Some(service) = signed_for(headers) else { return };
    let mut names = Map::new();
    if let Ok(Value::Object(members)) = serde_json::from_slice(body) {
        names.extend(NAMES.iter().filter_map(|name| Some(((*name).to_owned(), members.get(*name)?.clone()))));
        names.insert("tags".to_owned(), members.contains_key("tags").into());
        names.insert("presets".to_owned(), presets(&members).collect());
    }
    let call = json!({
        "handler": handler,
        "service": service,
        "method": method.as_str(),
        "path": uri.path(),
        "query": uri.query().unwrap_or_default(),
        "target": headers.get("x-amz-target").map(|target| target.to_str().unwrap()),
        "form": std::str::from_utf8(body).ok().filter(|body| body.starts_with("Action=")),
        "names": names,
    });
    let program = env::current_exe().unwrap();
    let file = Path::new(&directory).join(program.file_stem().unwrap()).with_extension("jsonl");
    let mut file = fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
    file.write_all(format!("{call}\n").as_bytes()).unwrap();
}

/// The presets that a job's outputs take their settings from.
fn presets(members: &Map<String, Value>) -> impl Iterator<Item = Value> {
    let items = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let groups = members.get("settings").map(|settings| items(&settings["outputGroups"])).unwrap_or_default();
    let outputs = groups.into_iter().flat_map(move |group| items(&group["outputs"]));
    outputs.filter_map(|output| output.get("preset").cloned())
}

/// The service in the signature's scope: `Credential=<id>/<day>/<region>/<service>/aws4_request`.
fn signed_for(headers: &HeaderMap) -> Option<String> {
    let signature = headers.get("authorization")?.to_str().ok()?;
    signature.split("Credential=").nth(1)?.split('/').nth(3).map(str::to_owned)
}
