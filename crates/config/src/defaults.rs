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

/// Declares what each key of a table is by default.
macro_rules! defaults {
    ($($table:ident { $($key:ident: $default:expr),* $(,)? })*) => {
        $(impl Default for $table {
            fn default() -> Self {
                Self { $($key: $default),* }
            }
        })*
    };
}

defaults! {
    Config {
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
    Source {
        trigger: WorkflowTrigger::Video,
        bucket: None,
        folder: None,
        ignore: Vec::new(),
        metadata_wait_seconds: Ranged::literal::<60>(),
        archive: ArchiveClass::Disabled,
    }
    Encoding {
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
    Queue { name: None, create: false, priority: Ranged::literal::<0>(), hop: Vec::new() }
    Packaging { media_package: false }
    Notifications { sns: true, sqs: true }
    Functions {
        // What an ordinary build machine compiles for with no further target installed.
        architecture: Architecture::X86_64,
        log_retention_days: RetentionDays::MONTH,
        vpc: None,
    }
    Storage {
        removal_policy: RemovalPolicy::Retain,
        access_log_days: Ranged::literal::<90>(),
        abandoned_upload_days: Ranged::literal::<7>(),
        old_version_days: Ranged::literal::<30>(),
    }
    Distribution {
        price_class: PriceClass::Class100,
        alias: None,
        certificate_arn: None,
        // Subdomains of a domain of one's own may serve plain http to others than viewers.
        hsts: Hsts::Host,
        waf: Waf::None,
        cors_origins: vec![text("*")],
        geo: Geo { allow: Vec::new(), deny: Vec::new() },
    }
    Player { enabled: true, title: text("Videos") }
    Alarms {
        enabled: true,
        period_minutes: Ranged::literal::<5>(),
        failed_executions: Ranged::literal::<1>(),
        dead_letters: Ranged::literal::<1>(),
        error_handler_errors: Ranged::literal::<1>(),
        encode_wait_minutes: Ranged::literal::<30>(),
    }
    Ci { repository: None, branch: text("main"), environment: None, provider: OidcProvider::Create }
    // What `cdk bootstrap` uses when it is given none.
    Assets { bucket: None, qualifier: text("hnb659fds") }
}
