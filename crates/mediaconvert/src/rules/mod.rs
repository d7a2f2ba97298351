//! What settings must have to do with each other, which the service model does not say.
//!
//! Each rule is a function over a request, an output group or an output; the tables below list them all. What depends on
//! the source (its size, frame rate, tracks) or the account (its queues) is not judged here.

mod aac;
mod acceleration;
mod automated_abr;
mod container;
mod frame_size;
mod name_modifier;
mod rate_control;
mod segment_grid;
mod subject;

use crate::path::Path;
use crate::problem::{Fault, Problem};
use subject::Group;
pub(crate) use subject::{Media, Subject};

/// A rule between settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// Each rate control mode needs its own bitrates.
    RateControl,
    /// Width and height are even.
    FrameSize,
    /// The outputs of a group have names of their own.
    NameModifier,
    /// An output's container belongs to its group's type.
    Container,
    /// Frame captures have no container.
    FrameCapture,
    /// Segments hold whole fragments and whole groups of pictures.
    SegmentGrid,
    /// AAC knows only certain bitrates for each profile, coding mode and sample rate.
    AacBitrate,
    /// Automated ABR chooses the renditions, and needs a free hand to do so.
    AutomatedAbr,
    /// Accelerated transcoding cannot do everything.
    Acceleration,
}

impl Rule {
    /// The page of AWS's reference that says so.
    #[must_use]
    pub const fn source(self) -> &'static str {
        match self {
            Self::RateControl => "https://docs.aws.amazon.com/mediaconvert/latest/ug/cbr-vbr-qvbr.html",
            Self::FrameSize | Self::NameModifier | Self::SegmentGrid => {
                "https://docs.aws.amazon.com/mediaconvert/latest/apireference/jobtemplates.html"
            }
            Self::Container | Self::FrameCapture => {
                "https://docs.aws.amazon.com/mediaconvert/latest/ug/reference-codecs-containers.html"
            }
            Self::AacBitrate => "https://docs.aws.amazon.com/mediaconvert/latest/ug/aac-support.html",
            Self::AutomatedAbr => {
                "https://docs.aws.amazon.com/mediaconvert/latest/ug/feature-restrictions-for-automated-abr.html"
            }
            Self::Acceleration => "https://docs.aws.amazon.com/mediaconvert/latest/ug/job-requirements.html",
        }
    }
}

/// The rules over a whole request.
const OVER_REQUESTS: [fn(&Subject<'_>, &mut Report); 2] = [automated_abr::check, acceleration::check];
/// The rules over one output group.
const OVER_GROUPS: [fn(&Group<'_>, &mut Report); 3] = [container::check, name_modifier::check, segment_grid::check];
/// The rules over one output, or the preset for one.
const OVER_OUTPUTS: [fn(&Media<'_>, &Path<'_>, &mut Report); 4] =
    [rate_control::check, frame_size::check, container::check_frame_capture, aac::check];

/// Every rule that the request breaks.
pub(crate) fn broken(subject: &Subject<'_>) -> Vec<Problem> {
    let mut report = Report { found: Vec::new() };
    for rule in OVER_REQUESTS {
        rule(subject, &mut report);
    }
    subject.each_group(|group| {
        for rule in OVER_GROUPS {
            rule(group, &mut report);
        }
    });
    subject.each_media(|media, path| {
        for rule in OVER_OUTPUTS {
            rule(media, path, &mut report);
        }
    });
    report.found
}

/// The rules broken so far.
pub(crate) struct Report {
    found: Vec<Problem>,
}

impl Report {
    /// Adds a broken rule at `place`, a dotted path below `path`.
    fn add(&mut self, rule: Rule, path: &Path<'_>, place: &str, says: impl Into<String>) {
        let path = match (path.to_string(), place) {
            (path, "") => path,
            (path, place) if path.is_empty() => place.to_owned(),
            (path, place) => format!("{path}.{place}"),
        };
        self.found.push(Problem { path, fault: Fault::Rule { rule, says: says.into() } });
    }
}
