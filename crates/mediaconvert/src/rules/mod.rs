//! What settings must have to do with each other, which the service model does not say.
//!
//! Each rule is a function over a request, an output group or an output; the tables below list them all. What depends on
//! the source (its size, frame rate, tracks) or the account (its queues) is not judged here.

mod aac;
mod acceleration;
mod automated_abr;
mod output;
mod rate_control;
mod segment_grid;
mod subject;

use crate::problem::{Fault, Path, Problem, Rule};
use subject::Group;
pub(crate) use subject::{Media, Subject};

/// The rules over a whole request.
const OVER_REQUESTS: [fn(&Subject<'_>, &mut Report); 2] = [automated_abr::check, acceleration::check];
/// The rules over one output group.
const OVER_GROUPS: [fn(&Group<'_>, &mut Report); 3] =
    [output::check_containers, output::check_names, segment_grid::check];
/// The rules over one output, or the preset for one.
const OVER_OUTPUTS: [fn(&Media<'_>, &Path<'_>, &mut Report); 4] =
    [rate_control::check, output::check_size, output::check_frame_capture, aac::check];

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
