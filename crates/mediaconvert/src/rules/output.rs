//! What one output must have: a name in its group, a container of its group's type, an even size.
//!
//! Source of the names: the reference of `NameModifier` ("when you create multiple outputs in the same output group,
//! Name modifier is required"); files of different containers or extensions may share one. Of the containers, and that
//! frame captures have none: "Supported output codecs and containers". Of the sizes: 4:2:0 video has one colour sample
//! for two pixels each way.

use std::collections::BTreeSet;

use super::subject::Group;
use super::{Media, Report};
use crate::choice::Choice as _;
use crate::problem::{Path, Rule};
use crate::settings::ContainerType::{self, Cmfc, F4v, Gif, Ismv, M2ts, M3u8, Mov, Mp4, Mpd, Mxf, Ogg, Raw, Webm, Y4m};
use crate::settings::{OutputGroupType, VideoCodec};

pub(super) fn check_names(group: &Group<'_>, report: &mut Report) {
    if group.outputs.len() < 2 {
        return;
    }
    let mut names = BTreeSet::new();
    group.each_output(|output, path| {
        let Some(modifier) = output.name_modifier.as_deref() else {
            let says = "a group with several outputs needs a NameModifier on each";
            report.add(Rule::NameModifier, path, "NameModifier", says);
            return;
        };
        let container = output.container_settings.container.map(ContainerType::name);
        let is_file = group.kind == Some(OutputGroupType::FileGroupSettings);
        if !names.insert((modifier.to_owned(), is_file.then(|| (container, output.extension.clone())))) {
            let says = format!("another output of the group is named `{modifier}` too");
            report.add(Rule::NameModifier, path, "NameModifier", says);
        }
    });
}

pub(super) fn check_containers(group: &Group<'_>, report: &mut Report) {
    let Some(kind) = group.kind else { return };
    let allowed: &[ContainerType] = match kind {
        OutputGroupType::HlsGroupSettings => &[M3u8],
        OutputGroupType::DashIsoGroupSettings => &[Mpd],
        OutputGroupType::CmafGroupSettings => &[Cmfc],
        OutputGroupType::MsSmoothGroupSettings => &[Ismv],
        OutputGroupType::FileGroupSettings => &[F4v, Gif, M2ts, Mov, Mp4, Mxf, Ogg, Raw, Webm, Y4m],
    };
    group.each_output(|output, path| {
        if let Some(found) = output.container_settings.container.filter(|found| !allowed.contains(found)) {
            let allowed: Vec<_> = allowed.iter().map(|container| container.name()).collect();
            let says = format!("{kind} cannot hold {found}, only {}", allowed.join(", "));
            report.add(Rule::Container, path, "ContainerSettings.Container", says);
        }
    });
}

pub(super) fn check_frame_capture(media: &Media<'_>, path: &Path<'_>, report: &mut Report) {
    let captures = media.video.codec_settings.codec == Some(VideoCodec::FrameCapture);
    if let Some(container) = media.container.container.filter(|container| captures && *container != Raw) {
        let says = format!("FRAME_CAPTURE writes plain images: take RAW instead of {container}");
        report.add(Rule::FrameCapture, path, "ContainerSettings.Container", says);
    }
}

pub(super) fn check_size(media: &Media<'_>, path: &Path<'_>, report: &mut Report) {
    for (name, size) in [("Width", media.video.width), ("Height", media.video.height)] {
        if let Some(size) = size.filter(|size| size % 2 != 0) {
            let says = format!("{size} is odd; take {}", size - 1);
            report.add(Rule::FrameSize, path, &format!("VideoDescription.{name}"), says);
        }
    }
}
