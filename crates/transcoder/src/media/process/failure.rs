//! How a run of ffmpeg or ffprobe fails.

use std::{process::ExitStatus, time::Duration};

use crate::work::JobFailure;

/// A run that brought nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProcessError {
    /// The program is not there, or the machine cannot start it.
    #[error("cannot start {program}; is it installed and on the PATH?")]
    Start {
        /// The program's name.
        program: &'static str,
        /// What the machine says.
        source: std::io::Error,
    },
    /// The program ran, but could not be listened to.
    #[error("lost {program}")]
    Talk {
        /// The program's name.
        program: &'static str,
        /// What the machine says.
        source: std::io::Error,
    },
    /// The program ended with an error.
    #[error("{program} failed ({status}): {said}")]
    Failed {
        /// The program's name.
        program: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// The last of what it said.
        said: String,
    },
    /// The job was canceled.
    #[error("canceled")]
    Canceled,
    /// The job's time is over.
    #[error("took longer than the {} s that a job may take", .0.as_secs())]
    TooLong(Duration),
    /// The job's work files need too much room.
    #[error("the work files became larger than {0} bytes")]
    TooLarge(u64),
}

impl From<ProcessError> for JobFailure {
    /// With MediaConvert's number for errors of its encoder that it does not tell apart
    /// (<https://docs.aws.amazon.com/mediaconvert/latest/ug/mediaconvert_error_codes.html>).
    fn from(error: ProcessError) -> Self {
        Self::unknown(error.to_string())
    }
}
