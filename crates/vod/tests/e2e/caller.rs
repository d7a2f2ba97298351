//! Requests to an emulator, signed as SDKs do.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use serde_json::Value;
use ureq::Body;
use ureq::http::{Request, Response};

use crate::e2e::emulator::REGION;

/// The services that speak JSON, by what stands before their operations, and the names that requests are signed for.
const SERVICES: [(&str, &str); 6] = [
    ("AWSEvents", "events"),
    ("AWSStepFunctions", "states"),
    ("AmazonSQS", "sqs"),
    ("DynamoDB_20120810", "dynamodb"),
    ("Logs_20140328", "logs"),
    ("ResourceGroupsTaggingAPI_20170126", "tagging"),
];

/// Who has an access key, and asks an emulator.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) url: String,
    pub(crate) key: String,
    pub(crate) secret: String,
    /// The token of a role's session.
    pub(crate) token: Option<String>,
}

impl Caller {
    /// What a service answers to a request whose address follows the emulator's; an error is an answer, too.
    pub(crate) fn send(
        &self,
        service: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response<Body> {
        let uri = format!("{}{path}", self.url);
        let identity = Credentials::new(&self.key, &self.secret, self.token.clone(), None, "e2e").into();
        let mut settings = SigningSettings::default();
        if service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let parameters = v4::SigningParams::builder().identity(&identity).region(REGION).name(service);
        let parameters = parameters.time(SystemTime::now()).settings(settings).build().unwrap().into();
        let signable = SignableRequest::new(method, &uri, headers.iter().copied(), SignableBody::Bytes(body)).unwrap();
        let (signature, _) = sign(signable, &parameters).unwrap().into_parts();
        let mut request = Request::builder().method(method).uri(&uri);
        for (name, value) in headers.iter().copied().chain(signature.headers()) {
            request = request.header(name, value);
        }
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        agent.run(request.body(body).unwrap()).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// What a service answers that speaks AWS's JSON protocol, and its status.
    pub(crate) fn ask(&self, target: &str, body: &Value) -> (u16, Value) {
        let (service, _) = target.split_once('.').unwrap();
        let (_, service) = SERVICES.iter().find(|(prefix, _)| *prefix == service).unwrap_or_else(|| panic!("{target}"));
        let headers = [("X-Amz-Target", target), ("Content-Type", "application/x-amz-json-1.1")];
        let mut answer = self.send(service, "POST", "/", &headers, body.to_string().as_bytes());
        let text = answer.body_mut().with_config().limit(64 << 20).read_to_string().unwrap();
        let body = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{target}: {error}: {text}"));
        (answer.status().as_u16(), body)
    }

    /// What such a service answers to a request that it does not refuse.
    pub(crate) fn call(&self, target: &str, body: &Value) -> Value {
        let (status, answer) = self.ask(target, body);
        assert_eq!(status, 200, "{target}: {answer}");
        answer
    }
}
