//! Who encodes a video that arrives by itself and is named by a metadata file as well.
//!
//! Where both kinds of file start workflows, the two files' events come in any order, late and twice. Each workflow
//! therefore claims the video's object in the table before it does anything with it, and the first one has it. A video's own
//! workflow waits a while before that, so that a metadata file which comes with the video is the first. A metadata file
//! looks for its video more often than that wait is long, so it is the first as well where it came before its video.

use serde_json::json;
use uuid::Uuid;

use super::Expression;
use crate::record::StartedBy;

/// How long a metadata file waits for the video that it names, in seconds.
pub const SOURCE_WAIT_SECONDS: u32 = 15 * 60;

/// The longest time between two looks for a video that is not there yet, in seconds.
const MAX_LOOK_SECONDS: u32 = 20;

/// The field with the workflow that has the video.
const CLAIMED_BY: &str = "claimedBy";
/// The field with the time of the claim, in Unix milliseconds.
const CLAIMED_AT: &str = "claimedAt";
/// The field with the address of the video, for people who meet a claim in the table.
const CLAIMED_VIDEO: &str = "claimedVideo";

/// A workflow's claim to the object that a video is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim<'a> {
    pub bucket: &'a str,
    pub key: &'a str,
    /// The object's version, where the bucket keeps versions.
    pub version: Option<&'a str>,
    /// The workflow.
    pub guid: &'a str,
    /// Now, in Unix milliseconds.
    pub now: i64,
    /// Since when the object is there, in Unix milliseconds: without versions, an earlier claim is to an earlier upload.
    pub since: Option<i64>,
}

/// What a workflow does about its video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Encode,
    /// The video was on its way before its metadata file came: it is encoded once more, with the file's options, as a video
    /// of its own.
    EncodeOnceMore {
        /// The workflow that has the video.
        first: String,
    },
    /// A metadata file's workflow has the video.
    LeaveTo {
        guid: String,
    },
}

impl Claim<'_> {
    /// The claim's key in the table. It has no source and no start, so no list of videos shows it.
    pub fn id(&self) -> String {
        let name = json!([self.bucket, self.key, self.version]).to_string();
        format!("claim-{}", Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
    }

    /// The write that takes the video, unless another workflow has it.
    pub fn write(&self) -> Expression {
        let mut write = Expression::default();
        let (by, at, video) = (write.name(CLAIMED_BY), write.name(CLAIMED_AT), write.name(CLAIMED_VIDEO));
        let (guid, now) = (write.value(self.guid.into()), write.value(self.now.into()));
        let address = write.value(format!("s3://{}/{}", self.bucket, self.key).into());
        write.update = format!("SET {by}={guid},{at}={now},{video}={address}");
        write.condition = format!("attribute_not_exists({by}) OR {by} = {guid}");
        if let (None, Some(since)) = (self.version, self.since) {
            let since = write.value(since.into());
            write.condition = format!("{} OR {at} < {since}", write.condition);
        }
        write
    }

    /// The workflow that has the video, from the item that stands against a claim.
    pub fn holder(item: &serde_json::Map<String, serde_json::Value>) -> Option<&str> {
        item.get(CLAIMED_BY)?.as_str()
    }
}

impl Verdict {
    /// What a workflow that was started so does where another one has the video, if one has.
    pub fn of(started_by: StartedBy, holder: Option<&str>) -> Self {
        match (holder, started_by) {
            (None, _) => Self::Encode,
            (Some(guid), StartedBy::Video) => Self::LeaveTo { guid: guid.to_owned() },
            (Some(guid), StartedBy::Metadata) => Self::EncodeOnceMore { first: guid.to_owned() },
        }
    }
}

/// How often a metadata file looks for its video, in seconds, where a video waits this long for a metadata file: several
/// times within that wait.
pub fn look_seconds(metadata_wait_seconds: u32) -> u32 {
    (metadata_wait_seconds / 3).clamp(1, MAX_LOOK_SECONDS)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn claim(version: Option<&'static str>, guid: &'static str, now: i64, since: i64) -> Claim<'static> {
        Claim { bucket: "b", key: "k.mp4", version, guid, now, since: Some(since) }
    }

    #[test]
    fn a_claim_is_to_one_version_of_one_object() {
        let first = claim(Some("v1"), "g", 1, 0);
        assert_eq!(first.id(), claim(Some("v1"), "h", 2, 1).id());
        assert_ne!(first.id(), claim(Some("v2"), "g", 1, 0).id());
        assert_ne!(first.id(), claim(None, "g", 1, 0).id());
        assert!(first.id().starts_with("claim-"));
    }

    #[test]
    fn claims_are_refused_where_another_workflow_has_the_video() {
        let versioned = claim(Some("v1"), "g", 5, 3).write();
        assert_eq!(versioned.update, "SET #f0=:v0,#f1=:v1,#f2=:v2");
        assert_eq!(versioned.condition, "attribute_not_exists(#f0) OR #f0 = :v0");
        assert_eq!(versioned.values[":v2"], "s3://b/k.mp4");
        let plain = claim(None, "g", 5, 3).write();
        assert_eq!(plain.condition, "attribute_not_exists(#f0) OR #f0 = :v0 OR #f1 < :v3");
        assert_eq!((&plain.names["#f1"], &plain.values[":v3"]), (&"claimedAt".to_owned(), &json!(3)));
    }

    #[test]
    fn verdicts() {
        use StartedBy::{Metadata, Video};
        let other = || "m".to_owned();
        assert_eq!(Verdict::of(Video, None), Verdict::Encode);
        assert_eq!(Verdict::of(Metadata, None), Verdict::Encode);
        assert_eq!(Verdict::of(Video, Some("m")), Verdict::LeaveTo { guid: other() });
        assert_eq!(Verdict::of(Metadata, Some("m")), Verdict::EncodeOnceMore { first: other() });
    }

    #[test]
    fn a_metadata_file_looks_several_times_while_a_video_waits() {
        assert_eq!([10, 60, 3600].map(look_seconds), [3, 20, 20]);
    }

    /// The table, as far as claims go.
    #[derive(Default)]
    struct Table(BTreeMap<String, (String, i64)>);

    impl Table {
        fn claim(&mut self, claim: Claim<'_>) -> Option<String> {
            let (id, guid) = (claim.id(), claim.guid.to_owned());
            let refused = self.0.get(&id).filter(|(by, at)| {
                let older = claim.version.is_none() && claim.since.is_some_and(|since| *at < since);
                *by != guid && !older
            });
            let refused = refused.map(|(by, _)| by.clone());
            if refused.is_none() {
                self.0.insert(id, (guid, claim.now));
            }
            refused
        }
    }

    proptest! {
        /// A video and its metadata file, each reported late and its first step repeated: the video is encoded once, with the
        /// file's options if that came before the wait was over, and once more only for a file that came later.
        #[test]
        fn one_video_is_one_job(
            versioned in any::<bool>(),
            wait in 10_u32..600,
            video_at in 0_i64..200_000,
            video_delay in 0_i64..60_000,
            metadata_at in 0_i64..900_000,
            metadata_delay in 0_i64..60_000,
            jitter in prop::collection::vec(0.0..1.0_f64, 1..20),
            repeats in prop::collection::vec(any::<bool>(), 2),
        ) {
            let video_claims = video_at + video_delay + i64::from(wait) * 1000;
            let mut metadata_claims = metadata_at + metadata_delay;
            let mut jitter = jitter.iter().cycle();
            while metadata_claims < video_at {
                #[expect(clippy::cast_possible_truncation, reason = "a few seconds")]
                let pause = (f64::from(look_seconds(wait)) * 1000.0 * jitter.next().unwrap()) as i64;
                metadata_claims += pause.max(1);
            }
            let version = versioned.then_some("v1");
            let mut steps = vec![];
            for (index, (guid, at, started_by)) in
                [("v", video_claims, StartedBy::Video), ("m", metadata_claims, StartedBy::Metadata)].into_iter().enumerate()
            {
                steps.push((at, guid, started_by));
                if repeats[index] {
                    steps.push((at + 500, guid, started_by));
                }
            }
            steps.sort_by_key(|(at, guid, _)| (*at, *guid));
            let (mut table, mut last) = (Table::default(), BTreeMap::new());
            for (at, guid, started_by) in steps {
                let holder = table.claim(Claim { bucket: "b", key: "k", version, guid, now: at, since: Some(video_at) });
                let verdict = Verdict::of(started_by, holder.as_deref());
                let former = last.insert(guid, verdict.clone());
                prop_assert!(former.is_none_or(|former| former == verdict), "a repeat decides as before");
            }
            let in_time = metadata_claims <= video_claims;
            let expected = if in_time {
                [Verdict::LeaveTo { guid: "m".to_owned() }, Verdict::Encode]
            } else {
                [Verdict::Encode, Verdict::EncodeOnceMore { first: "v".to_owned() }]
            };
            prop_assert_eq!([last["v"].clone(), last["m"].clone()], expected);
            // A file that was there before its video is always in time.
            prop_assert!(in_time || metadata_at + metadata_delay >= video_at);
        }
    }
}
