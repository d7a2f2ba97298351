//! What `vod synth` says when it is done: what was written, what is in it, and what to do next.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use config::Config;
use config::choice::Waf;
use config::model::GeoRestriction;
use pipeline::settings::{ArchiveClass, WorkflowTrigger};
use serde::Serialize;
use stacks::scripts::CDK;
use synth::{App, CloudAssembly, Stack};

use super::terminal::wrapped;

/// What `source.trigger = "both"` means for a video with a metadata file.
pub(super) const ENCODED_TWICE: &str = "\
    with `source.trigger = \"both\"` a video that has a metadata file is encoded, billed and listed twice,\n\
    once for each of the two files; see docs/metadata.md.";

/// The outcome of a synthesis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Summary {
    folder: PathBuf,
    /// The names of files that changed.
    written: Vec<String>,
    stacks: Vec<StackSummary>,
    on: Vec<&'static str>,
    off: Vec<&'static str>,
    /// What costs more than it seems to.
    warnings: Vec<&'static str>,
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

impl Summary {
    /// The summary of stacks that are to be written to a folder.
    pub(super) fn of(config: &Config, app: &App, folder: &Path) -> Self {
        let (on, off): (Vec<_>, Vec<_>) = switches(config).into_iter().partition(|(_, is_on)| *is_on);
        let names = |switches: Vec<(&'static str, bool)>| switches.into_iter().map(|(name, _)| name).collect();
        Self {
            folder: folder.to_owned(),
            written: Vec::new(),
            stacks: app.stacks().map(StackSummary::of).collect(),
            on: names(on),
            off: names(off),
            warnings: warnings(config),
            missing_code: None,
            next: vec![
                ("vod diff".to_owned(), "what would change"),
                ("vod deploy".to_owned(), "create or update the deployment"),
                (format!("npx {CDK} --app {} …", folder.display()), "the same, with the CDK"),
                (format!("sh {}/deploy.sh", folder.display()), "the same, with the AWS CLI alone"),
                ("vod cost".to_owned(), "what a month is going to cost"),
                ("vod list".to_owned(), "every resource"),
            ],
        }
    }

    /// Adds the templates' sizes.
    pub(super) fn weigh(&mut self, assembly: &CloudAssembly) {
        for stack in &mut self.stacks {
            stack.template_bytes = assembly.template(&stack.name).map_or(0, str::len);
        }
    }

    /// Remembers that the functions' code is not there, if it is not.
    pub(super) fn look_for_code(&mut self, file: &Path) {
        self.missing_code = (!file.exists()).then(|| file.to_owned());
    }

    /// Adds the files that changed.
    pub(super) fn note(&mut self, written: &[PathBuf]) {
        let names = written.iter().filter_map(|path| path.file_name());
        self.written = names.map(|name| name.to_string_lossy().into_owned()).collect();
    }
}

impl StackSummary {
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

/// What can be turned on and off.
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

fn warnings(config: &Config) -> Vec<&'static str> {
    let twice = (config.source.trigger == WorkflowTrigger::Both).then_some(ENCODED_TWICE);
    twice.into_iter().collect()
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for stack in &self.stacks {
            let region = stack.region.as_deref().unwrap_or("any region");
            let kilobytes = stack.template_bytes.div_ceil(1000);
            let plural = if stack.resources == 1 { "" } else { "s" };
            writeln!(
                f,
                "{} in {region}: {} resource{plural}, {kilobytes} kB of template",
                stack.name, stack.resources
            )?;
            let mut services: Vec<_> = stack.resources_by_service.iter().collect();
            services.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
            // A no-break space keeps a service and its number on one line.
            let services: Vec<String> =
                services.iter().map(|(service, count)| format!("{service}\u{a0}{count}")).collect();
            writeln!(f, "{}", wrapped(&services.join(", "), "  ").replace('\u{a0}', " "))?;
        }
        let either = |names: &[&str]| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        writeln!(f, "On: {}.\nOff: {}.", either(&self.on), either(&self.off))?;
        self.warnings.iter().try_for_each(|warning| writeln!(f, "Warning: {warning}"))?;
        let folder = self.folder.display();
        match self.written.len() {
            0 => writeln!(f, "{folder}/ was up to date: nothing is written.")?,
            1 => writeln!(f, "Wrote 1 file to {folder}/.")?,
            files => writeln!(f, "Wrote {files} files to {folder}/.")?,
        }
        if self.missing_code.is_some() {
            writeln!(f, "The functions' code is not built yet: `vod package` or `vod deploy` does.")?;
        }
        writeln!(f, "\nNext:")?;
        let width = self.next.iter().map(|(command, _)| command.len()).max().unwrap_or_default();
        self.next.iter().try_for_each(|(command, what)| writeln!(f, "  {command:width$}  {what}"))
    }
}
