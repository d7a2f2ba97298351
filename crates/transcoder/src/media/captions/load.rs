//! Gets the captions of an input.

use std::ffi::OsString;

use super::{CaptionSource, Cue, SidecarFormat, formats::NotWebVtt, read_srt, read_webvtt, shifted};
use crate::media::{
    process::{Address, Formats, ProcessError, Runner},
    storage::{Storage, StorageError},
};
use crate::work::{ErrorCode, JobFailure};

/// How large a file of captions may be, in bytes.
const MAX_BYTES: u64 = 16 << 20;

#[derive(Debug, thiserror::Error)]
pub(crate) enum CaptionError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("cannot read captions: {0}")]
    Process(#[from] ProcessError),
    #[error("cannot read captions: {0}")]
    Format(#[from] NotWebVtt),
    #[error("cannot read captions")]
    Work(#[from] std::io::Error),
    #[error("there are no captions in {0}")]
    Empty(String),
}

impl From<CaptionError> for JobFailure {
    fn from(error: CaptionError) -> Self {
        match error {
            CaptionError::Storage(error) => error.of_input(),
            CaptionError::Process(error) => error.into(),
            other => Self::new(ErrorCode::Input, other.to_string()),
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Loader<'j> {
    pub(crate) storage: &'j Storage,
    pub(crate) runner: &'j Runner,
}

impl Loader<'_> {
    /// The captions of a source of the input at this address, in the order of their times.
    pub(crate) async fn load(&self, source: &CaptionSource, input: &Address) -> Result<Vec<Cue>, CaptionError> {
        match source {
            CaptionSource::Nothing(_) => Ok(Vec::new()),
            CaptionSource::Track(index) => {
                let map = format!("0:{index}");
                self.by_ffmpeg(input.arguments(Formats::Media), &map).await
            }
            CaptionSource::Sidecar { uri, format, delta } => {
                let file = self.runner.scratch().join("sidecar.captions");
                self.storage.fetch(uri, &file, MAX_BYTES).await?;
                let cues = match format {
                    SidecarFormat::Srt => read_srt(&tokio::fs::read(&file).await?),
                    SidecarFormat::WebVtt => read_webvtt(&tokio::fs::read(&file).await?)?,
                    SidecarFormat::ByFfmpeg => {
                        self.by_ffmpeg(Address::File(file.clone()).arguments(Formats::Captions), "0:0").await?
                    }
                };
                tokio::fs::remove_file(&file).await?;
                if cues.is_empty() {
                    return Err(CaptionError::Empty(uri.clone()));
                }
                Ok(shifted(&cues, *delta))
            }
        }
    }

    /// By way of SRT: ffmpeg does not escape what WebVTT has a meaning for.
    async fn by_ffmpeg(&self, input: Vec<OsString>, map: &str) -> Result<Vec<Cue>, CaptionError> {
        let file = self.runner.scratch().join("track.srt");
        let mut arguments = input;
        arguments.extend(["-map", map, "-c:s", "srt", "-f", "srt"].map(OsString::from));
        arguments.push(Address::File(file.clone()).name());
        self.runner.ffmpeg(&arguments, |_| ()).await?;
        let cues = read_srt(&tokio::fs::read(&file).await?);
        tokio::fs::remove_file(&file).await?;
        Ok(cues)
    }
}
