//! The rules of automated ABR.

use mediaconvert::settings::{AutomatedAbrRule, RequiredFlag};

use super::sizes::Need;

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
    pub(super) allowed: Vec<(u32, u32, Need)>,
}

impl Rules {
    pub(super) fn new(settings: &[AutomatedAbrRule]) -> Self {
        let mut rules = Self::default();
        for rule in settings {
            if let Some((width, height)) =
                rule.min_bottom_rendition_size.as_deref().and_then(|min| size(min.width, min.height))
            {
                rules.min_bottom = u64::from(width) * u64::from(height);
            }
            if let Some((width, height)) =
                rule.min_top_rendition_size.as_deref().and_then(|min| size(min.width, min.height))
            {
                rules.min_top = u64::from(width) * u64::from(height);
            }
            let forced = rule.force_include_renditions.iter().flatten();
            rules.forced.extend(forced.filter_map(|forced| size(forced.width, forced.height)));
            for allowed in rule.allowed_renditions.iter().flatten() {
                let need = if allowed.required == Some(RequiredFlag::Enabled) { Need::Must } else { Need::Choice };
                rules.allowed.extend(size(allowed.width, allowed.height).map(|(width, height)| (width, height, need)));
            }
        }
        rules
    }
}

fn size(width: Option<i64>, height: Option<i64>) -> Option<(u32, u32)> {
    let pixels =
        |length: Option<i64>| length.and_then(|length| u32::try_from(length).ok()).filter(|length| *length > 1);
    Some((pixels(width)?, pixels(height)?))
}
