//! A running service, its engine and its bus.

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use aws_credential_types::Credentials;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tempfile::TempDir;
use testing::aws::{self, Call, FakeAws};
use tokio::{net::TcpListener, runtime::Runtime, sync::Semaphore, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use transcoder::{
    Config, Engine, Events, Pace, serve_with,
    work::{
        Completed, InputDetail, InputVideo, JobFailure, Limits, OutputDetail, OutputGroupDetail, Phase, Update,
        VideoDetail, Warning, Work,
    },
};

pub(crate) const PREFIX: &str = "arn:aws:mediaconvert:eu-west-1:111122223333";

/// Carries out jobs as the name of their input says: `ok`, `held`, `bad`, `broken` or `deaf`.
#[derive(Default)]
pub(crate) struct Script {
    /// The base names of the inputs of the jobs that were started, in order.
    pub(crate) started: Mutex<Vec<String>>,
    /// The folders that jobs were given.
    pub(crate) scratches: Mutex<Vec<PathBuf>>,
    /// How many jobs that are held may go on.
    pub(crate) go: Gate,
}

/// A semaphore that starts empty.
pub(crate) struct Gate(Semaphore);

impl Default for Gate {
    fn default() -> Self {
        Self(Semaphore::new(0))
    }
}

impl Gate {
    pub(crate) fn release(&self, jobs: usize) {
        self.0.add_permits(jobs);
    }

    async fn pass(&self) {
        self.0.acquire().await.unwrap().forget();
    }
}

impl Script {
    async fn carry_out(&self, work: Work) -> Result<Completed, JobFailure> {
        let file = work.settings.inputs[0].file_input.clone().unwrap();
        let name = Path::new(&file).file_stem().unwrap().to_str().unwrap().to_owned();
        self.started.lock().unwrap().push(name.clone());
        self.scratches.lock().unwrap().push(work.scratch.clone());
        assert!(work.scratch.is_dir(), "a job has a folder for its work files");
        let plan = name.split('-').next().unwrap();
        match plan {
            "held" => tokio::select! {
                () = self.go.pass() => {}
                () = work.cancel.cancelled() => return Err(JobFailure { code: 1, message: "canceled".to_owned() }),
            },
            "deaf" => self.go.pass().await,
            "bad" => return Err(JobFailure { code: 1404, message: format!("there is no {file}") }),
            "broken" => panic!("the engine is broken"),
            _ => {}
        }
        let video = InputVideo {
            bit_depth: 8,
            codec: "AVC".to_owned(),
            color_format: "YUV_420".to_owned(),
            four_cc: Some("avc1".to_owned()),
            frame_rate: 25.0,
            height: 720,
            interlace_mode: "PROGRESSIVE".to_owned(),
            sar: "1:1".to_owned(),
            standard: "UNSPECIFIED".to_owned(),
            stream_id: 0,
            width: 1280,
        };
        let input = InputDetail { id: 0, uri: file, audio: Vec::new(), video: vec![video] };
        let updates = [
            Update::Progress { phase: Phase::Probing, percent: 100 },
            Update::Inputs(vec![input]),
            Update::Warning(Warning { code: 230_001, message: "HE-AAC became AAC-LC".to_owned() }),
            Update::Progress { phase: Phase::Transcoding, percent: 50 },
        ];
        for update in updates {
            work.updates.send(update).unwrap();
        }
        if plan == "slow" {
            self.go.pass().await;
        }
        Ok(completed())
    }
}

fn completed() -> Completed {
    let video =
        VideoDetail { average_bitrate: Some(900_000), height_in_px: 360, width_in_px: 640, more: BTreeMap::new() };
    let output = OutputDetail {
        duration_in_ms: 5000,
        output_file_paths: vec!["s3://out/a_1.m3u8".to_owned()],
        video_details: Some(video),
    };
    let group = OutputGroupDetail {
        output_details: vec![output],
        playlist_file_paths: vec!["s3://out/a.m3u8".to_owned()],
        kind: "HLS_GROUP".to_owned(),
    };
    Completed { output_group_details: vec![group] }
}

impl Engine for Script {
    fn run(&self, work: Work) -> BoxFuture<'_, Result<Completed, JobFailure>> {
        Box::pin(self.carry_out(work))
    }

    fn probe<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<Value, JobFailure>> {
        Box::pin(async move {
            if url.contains("missing") {
                return Err(JobFailure { code: 1404, message: format!("there is no {url}") });
            }
            Ok(json!({ "container": { "format": "mp4", "duration": 5.0, "tracks": [] } }))
        })
    }
}

/// How the stand-in for AWS knows the call that sends events.
pub(crate) const PUT_EVENTS: &str = "AWSEvents.PutEvents";

/// What the default bus takes.
#[derive(Default)]
pub(crate) struct Bus {
    pub(crate) entries: Mutex<Vec<Value>>,
    /// How many requests are still to have their first entry refused.
    pub(crate) picky: AtomicUsize,
}

impl Bus {
    fn put_events(&self, call: &Call) -> aws::Answer {
        let fewer = self.picky.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| count.checked_sub(1));
        let refused = usize::from(fewer.is_ok());
        let body = call.json();
        let entries = body["Entries"].as_array().unwrap();
        self.entries.lock().unwrap().extend(entries.iter().skip(refused).cloned());
        let results = entries.iter().enumerate().map(|(at, _)| {
            if at < refused {
                json!({"ErrorCode": "InternalFailure", "ErrorMessage": "no"})
            } else {
                json!({"EventId": "1"})
            }
        });
        aws::Answer::json(&json!({ "FailedEntryCount": refused, "Entries": results.collect::<Value>() }))
    }
}

/// A running service.
pub(crate) struct Server {
    runtime: Runtime,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
    pub(crate) url: String,
    pub(crate) script: Arc<Script>,
    pub(crate) aws: FakeAws,
    pub(crate) bus: Arc<Bus>,
    pub(crate) state: Arc<TempDir>,
}

/// An answer: its status, its error type (empty where there is none) and its body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) error: String,
    pub(crate) body: Value,
}

/// What the service's addresses begin with.
pub(crate) const TOKEN: &str = "onlyTheTestsKnowThis";

impl Server {
    /// A service that runs one job at a time.
    pub(crate) fn start() -> Self {
        Self::start_with(1)
    }

    pub(crate) fn start_with(concurrency: usize) -> Self {
        Self::on(Arc::new(tempfile::tempdir().unwrap()), concurrency)
    }

    /// A service on a state that may exist.
    pub(crate) fn on(state: Arc<TempDir>, concurrency: usize) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let bus = Arc::new(Bus::default());
        let model = Arc::clone(&bus);
        let aws = FakeAws::modelled(move |call| (call.line == PUT_EVENTS).then(|| model.put_events(call)));
        let url = format!("http://{}/{TOKEN}/2017-08-29", listener.local_addr().unwrap());
        let config = Config {
            state: state.path().join("state"),
            region: "eu-west-1".to_owned(),
            account: "111122223333".to_owned(),
            credentials: Some(Credentials::new("test", "test", None, None, "tests")),
            files: Some(state.path().join("files")),
            s3_endpoint: None,
            token: Some(TOKEN.parse().unwrap()),
            events: Events::Bus { endpoint: Some(aws.url.clone()) },
            concurrency,
            limits: Limits { duration: Duration::from_mins(1), scratch: 1 << 20, threads: 1 },
            pace: Pace {
                hop_minute: Duration::from_millis(100),
                status_second: Duration::from_millis(10),
                token: Duration::from_secs(2),
            },
        };
        let (shutdown, script) = (CancellationToken::new(), Arc::new(Script::default()));
        let (stop, engine) = (shutdown.clone(), Arc::clone(&script));
        let task = runtime.spawn(async move { serve_with(listener, config, engine, stop).await.unwrap() });
        Self { runtime, shutdown, task, url, script, aws, bus, state }
    }

    /// Stops it as Ctrl-C would.
    pub(crate) fn stop(self) -> Arc<TempDir> {
        self.shutdown.cancel();
        self.runtime.block_on(self.task).unwrap();
        self.state
    }

    /// Stops it as a power cut would.
    pub(crate) fn kill(self) -> Arc<TempDir> {
        self.runtime.shutdown_timeout(Duration::from_secs(10));
        self.state
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        let request =
            request.header("authorization", "AWS4-HMAC-SHA256 test").header("content-type", "application/json");
        let mut response = agent.run(request.body(body.to_owned()).unwrap()).unwrap();
        let error = response.headers().get("x-amzn-errortype").map(|kind| kind.to_str().unwrap().to_owned());
        let text = response.body_mut().read_to_string().unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer { status: response.status().as_u16(), error: error.unwrap_or_default(), body }
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        self.ok("GET", path, "", 200)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        self.ok("POST", path, &body.to_string(), 201)
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Value {
        self.ok("PUT", path, &body.to_string(), 200)
    }

    fn ok(&self, method: &str, path: &str, body: &str, status: u16) -> Value {
        let answer = self.send(method, path, body);
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        answer.body
    }

    /// The status and the type of a refusal, with its message.
    pub(crate) fn refusal(&self, method: &str, path: &str, body: &Value) -> (u16, String, String) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.send(method, path, &body);
        (answer.status, answer.error, answer.body["message"].as_str().unwrap_or_default().to_owned())
    }

    /// Creates a job, and returns its id.
    pub(crate) fn submit(&self, job: &Value) -> String {
        self.post("/jobs", job)["job"]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn job(&self, id: &str) -> Value {
        self.get(&format!("/jobs/{id}"))["job"].clone()
    }

    /// Waits until a job has a status.
    pub(crate) fn wait(&self, id: &str, status: &str) -> Value {
        until(|| self.job(id)["status"] == status, || format!("{status}: {}", self.job(id)));
        self.job(id)
    }

    /// Waits until this many jobs were started, and names them all.
    pub(crate) fn started(&self, count: usize) -> Vec<String> {
        let names = || self.script.started.lock().unwrap().clone();
        until(|| names().len() >= count, || format!("{count} started: {:?}", names()));
        names()
    }

    /// The events about a job whose statuses are these, once all of them have come.
    pub(crate) fn events(&self, id: &str, statuses: &[&str]) -> Vec<Value> {
        let details = || {
            let entries = self.bus.entries.lock().unwrap();
            let details = entries.iter().map(|entry| serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap());
            details.filter(|detail: &Value| detail["jobId"] == id).collect::<Vec<Value>>()
        };
        let find = || {
            let found = details();
            let found = statuses.iter().map(|status| found.iter().find(|detail| detail["status"] == *status).cloned());
            found.collect::<Option<Vec<_>>>()
        };
        until(|| find().is_some(), || format!("{statuses:?}: {:?}", details()));
        find().unwrap()
    }
}

/// Waits for what should come soon.
pub(crate) fn until(come: impl Fn() -> bool, what: impl Fn() -> String) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !come() {
        assert!(Instant::now() < deadline, "did not come: {}", what());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A valid job for the engine's plan.
pub(crate) fn job(plan: &str) -> Value {
    json!({
        "role": "arn:aws:iam::111122223333:role/r",
        "userMetadata": { "guid": "1-2-3" },
        "settings": settings(plan),
    })
}

pub(crate) fn settings(plan: &str) -> Value {
    json!({
        "inputs": [{
            "fileInput": format!("s3://in/{plan}.mp4"),
            "audioSelectors": { "Audio Selector 1": { "defaultSelection": "DEFAULT" } }
        }],
        "outputGroups": [{
            "name": "HLS",
            "outputGroupSettings": {
                "type": "HLS_GROUP_SETTINGS",
                "hlsGroupSettings": { "destination": "s3://out/a", "segmentLength": 4, "minSegmentLength": 0 }
            },
            "outputs": [output()]
        }]
    })
}

pub(crate) fn output() -> Value {
    json!({
        "nameModifier": "_1",
        "containerSettings": { "container": "M3U8" },
        "videoDescription": {
            "width": 640, "height": 360,
            "codecSettings": {
                "codec": "H_264",
                "h264Settings": { "rateControlMode": "QVBR", "maxBitrate": 1_000_000, "gopSize": 2.0, "gopSizeUnits": "SECONDS" }
            }
        },
        "audioDescriptions": [{
            "audioSourceName": "Audio Selector 1",
            "codecSettings": {
                "codec": "AAC",
                "aacSettings": { "bitrate": 96000, "codingMode": "CODING_MODE_2_0", "sampleRate": 48000 }
            }
        }]
    })
}
