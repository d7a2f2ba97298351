//! `vod doctor`: whether this machine, the credentials, the account and the region are ready for the deployment.

use std::fmt::Write as _;
use std::iter;

use aws::{Aws, DeployedStack, StackState, state_of};
use config::Config;
use config::region::{EDGE_REGION, RegionFacts};
use deploy::{AssetBucket, DeployError, Presence};
use local::Program;
use miette::Diagnostic as _;
use operate::doctor::{self, Check, Verdict};
use owo_colors::OwoColorize as _;
use strum::VariantArray as _;

use super::failure::Failure;
use super::invocation::commands_in;
use super::options::{DeploymentArgs, Target, asset_bucket};
use super::terminal::{block_on, counted, print, print_json, wrapped};

/// How wide the column of subjects is.
const SUBJECT_WIDTH: usize = 16;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    deployment: DeploymentArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let config = args.deployment.configuration()?;
    let mut checks = vec![tools(), region(&config)];
    block_on(async {
        let target = Target::platform(&config);
        let aws = args.deployment.load(&target).await?;
        match aws.caller().await {
            // Nothing else at AWS answers whoever has no credentials.
            Err(error) => checks.push(Check { verdict: Verdict::Error, ..Check::of_error("credentials", &error) }),
            Ok(caller) => {
                checks.push(account(&config, &caller, &aws));
                checks.extend(at_aws(&aws, &config).await);
            }
        }
        Ok(())
    })?;
    if args.json {
        print_json(&checks)?;
    } else {
        print(&text(&checks))?;
    }
    if checks.iter().any(|check| check.verdict == Verdict::Error) { Err(Failure::unhealthy()) } else { Ok(()) }
}

/// What local mode and `deploy.sh` need of this machine; a deployment needs none of them.
fn tools() -> Check {
    const SUBJECT: &str = "this machine";
    let missing: Vec<Program> = Program::VARIANTS.iter().copied().filter(|program| program.find().is_none()).collect();
    if missing.is_empty() {
        return Check::ok(SUBJECT, "ffmpeg, ffprobe and python3 are there");
    }
    let error = local::ToolError::Missing(missing);
    let hint = error.help().map(|help| help.to_string()).unwrap_or_default();
    Check::warning(SUBJECT, format!("{error}; local mode needs them"), hint)
}

fn region(config: &Config) -> Check {
    const SUBJECT: &str = "region";
    let code = config.region.as_str();
    let Some(facts) = RegionFacts::of(code) else { return Check::ok(SUBJECT, code) };
    let packaging = if facts.packages() { "MediaConvert and MediaPackage VOD" } else { "MediaConvert" };
    let opt_in = facts.access == config::region::Access::OptIn;
    let found = format!("{code}, {}, has {packaging}", facts.name);
    if opt_in {
        return Check::warning(
            SUBJECT,
            found,
            format!(
                "an account has this region only once it is enabled: `aws account enable-region --region-name {code}`"
            ),
        );
    }
    Check::ok(SUBJECT, found)
}

fn account(config: &Config, caller: &aws::Caller, aws: &Aws) -> Check {
    const SUBJECT: &str = "credentials";
    let found = format!("account {}, {} ({})", caller.account, caller.arn, aws.credential_source());
    match &config.account {
        Some(wanted) if wanted.to_string() != caller.account => {
            let hint =
                format!("use a profile of the account {wanted} with `--profile`, or set `account` in stack.toml");
            Check::error(SUBJECT, format!("{found}, and the stack is for {wanted}"), hint)
        }
        _ => Check::ok(SUBJECT, found),
    }
}

async fn at_aws(aws: &Aws, config: &Config) -> Vec<Check> {
    let mut checks = vec![doctor::concurrency(aws).await];
    let queue = &config.encoding.queue;
    // A queue that the stack makes is there once the stack is; that of the account shows whether MediaConvert answers.
    let first = queue.name.as_ref().filter(|_| !queue.create).map_or("Default", |name| name.as_str());
    for name in iter::once(first).chain(queue.hop.iter().map(|hop| hop.queue.as_str())) {
        checks.push(doctor::queue(aws, name).await);
    }
    checks.extend(doctor::quotas(aws).await);
    checks.push(assets(aws, config).await);
    if let Some(bucket) = &config.source.bucket {
        let check = source_bucket(aws, bucket.as_str(), config.region.as_str()).await;
        let is_there = check.verdict == Verdict::Ok;
        checks.push(check);
        if is_there {
            checks.push(doctor::source_encryption(aws, bucket.as_str()).await);
        }
    }
    if let Some((domain, certificate)) = config.distribution.alias() {
        let edge = aws.in_region(EDGE_REGION);
        checks.push(doctor::certificate(&edge, certificate.as_str(), domain.as_str()).await);
    }
    match DeployedStack::find(&aws.cloudformation(), config.name.as_str()).await {
        Err(error) => checks.push(Check::of_error("stack", &error)),
        Ok(None) => checks.push(Check::ok("stack", format!("{} is not deployed yet", config.name))),
        Ok(Some(stack)) => {
            checks.push(of_stack(&stack));
            if let Some(topic) = stack.outputs.get("TopicArn") {
                checks.push(doctor::subscriptions(aws, &topic.value).await);
            }
        }
    }
    checks
}

fn of_stack(stack: &DeployedStack) -> Check {
    const SUBJECT: &str = "stack";
    let found = format!("{} is in {}", stack.name, stack.status);
    match state_of(&stack.status) {
        StackState::Ready | StackState::New | StackState::Deleted => Check::ok(SUBJECT, found),
        StackState::Busy => Check::warning(SUBJECT, found, "wait until the change ends, or watch it: `vod status`"),
        StackState::Failed => {
            Check::warning(SUBJECT, found, "`vod deploy` removes what is left of it, and makes it anew")
        }
        StackState::Stuck => Check::error(SUBJECT, found, "`vod deploy` says how it can be put right"),
    }
}

async fn assets(aws: &Aws, config: &Config) -> Check {
    const SUBJECT: &str = "code bucket";
    match AssetBucket::find(aws, asset_bucket(config)).await {
        Ok(AssetBucket::Configured(name)) => configured(aws, &name).await,
        Ok(AssetBucket::CdkBootstrap(name)) => Check::ok(SUBJECT, format!("{name}, of `cdk bootstrap`")),
        Ok(AssetBucket::Own { name, presence: Presence::Present }) => Check::ok(SUBJECT, name),
        Ok(AssetBucket::Own { name, presence: Presence::Missing }) => {
            Check::ok(SUBJECT, format!("{name}, which `vod deploy` makes"))
        }
        Err(DeployError::Call(error)) => Check::of_error(SUBJECT, &error),
        Err(error) => Check::error(SUBJECT, error.to_string(), hint_of(&error)),
    }
}

/// The bucket that the configuration names for code and templates.
async fn configured(aws: &Aws, name: &str) -> Check {
    const SUBJECT: &str = "code bucket";
    match AssetBucket::own(aws, name, aws.region().unwrap_or_default()).await {
        Ok(AssetBucket::Own { presence: Presence::Missing, .. }) => {
            let hint = format!("make it (`aws s3 mb s3://{name}`), or leave `assets.bucket` out");
            Check::error(SUBJECT, format!("there is no bucket {name}"), hint)
        }
        Ok(_) => Check::ok(SUBJECT, name),
        Err(DeployError::Call(error)) => Check::of_error(SUBJECT, &error),
        Err(error) => Check::error(SUBJECT, error.to_string(), hint_of(&error)),
    }
}

async fn source_bucket(aws: &Aws, bucket: &str, region: &str) -> Check {
    const SUBJECT: &str = "source bucket";
    match deploy::check_event_source(aws, bucket, region).await {
        Ok(()) => Check::ok(SUBJECT, format!("{bucket} reports uploads to EventBridge")),
        Err(DeployError::Call(error)) => Check::of_error(SUBJECT, &error),
        Err(error) => Check::error(SUBJECT, error.to_string(), hint_of(&error)),
    }
}

fn hint_of(error: &DeployError) -> String {
    error.help().map(|help| help.to_string()).unwrap_or_default()
}

fn text(checks: &[Check]) -> String {
    let mut text = String::new();
    for Check { subject, verdict, found, hint } in checks {
        let mark = match verdict {
            Verdict::Ok => format!("{:<8}", "ok").green().to_string(),
            Verdict::Unknown => format!("{:<8}", "unknown").yellow().to_string(),
            Verdict::Warning => format!("{:<8}", "warning").yellow().to_string(),
            Verdict::Error => format!("{:<8}", "ERROR").red().bold().to_string(),
        };
        let indent = " ".repeat(8 + SUBJECT_WIDTH);
        let found = wrapped(found, &indent);
        let _ = writeln!(text, "{mark}{subject:<SUBJECT_WIDTH$}{}", found.trim_start());
        if let Some(hint) = hint {
            for (index, line) in commands_in(hint).lines().enumerate() {
                let mark = if index == 0 { "hint: " } else { "      " };
                let _ = writeln!(text, "{}", wrapped(&format!("{mark}{line}"), &indent).dimmed());
            }
        }
    }
    let count = |verdict| checks.iter().filter(|check| check.verdict == verdict).count();
    let (errors, warnings) = (count(Verdict::Error), count(Verdict::Warning));
    let end = match (errors, warnings) {
        (0, 0) => "Nothing is in the way.".to_owned(),
        (0, warnings) => format!("Nothing is in the way; {}.", counted(warnings, "warning")),
        (errors, warnings) => format!("{}, {}.", counted(errors, "error"), counted(warnings, "warning")),
    };
    let _ = writeln!(text, "\n{end}");
    text
}
