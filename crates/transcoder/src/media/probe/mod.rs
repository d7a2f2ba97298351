//! Looks into an input: what it holds, as ffprobe sees it.

mod answer;
mod ffprobe;
mod names;
#[cfg(test)]
pub(crate) mod samples;
mod source;

pub(crate) use answer::{answer, input_detail};
pub(crate) use source::{
    AudioTrack, Colour, Language, Ratio, Rotation, Scan, Size, Source, TextTrack, TimecodeTrack, VideoTrack,
};

use std::ffi::OsString;

use super::process::{Address, Formats, ProcessError, Runner};
use crate::work::{ErrorCode, JobFailure};

#[derive(Debug, thiserror::Error)]
pub(crate) enum ProbeError {
    #[error("cannot read the input as video or audio: {0}")]
    Process(#[from] ProcessError),
    #[error("ffprobe's answer is not understood")]
    Answer(#[from] serde_json::Error),
    #[error("there is neither video nor audio in the input")]
    Empty,
}

impl From<ProbeError> for JobFailure {
    /// With MediaConvert's number for inputs that it cannot read
    /// (<https://docs.aws.amazon.com/mediaconvert/latest/ug/mediaconvert_error_codes.html>).
    fn from(error: ProbeError) -> Self {
        match error {
            ProbeError::Process(error @ (ProcessError::Start { .. } | ProcessError::Canceled)) => error.into(),
            other => Self::new(ErrorCode::Input, other.to_string()),
        }
    }
}

pub(crate) async fn probe(runner: &Runner, address: &Address) -> Result<Source, ProbeError> {
    let mut arguments: Vec<OsString> = ["-show_format", "-show_streams", "-of", "json"].map(Into::into).to_vec();
    arguments.extend(address.arguments(Formats::Media));
    let source = ffprobe::read(&runner.ffprobe(arguments).await?, &address.name().to_string_lossy())?;
    if source.video.is_empty() && source.audio.is_empty() { Err(ProbeError::Empty) } else { Ok(source) }
}
