//! The names that a job template may have.

/// The pairs of families that stand in for each other.
const SWAPS: [(&str, &str); 2] = [("mvod", "qvbr"), ("qvbr", "mvod")];

/// The names to look a job template up by, in this order: its own, its corrected one, and both of the other family.
#[must_use]
pub fn template_names(name: &str) -> Vec<String> {
    let other = SWAPS.iter().find(|(family, _)| name.contains(family)).map(|(from, to)| name.replace(from, to));
    let names = std::iter::once(name.to_owned()).chain(other);
    names.flat_map(|name| [name.clone(), format!("{name}_fixed")]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fallbacks() {
        for (name, names) in [
            ("mine", &["mine", "mine_fixed"][..]),
            ("vod_1080p_mvod", &["vod_1080p_mvod", "vod_1080p_mvod_fixed", "vod_1080p_qvbr", "vod_1080p_qvbr_fixed"]),
            (
                "vod-qvbr-720p-3fa91c2b",
                &[
                    "vod-qvbr-720p-3fa91c2b",
                    "vod-qvbr-720p-3fa91c2b_fixed",
                    "vod-mvod-720p-3fa91c2b",
                    "vod-mvod-720p-3fa91c2b_fixed",
                ],
            ),
        ] {
            assert_eq!(template_names(name), names);
        }
    }
}
