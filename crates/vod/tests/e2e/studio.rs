//! A deployed platform with a transcoder that works, and what a test sees of the videos it publishes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::e2e::assembly::Configuration;
use crate::e2e::emulator::{ACCOUNT, REGION};
use crate::e2e::platform::Platform;
use crate::e2e::transcoder::Transcoder;
use crate::e2e::workflow::{messages, records, text, wait_for};

/// The queue that listens to the topic.
const LISTENER: &str = "listener";

/// A deployed platform with a transcoder that works, and a queue that listens to its topic.
pub(crate) struct Studio {
    pub(crate) platform: Platform,
    pub(crate) transcoder: Transcoder,
    pub(crate) source: String,
    pub(crate) table: String,
    listener: String,
}

impl Studio {
    pub(crate) async fn open(configuration: Configuration) -> Self {
        let (platform, transcoder) = Platform::deploy_with_transcoder(configuration).await;
        let (source, table) = (platform.output("SourceBucket").await, platform.output("WorkflowTable").await);
        let topic = platform.output("TopicArn").await;
        let (emulator, queue) = (&platform.emulator, format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{LISTENER}"));
        let policy = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" },
            "Action": "sqs:SendMessage", "Resource": queue,
            "Condition": { "ArnEquals": { "aws:SourceArn": topic } },
        }] });
        let attributes = json!({ "Policy": policy.to_string(), "VisibilityTimeout": "900" });
        let made = emulator.call("AmazonSQS.CreateQueue", &json!({ "QueueName": LISTENER, "Attributes": attributes }));
        let subscription =
            [("Action", "Subscribe"), ("TopicArn", &topic), ("Protocol", "sqs"), ("Endpoint", queue.as_str())];
        emulator.query("sns", &subscription);
        let listener = made["QueueUrl"].as_str().unwrap().to_owned();
        Self { platform, transcoder, source, table, listener }
    }

    pub(crate) fn upload(&self, key: &str, content: &[u8]) {
        self.platform.emulator.put_object(&self.source, key, content);
    }

    /// The record of a video in one of these states.
    pub(crate) fn reached(&self, key: &str, states: &[&str]) -> Value {
        wait_for(&format!("{states:?} of {key}"), &self.platform, || {
            let found =
                records(&self.platform, &self.table).into_iter().find(|item| text(item, "srcVideo") == Some(key));
            found.filter(|item| states.contains(&text(item, "workflowStatus").unwrap_or_default()))
        })
    }

    /// The record of a video whose workflow is over, and must have come to a good end.
    pub(crate) fn completed(&self, key: &str) -> Value {
        let record = self.reached(key, &["Complete", "Error"]);
        assert_eq!(text(&record, "workflowStatus"), Some("Complete"), "{key}: {:?}", text(&record, "errorMessage"));
        record
    }

    /// The error of a video whose workflow is over, and must have come to a bad end.
    pub(crate) fn failed(&self, key: &str) -> String {
        let record = self.reached(key, &["Complete", "Error"]);
        assert_eq!(text(&record, "workflowStatus"), Some("Error"), "{key}");
        text(&record, "errorMessage").filter(|message| !message.is_empty()).unwrap().to_owned()
    }

    /// Whose statuses were announced on the topic, by guid, once there are so many.
    pub(crate) fn announced(&self, number: usize) -> BTreeMap<String, BTreeSet<String>> {
        let mut announced = BTreeMap::<String, BTreeSet<String>>::new();
        let mut heard = 0;
        wait_for(&format!("{number} announcements"), &self.platform, || {
            for message in messages(&self.platform, &self.listener) {
                let envelope: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
                assert!(envelope["Subject"].is_string(), "{envelope}");
                let body: Value = serde_json::from_str(envelope["Message"].as_str().unwrap()).unwrap();
                // A finished video is announced with its whole record.
                let status = body["status"].as_str().or(body["workflowStatus"].as_str()).unwrap();
                announced.entry(body["guid"].as_str().unwrap().to_owned()).or_default().insert(status.to_owned());
                heard += 1;
            }
            (heard >= number).then_some(())
        });
        assert_eq!(heard, number, "{announced:?}");
        announced
    }

    /// Waits until nothing hangs: every video is published or has failed, and no job and no workflow runs any more.
    pub(crate) fn settle(&self) {
        let call = |operation: &str, body: &Value| {
            let answer = self.platform.emulator.call(&format!("AWSStepFunctions.{operation}"), body);
            answer.as_object().unwrap().values().find_map(Value::as_array).unwrap().clone()
        };
        let machines = call("ListStateMachines", &json!({}));
        let is_over = |record: &Value| ["Complete", "Error"].contains(&text(record, "workflowStatus").unwrap());
        wait_for("end of everything", &self.platform, || {
            let works = |job: &Value| ["SUBMITTED", "PROGRESSING"].contains(&job["status"].as_str().unwrap());
            let runs = |machine: &Value| {
                let asked = json!({ "stateMachineArn": machine["stateMachineArn"], "statusFilter": "RUNNING" });
                !call("ListExecutions", &asked).is_empty()
            };
            let quiet = !self.transcoder.jobs().iter().any(works)
                && records(&self.platform, &self.table).iter().all(is_over)
                && !machines.iter().any(runs);
            quiet.then_some(())
        });
    }

    /// What CloudFront answers.
    pub(crate) fn fetch(&self, url: &str) -> Vec<u8> {
        let rest = url.strip_prefix("https://").unwrap();
        let (host, path) = rest.split_once('/').unwrap();
        let request = ureq::get(format!("{}/{path}", self.platform.emulator.url()));
        let answer = request.header("Host", host).header("X-Forwarded-Proto", "https").call();
        answer.unwrap_or_else(|error| panic!("{url}: {error}")).body_mut().read_to_vec().unwrap()
    }

    /// What CloudFront answers for the address in a member of a record.
    pub(crate) fn watch(&self, record: &Value, member: &str) -> String {
        self.text(text(record, member).unwrap_or_else(|| panic!("no {member} in {record:#}")))
    }

    /// The first segment of the first rendition of a video's HLS.
    pub(crate) fn first_segment(&self, record: &Value) -> Vec<u8> {
        let master = text(record, "hlsUrl").unwrap();
        let rendition = beside(master, first_address(&self.text(master)));
        self.fetch(&beside(&rendition, first_address(&self.text(&rendition))))
    }

    /// The first segment of a video's first captions in HLS.
    pub(crate) fn first_captions(&self, record: &Value) -> String {
        let master = text(record, "hlsUrl").unwrap();
        let playlist = self.text(master);
        let line =
            playlist.lines().find(|line| line.contains("TYPE=SUBTITLES")).unwrap_or_else(|| panic!("{playlist}"));
        let (_, rest) = line.split_once("URI=\"").unwrap();
        let captions = beside(master, rest.split('"').next().unwrap());
        self.text(&beside(&captions, first_address(&self.text(&captions))))
    }

    fn text(&self, url: &str) -> String {
        String::from_utf8(self.fetch(url)).unwrap()
    }
}

/// The sizes in a multivariant playlist.
pub(crate) fn resolutions(playlist: &str) -> Vec<(u32, u32)> {
    let sizes = playlist.split("RESOLUTION=").skip(1);
    let sizes = sizes.map(|rest| rest.split(|end: char| end == ',' || end.is_whitespace()).next().unwrap());
    sizes.map(|size| size.split_once('x').unwrap()).map(|(w, h)| (w.parse().unwrap(), h.parse().unwrap())).collect()
}

fn first_address(playlist: &str) -> &str {
    playlist.lines().find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_else(|| panic!("{playlist}"))
}

/// The address of what another names relative to itself.
fn beside(url: &str, name: &str) -> String {
    format!("{}/{name}", url.rsplit_once('/').unwrap().0)
}
