//! How records are stored: which change may replace which state, and what is written.
//!
//! Events and steps arrive late, twice and in any order. Each write therefore carries a condition, made from one table
//! ([`Change::guard`]); a write whose condition is refused comes too late and has nothing to say.

mod claim;
mod expression;
mod write;

pub use self::claim::{Claim, SOURCE_WAIT_SECONDS, Verdict, look_seconds};
pub use self::expression::Expression;
pub(crate) use self::write::PROGRESS_FIELDS;
pub use self::write::{Fault, POINTER, Progress, Write, failure, is_known, join, overflow_of, progress, request, step};

use crate::record::WorkflowStatus;

/// What wants to change a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The ingest workflow stores a new video, or a failed one anew.
    Ingest,
    /// The process workflow stores the submitted job.
    Encoding,
    /// The same, when the outputs of that very job are stored already: what was asked for is added to them.
    Request,
    /// The publish workflow stores the outputs.
    Complete,
    StepFailed,
    /// A step failed, and whoever reports it knows the source.
    SourceFailed,
    /// `MediaConvert` reports that a job failed or was canceled.
    JobFailed,
    /// `MediaConvert` reports how far a job is.
    Progress,
}

/// When a change may replace a stored state; a state or a change that knows no job may be of any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    Always,
    SameJob,
    /// If they are of different jobs.
    OtherJob,
    Never,
}

impl Change {
    /// The change that a step makes which stores a record of this status.
    pub const fn to(status: WorkflowStatus) -> Self {
        match status {
            WorkflowStatus::Ingest => Self::Ingest,
            WorkflowStatus::Encoding => Self::Encoding,
            WorkflowStatus::Complete => Self::Complete,
            WorkflowStatus::Error => Self::StepFailed,
        }
    }

    /// When the change may replace a record of this status.
    ///
    /// A failed video may be tried again, so `Error` gives way to every step; only the report of the very job whose
    /// failure is recorded does not, and that report changes nothing when it comes again. A job's failure may be reported
    /// before its submission is stored, and once more after a new attempt began: then the stored job is that same one.
    /// Outputs that are published stay published until another job of the video is submitted.
    pub const fn guard(self, stored: WorkflowStatus) -> Guard {
        use Guard::{Always, Never, OtherJob, SameJob};
        use WorkflowStatus::{Complete, Encoding, Error, Ingest};
        match (self, stored) {
            (Self::Ingest, Ingest | Error)
            | (Self::Encoding, Ingest | Encoding)
            | (Self::Complete, _)
            | (Self::StepFailed | Self::SourceFailed, Ingest | Encoding | Error) => Always,
            (Self::Encoding, Error | Complete) | (Self::JobFailed, Ingest | Error) => OtherJob,
            (Self::JobFailed | Self::Progress, Encoding) | (Self::Request, Complete) => SameJob,
            (Self::Ingest, Encoding | Complete)
            | (Self::StepFailed | Self::SourceFailed | Self::JobFailed, Complete)
            | (Self::Request, Ingest | Encoding | Error)
            | (Self::Progress, Ingest | Complete | Error) => Never,
        }
    }

    /// Whether the change may also make a record where there is none: only what knows the source may. A video that was
    /// deleted while its job ran stays deleted.
    pub const fn creates(self) -> bool {
        matches!(self, Self::Ingest | Self::SourceFailed)
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;

    /// One line a change: when it may replace Ingest, Encoding, Complete, Error, and nothing.
    #[test]
    fn which_change_replaces_which_state() {
        let changes = [
            Change::Ingest,
            Change::Encoding,
            Change::Request,
            Change::Complete,
            Change::StepFailed,
            Change::SourceFailed,
            Change::JobFailed,
            Change::Progress,
        ];
        let lines: Vec<String> = changes
            .into_iter()
            .map(|change| {
                let guards: Vec<_> =
                    WorkflowStatus::VARIANTS.iter().map(|stored| format!("{:?}", change.guard(*stored))).collect();
                format!("{change:?}: {}, creates: {}", guards.join(" "), change.creates())
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
            Ingest: Always Never Never Always, creates: true
            Encoding: Always Always OtherJob OtherJob, creates: false
            Request: Never Never SameJob Never, creates: false
            Complete: Always Always Always Always, creates: false
            StepFailed: Always Always Never Always, creates: false
            SourceFailed: Always Always Never Always, creates: true
            JobFailed: OtherJob SameJob Never OtherJob, creates: false
            Progress: Never SameJob Never Never, creates: false
        "#);
    }
}
