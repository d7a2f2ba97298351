//! What makes a bill larger than expected.

use std::collections::BTreeSet;

use pipeline::settings::{Acceleration, ArchiveClass};

use super::Produced;
use super::encoding::Billing;
use super::estimate::Line;
use super::prices::{Item, PRICED_REGION};
use super::workload::Workload;
use stacks::config::Config;

/// The warnings for an estimate, the dearest first.
pub(super) fn of(config: &Config, workload: &Workload, produced: &[Produced], lines: &[Line]) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut warn = |warning: &str| warnings.push(warning.to_owned());
    let usd = |item: Item| lines.iter().filter(|line| line.price == item).filter_map(|line| line.usd).sum::<f64>();
    let total: f64 = lines.iter().filter_map(|line| line.usd).sum();
    if config.encoding.acceleration != Acceleration::Disabled {
        warn(
            "encoding.acceleration bills every accelerated output as the professional tier, at a multiple of the \
             basic price.",
        );
    } else if produced.iter().any(|one| one.output.billing == Billing::Professional) {
        warn(
            "Your job templates use features of the professional tier, at a multiple of the basic price; \
             docs/job-templates.md says which.",
        );
    }
    let transfer = usd(Item::CloudfrontTransfer);
    if transfer > total / 2.0 {
        warn(&format!(
            "{:.0} % of it is what viewers download. It grows with views, minutes and bitrate, and someone who copies \
             the videos is billed to you as well.",
            transfer / total * 100.0
        ));
    }
    let videos = produced.iter().filter(|one| matches!(one.output.billing, Billing::Basic | Billing::Professional));
    let renditions = videos.map(|one| one.minutes).sum::<f64>() / workload.total_minutes();
    if renditions > 7.0 {
        warn(&format!(
            "Each rendition is billed for itself: a minute of source becomes {renditions:.1} minutes of video. The \
             family cmaf encodes each rendition once for HLS and DASH."
        ));
    }
    if config.packaging.media_package {
        warn(
            "MediaPackage bills what CloudFront asks it for: the fewer requests CloudFront can answer itself, the more.",
        );
    }
    match config.source.archive {
        ArchiveClass::Disabled => {}
        ArchiveClass::Glacier => warn(
            "Sources in Glacier are billed for at least 90 days, and for getting them back; expedited retrieval is \
             the dearest.",
        ),
        ArchiveClass::DeepArchive => {
            warn("Sources in Deep Archive are billed for at least 180 days, and for getting them back.");
        }
    }
    if workload.viewers != "north-america" {
        warn("The price of CloudFront's requests is that of North America.");
    }
    let region = config.region.as_str();
    let lacking = lines.iter().filter(|line| line.usd.is_some() && !line.regional).map(|line| line.service.as_str());
    let lacking: BTreeSet<&str> = lacking.collect();
    if region != PRICED_REGION && !lacking.is_empty() {
        let services: Vec<&str> = lacking.into_iter().collect();
        warn(&format!(
            "{region} is charged at the prices of {PRICED_REGION} for {}: expect other figures.",
            services.join(", ")
        ));
    }
    warnings
}
