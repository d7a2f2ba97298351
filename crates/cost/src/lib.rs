//! What a deployment costs in a month: the configuration and a workload, by the dated price table.
//!
//! Everything that can be is counted from what is deployed: outputs from the job templates, steps from the state
//! machines, alarms and keys from the stack. The rest is the workload's, and is said beside the result.
//!
//! **Architecture invariant**: what it counts are the stacks, the state machines and the job templates themselves.

mod encoding;
mod estimate;
pub mod prices;
mod warning;
mod workflow;
pub mod workload;

use pipeline::contract::{Handler, Need};
use pipeline::settings::{Architecture, ArchiveClass, Tier};
use synth::asl::DefinitionError;
use synth::aws::{cloudwatch, dynamodb, kms, wafv2};
use synth::{App, Resource, Stack};

use self::encoding::{BilledOutput, Billing};
use self::estimate::Bill;
pub use self::estimate::{Estimate, Line};
use self::prices::{Item, Prices};
use self::workload::{Workload, WorkloadError};
use stacks::BuildError;
use stacks::artifacts::Artifacts;
use stacks::config::Config;
use stacks::job_templates::JobTemplateError;
use stacks::ladder::SEGMENT_SECONDS;

/// Kilobytes of a video's record: as many write request units, and a quarter as many read request units.
const RECORD_KB: f64 = 4.0;

/// The lists that a player reads before it plays: the master, a rendition's and the audio's.
const MANIFESTS: f64 = 3.0;

/// Why there is no estimate.
#[derive(Debug, thiserror::Error)]
pub enum CostError {
    #[error(transparent)]
    Workload(#[from] WorkloadError),
    #[error("the price table is not as it should be")]
    Prices(#[from] toml::de::Error),
    #[error("the price table has nothing for {0:?}")]
    NoPrice(Item),
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    JobTemplate(#[from] JobTemplateError),
    #[error("a job template cannot be read again")]
    Template(#[from] mediaconvert::Invalid),
    #[error("a job template is not JSON")]
    Json(#[from] serde_json::Error),
    #[error("there is no job template for {0} sources")]
    NoTemplate(Tier),
    #[error(transparent)]
    Definition(#[from] DefinitionError),
    #[error("a state machine asks `{0}`, which cannot be answered for a video that is not there")]
    Condition(String),
}

/// Whether the free tier is taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FreeTier {
    /// What is free each month is taken off, as if nothing else in the account used it.
    TakenOff,
    /// Everything is charged.
    Charged,
}

/// What a month of the workload costs with the configuration.
pub fn estimate(config: &Config, workload: &Workload, free_tier: FreeTier) -> Result<Estimate, CostError> {
    workload.check()?;
    let prices = Prices::of_this_build()?;
    let mut ledger = Bill::new(&prices, config, workload, free_tier);
    let outputs = add_encoding(&mut ledger, config, workload, &prices)?;
    let app = stacks::build(config, &Artifacts::of_this_build())?.app;
    add_workflow(&mut ledger, config, workload, &app)?;
    add_storage(&mut ledger, config, workload, &outputs)?;
    add_delivery(&mut ledger, config, workload, &app)?;
    add_standing(&mut ledger, &app)?;
    let warnings = warning::of(config, workload, &outputs, ledger.lines());
    Ok(ledger.close(warnings))
}

/// An output, and how many minutes of it a month has.
struct Produced {
    output: BilledOutput,
    minutes: f64,
    videos: f64,
}

fn add_encoding(
    ledger: &mut Bill<'_>,
    config: &Config,
    workload: &Workload,
    prices: &Prices,
) -> Result<Vec<Produced>, CostError> {
    let templates = stacks::job_templates(config)?;
    let mut produced = Vec::new();
    for (resolution, minutes) in &workload.minutes {
        let picture = resolution.size();
        let template = encoding::template_for(&templates, picture)?;
        let mut outputs = encoding::outputs(&template, picture, config.encoding.acceleration);
        let captures = outputs.iter().any(|output| output.billing == Billing::FrameCapture);
        if config.encoding.frame_capture && !captures {
            outputs.push(BilledOutput {
                billing: Billing::FrameCapture,
                height: picture.short(),
                bitrate: 0.0,
                segment_seconds: None,
            });
        }
        let share = if workload.total_minutes() > 0.0 { minutes / workload.total_minutes() } else { 0.0 };
        let videos = workload.videos * share;
        produced.extend(outputs.into_iter().map(|output| Produced { output, minutes: *minutes, videos }));
    }
    for (label, heights) in [("SD", 0..720), ("HD", 720..1081), ("UHD", 1081..u32::MAX)] {
        for (billing, item) in
            [(Billing::Basic, Item::MediaconvertBasic), (Billing::Professional, Item::MediaconvertProfessional)]
        {
            let of_kind = produced.iter().filter(|one| one.output.billing == billing);
            let sized: Vec<_> = of_kind.filter(|one| heights.contains(&one.output.height)).collect();
            let minutes: f64 = sized.iter().map(|one| one.minutes).sum();
            let normalized: f64 = sized
                .iter()
                .map(|one| one.minutes * prices.multipliers.of(one.output.height, workload.frame_rate))
                .sum();
            let tier = if billing == Billing::Basic { "basic" } else { "professional" };
            let what = format!("{label} outputs, {tier} tier ({minutes:.0} minutes)");
            ledger.add("MediaConvert", &what, item, normalized)?;
        }
    }
    for (billing, what, item) in [
        (Billing::Audio, "audio outputs", Item::MediaconvertAudio),
        (Billing::FrameCapture, "thumbnails", Item::MediaconvertFrameCapture),
    ] {
        let minutes = produced.iter().filter(|one| one.output.billing == billing).map(|one| one.minutes).sum();
        ledger.add("MediaConvert", what, item, minutes)?;
    }
    Ok(produced)
}

/// The resources of one type in all stacks of the deployment.
fn resources<R: Resource>(app: &App) -> impl Iterator<Item = &R> {
    app.stacks().flat_map(Stack::resources_of)
}

/// A number of things as one to compute with.
#[expect(clippy::cast_precision_loss, reason = "a stack has at most 500 resources")]
fn count(things: usize) -> f64 {
    things as f64
}

fn add_workflow(ledger: &mut Bill<'_>, config: &Config, workload: &Workload, app: &App) -> Result<(), CostError> {
    // Every tier takes as many steps: the tier only decides which of them.
    let run_of = workflow::run_of(config, &stacks::features(config), Tier::P1080)?;
    let steps: usize = run_of.steps.iter().map(|(_, steps)| steps.len()).sum();
    let what = format!("{steps} steps a video");
    ledger.add("Step Functions", &what, Item::StepFunctionsTransition, count(steps) * workload.videos)?;

    // Events that reach functions directly: an upload and a finished job, and each minute the progress of the job,
    // which takes about as long as the video.
    let mut calls: Vec<(Handler, f64)> = run_of.calls.iter().map(|handler| (*handler, workload.videos)).collect();
    calls.push((Handler::StepFunctions, 2.0 * workload.videos));
    calls.push((Handler::DynamoUpdate, workload.total_minutes()));
    let requests: f64 = calls.iter().map(|(_, times)| times).sum();
    let gb_seconds: f64 = calls
        .iter()
        .map(|(handler, times)| f64::from(handler.contract().memory_mib) / 1024.0 * workload.function_seconds * times)
        .sum();
    let time = match config.functions.architecture {
        Architecture::X86_64 => Item::LambdaX86,
        Architecture::Arm64 => Item::LambdaArm,
    };
    ledger.add("Lambda", "requests", Item::LambdaRequest, requests)?;
    ledger.add("Lambda", &format!("time, {}", config.functions.architecture.into_str()), time, gb_seconds)?;

    let indexes: usize = resources::<dynamodb::Table>(app)
        .filter_map(|table| table.global_secondary_indexes.as_ref()?.literal())
        .map(Vec::len)
        .sum();
    let times = |wanted: &dyn Fn(Handler) -> bool| -> f64 {
        calls.iter().filter(|(handler, _)| wanted(*handler)).map(|(_, times)| times).sum()
    };
    let written = times(&|handler| handler == Handler::DynamoUpdate) * RECORD_KB * (1.0 + count(indexes));
    let read = times(&|handler| handler.contract().needs.contains(&Need::ReadTable)) * RECORD_KB / 4.0;
    ledger.add("DynamoDB", "records written", Item::DynamodbWrite, written)?;
    ledger.add("DynamoDB", "records read", Item::DynamodbRead, read)?;
    Ok(())
}

fn add_storage(
    ledger: &mut Bill<'_>,
    config: &Config,
    workload: &Workload,
    produced: &[Produced],
) -> Result<(), CostError> {
    let gigabytes = |bits_a_second: f64, minutes: f64| bits_a_second * minutes * 60.0 / 8.0 / 1e9;
    let outputs: f64 =
        produced.iter().map(|one| gigabytes(one.output.bitrate * workload.bitrate_share, one.minutes)).sum();
    let sources = gigabytes(workload.source_mbps * 1e6, workload.total_minutes());
    let months = workload.storage_months;
    ledger.add("S3", "outputs", Item::S3Standard, outputs * months)?;
    let archived = match config.source.archive {
        ArchiveClass::Disabled => None,
        ArchiveClass::Glacier => Some((Item::GlacierStorage, Item::GlacierRetrieval, "Glacier")),
        ArchiveClass::DeepArchive => Some((Item::DeepArchiveStorage, Item::DeepArchiveRetrieval, "Deep Archive")),
    };
    match archived {
        None => ledger.add("S3", "sources", Item::S3Standard, sources * months)?,
        Some((storage, retrieval, name)) => {
            ledger.add(name, "sources", storage, sources * months)?;
            ledger.add(name, "moving sources there", Item::ArchiveTransition, workload.videos)?;
            ledger.add(name, "getting sources back", retrieval, workload.restored_gb)?;
        }
    }
    let files: f64 = produced
        .iter()
        .map(|one| {
            let segments = one.output.segment_seconds.map_or(0.0, |seconds| one.minutes * 60.0 / seconds);
            segments + one.videos
        })
        .sum();
    ledger.add("S3", "files written", Item::S3Put, files + workload.videos)?;
    Ok(())
}

fn add_delivery(ledger: &mut Bill<'_>, config: &Config, workload: &Workload, app: &App) -> Result<(), CostError> {
    let watched = workload.views * workload.watch_minutes;
    let transfer = watched * 60.0 * workload.delivered_mbps / 8.0 / 1000.0;
    let requests = watched * 60.0 / f64::from(SEGMENT_SECONDS) + workload.views * MANIFESTS;
    ledger.add("CloudFront", "to viewers", Item::CloudfrontTransfer, transfer)?;
    ledger.add("CloudFront", "requests", Item::CloudfrontRequest, requests)?;
    let misses = workload.cache_misses;
    if config.packaging.media_package {
        ledger.add("MediaPackage", "packaged for CloudFront", Item::MediapackageVod, transfer * misses)?;
    }
    ledger.add("S3", "files read by CloudFront", Item::S3Get, requests * misses)?;
    let acls: Vec<&wafv2::WebACL> = resources(app).collect();
    let rules = acls.iter().filter_map(|acl| acl.rules.as_ref()?.literal()).map(Vec::len).sum();
    ledger.add("WAF", "web ACL", Item::WafAcl, count(acls.len()))?;
    ledger.add("WAF", "rules", Item::WafRule, count(rules))?;
    if !acls.is_empty() {
        ledger.add("WAF", "requests", Item::WafRequest, requests)?;
    }
    Ok(())
}

/// What costs the same whatever the workload is.
fn add_standing(ledger: &mut Bill<'_>, app: &App) -> Result<(), CostError> {
    for (service, what, item, found) in [
        ("CloudWatch", "alarms", Item::CloudwatchAlarm, resources::<cloudwatch::Alarm>(app).count()),
        ("CloudWatch", "dashboard", Item::CloudwatchDashboard, resources::<cloudwatch::Dashboard>(app).count()),
        ("KMS", "key", Item::KmsKey, resources::<kms::Key>(app).count()),
    ] {
        ledger.add(service, what, item, count(found))?;
    }
    Ok(())
}
