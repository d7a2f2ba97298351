//! The AWS that custom resources see, in one process: `MediaConvert`, `MediaPackage` VOD and CloudFormation's bucket.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    middleware::from_fn,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// What a fake does instead of its duty, once.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// Answers with this status, error code and message.
    Error(u16, &'static str, &'static str),
    /// Does its duty and then answers 500.
    LostAnswer,
    /// Never answers.
    Hang,
}

/// One request that a fake saw.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Inner {
    pub(crate) templates: BTreeMap<String, Value>,
    /// The assets of the packaging group `vod`, with the number of looks until each is gone once it was deleted.
    pub(crate) assets: BTreeMap<String, Option<u32>>,
    pub(crate) own_endpoint: Option<String>,
    pub(crate) requests: Vec<Seen>,
    /// Until when nobody has any permission, as shortly after a role was made.
    pub(crate) denied_until: Option<std::time::Instant>,
    faults: BTreeMap<String, VecDeque<Fault>>,
}

/// The fakes, on a loopback port of their own.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) inner: Arc<Mutex<Inner>>,
    pub(crate) url: String,
    server: Arc<JoinHandle<()>>,
}

impl Drop for World {
    fn drop(&mut self) {
        if Arc::strong_count(&self.server) == 1 {
            self.server.abort();
        }
    }
}

impl World {
    pub(crate) async fn start() -> Self {
        let inner = Arc::new(Mutex::new(Inner::default()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(serve).layer(from_fn(testing::wire::record)).with_state(inner.clone());
        let server = Arc::new(tokio::spawn(async move { axum::serve(listener, app).await.unwrap() }));
        Self { inner, url, server }
    }

    /// Makes the next request whose line starts with `line` go wrong.
    pub(crate) fn fault(&self, line: &str, fault: Fault) {
        self.inner.lock().unwrap().faults.entry(line.to_owned()).or_default().push_back(fault);
    }

    /// The address that answers go to, with a secret in it.
    pub(crate) fn response_url(&self) -> String {
        format!("{}/answers/arn%3Aaws%3Astack%7CLogical?X-Amz-Expires=7200&X-Amz-Signature=SECRET", self.url)
    }

    /// A request of CloudFormation.
    pub(crate) fn request(
        &self,
        request_type: &str,
        kind: &str,
        physical_id: Option<&str>,
        properties: &Value,
    ) -> Value {
        json!({
            "RequestType": request_type,
            "ResponseURL": self.response_url(),
            "StackId": "arn:aws:cloudformation:eu-west-1:111122223333:stack/vod/1",
            "RequestId": "request-1",
            "LogicalResourceId": "Logical",
            "PhysicalResourceId": physical_id,
            "ResourceType": kind,
            "ResourceProperties": properties,
        })
    }

    /// The requests to AWS so far, without the answers.
    pub(crate) fn calls(&self) -> Vec<Seen> {
        let inner = self.inner.lock().unwrap();
        inner.requests.iter().filter(|seen| !seen.target.starts_with("/answers/")).cloned().collect()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.calls().iter().map(Seen::line).collect()
    }

    /// The answers so far.
    pub(crate) fn answers(&self) -> Vec<Seen> {
        let inner = self.inner.lock().unwrap();
        inner.requests.iter().filter(|seen| seen.target.starts_with("/answers/")).cloned().collect()
    }

    /// The last answer.
    pub(crate) fn answer(&self) -> Value {
        self.answers().last().expect("an answer").json()
    }

    pub(crate) fn forget_requests(&self) {
        self.inner.lock().unwrap().requests.clear();
    }
}

fn error(status: u16, code: &str, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    (status, [("x-amzn-ErrorType", code.to_owned())], json!({ "message": message }).to_string()).into_response()
}

fn ok(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    (status, [("content-type", "application/json")], body.to_string()).into_response()
}

async fn serve(
    State(inner): State<Arc<Mutex<Inner>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    crate::calls::record("custom-resource", &method, &uri, &headers, &body);
    let target = uri.path_and_query().unwrap().to_string();
    let seen = Seen { method, target, headers, body: String::from_utf8(body.to_vec()).unwrap() };
    let (fault, response) = {
        let mut inner = inner.lock().unwrap();
        let line = seen.line();
        let fault = inner
            .faults
            .iter_mut()
            .find(|(start, _)| line.starts_with(start.as_str()))
            .and_then(|(_, faults)| faults.pop_front());
        inner.requests.push(seen.clone());
        let denied = inner.denied_until.is_some_and(|until| std::time::Instant::now() < until);
        let denied = denied && !seen.target.starts_with("/answers/");
        let fault = if denied { Some(Fault::Error(403, "AccessDeniedException", "not allowed")) } else { fault };
        let response = matches!(fault, None | Some(Fault::LostAnswer)).then(|| inner.answer(&seen, uri.path()));
        (fault, response)
    };
    match (fault, response) {
        (Some(Fault::Error(status, code, message)), _) => error(status, code, message),
        (Some(Fault::LostAnswer), _) => error(500, "InternalServerErrorException", "lost"),
        (Some(Fault::Hang), _) => {
            tokio::time::sleep(Duration::from_hours(1)).await;
            error(500, "InternalServerErrorException", "late")
        }
        (None, response) => response.unwrap(),
    }
}

impl Inner {
    fn answer(&mut self, seen: &Seen, path: &str) -> Response {
        let parts: Vec<_> = path.trim_matches('/').split('/').collect();
        match (seen.method.as_str(), &parts[..]) {
            ("PUT", ["answers", ..]) => StatusCode::OK.into_response(),
            ("POST", ["2017-08-29", "jobTemplates"]) => self.create_template(&seen.json()),
            ("GET", ["2017-08-29", "jobTemplates", name]) => match self.templates.get(*name) {
                Some(template) => ok(200, &json!({ "jobTemplate": template })),
                None => error(404, "NotFoundException", "no such template"),
            },
            ("DELETE", ["2017-08-29", "jobTemplates", name]) => match self.templates.remove(*name) {
                Some(_) => ok(202, &json!({})),
                None => error(404, "NotFoundException", "no such template"),
            },
            ("POST", ["2017-08-29", "endpoints"]) => {
                let endpoints: Vec<_> = self.own_endpoint.iter().map(|url| json!({ "url": url })).collect();
                ok(200, &json!({ "endpoints": endpoints }))
            }
            ("GET", ["assets"]) => self.list_assets(&seen.target),
            ("DELETE", ["assets", id]) => match self.assets.get_mut(*id) {
                Some(looks) => {
                    looks.get_or_insert(1);
                    ok(202, &json!({}))
                }
                None => error(404, "NotFoundException", "no such asset"),
            },
            _ => error(404, "UnknownOperationException", &seen.line()),
        }
    }

    fn create_template(&mut self, body: &Value) -> Response {
        let name = body["name"].as_str().unwrap().to_owned();
        if self.templates.contains_key(&name) {
            return error(409, "ConflictException", "a template with this name exists");
        }
        let mut template = body.clone();
        let members = template.as_object_mut().unwrap();
        members.shift_remove("tags");
        members.insert("arn".to_owned(), format!("arn:aws:mediaconvert:eu-west-1:1:jobTemplates/{name}").into());
        members.insert("type".to_owned(), "CUSTOM".into());
        members.insert("statusUpdateInterval".to_owned(), "SECONDS_60".into());
        self.templates.insert(name, template.clone());
        ok(201, &json!({ "jobTemplate": template }))
    }

    /// Two assets a page.
    fn list_assets(&mut self, target: &str) -> Response {
        if !target.contains("packagingGroupId=vod") {
            return error(404, "NotFoundException", "no such group");
        }
        let from = target
            .split("nextToken=")
            .nth(1)
            .map_or(0, |rest| rest.split('&').next().unwrap().parse::<usize>().unwrap());
        let ids: Vec<_> = self.assets.keys().cloned().collect();
        let page: Vec<_> = ids.iter().skip(from).take(2).map(|id| json!({ "id": id })).collect();
        let mut body = json!({ "assets": page });
        if from + 2 < ids.len() {
            body["nextToken"] = (from + 2).to_string().into();
        } else {
            self.assets.retain(|_, looks| *looks != Some(0));
            self.assets.values_mut().flatten().for_each(|looks| *looks -= 1);
        }
        ok(200, &body)
    }
}
