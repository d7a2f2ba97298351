//! Valid requests with one thing wrong, made from the service model: each is refused as a bad request.

use std::collections::BTreeMap;

use mediaconvert::to_wire;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::service::harness::{Server, job, output, settings};

const MODEL: &str = include_str!("../../../mediaconvert/model/mediaconvert.json");

#[derive(Deserialize)]
struct Model {
    shapes: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
struct Shape {
    r#type: String,
    #[serde(default)]
    members: BTreeMap<String, String>,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    r#enum: Vec<String>,
    min: Option<i64>,
    max: Option<i64>,
    pattern: Option<String>,
    member: Option<String>,
    value: Option<String>,
}

/// One thing wrong: what kind of thing, and the whole request with it.
type Mutation = (&'static str, Value);

impl Model {
    /// Every way to spoil a value of a shape.
    fn spoil(&self, name: &str, value: &Value, found: &mut Vec<Mutation>) {
        let shape = &self.shapes[name];
        found.push(("type", if value.is_object() { json!([]) } else { json!({ "a": 1 }) }));
        match shape.r#type.as_str() {
            "structure" => self.spoil_structure(shape, value, found),
            "list" => self.spoil_items(shape.member.as_ref().unwrap(), value, found),
            "map" => self.spoil_items(shape.value.as_ref().unwrap(), value, found),
            "string" if !shape.r#enum.is_empty() => found.push(("choice", json!("NEITHER_OF_THEM"))),
            "string" => {
                if let Some(min) = shape.min.filter(|min| *min > 0) {
                    found.push(("short", json!("x".repeat(usize::try_from(min - 1).unwrap()))));
                }
                if let Some(max) = shape.max {
                    found.push(("long", json!("x".repeat(usize::try_from(max + 1).unwrap()))));
                }
                if shape.pattern.is_some() {
                    found.push(("pattern", json!("\u{1}")));
                }
            }
            _ => {
                found.push(("type", json!("1")));
                found.extend(shape.min.map(|min| ("range", json!(min - 1))));
                found.extend(shape.max.map(|max| ("range", json!(max + 1))));
            }
        }
    }

    fn spoil_structure(&self, shape: &Shape, value: &Value, found: &mut Vec<Mutation>) {
        let members = value.as_object().unwrap();
        let with = |name: &str, value: Value| {
            let mut members = members.clone();
            members.insert(name.to_owned(), value);
            Value::Object(members)
        };
        found.push(("unknown", with("NoSuchMember", json!(1))));
        for name in &shape.required {
            let mut members: Map<String, Value> = members.clone();
            members.remove(name).unwrap();
            found.push(("missing", members.into()));
        }
        for (name, value) in members {
            let mut inner = Vec::new();
            self.spoil(&shape.members[name], value, &mut inner);
            found.extend(inner.into_iter().map(|(kind, spoilt)| (kind, with(name, spoilt))));
        }
    }

    fn spoil_items(&self, item: &str, value: &Value, found: &mut Vec<Mutation>) {
        let places: Vec<(Value, String)> = match value {
            Value::Array(items) => items.iter().enumerate().map(|(at, item)| (item.clone(), at.to_string())).collect(),
            Value::Object(entries) => entries.iter().map(|(key, item)| (item.clone(), key.clone())).collect(),
            _ => Vec::new(),
        };
        for (inner, place) in places {
            let mut spoilt = Vec::new();
            self.spoil(item, &inner, &mut spoilt);
            found.extend(spoilt.into_iter().map(|(kind, spoilt)| {
                let mut whole = value.clone();
                *whole.pointer_mut(&format!("/{}", place.replace('~', "~0").replace('/', "~1"))).unwrap() = spoilt;
                (kind, whole)
            }));
        }
    }
}

/// A job that uses many kinds of settings.
fn rich_job() -> Value {
    let mut rich = job("ok");
    rich["priority"] = json!(5);
    rich["statusUpdateInterval"] = json!("SECONDS_30");
    rich["accelerationSettings"] = json!({ "mode": "PREFERRED" });
    rich["tags"] = json!({ "a": "b" });
    let input = &mut rich["settings"]["inputs"][0];
    input["timecodeSource"] = json!("ZEROBASED");
    input["timecodeStart"] = json!("00:00:00:00");
    input["inputClippings"] = json!([{ "startTimecode": "00:00:01:00", "endTimecode": "00:00:02:00" }]);
    input["videoSelector"] = json!({ "rotate": "AUTO", "colorSpace": "FOLLOW" });
    input["audioSelectors"]["Audio Selector 1"]["languageCode"] = json!("ENG");
    input["captionSelectors"] = json!({
        "Captions 1": { "sourceSettings": { "sourceType": "SRT", "fileSourceSettings": { "sourceFile": "s3://in/captions.srt" } } }
    });
    rich["settings"]["timecodeConfig"] = json!({ "source": "ZEROBASED" });
    let mut files = settings("ok")["outputGroups"][0].clone();
    files["name"] = json!("files");
    files["outputGroupSettings"] =
        json!({ "type": "FILE_GROUP_SETTINGS", "fileGroupSettings": { "destination": "s3://out/b" } });
    files["outputs"][0]["containerSettings"] =
        json!({ "container": "MP4", "mp4Settings": { "moovPlacement": "PROGRESSIVE_DOWNLOAD" } });
    rich["settings"]["outputGroups"].as_array_mut().unwrap().push(files);
    rich
}

/// Sends every mutation of a request, and returns how many there were of each kind.
fn all_refused(server: &Server, shape: &str, method: &str, path: &str, valid: &Value) -> BTreeMap<&'static str, usize> {
    let model: Model = serde_json::from_str(MODEL).unwrap();
    let mut mutations = Vec::new();
    model.spoil(shape, &mediaconvert::from_wire(valid), &mut mutations);
    let mut counts = BTreeMap::new();
    for (kind, mutation) in mutations {
        let body = to_wire(&mutation);
        let (status, error, message) = server.refusal(method, path, &body);
        assert_eq!((status, error.as_str()), (400, "BadRequestException"), "{kind}: {message}: {body}");
        assert!(!message.is_empty());
        *counts.entry(kind).or_default() += 1;
    }
    counts
}

#[test]
fn jobs_with_one_thing_wrong() {
    let server = Server::start();
    let valid = rich_job();
    let id = server.submit(&valid);
    server.wait(&id, "COMPLETE");
    let counts = all_refused(&server, "CreateJobRequest", "POST", "/jobs", &valid);
    let total: usize = counts.values().sum();
    assert!(total >= 200, "{total}: {counts:?}");
    assert_eq!(
        counts.keys().copied().collect::<Vec<_>>(),
        ["choice", "long", "missing", "pattern", "range", "short", "type", "unknown"]
    );
    assert_eq!(server.get("/jobs")["jobs"].as_array().unwrap().len(), 1, "none became a job");
}

#[test]
fn other_requests_with_one_thing_wrong() {
    let server = Server::start();
    let mut preset = output();
    preset.as_object_mut().unwrap().remove("nameModifier");
    let groups = &settings("ok")["outputGroups"];
    let template = json!({ "name": "t", "priority": 1, "settings": { "outputGroups": groups }, "tags": { "a": "b" } });
    let preset = json!({ "name": "p", "category": "c", "settings": preset });
    let queue = json!({ "name": "q", "status": "ACTIVE", "pricingPlan": "ON_DEMAND", "maximumConcurrentFeeds": 1 });
    server.post("/jobTemplates", &template);
    server.post("/presets", &preset);
    server.post("/queues", &queue);
    for (shape, path, body) in [
        ("CreateJobTemplateRequest", "/jobTemplates", &template),
        ("CreatePresetRequest", "/presets", &preset),
        ("CreateQueueRequest", "/queues", &queue),
        ("TagResourceRequest", "/tags", &json!({ "arn": "x", "tags": { "a": "b" } })),
        ("ProbeRequest", "/probe", &json!({ "inputFiles": [{ "fileUrl": "s3://in/missing" }] })),
        ("DescribeEndpointsRequest", "/endpoints", &json!({ "maxResults": 1, "mode": "GET_ONLY" })),
    ] {
        assert!(!all_refused(&server, shape, "POST", path, body).is_empty(), "{shape}");
    }
}
