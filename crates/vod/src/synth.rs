//! `vod synth`: the configuration's CloudFormation, as a cloud assembly in a folder.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use clap::ValueHint;
use config::Config;
use config::choice::Waf;
use config::model::GeoRestriction;
use pipeline::settings::ArchiveClass;
use serde::Serialize;
use stacks::artifacts::Artifacts;
use stacks::scripts::{self, CDK};
use synth::Stack;

use super::failure::{Failure, UsageError};
use super::invocation::{command, commands_in, quoted};
use super::options::ConfigArgs;
use super::terminal::{counted, kilobytes, print, print_json, wrapped};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    config: ConfigArgs,
    /// The folder to write to.
    #[arg(long, value_name = "FOLDER", default_value = "cdk.out", value_hint = ValueHint::DirPath)]
    out: PathBuf,
    /// Say nothing when all is well.
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn exec(args: &Args) -> Result<(), Failure> {
    let config = args.config.load()?;
    let artifacts = Artifacts::of_this_build();
    let app = stacks::build(&config, &artifacts)?.app;
    let mut stacks: Vec<StackSummary> = app.stacks().map(StackSummary::of).collect();
    let mut assembly = app.synth()?;
    scripts::add(&mut assembly, &config)?;
    for stack in &mut stacks {
        stack.template_bytes = assembly.template(&stack.name).map_or(0, str::len);
    }
    let written = assembly.write(&args.out).map_err(UsageError::file("write", &args.out))?;
    let names = written.iter().filter_map(|path| path.file_name());
    let (on, off): (Vec<_>, Vec<_>) = switches(&config).into_iter().partition(|(_, is_on)| *is_on);
    let code = args.out.join(stacks::code_file(&config, &artifacts));
    let folder = args.out.display().to_string();
    let summary = Summary {
        folder: args.out.clone(),
        written: names.map(|name| name.to_string_lossy().into_owned()).collect(),
        stacks,
        on: on.into_iter().map(|(name, _)| name).collect(),
        off: off.into_iter().map(|(name, _)| name).collect(),
        missing_code: (!code.exists()).then_some(code),
        next: vec![
            (command("vod diff"), "what would change"),
            (command("vod deploy"), "create or update the deployment"),
            (format!("npx {CDK} --app {} …", quoted(&folder)), "the same, with the CDK"),
            (format!("sh {}", quoted(&format!("{folder}/deploy.sh"))), "the same, with the AWS CLI alone"),
            (command("vod cost"), "what a month is going to cost"),
            (command("vod list"), "every resource"),
        ],
    };
    if args.json {
        print_json(&summary)
    } else if args.quiet {
        Ok(())
    } else {
        print(&summary.to_string())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Summary {
    folder: PathBuf,
    /// The names of files that changed.
    written: Vec<String>,
    stacks: Vec<StackSummary>,
    on: Vec<&'static str>,
    off: Vec<&'static str>,
    /// The functions' code, where it is yet to be built.
    missing_code: Option<PathBuf>,
    /// Commands, each with what it does.
    next: Vec<(String, &'static str)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct StackSummary {
    name: String,
    region: Option<String>,
    account: Option<String>,
    template: String,
    template_bytes: usize,
    resources: usize,
    resources_by_service: BTreeMap<String, usize>,
}

impl StackSummary {
    /// The template's size is not known yet.
    fn of(stack: &Stack) -> Self {
        let mut by_service: BTreeMap<String, usize> = BTreeMap::new();
        for (_, _, resource_type) in stack.resources() {
            *by_service.entry(service_of(resource_type).to_owned()).or_default() += 1;
        }
        let environment = stack.environment();
        Self {
            name: stack.name().to_owned(),
            region: environment.region.clone(),
            account: environment.account.clone(),
            template: format!("{}.template.json", stack.name()),
            template_bytes: 0,
            resources: by_service.values().sum(),
            resources_by_service: by_service,
        }
    }
}

/// `Lambda` of `AWS::Lambda::Function`; `Custom` of a custom resource.
fn service_of(resource_type: &str) -> &str {
    let mut parts = resource_type.split("::");
    match (parts.next(), parts.next()) {
        (Some("AWS"), Some(service)) => service,
        (Some(first), _) => first,
        _ => resource_type,
    }
}

fn switches(config: &Config) -> Vec<(&'static str, bool)> {
    vec![
        ("SNS", config.notifications.sns),
        ("SQS", config.notifications.sqs),
        ("MediaPackage", config.packaging.media_package),
        ("frame capture", config.encoding.frame_capture),
        ("MP4", config.encoding.mp4),
        ("archive", config.source.archive != ArchiveClass::Disabled),
        ("alarms", config.alarms.enabled),
        ("firewall", config.distribution.waf != Waf::None),
        ("own domain", config.distribution.alias.is_some()),
        ("geo restriction", config.distribution.geo.restriction() != GeoRestriction::None),
        ("VPC", config.functions.vpc.is_some()),
    ]
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for stack in &self.stacks {
            let region = stack.region.as_deref().unwrap_or("any region");
            let resources = counted(stack.resources, "resource");
            let size = kilobytes(stack.template_bytes as u64);
            writeln!(f, "{} in {region}: {resources}, {size} of template", stack.name)?;
            let mut services: Vec<_> = stack.resources_by_service.iter().collect();
            services.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
            // A no-break space keeps a service and its number on one line.
            let services: Vec<String> =
                services.iter().map(|(service, count)| format!("{service}\u{a0}{count}")).collect();
            writeln!(f, "{}", wrapped(&services.join(", "), "  ").replace('\u{a0}', " "))?;
        }
        let either = |names: &[&str]| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        writeln!(f, "On: {}.\nOff: {}.", either(&self.on), either(&self.off))?;
        let folder = self.folder.display();
        match self.written.len() {
            0 => writeln!(f, "{folder}/ was up to date: nothing is written.")?,
            files => writeln!(f, "Wrote {} to {folder}/.", counted(files, "file"))?,
        }
        if self.missing_code.is_some() {
            let text = "The functions' code is not built yet: `vod package` or `vod deploy` does.";
            writeln!(f, "{}", wrapped(&commands_in(text), ""))?;
        }
        writeln!(f, "\nNext:")?;
        let width = self.next.iter().map(|(command, _)| command.len()).max().unwrap_or_default();
        self.next.iter().try_for_each(|(command, what)| writeln!(f, "  {command:width$}  {what}"))
    }
}
