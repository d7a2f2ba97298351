//! The rules between values: combinations that cannot work, each with a hint.

use std::path::Path;

use pipeline::settings::{ArchiveClass, TemplateFamily};

use super::choice::Hsts;
use super::layers::{Layer, Layers};
use super::model::Config;
use super::region;

/// The tags that the stack sets itself.
const OWN_TAGS: [&str; 2] = ["SolutionId", "Project"];

/// A combination that cannot work.
struct Rule {
    broken: fn(&Config) -> bool,
    /// The keys that it is about; those that are set are underlined.
    at: &'static [&'static str],
    message: &'static str,
    help: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        broken: |config| config.source.archive != ArchiveClass::Disabled && config.source.bucket.is_some(),
        at: &["source.archive", "source.bucket"],
        message: "an existing source bucket cannot be archived, because its lifecycle rules are not the stack's",
        help: "use `archive = \"DISABLED\"` and a lifecycle rule of your own, or leave `source.bucket` out",
    },
    Rule {
        broken: |config| config.source.ignore.len() > 20,
        at: &["source.ignore"],
        message: "at most 20 patterns can be ignored, which a function has in its environment",
        help: "use `*` for what several have in common, or `source.folder` for the files that count",
    },
    Rule {
        broken: |config| config.encoding.mp4 && config.encoding.templates.is_some(),
        at: &["encoding.mp4", "encoding.templates"],
        message: "`encoding.mp4` has no effect on your own templates",
        help: "leave `mp4` out, and give the templates an MP4 output group",
    },
    Rule {
        broken: |config| {
            let encoding = &config.encoding;
            encoding.mp4 && encoding.templates.is_none() && encoding.family != TemplateFamily::Qvbr
        },
        at: &["encoding.mp4", "encoding.family", "encoding.templates"],
        message: "only the templates of the family qvbr can write MP4 files",
        help: "use `family = \"qvbr\"`, or leave `mp4` out",
    },
    Rule {
        broken: |config| {
            let encoding = &config.encoding;
            config.packaging.media_package && encoding.templates.is_none() && encoding.family == TemplateFamily::Cmaf
        },
        at: &["packaging.media_package", "encoding.family", "encoding.templates"],
        message: "MediaPackage VOD takes HLS with MPEG-TS segments, which the family cmaf does not write",
        help: "use `family = \"mvod\"` or `\"qvbr\"`, or leave `media_package` out: CMAF plays without it",
    },
    Rule {
        broken: |config| is_of_another_deployment(config.name.as_str()),
        at: &["name"],
        message: "a name that ends in `-ci`, or in `-edge-` or `-logs-` and a region, is that of another deployment's stack",
        help: "use another name",
    },
    Rule {
        broken: |config| !config.encoding.queue.hop.is_empty() && config.encoding.queue.name.is_none(),
        at: &["encoding.queue.hop", "encoding.queue.name"],
        message: "jobs can hop only from a queue with a name",
        help: "add `encoding.queue.name = \"…\"`, or leave `hop` out",
    },
    Rule {
        broken: |config| config.encoding.queue.create && config.encoding.queue.name.is_none(),
        at: &["encoding.queue.create", "encoding.queue.name"],
        message: "a queue needs a name to be made",
        help: "add `encoding.queue.name = \"…\"`, or leave `create` out for the account's default queue",
    },
    Rule {
        broken: |config| {
            let queue = &config.encoding.queue;
            queue.hop.iter().any(|hop| Some(&hop.queue) == queue.name.as_ref())
        },
        at: &["encoding.queue.hop"],
        message: "a job cannot hop to the queue it is in",
        help: "use the name of another queue",
    },
    Rule {
        broken: |config| config.functions.vpc.as_ref().is_some_and(|vpc| !(1..=16).contains(&vpc.subnets.len())),
        at: &["functions.vpc.subnets"],
        message: "a function runs in 1 to 16 subnets",
        help: "add a subnet's id, or leave `[functions.vpc]` out to run in no VPC",
    },
    Rule {
        broken: |config| config.functions.vpc.as_ref().is_some_and(|vpc| !(1..=5).contains(&vpc.security_groups.len())),
        at: &["functions.vpc.security_groups"],
        message: "a function in a VPC has 1 to 5 security groups",
        help: "add a security group's id, or leave `[functions.vpc]` out to run in no VPC",
    },
    Rule {
        broken: |config| config.distribution.alias.is_some() && config.distribution.certificate_arn.is_none(),
        at: &["distribution.alias", "distribution.certificate_arn"],
        message: "a domain of your own needs a certificate",
        help: "add `certificate_arn = \"…\"`, an ACM certificate for it in us-east-1",
    },
    Rule {
        broken: |config| config.distribution.certificate_arn.is_some() && config.distribution.alias.is_none(),
        at: &["distribution.certificate_arn", "distribution.alias"],
        message: "a certificate without a domain has no effect",
        help: "add `alias = \"…\"`, the domain that it is for",
    },
    Rule {
        broken: |config| {
            config.distribution.certificate_arn.as_ref().is_some_and(|arn| arn.region() != region::EDGE_REGION)
        },
        at: &["distribution.certificate_arn"],
        message: "CloudFront takes certificates only from us-east-1",
        help: "use a certificate that ACM issued in us-east-1, whatever region the stack is in",
    },
    Rule {
        broken: |config| config.distribution.hsts == Hsts::Subdomains && config.distribution.alias.is_none(),
        at: &["distribution.hsts", "distribution.alias"],
        message: "without a domain of your own there are no subdomains",
        help: "use `hsts = \"host\"`, or add `alias` and `certificate_arn`",
    },
    Rule {
        broken: |config| config.distribution.cors_origins.is_empty(),
        at: &["distribution.cors_origins"],
        message: "without an origin no player on a web page can read the videos",
        help: "use `[\"*\"]` for all sites, or name yours",
    },
    Rule {
        broken: |config| {
            let origins = &config.distribution.cors_origins;
            origins.len() > 1 && origins.iter().any(|origin| origin.as_str() == "*")
        },
        at: &["distribution.cors_origins"],
        message: "`*` means every site already",
        help: "use `[\"*\"]` alone, or leave it out",
    },
    Rule {
        broken: |config| !config.distribution.geo.allow.is_empty() && !config.distribution.geo.deny.is_empty(),
        at: &["distribution.geo.allow", "distribution.geo.deny"],
        message: "countries can be allowed or denied, not both",
        help: "use `allow` if all others are to be shut out, and `deny` if all others are to be let in",
    },
    Rule {
        broken: |config| config.tags.keys().any(|key| OWN_TAGS.contains(&key.as_str())),
        at: &["tags.SolutionId", "tags.Project"],
        message: "the stack sets the tags `SolutionId` and `Project` itself",
        help: "use another key",
    },
    Rule {
        broken: |config| config.tags.keys().any(|key| key.as_str().to_lowercase().starts_with("aws:")),
        at: &["tags"],
        message: "tags that begin with `aws:` are AWS's own",
        help: "use another key",
    },
    Rule {
        broken: |config| config.tags.len() > 50 - OWN_TAGS.len(),
        at: &["tags"],
        message: "a resource has at most 50 tags, and two of them are the stack's",
        help: "use at most 48",
    },
];

/// Whether a deployment whose name is the beginning of this one has a stack of this name besides its main one.
fn is_of_another_deployment(name: &str) -> bool {
    let ends_in_region = |part: &str| {
        name.rsplit_once(part).is_some_and(|(begin, end)| !begin.is_empty() && end.parse::<region::Region>().is_ok())
    };
    name.ends_with("-ci") || ends_in_region("-edge-") || ends_in_region("-logs-")
}

/// Reports every rule that the configuration breaks.
pub(super) fn run(config: &Config, layers: &mut Layers) {
    for rule in RULES.iter().filter(|rule| (rule.broken)(config)) {
        if rule.at.iter().any(|key| layers.is_lost(key)) {
            continue;
        }
        layers.report_at(rule.at, rule.message.to_owned(), rule.help.to_owned());
    }
    if !["region", "packaging", "encoding.queue"].iter().any(|key| layers.is_lost(key)) {
        region::check(config, layers);
    }
    // A later layer may replace a family by a folder; one layer that names both means only one of them.
    let (family, templates) = (layers.layer_of("encoding.family"), layers.layer_of("encoding.templates"));
    if templates.is_some() && family == templates {
        layers.report_at(
            &["encoding.family", "encoding.templates"],
            "job templates come from a family or from a folder, not from both".to_owned(),
            "leave `family` out to use your own templates, or `templates` to use the family's".to_owned(),
        );
    }
}

/// Makes the path of a template folder that the file names begin at the file's own folder, and looks whether it is there.
pub(super) fn resolve_templates(config: &mut Config, layers: &mut Layers, base: Option<&Path>) {
    let Some(folder) = &mut config.encoding.templates else { return };
    if let Some(base) = base
        && layers.layer_of("encoding.templates") == Some(Layer::File)
    {
        *folder = base.join(&folder);
    }
    if !folder.is_dir() {
        let message = format!("there is no folder `{}`", folder.display());
        let help = "use the path of a folder with your own job templates; in a file it begins at the file's folder";
        layers.report_at(&["encoding.templates"], message, help.to_owned());
    }
}
