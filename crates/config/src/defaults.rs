//! What holds where nothing is said: every default of the configuration, and no other place has one.

use std::collections::BTreeMap;
use std::str::FromStr;

use pipeline::settings::{
    Acceleration, Architecture, ArchiveClass, EndpointMode, InputRotate, TemplateFamily, WorkflowTrigger,
};

use super::choice::{Hsts, OidcProvider, PriceClass, Ranged, RemovalPolicy, RetentionDays, Waf};
use super::model::{
    Alarms, Assets, Ci, Config, Distribution, Encoding, Functions, Geo, Notifications, Packaging, Player, Queue,
    Source, Storage,
};
use super::text::InvalidValue;

/// A default that is a text; each is read by the tests.
fn text<T: FromStr<Err = InvalidValue>>(default: &str) -> T {
    default.parse().expect("a default fits its own key")
}

impl Default for Config {
    fn default() -> Self {
        Self {
            name: text("vod"),
            region: text("us-east-1"),
            account: None,
            admin_email: None,
            export_outputs: false,
            tags: BTreeMap::new(),
            source: Source::default(),
            encoding: Encoding::default(),
            packaging: Packaging::default(),
            notifications: Notifications::default(),
            functions: Functions::default(),
            storage: Storage::default(),
            distribution: Distribution::default(),
            player: Player::default(),
            alarms: Alarms::default(),
            assets: Assets::default(),
            ci: Ci::default(),
        }
    }
}

impl Default for Source {
    fn default() -> Self {
        Self { trigger: WorkflowTrigger::Video, bucket: None, archive: ArchiveClass::Disabled }
    }
}

impl Default for Encoding {
    fn default() -> Self {
        Self {
            family: TemplateFamily::Qvbr,
            templates: None,
            mp4: false,
            frame_capture: true,
            // Accelerated jobs are billed as the professional tier, which the job templates otherwise avoid.
            acceleration: Acceleration::Disabled,
            rotation: InputRotate::Auto,
            endpoint: EndpointMode::Regional,
            queue: Queue::default(),
        }
    }
}

impl Default for Queue {
    fn default() -> Self {
        Self { name: None, create: false, priority: Ranged::literal::<0>(), hop: Vec::new() }
    }
}

#[expect(clippy::derivable_impls, reason = "every default is in this file")]
impl Default for Packaging {
    fn default() -> Self {
        Self { media_package: false }
    }
}

impl Default for Notifications {
    fn default() -> Self {
        Self { sns: true, sqs: true }
    }
}

impl Default for Functions {
    fn default() -> Self {
        Self {
            // What an ordinary build machine compiles for with no further target installed.
            architecture: Architecture::X86_64,
            log_retention_days: RetentionDays::MONTH,
            vpc: None,
        }
    }
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            removal_policy: RemovalPolicy::Retain,
            access_log_days: Ranged::literal::<90>(),
            abandoned_upload_days: Ranged::literal::<7>(),
            old_version_days: Ranged::literal::<30>(),
        }
    }
}

impl Default for Distribution {
    fn default() -> Self {
        Self {
            price_class: PriceClass::Class100,
            alias: None,
            certificate_arn: None,
            // Subdomains of a domain of one's own may serve plain http to others than viewers.
            hsts: Hsts::Host,
            waf: Waf::None,
            cors_origins: vec![text("*")],
            geo: Geo { allow: Vec::new(), deny: Vec::new() },
        }
    }
}

impl Default for Player {
    fn default() -> Self {
        Self { enabled: true, title: text("Videos") }
    }
}

impl Default for Alarms {
    fn default() -> Self {
        Self {
            enabled: true,
            period_minutes: Ranged::literal::<5>(),
            failed_executions: Ranged::literal::<1>(),
            dead_letters: Ranged::literal::<1>(),
            error_handler_errors: Ranged::literal::<1>(),
            encode_wait_minutes: Ranged::literal::<30>(),
        }
    }
}

impl Default for Ci {
    fn default() -> Self {
        Self { repository: None, branch: text("main"), environment: None, provider: OidcProvider::Create }
    }
}

impl Default for Assets {
    fn default() -> Self {
        // What `cdk bootstrap` uses when it is given none.
        Self { bucket: None, qualifier: text("hnb659fds") }
    }
}
