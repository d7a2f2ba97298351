//! Which containers each type of output group holds, and that frame captures have none.
//!
//! Source: "Supported output codecs and containers".

use super::subject::Group;
use super::{Media, Report, Rule};
use crate::choice::Choice as _;
use crate::path::Path;
use crate::settings::ContainerType::{self, Cmfc, F4v, Gif, Ismv, M2ts, M3u8, Mov, Mp4, Mpd, Mxf, Ogg, Raw, Webm, Y4m};
use crate::settings::{OutputGroupType, VideoCodec};

const fn containers(kind: OutputGroupType) -> &'static [ContainerType] {
    match kind {
        OutputGroupType::HlsGroupSettings => &[M3u8],
        OutputGroupType::DashIsoGroupSettings => &[Mpd],
        OutputGroupType::CmafGroupSettings => &[Cmfc],
        OutputGroupType::MsSmoothGroupSettings => &[Ismv],
        OutputGroupType::FileGroupSettings => &[F4v, Gif, M2ts, Mov, Mp4, Mxf, Ogg, Raw, Webm, Y4m],
    }
}

pub(super) fn check(group: &Group<'_>, report: &mut Report) {
    let Some(kind) = group.kind else { return };
    let allowed = containers(kind);
    group.each_output(|output, path| {
        let found = output.container_settings.as_deref().and_then(|settings| settings.container);
        if let Some(found) = found.filter(|found| !allowed.contains(found)) {
            let allowed: Vec<_> = allowed.iter().map(|container| container.name()).collect();
            let says = format!("{} cannot hold {found}, only {}", kind.name(), allowed.join(", "));
            report.add(Rule::Container, path, "ContainerSettings.Container", says);
        }
    });
}

pub(super) fn check_frame_capture(media: &Media<'_>, path: &Path<'_>, report: &mut Report) {
    let captures = media.codec().and_then(|codec| codec.codec) == Some(VideoCodec::FrameCapture);
    let container = media.container.and_then(|settings| settings.container);
    if let Some(container) = container.filter(|container| captures && *container != Raw) {
        let says = format!("FRAME_CAPTURE writes plain images: take RAW instead of {container}");
        report.add(Rule::FrameCapture, path, "ContainerSettings.Container", says);
    }
}
