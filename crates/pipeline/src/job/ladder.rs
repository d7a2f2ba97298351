//! The renditions of a group: those above the source are left out, the others have the picture's aspect.

use serde_json::Value;

use crate::size::{Frame, Size};

/// Which of a group's renditions a picture gets, by their frames: those that do not enlarge it, or else the smallest.
///
/// A rendition of a preset, or without a size, has no frame here: it takes the source's size from the service, and stays.
pub fn kept(frames: &[Option<Frame>], picture: Size) -> Vec<usize> {
    let all_above = frames.iter().flatten().all(|frame| !picture.fills(*frame));
    let smallest = frames.iter().enumerate().filter_map(|(at, frame)| Some((frame.as_ref()?.area(), at))).min();
    let stays = |at: &usize| {
        frames[*at].is_none_or(|frame| picture.fills(frame))
            || (all_above && smallest.is_some_and(|(_, smallest)| smallest == *at))
    };
    (0..frames.len()).filter(stays).collect()
}

/// Leaves out the renditions that would enlarge the picture, and fits the others to it; one that stays alone has the picture's own
/// size.
pub(super) fn fit(outputs: &mut Vec<Value>, picture: Size) {
    let kept = kept(&outputs.iter().map(frame).collect::<Vec<_>>(), picture);
    let mut at = 0..;
    outputs.retain(|_| at.next().is_some_and(|at| kept.contains(&at)));
    for output in outputs {
        let Some(frame) = frame(output) else { continue };
        let size = picture.fit(frame);
        output["videoDescription"]["width"] = size.width.into();
        output["videoDescription"]["height"] = size.height.into();
    }
}

/// The room of a rendition with a size.
fn frame(output: &Value) -> Option<Frame> {
    let side = |name| output["videoDescription"][name].as_u64().and_then(|side| u32::try_from(side).ok());
    let (width, height) = (side("width"), side("height"));
    (width.is_some() || height.is_some()).then(|| Frame::new(width, height))
}
