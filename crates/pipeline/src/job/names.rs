//! The names that a job template may have.

use crate::{
    profile::{Templates, stand_in},
    record::Record,
};

/// The pairs of families that stand in for each other.
const SWAPS: [(&str, &str); 2] = [("mvod", "qvbr"), ("qvbr", "mvod")];

/// The names to look a record's job template up by, in this order: those of the one that the record names, and, unless the
/// metadata file named that one, the deployment's for a source of this size.
///
/// A deployment replaces a template by one of another name, so the record may name one that is gone: for a moment, if
/// the profiler ran before the deployment ended, and for ever in records from before they left such names out.
pub fn template_candidates(record: &Record, templates: &Templates) -> Vec<String> {
    let own = record.encoding.job_template.as_deref().filter(|name| !name.trim().is_empty());
    let mut names = own.map_or_else(Vec::new, template_names);
    let stand_in = stand_in(record, templates).filter(|name| !names.iter().any(|known| known == name));
    names.extend(stand_in.map(str::to_owned));
    names
}

/// A template's own name, its corrected one, and both of the other family.
fn template_names(name: &str) -> Vec<String> {
    let other = SWAPS.iter().find(|(family, _)| name.contains(family)).map(|(from, to)| name.replace(from, to));
    let names = std::iter::once(name.to_owned()).chain(other);
    names.flat_map(|name| [name.clone(), format!("{name}_fixed")]).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{profile, record::sample};

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

    fn record(mut more: Value) -> Record {
        more["srcMediainfo"] = r#"{"video":[{"width":1920,"height":1080}]}"#.into();
        more["workflowTrigger"] = more.get("workflowTrigger").cloned().unwrap_or("Metadata".into());
        sample(&more)
    }

    fn templates() -> Templates {
        Templates { p2160: "vod-uhd-2".to_owned(), p1080: "vod-fhd-2".to_owned(), p720: "vod-hd-2".to_owned() }
    }

    /// The names that are tried for a record that the profiler has completed, without those of the other family.
    fn tried(more: Value) -> Vec<String> {
        let profiled = profile::apply(record(more), &templates()).unwrap();
        let mut names = template_candidates(&profiled, &templates());
        names.retain(|name| !name.ends_with("_fixed") && !name.contains("mvod"));
        names
    }

    #[test]
    fn a_video_that_names_no_template_has_the_deployments_of_now() {
        let now = ["vod-fhd-2"];
        assert_eq!(tried(json!({})), now);
        let frozen = json!({
            "workflowTrigger": "Video", "jobTemplate_1080p": "vod-qvbr-1080p-963cbe5f", "isCustomTemplate": false,
            "jobTemplate": "vod-qvbr-1080p-963cbe5f",
        });
        assert_eq!(tried(frozen), now, "a record from before, which holds a name of then");
        let other = json!({"setByMetadata": ["jobTemplate_720p"], "jobTemplate_720p": "mine"});
        assert_eq!(tried(other), now, "the metadata file names one for another tier");
    }

    #[test]
    fn a_template_of_a_deployment_that_went_by_between_two_steps_is_replaced() {
        let profiled = profile::apply(record(json!({})), &templates()).unwrap();
        let newer = Templates { p1080: "vod-fhd-3".to_owned(), ..templates() };
        let names = template_candidates(&profiled, &newer);
        assert_eq!((names.first().unwrap().as_str(), names.last().unwrap().as_str()), ("vod-fhd-2", "vod-fhd-3"));
    }

    #[test]
    fn a_template_that_the_metadata_file_names_has_no_stand_in() {
        for more in [
            json!({"jobTemplate": "mine", "isCustomTemplate": true}),
            json!({"jobTemplate_1080p": "mine", "setByMetadata": ["jobTemplate_1080p"]}),
            json!({"jobTemplate_1080p": "mine"}),
        ] {
            assert_eq!(tried(more), ["mine"]);
        }
        let pinned = json!({"jobTemplate_1080p": "vod-qvbr-1080p-963cbe5f", "setByMetadata": ["jobTemplate_1080p"]});
        assert_eq!(tried(pinned), ["vod-qvbr-1080p-963cbe5f"], "even if it is one of the deployment's");
    }

    #[test]
    fn a_name_that_nobody_knows_whose_it_is_comes_before_the_deployments() {
        let old = json!({"jobTemplate_1080p": "vod-qvbr-1080p-963cbe5f"});
        assert_eq!(tried(old), ["vod-qvbr-1080p-963cbe5f", "vod-fhd-2"]);
    }
}
