//! What ffmpeg reads, said so that it reads nothing else.

use std::{ffi::OsString, path::PathBuf};

/// Where a file is that ffmpeg or ffprobe reads.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// A file of this machine.
    File(PathBuf),
    /// A web address, such as a presigned one.
    Url(String),
}

/// What kind of file is expected; no other is opened, above all no playlist, which could name other files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Formats {
    /// Video and audio files.
    Media,
    /// Single images.
    Image,
    /// Captions.
    Captions,
}

impl Formats {
    /// The names of ffmpeg's demuxers.
    const fn names(self) -> &'static str {
        match self {
            Self::Media => {
                "mov,matroska,mxf,wav,w64,avi,mpegts,mpeg,mpegvideo,mp3,flac,asf,ogg,aac,ac3,eac3,flv,aiff,dv,h264,\
                 hevc,m4v,obu,ivf,gxf,amr,caf,gif"
            }
            Self::Image => "png_pipe,jpeg_pipe,bmp_pipe,tiff_pipe,webp_pipe,gif,apng",
            Self::Captions => "srt,webvtt,scc,sami",
        }
    }
}

/// The largest picture that is decoded, in pixels: 8192 by 8192, nearly twice the 8192 by 4320 that MediaConvert makes at most.
///
/// A file of a few bytes may announce a picture that takes all memory.
const PIXELS: &str = "67108864";

/// How long a server may keep ffmpeg waiting, in microseconds.
const PATIENCE: &str = "30000000";

impl Address {
    /// The arguments that open this file, up to and including `-i`; options of the input go before them.
    pub(crate) fn arguments(&self, formats: Formats) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        let mut option = |name: &str, value: &str| arguments.extend([name.into(), value.into()]);
        match self {
            Self::File(_) => option("-protocol_whitelist", "file"),
            Self::Url(_) => {
                option("-protocol_whitelist", "http,https,tcp,tls");
                option("-rw_timeout", PATIENCE);
                option("-reconnect", "1");
                option("-reconnect_on_network_error", "1");
                option("-reconnect_delay_max", "4");
            }
        }
        option("-format_whitelist", formats.names());
        option("-max_pixels", PIXELS);
        arguments.extend(["-i".into(), self.name()]);
        arguments
    }

    /// The name that ffmpeg takes for exactly this file, whatever characters are in it.
    pub(crate) fn name(&self) -> OsString {
        match self {
            Self::File(path) => {
                let mut name = OsString::from("file:");
                name.push(path);
                name
            }
            Self::Url(url) => url.into(),
        }
    }
}

impl std::fmt::Debug for Address {
    /// Without the query, which is a secret in a presigned address.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.fmt(f),
            Self::Url(url) => url.split('?').next().fmt(f),
        }
    }
}
