//! The calls that the tests wrote down, as the actions and resources that IAM knows.

use std::collections::BTreeSet;
use std::path::PathBuf;

use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use serde::Deserialize;
use serde_json::{Map, Value};

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
    headers: Map<String, Value>,
    body: Option<String>,
}

/// What a call needs besides its own action: a member of the body that brings it, and the action.
const IMPLIED: [(&str, &str); 2] = [("role", "iam:PassRole"), ("sourceRoleArn", "iam:PassRole")];

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

/// The different calls in these files.
pub(super) fn read(files: &[PathBuf]) -> miette::Result<Vec<Call>> {
    let mut calls = BTreeSet::new();
    for file in files {
        for line in fs_err::read_to_string(file).into_diagnostic()?.lines() {
            let written: Written = serde_json::from_str(line).into_diagnostic().wrap_err_with(|| line.to_owned())?;
            if let Some(handler) = &written.handler {
                let found = Sent::new(&written).calls(handler);
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
    /// The body, a form.
    form: Option<&'w str>,
    /// The body, JSON.
    json: Value,
}

impl<'w> Sent<'w> {
    fn new(Written { service, request, .. }: &'w Written) -> Self {
        let body = request.body.as_deref().unwrap_or_default();
        let form = Some(body).filter(|body| body.starts_with("Action="));
        Self { service, request, form, json: serde_json::from_str(body).unwrap_or_default() }
    }

    fn calls(&self, handler: &str) -> Option<Vec<Call>> {
        let action = self.action()?;
        let call = |action: String, resource: String| Call { handler: handler.to_owned(), action, resource };
        let resources = self.resources();
        let mut calls: Vec<_> =
            resources.iter().map(|resource| call(format!("{}:{action}", self.service), resource.clone())).collect();
        for (member, action) in IMPLIED {
            calls.extend(self.name(member).map(|role| call(action.to_owned(), role)));
        }
        if !self.json["tags"].is_null() && action.starts_with("Create") {
            let tagged = self.created();
            calls.extend(tagged.map(|resource| call(format!("{}:TagResource", self.service), resource)));
        }
        Some(calls)
    }

    fn action(&self) -> Option<String> {
        if let Some(target) = self.request.headers.get("x-amz-target").and_then(Value::as_str) {
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
        let single = match self.service {
            "s3" => format!("arn:aws:s3:::{}", self.request.path.trim_matches('/')),
            "dynamodb" => format!("table/{}", self.name("TableName").unwrap_or_default()),
            "states" => self.name("stateMachineArn").unwrap_or_default(),
            "sqs" => {
                let url = self.name("QueueUrl").unwrap_or_default();
                format!("arn:aws:sqs:eu-west-1:111122223333:{}", url.rsplit('/').next().unwrap_or_default())
            }
            "sns" => decoded(parameter(self.form.unwrap_or_default(), "TopicArn")),
            // The queue is what the search is about.
            _ if self.request.path.ends_with("/search") => decoded(parameter(&self.request.query, "queue")),
            _ if self.request.path.ends_with("/jobs") => {
                let mut about: Vec<_> = ["queue", "jobTemplate"].iter().filter_map(|name| self.name(name)).collect();
                about.extend(self.hops());
                about.extend(self.presets());
                about.extend(self.created());
                return about;
            }
            _ => self.created().unwrap_or_else(|| self.named()),
        };
        vec![single]
    }

    /// The ARN of what a call creates.
    fn created(&self) -> Option<String> {
        let name = self.name("name");
        let kind = self.request.path.rsplit('/').next()?;
        (self.request.method == "POST" && matches!(kind, "jobs" | "jobTemplates" | "assets"))
            .then(|| self.arn(&format!("{kind}/{}", name.unwrap_or_else(|| "new".to_owned()))))
    }

    /// The ARN of what the path names.
    fn named(&self) -> String {
        self.arn(self.request.path.trim_start_matches("/2017-08-29").trim_matches('/'))
    }

    fn arn(&self, resource: &str) -> String {
        format!("arn:aws:{}:eu-west-1:111122223333:{resource}", self.service)
    }

    /// The queues that a job may move to.
    fn hops(&self) -> impl Iterator<Item = String> {
        let hops = self.json["hopDestinations"].as_array().into_iter().flatten();
        hops.filter_map(|hop| hop["queue"].as_str().map(str::to_owned))
    }

    /// The presets that a job's outputs name; the system's own need no permission.
    fn presets(&self) -> impl Iterator<Item = String> {
        let items = |value: &'_ Value| value.as_array().cloned().unwrap_or_default();
        let groups = items(&self.json["settings"]["outputGroups"]).into_iter();
        let presets = groups.flat_map(move |group| items(&group["outputs"]));
        let presets = presets.filter_map(|output| output["preset"].as_str().map(str::to_owned));
        presets.filter(|preset| !preset.starts_with("System-")).map(|preset| self.arn(&format!("presets/{preset}")))
    }

    fn name(&self, member: &str) -> Option<String> {
        self.json[member].as_str().map(str::to_owned)
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
    use serde_json::json;

    use super::*;

    /// The actions of a request, which is a POST to `/` without a body unless it says otherwise.
    fn actions(service: &str, request: &Value) -> Vec<String> {
        let mut whole = json!({"method": "POST", "path": "/", "query": "", "headers": {}, "body": null});
        whole.as_object_mut().unwrap().extend(request.as_object().unwrap().clone());
        let written = json!({"handler": "encode", "service": service, "request": whole});
        let written: Written = serde_json::from_value(written).unwrap();
        let calls = Sent::new(&written).calls("encode").unwrap();
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
