//! The rules of automated ABR.

use mediaconvert::settings::{AutomatedAbrRule, Toggle};

/// Whether a size must be in the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Requirement {
    /// Only if it is of use.
    Optional,
    Required,
}

/// What the rules of a group ask for. Sizes are compared by their area, so that a rule for landscape also fits portrait.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// The smallest area of the smallest rendition.
    pub(super) min_bottom: u64,
    /// The smallest area of the largest rendition.
    pub(super) min_top: u64,
    /// Sizes that must be there besides others.
    pub(super) forced: Vec<(u32, u32)>,
    /// The only sizes that may be there, if any is named.
    pub(super) allowed: Vec<(u32, u32, Requirement)>,
}

impl Rules {
    pub(super) fn new(settings: &[AutomatedAbrRule]) -> Self {
        let mut rules = Self::default();
        for rule in settings {
            let (bottom, top) = (&rule.min_bottom_rendition_size, &rule.min_top_rendition_size);
            if let Some((width, height)) = size(bottom.width, bottom.height) {
                rules.min_bottom = u64::from(width) * u64::from(height);
            }
            if let Some((width, height)) = size(top.width, top.height) {
                rules.min_top = u64::from(width) * u64::from(height);
            }
            let forced = rule.force_include_renditions.iter();
            rules.forced.extend(forced.filter_map(|forced| size(forced.width, forced.height)));
            for allowed in &rule.allowed_renditions {
                let requirement = match allowed.required {
                    Some(Toggle::Enabled) => Requirement::Required,
                    Some(Toggle::Disabled) | None => Requirement::Optional,
                };
                let size = size(allowed.width, allowed.height);
                rules.allowed.extend(size.map(|(width, height)| (width, height, requirement)));
            }
        }
        rules
    }
}

fn size(width: Option<u32>, height: Option<u32>) -> Option<(u32, u32)> {
    width.zip(height).filter(|(width, height)| *width > 1 && *height > 1)
}
