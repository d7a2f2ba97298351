//! AWS as the handlers meet it: a script, a bucket with versions, or what custom resources see.

use std::{
    collections::BTreeMap,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{SdkConfig, region::Region, sdk_config::Builder};
use pipeline::contract::{Handler, Variable};
use runtime::{environment::Environment, failure::Failure, handler::Invocation, handlers};
use serde_json::{Value, json};
pub(crate) use testing::aws::Answer;
use testing::{
    aws::{Call, FakeAws},
    s3::{Missing, Object, S3},
};
use tokio::time::Instant;

/// The SDK's configuration with quick retries, for a stand-in or, without one, for AWS itself.
pub(crate) fn sdk(url: Option<&str>, region: &'static str) -> Builder {
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(runtime::aws::https_client())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("id", "key", None, None, "test")))
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)));
    config.set_endpoint_url(url.map(str::to_owned));
    config
}

/// An AWS that answers as the test says.
pub(crate) struct Fake {
    aws: FakeAws,
    /// How long a call may take.
    pub(crate) attempt_timeout: Duration,
}

impl Deref for Fake {
    type Target = FakeAws;

    fn deref(&self) -> &FakeAws {
        &self.aws
    }
}

impl From<FakeAws> for Fake {
    fn from(aws: FakeAws) -> Self {
        Self { aws, attempt_timeout: Duration::from_millis(500) }
    }
}

impl Fake {
    pub(crate) fn start() -> Self {
        FakeAws::start().into()
    }

    pub(crate) fn sdk(&self) -> SdkConfig {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(self.attempt_timeout);
        sdk(Some(&self.url), "eu-west-1").timeout_config(timeouts.build()).build()
    }

    /// Calls a handler with an event.
    pub(crate) async fn call(
        &self,
        handler: Handler,
        variables: &[(Variable, &str)],
        event: Value,
    ) -> Result<Value, Failure> {
        let environment = Environment::new(variables.iter().map(|(variable, value)| (*variable, (*value).to_owned())));
        self.called_by(handler.into_str());
        let handler = handlers::new(handler, &self.sdk(), &environment)?;
        handler.handle(Invocation { event, deadline: Instant::now() + Duration::from_mins(1) }).await
    }
}

/// The bucket's name.
pub(crate) const NAME: &str = "destination";

/// A bucket that the handlers may not list, beside a table and a topic that take everything.
pub(crate) struct Bucket {
    fake: Fake,
    s3: Arc<Mutex<S3>>,
}

impl Deref for Bucket {
    type Target = Fake;

    fn deref(&self) -> &Fake {
        &self.fake
    }
}

impl Bucket {
    pub(crate) fn start() -> Self {
        let s3 = Arc::<Mutex<S3>>::default();
        s3.lock().unwrap().missing = Missing::Forbidden;
        let model = Arc::clone(&s3);
        let aws = FakeAws::modelled(move |call| match call.service() {
            Some("s3") if call.path.starts_with(&format!("/{NAME}")) => Some(model.lock().unwrap().answer(call)),
            Some("s3") => Some(Answer::xml_error(404, "NoSuchBucket", "no such bucket")),
            _ => Some(Answer::json(&json!({}))),
        });
        let mut fake = Fake::from(aws);
        fake.attempt_timeout = Duration::from_mins(1);
        Self { fake, s3 }
    }

    pub(crate) fn s3(&self) -> MutexGuard<'_, S3> {
        self.s3.lock().unwrap()
    }

    /// The keys of the objects that are there.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.s3().objects.keys().map(|path| path[NAME.len() + 2..].to_owned()).collect()
    }

    /// An object as it is now.
    pub(crate) fn object(&self, key: &str) -> Option<Object> {
        self.s3().object(&format!("/{NAME}/{key}")).cloned()
    }

    /// The next write of an object fails.
    pub(crate) fn fail(&self, key: &str, status: u16, code: &str) {
        self.once(&format!("PUT /{NAME}/{key}"), Answer::xml_error(status, code, code));
    }

    /// What CloudFormation was answered last.
    pub(crate) fn answer(&self) -> Value {
        self.seen_of("PUT /answer").last().unwrap().json()
    }
}

/// `MediaConvert` and `MediaPackage` VOD, as far as custom resources go.
#[derive(Default)]
pub(crate) struct Media {
    pub(crate) templates: BTreeMap<String, Value>,
    /// The assets of the packaging group `vod`, with the number of listings until each is gone once it was deleted.
    pub(crate) assets: BTreeMap<String, Option<u32>>,
    pub(crate) own_endpoint: Option<String>,
}

/// The AWS that custom resources see.
pub(crate) struct World {
    aws: FakeAws,
    media: Arc<Mutex<Media>>,
}

impl Deref for World {
    type Target = FakeAws;

    fn deref(&self) -> &FakeAws {
        &self.aws
    }
}

impl World {
    pub(crate) fn start() -> Self {
        let media = Arc::<Mutex<Media>>::default();
        let model = Arc::clone(&media);
        let aws = FakeAws::modelled(move |call| Some(model.lock().unwrap().answer(call)));
        aws.called_by(Handler::CustomResource.into_str());
        Self { aws, media }
    }

    pub(crate) fn media(&self) -> MutexGuard<'_, Media> {
        self.media.lock().unwrap()
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

    /// The requests to AWS so far, without the answers to CloudFormation.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.seen().into_iter().filter(|call| call.service().is_some()).collect()
    }

    /// The lines of these, with their queries.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |call: Call| if call.query.is_empty() { call.line } else { format!("{}?{}", call.line, call.query) };
        self.calls().into_iter().map(line).collect()
    }

    /// The answers to CloudFormation so far.
    pub(crate) fn answers(&self) -> Vec<Call> {
        self.seen().into_iter().filter(|call| call.service().is_none()).collect()
    }

    /// The last answer.
    pub(crate) fn answer(&self) -> Value {
        self.answers().last().expect("an answer").json()
    }
}

impl Media {
    fn answer(&mut self, call: &Call) -> Answer {
        let not_found = || Answer::error(404, "NotFoundException", "no such thing");
        let reply = |status, body: &Value| {
            let headers = vec![("content-type", "application/json".to_owned())];
            Answer::Reply(status, headers, body.to_string().into_bytes())
        };
        let segments: Vec<_> = call.path.trim_matches('/').split('/').collect();
        match (call.method.as_str(), &segments[..]) {
            ("PUT", ["answers", ..]) => Answer::status(200),
            ("POST", ["2017-08-29", "jobTemplates"]) => {
                let mut template = call.json();
                let name = template["name"].as_str().unwrap().to_owned();
                if self.templates.contains_key(&name) {
                    return Answer::error(409, "ConflictException", "a template with this name exists");
                }
                let members = template.as_object_mut().unwrap();
                members.shift_remove("tags");
                members
                    .insert("arn".to_owned(), format!("arn:aws:mediaconvert:eu-west-1:1:jobTemplates/{name}").into());
                members.insert("type".to_owned(), "CUSTOM".into());
                members.insert("statusUpdateInterval".to_owned(), "SECONDS_60".into());
                self.templates.insert(name, template.clone());
                reply(201, &json!({ "jobTemplate": template }))
            }
            ("GET", ["2017-08-29", "jobTemplates", name]) => {
                let template = self.templates.get(*name);
                template.map_or_else(not_found, |template| reply(200, &json!({ "jobTemplate": template })))
            }
            ("DELETE", ["2017-08-29", "jobTemplates", name]) => {
                self.templates.remove(*name).map_or_else(not_found, |_| reply(202, &json!({})))
            }
            ("POST", ["2017-08-29", "endpoints"]) => {
                let endpoints: Vec<_> = self.own_endpoint.iter().map(|url| json!({ "url": url })).collect();
                reply(200, &json!({ "endpoints": endpoints }))
            }
            ("GET", ["assets"]) if call.parameter("packagingGroupId").as_deref() == Some("vod") => {
                reply(200, &self.list_assets(call.parameter("nextToken").map_or(0, |token| token.parse().unwrap())))
            }
            ("DELETE", ["assets", id]) => self.assets.get_mut(*id).map_or_else(not_found, |listings| {
                listings.get_or_insert(1);
                reply(202, &json!({}))
            }),
            _ => not_found(),
        }
    }

    /// Two assets a page.
    fn list_assets(&mut self, from: usize) -> Value {
        let page: Vec<_> = self.assets.keys().skip(from).take(2).map(|id| json!({ "id": id })).collect();
        let mut body = json!({ "assets": page });
        if from + 2 < self.assets.len() {
            body["nextToken"] = (from + 2).to_string().into();
        } else {
            self.assets.retain(|_, listings| *listings != Some(0));
            self.assets.values_mut().flatten().for_each(|listings| *listings -= 1);
        }
        body
    }
}
