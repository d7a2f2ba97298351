//! A deployment that gets everything, loses its parts one by one, and goes; with policies enforced, real videos, and
//! objects, old versions and delete markers in every bucket.

use std::collections::BTreeSet;

use aws_sdk_cloudformation::types::ResourceStatus;

use super::{User, videos};
use crate::e2e::deployment::Deployment;
use crate::e2e::emulator::{Emulator, free_port};
use crate::e2e::media_fake::MediaFake;
use crate::e2e::samples;
use crate::e2e::transcoder::{Transcoder, endpoint};

/// All that can be switched on here.
const EVERYTHING: [&str; 10] = [
    "storage.removal_policy=destroy",
    "source.archive=GLACIER",
    "source.trigger=both",
    "source.metadata_wait_seconds=10",
    "encoding.mp4=true",
    "encoding.endpoint=discover",
    "packaging.media_package=true",
    "distribution.waf=managed",
    "admin_email=video-operations@example.com",
    "player.enabled=true",
];

/// What may be lost: packaging with all it has; and the emulator says of every change to a distribution that it may replace it.
const DEPLOY: [&str; 16] = [
    "deploy",
    "--yes",
    "--allow-loss-of",
    "DeliveryDistribution",
    "--allow-loss-of",
    "FunctionsMediaPackageAssetsLog",
    "--allow-loss-of",
    "PackagingCmaf",
    "--allow-loss-of",
    "PackagingDash",
    "--allow-loss-of",
    "PackagingGroup",
    "--allow-loss-of",
    "PackagingHls",
    "--allow-loss-of",
    "PackagingMss",
];

const BUCKETS: [&str; 3] = ["StorageSource", "StorageDestination", "StorageLogs"];

/// The user's command with these settings, of which later ones win.
fn with<'a>(command: &[&'a str], sets: &[&'a str]) -> Vec<&'a str> {
    let sets = sets.iter().flat_map(|set| ["--set", set]);
    command.iter().copied().chain(sets).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_loses_its_parts_one_by_one_leaves_nothing() {
    let fake = MediaFake::start();
    let port = free_port();
    let media_convert = endpoint(port);
    let emulator = Emulator::start(&[("MEDIACONVERT", &media_convert), ("MEDIAPACKAGE_VOD", &fake.url())]);
    let transcoder = Transcoder::start(port, &emulator);
    let user = tokio::task::block_in_place(|| User::new(&emulator, &media_convert));
    let stack = Deployment::new(&emulator, "vod", Vec::new());
    let before: BTreeSet<String> = emulator.inventory().into_iter().collect();

    let deploy = |sets: &[&str]| tokio::task::block_in_place(|| user.aws(0, &with(&DEPLOY, sets)));
    deploy(&EVERYTHING);
    nothing_failed(&stack).await;
    let mut buckets = Vec::new();
    for id in BUCKETS {
        buckets.push(stack.physical_id(id).await);
    }
    let [source, destination, _] = &buckets[..] else { unreachable!("three buckets") };

    emulator.put_object(source, "film.mp4", &samples::plain());
    tokio::task::block_in_place(|| videos::newest(&user, |video| video["workflowStatus"] == "Complete"));
    assert_eq!(fake.assets().len(), 1, "the video is packaged");
    let page = "index.html";
    assert!(emulator.get_object(destination, page).is_some(), "the player is there");
    for bucket in &buckets {
        emulator.put_object(bucket, "left/over.txt", b"old");
        emulator.put_object(bucket, "left/over.txt", b"new");
        emulator.put_object(bucket, "left/gone.txt", b"gone");
        emulator.delete_object(bucket, "left/gone.txt");
    }

    // Each part takes away what it made, though the rest of the stack no longer needs to be allowed to.
    let no_player = [&EVERYTHING[..], &["player.enabled=false"]].concat();
    deploy(&no_player);
    nothing_failed(&stack).await;
    assert_eq!(emulator.get_object(destination, page), None, "the player is gone");
    let no_packaging = [&no_player[..], &["packaging.media_package=false"]].concat();
    deploy(&no_packaging);
    nothing_failed(&stack).await;
    assert_eq!(fake.assets(), Vec::<String>::new(), "no asset is left");
    let other_family = [&no_packaging[..], &["encoding.family=cmaf", "encoding.mp4=false"]].concat();
    let templates = transcoder.templates();
    deploy(&other_family);
    nothing_failed(&stack).await;
    assert!(transcoder.templates().is_disjoint(&templates), "{templates:?}");

    emulator.put_object(source, "second.mp4", &samples::plain());
    tokio::task::block_in_place(|| {
        videos::newest(&user, |video| video["srcVideo"] == "second.mp4" && video["workflowStatus"] == "Complete");
        let printed = user.aws(0, &with(&["destroy", "--yes"], &other_family));
        for bucket in &buckets {
            assert!(printed.contains(&format!("deleted: {bucket} (AWS::S3::Bucket)")), "{printed}");
            assert!(printed.contains(&format!("Emptied {bucket}: ")), "{printed}");
        }
        assert!(printed.contains("vod is in DELETE_COMPLETE."), "{printed}");
    });
    assert_eq!(transcoder.templates(), BTreeSet::new());
    for bucket in &buckets {
        assert_eq!(emulator.get_object(bucket, "left/over.txt"), None);
    }
    let tables = emulator.call("DynamoDB_20120810.ListTables", &serde_json::json!({}));
    assert_eq!(tables["TableNames"], serde_json::json!([]), "the table goes with the stack");
    // The bucket of the code stays for other deployments. A key waits for its deletion, on AWS as well. Of a table that is gone
    // the emulator still lists the tags, so the table itself was asked for above.
    let spared = |it: &String| ["vod-assets-", ":table/", ":key/"].iter().any(|part| it.contains(part));
    let left = emulator.inventory().into_iter().filter(|it| !before.contains(it) && !spared(it));
    let left: Vec<String> = left.collect();
    assert_eq!(left, Vec::<String>::new(), "nothing is left behind");
    let log = emulator.log();
    let denied: Vec<&str> = log.lines().filter(|line| is_denial(line)).collect();
    assert_eq!(denied, Vec::<&str>::new());
}

/// Whether a line of the emulator's log, or of a function's in it, is of a permission that lacks.
fn is_denial(line: &str) -> bool {
    ["AccessDenied", "not authorized to perform", "Access Denied"].iter().any(|words| line.contains(words))
}

async fn nothing_failed(stack: &Deployment) {
    let failed = |status: &ResourceStatus| status.as_str().ends_with("_FAILED") || status.as_str().contains("ROLLBACK");
    let events = stack.events().await.into_iter();
    let failures: Vec<_> = events.filter(|event| event.resource_status.as_ref().is_some_and(failed)).collect();
    assert!(failures.is_empty(), "{failures:#?}");
}

/// The job templates have names of their own in each version: a video keeps none of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_video_is_retried_after_the_job_templates_changed() {
    let port = free_port();
    let media_convert = endpoint(port);
    let emulator = Emulator::start(&[("MEDIACONVERT", &media_convert)]);
    let transcoder = Transcoder::start(port, &emulator);
    tokio::task::block_in_place(|| {
        let user = User::new(&emulator, &media_convert);
        user.aws(0, &["deploy", "--yes"]);
        let source = user.aws(0, &["outputs", "SourceBucket"]).trim().to_owned();
        transcoder.set_queue("PAUSED");
        emulator.put_object(&source, "film.mp4", &samples::plain());
        let guid = videos::newest(&user, |video| video["workflowStatus"] == "Encoding");
        user.aws(0, &["videos", "cancel", &guid]);
        let canceled = videos::until(&user, &guid, |record| record["workflowStatus"] == "Error");
        transcoder.set_queue("ACTIVE");

        let templates = transcoder.templates();
        user.aws(0, &["deploy", "--yes", "--set", "encoding.mp4=true"]);
        assert!(transcoder.templates().is_disjoint(&templates), "{templates:?}");
        user.aws(0, &["videos", "retry", &guid]);
        let over = |record: &serde_json::Value| match record["workflowStatus"].as_str() {
            Some("Error") => record["endTime"] != canceled["endTime"],
            status => status == Some("Complete"),
        };
        let record = videos::until(&user, &guid, over);
        assert_eq!(record["workflowStatus"], "Complete", "{record:#}");
        assert!(record["mp4Urls"].as_array().is_some_and(|urls| !urls.is_empty()), "by the new templates: {record:#}");
        user.aws(0, &["destroy", "--yes", "--purge", "--confirm-purge", "vod"]);
    });
}
