//! What a deployment needs of its account and region before it can work, and how each can be put right.

use std::collections::BTreeSet;
use std::iter;
use std::time::Duration;

use aws::service::{ACM, LAMBDA, MEDIA_CONVERT, SERVICE_QUOTAS};
use aws::{Aws, CallError, CallErrorKind, During};
use aws_sdk_s3::types::ServerSideEncryption;
use http::Method;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Below how many concurrent executions functions of this deployment wait for each other: an account begins with 10 or 1,000.
const FEW_EXECUTIONS: u64 = 100;

/// How long before its end a certificate should have been renewed: ACM renews 60 days before it.
const FEW_DAYS: Duration = Duration::from_hours(30 * 24);

/// What was looked at, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// What was looked at, in a word or two.
    pub subject: &'static str,
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    Ok,
    /// It could not be looked at.
    Unknown,
    /// It works, and may not for long or for everything.
    Warning,
    /// Something will not work.
    Error,
}

impl Check {
    pub fn ok(subject: &'static str, found: impl Into<String>) -> Self {
        Self { subject, verdict: Verdict::Ok, found: found.into(), hint: None }
    }

    pub fn warning(subject: &'static str, found: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { subject, verdict: Verdict::Warning, found: found.into(), hint: Some(hint.into()) }
    }

    pub fn error(subject: &'static str, found: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { subject, verdict: Verdict::Error, found: found.into(), hint: Some(hint.into()) }
    }

    /// What an error of a call means: what may not be looked at is no fault of the deployment.
    pub fn of_error(subject: &'static str, error: &CallError) -> Self {
        let hint = miette::Diagnostic::help(error).map(|help| help.to_string());
        let verdict = if error.kind == CallErrorKind::Denied { Verdict::Unknown } else { Verdict::Error };
        Self { subject, verdict, found: error.to_string(), hint }
    }
}

#[derive(Deserialize)]
struct Found {
    queue: Queue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Queue {
    status: String,
    concurrent_jobs: Option<u64>,
    #[serde(default)]
    submitted_jobs_count: u64,
}

/// Whether MediaConvert answers, has this queue, and lets its jobs run.
pub async fn queue(aws: &Aws, name: &str) -> Check {
    const SUBJECT: &str = "MediaConvert";
    let path = ["2017-08-29", "queues", name];
    let Found { queue } = match aws.call_rest(MEDIA_CONVERT, "mediaconvert:GetQueue", Method::GET, &path, None).await {
        Ok(found) => found,
        Err(error) if error.code.as_deref() == Some("NotFoundException") => {
            let hint = format!(
                "make it (`aws mediaconvert create-queue --name {name}`), or correct its name in `encoding.queue`"
            );
            return Check::error(SUBJECT, format!("there is no queue {name}"), hint);
        }
        Err(error) => return Check::of_error(SUBJECT, &error),
    };
    if queue.status != "ACTIVE" {
        let hint = format!("`aws mediaconvert update-queue --name {name} --status ACTIVE` lets its jobs run");
        return Check::error(SUBJECT, format!("the queue {name} is {}", queue.status), hint);
    }
    let jobs = queue.concurrent_jobs.map(|jobs| format!(" runs {jobs} at once,")).unwrap_or_default();
    Check::ok(SUBJECT, format!("queue {name}:{jobs} {} waiting", queue.submitted_jobs_count))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AccountSettings {
    account_limit: AccountLimit,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AccountLimit {
    concurrent_executions: u64,
    unreserved_concurrent_executions: u64,
}

/// How many functions may run at once.
pub async fn concurrency(aws: &Aws) -> Check {
    const SUBJECT: &str = "Lambda";
    let path = ["2016-08-19", "account-settings", ""];
    let operation = "lambda:GetAccountSettings";
    match aws.call_rest::<AccountSettings>(LAMBDA, operation, Method::GET, &path, None).await {
        Err(error) => Check::of_error(SUBJECT, &error),
        Ok(AccountSettings { account_limit: limit }) => {
            let left = limit.unreserved_concurrent_executions;
            let found = format!("{left} of {} concurrent executions are free to use", limit.concurrent_executions);
            if left >= FEW_EXECUTIONS {
                return Check::ok(SUBJECT, found);
            }
            let hint =
                "ask for more in Service Quotas (Lambda, concurrent executions): bursts of uploads wait, and may fail";
            Check::warning(SUBJECT, found, hint)
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Quotas {
    #[serde(default)]
    quotas: Vec<Quota>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Quota {
    quota_name: String,
    value: f64,
}

/// MediaConvert's quotas of jobs at once and of API rates, as Service Quotas names them.
pub async fn quotas(aws: &Aws) -> Vec<Check> {
    const SUBJECT: &str = "quotas";
    let mut found = Vec::new();
    let mut body = json!({ "ServiceCode": "mediaconvert", "MaxResults": 100 });
    loop {
        let page: Result<Quotas, _> = aws.call_json(SERVICE_QUOTAS, "servicequotas:ListServiceQuotas", &body).await;
        match page {
            Ok(page) => {
                found.extend(page.quotas);
                let Some(token) = page.next_token else { break };
                body["NextToken"] = token.into();
            }
            Err(error) if error.kind == CallErrorKind::Denied => return vec![Check::of_error(SUBJECT, &error)],
            Err(error) => {
                let hint = "look at Service Quotas, MediaConvert, in the console".to_owned();
                let found = error.to_string();
                return vec![Check { subject: SUBJECT, verdict: Verdict::Unknown, found, hint: Some(hint) }];
            }
        }
    }
    let matters = |quota: &Quota| {
        let name = quota.quota_name.to_lowercase();
        name.contains("concurrent") || name.contains("rate")
    };
    let lines = found.iter().filter(|quota| matters(quota));
    lines.map(|quota| Check::ok(SUBJECT, format!("{}: {}", quota.quota_name, quota.value))).collect()
}

/// Whether what arrives in a bucket that the stack did not make can be read: by its default encryption.
pub async fn source_encryption(aws: &Aws, bucket: &str) -> Check {
    const SUBJECT: &str = "source bucket";
    let answer = aws.s3().get_bucket_encryption().bucket(bucket).send().await.during("s3:GetEncryptionConfiguration");
    let rules = match answer {
        Ok(answer) => answer.server_side_encryption_configuration.map(|it| it.rules).unwrap_or_default(),
        Err(error) if error.code.as_deref() == Some("ServerSideEncryptionConfigurationNotFoundError") => Vec::new(),
        Err(error) => return Check::of_error(SUBJECT, &error),
    };
    let rule = rules.iter().find_map(|rule| rule.apply_server_side_encryption_by_default());
    match rule {
        // AWS's own key, which S3 takes where none is named, is for whoever in the account may read the bucket.
        Some(rule) if *rule.sse_algorithm() != ServerSideEncryption::Aes256 => match rule.kms_master_key_id() {
            Some(key) if !key.ends_with("alias/aws/s3") => {
                let hint = format!(
                    "the key's policy must let the roles of the stack's functions and of MediaConvert call `kms:Decrypt`: {key}"
                );
                Check::warning(SUBJECT, format!("{bucket} is encrypted by KMS"), hint)
            }
            _ => Check::ok(SUBJECT, format!("{bucket} is encrypted by KMS with AWS's own key")),
        },
        _ => Check::ok(SUBJECT, format!("{bucket} is encrypted by S3")),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    certificate: Certificate,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Certificate {
    status: String,
    domain_name: String,
    #[serde(default)]
    subject_alternative_names: Vec<String>,
    /// Seconds since 1970.
    not_after: Option<f64>,
}

/// Whether a certificate is issued, is for this domain, and stays so.
pub async fn certificate(aws: &Aws, arn: &str, domain: &str) -> Check {
    const SUBJECT: &str = "certificate";
    let body = json!({ "CertificateArn": arn });
    let Described { certificate } = match aws.call_json(ACM, "acm:DescribeCertificate", &body).await {
        Ok(described) => described,
        Err(error) if error.code.as_deref() == Some("ResourceNotFoundException") => {
            let hint =
                "request one in us-east-1, where CloudFront looks for it, and set `distribution.certificate_arn`";
            return Check::error(SUBJECT, format!("there is no {arn}"), hint);
        }
        Err(error) => return Check::of_error(SUBJECT, &error),
    };
    if certificate.status != "ISSUED" {
        let hint = "add the DNS record that ACM asks for: `aws acm describe-certificate --region us-east-1` shows it";
        return Check::error(SUBJECT, format!("that of {domain} is {}", certificate.status), hint);
    }
    // ACM repeats the first name among the others.
    let names: BTreeSet<&str> = iter::once(&certificate.domain_name)
        .chain(&certificate.subject_alternative_names)
        .map(String::as_str)
        .collect();
    if !names.iter().any(|name| covers(name, domain)) {
        let names: Vec<&str> = names.into_iter().collect();
        let hint = format!("request one for {domain}, or set `distribution.alias` to a name that it has");
        return Check::error(SUBJECT, format!("it is for {}, not for {domain}", names.join(", ")), hint);
    }
    let soon = Timestamp::now() + FEW_DAYS;
    #[allow(clippy::cast_possible_truncation, reason = "a time in seconds has no more than 53 bits")]
    let end = certificate.not_after.and_then(|end| Timestamp::from_second(end as i64).ok());
    match end {
        Some(end) if end < soon => {
            let hint =
                "ACM renews what it issued while its DNS record stands; an imported one has to be imported again";
            Check::warning(SUBJECT, format!("that of {domain} ends on {}", end.strftime("%Y-%m-%d")), hint)
        }
        _ => Check::ok(SUBJECT, format!("for {domain}, issued")),
    }
}

/// Whether a certificate's name is this domain, or a wildcard for it, which stands for one label.
fn covers(name: &str, domain: &str) -> bool {
    let wildcard = name.strip_prefix("*.").zip(domain.split_once('.').map(|(_, rest)| rest));
    name.eq_ignore_ascii_case(domain) || wildcard.is_some_and(|(name, rest)| name.eq_ignore_ascii_case(rest))
}

/// Whether whoever is to be notified has confirmed it: until then, failures and alarms reach nobody.
pub async fn subscriptions(aws: &Aws, topic: &str) -> Check {
    const SUBJECT: &str = "notifications";
    match aws.subscriptions(topic).await {
        Err(error) => Check::of_error(SUBJECT, &error),
        Ok(counts) if counts.pending > 0 => {
            let hint = "open the mail of AWS Notifications and confirm; it is sent anew when the stack is made anew, or by \
                        subscribing again";
            let all = counts.pending + counts.confirmed;
            Check::warning(SUBJECT, format!("{} of {all} subscriptions not confirmed", counts.pending), hint)
        }
        Ok(counts) if counts.confirmed == 0 => {
            let hint = format!("set `admin_email`, or subscribe something: `aws sns subscribe --topic-arn {topic} …`");
            Check::warning(SUBJECT, "nobody hears of failures and alarms", hint)
        }
        Ok(counts) => Check::ok(SUBJECT, format!("{} confirmed", counts.confirmed)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_one_label() {
        for (name, domain, expected) in [
            ("video.example.com", "video.example.com", true),
            ("VIDEO.example.com", "video.example.com", true),
            ("*.example.com", "video.example.com", true),
            ("*.example.com", "a.video.example.com", false),
            ("*.example.com", "example.com", false),
            ("example.com", "video.example.com", false),
        ] {
            assert_eq!(covers(name, domain), expected, "{name} {domain}");
        }
    }
}
