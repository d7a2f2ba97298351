//! The calls that the tests wrote down, as the actions and resources that IAM knows.

use std::collections::BTreeSet;
use std::path::PathBuf;

use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// One action of a handler on one resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call {
    pub(super) handler: String,
    pub(super) action: String,
    pub(super) resource: String,
}

/// A call as it was written down; only those of handlers count.
#[derive(Debug, Deserialize)]
struct Written {
    handler: Option<String>,
    service: String,
    request: Request,
}

#[derive(Debug, Deserialize)]
struct Request {
    method: String,
    path: String,
    query: String,
    headers: Headers,
    body: Option<String>,
}

/// A body of JSON, as far as it names what a call is about.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    #[serde(rename = "TableName")]
    table_name: String,
    #[serde(rename = "QueueUrl")]
    queue_url: String,
    state_machine_arn: String,
    name: Option<String>,
    queue: Option<String>,
    job_template: Option<String>,
    role: Option<String>,
    source_role_arn: Option<String>,
    tags: Option<IgnoredAny>,
    hop_destinations: Vec<Hop>,
    settings: Settings,
}

#[derive(Deserialize)]
struct Hop {
    queue: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Settings {
    output_groups: Vec<OutputGroup>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OutputGroup {
    outputs: Vec<Output>,
}

#[derive(Deserialize)]
struct Output {
    preset: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Headers {
    #[serde(rename = "x-amz-target")]
    target: Option<String>,
}

/// The actions of services that name theirs by path: service, method, start of the path, whether more follows it, and
/// the action.
///
/// S3 has a table of its own.
const BY_PATH: [(&str, &str, &str, bool, &str); 12] = [
    ("mediaconvert", "GET", "/2017-08-29/search", false, "SearchJobs"),
    ("mediaconvert", "POST", "/2017-08-29/jobs", false, "CreateJob"),
    ("mediaconvert", "POST", "/2017-08-29/jobTemplates", false, "CreateJobTemplate"),
    ("mediaconvert", "GET", "/2017-08-29/jobTemplates", true, "GetJobTemplate"),
    ("mediaconvert", "DELETE", "/2017-08-29/jobTemplates", true, "DeleteJobTemplate"),
    ("mediaconvert", "POST", "/2017-08-29/endpoints", false, "DescribeEndpoints"),
    ("mediaconvert", "POST", "/2017-08-29/probe", false, "Probe"),
    ("mediapackage-vod", "POST", "/assets", false, "CreateAsset"),
    ("mediapackage-vod", "GET", "/assets", false, "ListAssets"),
    ("mediapackage-vod", "GET", "/assets", true, "DescribeAsset"),
    ("mediapackage-vod", "DELETE", "/assets", true, "DeleteAsset"),
    ("mediapackage-vod", "GET", "/packaging_groups", true, "DescribePackagingGroup"),
];

/// The actions of S3: method, a parameter of the query, and the action without and with a version
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>).
const S3: [(&str, &str, &str, &str); 10] = [
    ("GET", "list-type", "ListBucket", "ListBucket"),
    ("GET", "versions", "ListBucketVersions", "ListBucketVersions"),
    ("GET", "tagging", "GetObjectTagging", "GetObjectVersionTagging"),
    ("PUT", "tagging", "PutObjectTagging", "PutObjectVersionTagging"),
    ("DELETE", "uploadId", "AbortMultipartUpload", "AbortMultipartUpload"),
    ("GET", "", "GetObject", "GetObjectVersion"),
    ("HEAD", "", "GetObject", "GetObjectVersion"),
    ("PUT", "", "PutObject", "PutObject"),
    ("POST", "", "PutObject", "PutObject"),
    ("DELETE", "", "DeleteObject", "DeleteObjectVersion"),
];

pub(super) fn read(files: &[PathBuf]) -> miette::Result<Vec<Call>> {
    let mut calls = BTreeSet::new();
    for file in files {
        for line in fs_err::read_to_string(file).into_diagnostic()?.lines() {
            let written: Written = serde_json::from_str(line).into_diagnostic().wrap_err_with(|| line.to_owned())?;
            if let Some(handler) = &written.handler {
                let found = Sent::new(&written)?.calls(handler);
                calls.extend(found.ok_or_else(|| miette!("no action is known for {line}"))?);
            }
        }
    }
    Ok(calls.into_iter().collect())
}

/// A request, with what its body says.
struct Sent<'w> {
    service: &'w str,
    request: &'w Request,
    form: Option<&'w str>,
    json: Body,
}

impl<'w> Sent<'w> {
    fn new(Written { service, request, .. }: &'w Written) -> miette::Result<Self> {
        let body = request.body.as_deref().unwrap_or_default();
        let form = Some(body).filter(|body| body.starts_with("Action="));
        let is_json = body.starts_with('{') && service != "s3";
        let json = if is_json { serde_json::from_str(body).into_diagnostic()? } else { Body::default() };
        Ok(Self { service, request, form, json })
    }

    fn calls(&self, handler: &str) -> Option<Vec<Call>> {
        let action = self.action()?;
        let call = |action: String, resource: String| Call { handler: handler.to_owned(), action, resource };
        let own = format!("{}:{action}", self.service);
        let mut calls: Vec<_> = self.resources().into_iter().map(|resource| call(own.clone(), resource)).collect();
        let roles = self.json.role.iter().chain(&self.json.source_role_arn);
        calls.extend(roles.map(|role| call("iam:PassRole".to_owned(), role.clone())));
        if self.json.tags.is_some() && action.starts_with("Create") {
            let tagged = self.created();
            calls.extend(tagged.map(|resource| call(format!("{}:TagResource", self.service), resource)));
        }
        Some(calls)
    }

    fn action(&self) -> Option<String> {
        if let Some(target) = &self.request.headers.target {
            return target.rsplit('.').next().map(str::to_owned);
        }
        if let Some(form) = self.form {
            return form.strip_prefix("Action=")?.split('&').next().map(str::to_owned);
        }
        let has = |parameter: &str| self.request.query.split('&').any(|pair| pair.split('=').next() == Some(parameter));
        if self.service == "s3" {
            let (_, _, plain, versioned) = S3.iter().find(|(method, parameter, ..)| {
                *method == self.request.method && (parameter.is_empty() || has(parameter))
            })?;
            return Some(if has("versionId") { versioned } else { plain }.to_string());
        }
        let found = BY_PATH.iter().find(|(service, method, start, longer, _)| {
            let rest = self.request.path.strip_prefix(start);
            let fits = if *longer { rest.is_some_and(|rest| rest.starts_with('/')) } else { rest == Some("") };
            *service == self.service && *method == self.request.method && fits
        });
        found.map(|(.., action)| (*action).to_owned())
    }

    /// What the call is about, as ARNs in the tests' names.
    fn resources(&self) -> Vec<String> {
        let Self { request, json, .. } = self;
        let single = match self.service {
            "s3" => format!("arn:aws:s3:::{}", request.path.trim_matches('/')),
            "dynamodb" => format!("table/{}", json.table_name),
            "states" => json.state_machine_arn.clone(),
            "sqs" => self.arn(json.queue_url.rsplit('/').next().unwrap_or_default()),
            "sns" => decoded(parameter(self.form.unwrap_or_default(), "TopicArn")),
            // The queue is what the search is about.
            _ if request.path.ends_with("/search") => decoded(parameter(&request.query, "queue")),
            _ if request.path.ends_with("/jobs") => {
                let mut about: Vec<String> = json.queue.iter().chain(&json.job_template).cloned().collect();
                about.extend(json.hop_destinations.iter().filter_map(|hop| hop.queue.clone()));
                let outputs = json.settings.output_groups.iter().flat_map(|group| &group.outputs);
                let presets = outputs.filter_map(|output| output.preset.as_ref());
                // The system's own need no permission.
                let presets = presets.filter(|preset| !preset.starts_with("System-"));
                about.extend(presets.map(|preset| self.arn(&format!("presets/{preset}"))));
                about.extend(self.created());
                return about;
            }
            // Else what the path names.
            _ => self
                .created()
                .unwrap_or_else(|| self.arn(request.path.trim_start_matches("/2017-08-29").trim_matches('/'))),
        };
        vec![single]
    }

    /// The ARN of what a call creates.
    fn created(&self) -> Option<String> {
        let kind = self.request.path.rsplit('/').next()?;
        let name = self.json.name.as_deref().unwrap_or("new");
        (self.request.method == "POST" && matches!(kind, "jobs" | "jobTemplates" | "assets"))
            .then(|| self.arn(&format!("{kind}/{name}")))
    }

    fn arn(&self, resource: &str) -> String {
        format!("arn:aws:{}:eu-west-1:111122223333:{resource}", self.service)
    }
}

/// The value of a parameter in a query or a form; empty where there is none.
fn parameter<'a>(pairs: &'a str, name: &str) -> &'a str {
    pairs.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default()
}

/// An ARN without the escapes of a query.
fn decoded(arn: &str) -> String {
    arn.replace("%3A", ":").replace("%2F", "/")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The actions of a request, which is a POST to `/` without a body unless it says otherwise.
    fn actions(service: &str, request: &Value) -> Vec<String> {
        let mut whole = json!({"method": "POST", "path": "/", "query": "", "headers": {}, "body": null});
        whole.as_object_mut().unwrap().extend(request.as_object().unwrap().clone());
        let written = json!({"handler": "encode", "service": service, "request": whole});
        let written: Written = serde_json::from_value(written).unwrap();
        let calls = Sent::new(&written).unwrap().calls("encode").unwrap();
        calls.iter().map(|call| format!("{} {}", call.action, call.resource)).collect()
    }

    #[test]
    fn wire_calls_are_actions() {
        let region = "eu-west-1:111122223333";
        let job = json!({
            "queue": "Q", "role": "R", "tags": {"a": "b"}, "hopDestinations": [{"queue": "H"}],
            "settings": {"outputGroups": [{"outputs": [{"preset": "mine"}, {"preset": "System-Avc"}, {}]}]},
        });
        for (service, request, expected) in [
            (
                "dynamodb",
                json!({"headers": {"x-amz-target": "DynamoDB_20120810.GetItem"}, "body": r#"{"TableName": "vod"}"#}),
                vec!["dynamodb:GetItem table/vod".to_owned()],
            ),
            (
                "sns",
                json!({"body": "Action=Publish&TopicArn=arn%3Aaws%3Asns%3Ax&Message=a"}),
                vec!["sns:Publish arn:aws:sns:x".to_owned()],
            ),
            (
                "s3",
                json!({"method": "HEAD", "path": "/source/a%20b", "query": "versionId=3"}),
                vec!["s3:GetObjectVersion arn:aws:s3:::source/a%20b".to_owned()],
            ),
            (
                "s3",
                json!({"method": "GET", "path": "/dest/", "query": "list-type=2&prefix=g"}),
                vec!["s3:ListBucket arn:aws:s3:::dest".to_owned()],
            ),
            (
                "s3",
                json!({"method": "GET", "path": "/dest/", "query": "versions&prefix=player%2F"}),
                vec!["s3:ListBucketVersions arn:aws:s3:::dest".to_owned()],
            ),
            (
                "mediaconvert",
                json!({"path": "/2017-08-29/jobs", "body": job.to_string()}),
                vec![
                    "mediaconvert:CreateJob Q".to_owned(),
                    "mediaconvert:CreateJob H".to_owned(),
                    format!("mediaconvert:CreateJob arn:aws:mediaconvert:{region}:presets/mine"),
                    format!("mediaconvert:CreateJob arn:aws:mediaconvert:{region}:jobs/new"),
                    "iam:PassRole R".to_owned(),
                    format!("mediaconvert:TagResource arn:aws:mediaconvert:{region}:jobs/new"),
                ],
            ),
            (
                "mediaconvert",
                json!({
                    "method": "GET", "path": "/2017-08-29/search",
                    "query": "inputFile=a&queue=arn%3Aaws%3Amediaconvert%3Ax%3Aqueues%2FDefault",
                }),
                vec!["mediaconvert:SearchJobs arn:aws:mediaconvert:x:queues/Default".to_owned()],
            ),
            (
                "mediapackage-vod",
                json!({"method": "GET", "path": "/assets/g"}),
                vec![format!("mediapackage-vod:DescribeAsset arn:aws:mediapackage-vod:{region}:assets/g")],
            ),
        ] {
            assert_eq!(actions(service, &request), expected, "{request}");
        }
    }
}
