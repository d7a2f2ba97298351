//! The sizes that come into question.

use super::{
    Picture,
    rules::{Requirement, Rules},
};

/// The shorter sides of usual renditions, in pixels.
const SHORT_SIDES: [u32; 10] = [2160, 1440, 1080, 720, 540, 432, 360, 270, 234, 180];

/// A size that comes into question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) requirement: Requirement,
}

impl Candidate {
    pub(super) fn area(&self) -> f64 {
        f64::from(self.width) * f64::from(self.height)
    }

    fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// The sizes for a picture, the largest first; at least one, none larger than the picture, no size twice.
pub(super) fn candidates(rules: &Rules, picture: Picture) -> Vec<Candidate> {
    let own = own(picture);
    let fits = |candidate: &Candidate| {
        candidate.width <= picture.size.width.max(2) && candidate.height <= picture.size.height.max(2)
    };
    let mut list: Vec<Candidate> = if rules.allowed.is_empty() {
        let usual = SHORT_SIDES.iter().filter_map(|side| usual(*side, picture));
        let forced = rules.forced.iter().map(|(width, height)| even(*width, *height, Requirement::Required));
        std::iter::once(own).chain(usual).chain(forced).filter(fits).collect()
    } else {
        rules
            .allowed
            .iter()
            .map(|(width, height, requirement)| even(*width, *height, *requirement))
            .filter(fits)
            .collect()
    };
    // What must be there goes before the same size that need not.
    list.sort_by_key(|candidate| std::cmp::Reverse((candidate.pixels(), candidate.height, candidate.requirement)));
    list.dedup_by_key(|candidate| (candidate.width, candidate.height));
    keep_some(&mut list, |candidate| {
        candidate.requirement == Requirement::Required || candidate.pixels() >= rules.min_bottom
    });
    // A largest rendition that is too small would be one of a list without the picture's own size.
    if rules.allowed.is_empty() && list.first().is_none_or(|top| top.pixels() < rules.min_top) && !list.contains(&own) {
        list.insert(0, own);
    }
    if list.is_empty() {
        list.push(own);
    }
    monotonous(&mut list);
    list
}

/// Leaves out what does not fit, but the largest stays.
fn keep_some(list: &mut Vec<Candidate>, fits: impl Fn(&Candidate) -> bool) {
    let top = list.first().copied();
    list.retain(|candidate| Some(*candidate) == top || fits(candidate));
}

/// Leaves out sizes that are higher than a larger one, which players could not put in order.
fn monotonous(list: &mut Vec<Candidate>) {
    let mut lowest = u32::MAX;
    list.retain(|candidate| {
        let fits = candidate.height <= lowest || candidate.requirement == Requirement::Required;
        if fits {
            lowest = lowest.min(candidate.height);
        }
        fits
    });
}

/// The picture's own size.
fn own(picture: Picture) -> Candidate {
    even(picture.size.width, picture.size.height, Requirement::Optional)
}

/// The size with this shorter side and the picture's shape.
fn usual(side: u32, picture: Picture) -> Option<Candidate> {
    let (short, long) = (picture.size.width.min(picture.size.height), picture.size.width.max(picture.size.height));
    if side >= short {
        return None;
    }
    let other = (u64::from(long) * u64::from(side) + u64::from(short) / 2) / u64::from(short);
    let other = u32::try_from(other).ok()?;
    Some(if picture.size.width < picture.size.height {
        even(side, other, Requirement::Optional)
    } else {
        even(other, side, Requirement::Optional)
    })
}

fn even(width: u32, height: u32, requirement: Requirement) -> Candidate {
    Candidate { width: (width & !1).max(2), height: (height & !1).max(2), requirement }
}
