//! A recording stand-in for the services that the emulator lacks: `MediaConvert`'s job templates, jobs and endpoints, and the
//! assets of `MediaPackage` VOD. Wire formats: their API references (rest-json).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use pipeline::packaging::PackageFormat;
use serde_json::{Value, json};
use strum::VariantArray as _;
use testing::aws::{Answer, Call, FakeAws};

use crate::e2e::emulator::{ACCOUNT, REGION};

/// Both services on one port.
pub(crate) struct MediaFake {
    aws: FakeAws,
    records: Arc<Mutex<Records>>,
}

#[derive(Default)]
struct Records {
    url: String,
    templates: BTreeMap<String, Value>,
    /// The packaging group of each asset.
    assets: BTreeMap<String, String>,
    unknown: Vec<String>,
    rejected: Option<String>,
    jobs: Vec<Value>,
    canceled: Vec<String>,
}

impl MediaFake {
    pub(crate) fn start() -> Self {
        let records: Arc<Mutex<Records>> = Arc::default();
        let model = Arc::clone(&records);
        let aws = FakeAws::modelled(move |call| Some(model.lock().unwrap().answer(call)));
        records.lock().unwrap().url.clone_from(&aws.url);
        Self { aws, records }
    }

    pub(crate) fn url(&self) -> String {
        self.aws.url.clone()
    }

    /// The names of the job templates that exist now.
    pub(crate) fn templates(&self) -> Vec<String> {
        self.records().templates.keys().cloned().collect()
    }

    /// The calls that no service of these answers.
    pub(crate) fn unknown(&self) -> Vec<String> {
        self.records().unknown.clone()
    }

    /// From now on refuses job templates whose name starts so; `None` accepts all again.
    pub(crate) fn reject(&self, prefix: Option<&str>) {
        self.records().rejected = prefix.map(str::to_owned);
    }

    /// The jobs that were submitted.
    pub(crate) fn jobs(&self) -> Vec<Value> {
        self.records().jobs.clone()
    }

    /// The ids of the jobs that were canceled.
    pub(crate) fn canceled(&self) -> Vec<String> {
        self.records().canceled.clone()
    }

    /// Puts an asset into a packaging group.
    pub(crate) fn add_asset(&self, id: &str, packaging_group: &str) {
        self.records().assets.insert(id.to_owned(), packaging_group.to_owned());
    }

    /// The ids of the assets that exist now.
    pub(crate) fn assets(&self) -> Vec<String> {
        self.records().assets.keys().cloned().collect()
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap()
    }
}

impl Records {
    fn answer(&mut self, call: &Call) -> Answer {
        let path = call.path.trim_start_matches("/2017-08-29").trim_start_matches('/');
        let (kind, id) = path.split_once('/').map_or((path, None), |(kind, id)| (kind, Some(id)));
        match (call.method.as_str(), kind, id) {
            ("POST", "jobTemplates", None) => self.create_template(call.json()),
            ("GET", "jobTemplates", None) => {
                Answer::json(&json!({ "jobTemplates": self.templates.values().collect::<Vec<_>>() }))
            }
            ("GET", "jobTemplates", Some(name)) => match self.templates.get(name) {
                Some(template) => Answer::json(&json!({ "jobTemplate": template })),
                None => not_found("no such job template"),
            },
            ("DELETE", "jobTemplates", Some(name)) => deleted(self.templates.remove(name), "no such job template"),
            ("POST", "endpoints", None) => Answer::json(&json!({ "endpoints": [{ "url": self.url }] })),
            ("POST", "jobs", None) => self.create_job(call.json()),
            // Whoever asks has signed.
            ("DELETE", "jobs", Some(_)) if call.header("authorization").is_empty() => {
                Answer::error(403, "ForbiddenException", "the request is not signed")
            }
            ("DELETE", "jobs", Some(id)) => {
                let found = self.jobs.iter().find(|job| job["id"] == id);
                self.canceled.extend(found.map(|_| id.to_owned()));
                deleted(found, "no such job")
            }
            ("GET", "search", None) => self.search_jobs(call),
            // The service's answer in a region that has no probes.
            ("POST", "probe", None) => not_found("no such operation here"),
            ("GET", "assets", None) => {
                let group = call.parameter("packagingGroupId");
                let ours = self.assets.iter().filter(|(_, of)| group.as_ref().is_none_or(|group| group == *of));
                let assets: Vec<Value> = ours.map(|(id, of)| json!({ "id": id, "packagingGroupId": of })).collect();
                Answer::json(&json!({ "assets": assets }))
            }
            ("POST", "assets", None) => self.create_asset(call.json()),
            ("DELETE", "assets", Some(id)) => deleted(self.assets.remove(id), "no such asset"),
            // It must not look like a service's answer.
            _ => {
                self.unknown.push(call.line.clone());
                Answer::status(501)
            }
        }
    }

    fn create_template(&mut self, mut body: Value) -> Answer {
        let name = body["name"].as_str().unwrap_or_default().to_owned();
        let well_named = (1..=80).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !well_named || !body["settings"].is_object() {
            return Answer::error(400, "BadRequestException", "a job template needs a valid name and settings");
        }
        if self.templates.contains_key(&name) {
            return Answer::error(409, "ConflictException", "a job template has this name");
        }
        if self.rejected.as_ref().is_some_and(|prefix| name.starts_with(prefix.as_str())) {
            return Answer::error(400, "BadRequestException", "rejected, as the test asked");
        }
        body["arn"] = format!("arn:aws:mediaconvert:{REGION}:{ACCOUNT}:jobTemplates/{name}").into();
        body["type"] = "CUSTOM".into();
        self.templates.insert(name, body.clone());
        created(&json!({ "jobTemplate": body }))
    }

    /// Jobs are deduplicated by their client token, as the service does.
    fn create_job(&mut self, mut body: Value) -> Answer {
        let token = &body["clientRequestToken"];
        if let Some(job) = self.jobs.iter().find(|job| job["clientRequestToken"] == *token) {
            return created(&json!({ "job": job }));
        }
        let id = format!("1700000000000-{:06}", self.jobs.len());
        body["arn"] = format!("arn:aws:mediaconvert:{REGION}:{ACCOUNT}:jobs/{id}").into();
        body["id"] = id.into();
        body["status"] = "SUBMITTED".into();
        self.jobs.push(body.clone());
        created(&json!({ "job": body }))
    }

    /// The newest come first.
    fn search_jobs(&self, call: &Call) -> Answer {
        let (file, queue) = (call.parameter("inputFile").unwrap_or_default(), call.parameter("queue"));
        let of_file = |job: &&Value| {
            job["settings"]["inputs"][0]["fileInput"].as_str().is_some_and(|input| input.contains(&file))
                && queue.as_ref().is_none_or(|queue| job["queue"] == queue.as_str())
        };
        let jobs: Vec<&Value> = self.jobs.iter().rev().filter(of_file).collect();
        Answer::json(&json!({ "jobs": jobs }))
    }

    fn create_asset(&mut self, mut body: Value) -> Answer {
        let [id, group] = ["id", "packagingGroupId"].map(|member| body[member].as_str().unwrap().to_owned());
        let endpoints = PackageFormat::VARIANTS.iter().map(|format| {
            let configuration = format.configuration_id(&group, None);
            let host = format!("https://e2e.egress.mediapackage-vod.{REGION}.amazonaws.com");
            let url = format!("{host}/out/v1/{configuration}/index");
            json!({ "packagingConfigurationId": configuration, "status": "PLAYABLE", "url": url })
        });
        body["egressEndpoints"] = endpoints.collect();
        self.assets.insert(id, group);
        Answer::json(&body)
    }
}

fn created(body: &Value) -> Answer {
    Answer::Reply(201, Vec::new(), body.to_string().into_bytes())
}

fn deleted<T>(found: Option<T>, missing: &str) -> Answer {
    found.map_or_else(|| not_found(missing), |_| Answer::Reply(202, Vec::new(), b"{}".to_vec()))
}

fn not_found(message: &str) -> Answer {
    Answer::error(404, "NotFoundException", message)
}
