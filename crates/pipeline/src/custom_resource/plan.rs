//! What is to be done about a request: decided here, executed by `runtime`.
//!
//! The rules: every action may be repeated; other content is another physical id, so that CloudFormation makes the new
//! one before it deletes the old one and a rollback still finds the old one; what this resource did not make is never
//! deleted; deleting what is gone, or was never made, succeeds.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    properties::{EndpointProperties, JobTemplateProperties, Kind, PlayerProperties, PurgeProperties},
    protocol::{Request, RequestType, is_placeholder},
    template::{Template, TemplateError, is_ours},
};
use crate::{
    player,
    settings::{EndpointMode, UnknownWord},
};

/// The physical id of the endpoint, of which there is one.
const ENDPOINT_ID: &str = "mediaconvert-endpoint";

/// One thing to do; doing it twice is the same as doing it once.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Make sure that a job template with this name and content exists.
    EnsureTemplate {
        name: String,
        /// The whole `CreateJobTemplate` body for the wire, with the name.
        body: Value,
        /// The address of `MediaConvert`, where it is not the SDK's own choice.
        endpoint: Option<String>,
    },
    /// Make sure that no job template with this name exists.
    DeleteTemplate {
        name: String,
        /// The address of `MediaConvert`, where it is not the SDK's own choice.
        endpoint: Option<String>,
    },
    /// Answer with an address of `MediaConvert`, found this way.
    FindEndpoint(EndpointMode),
    /// Make sure that no asset of this packaging group exists.
    PurgeAssets { group: String },
    /// Make sure that the player's page is there, in this version.
    InstallPlayer(PlayerProperties),
    /// Make sure that nothing of this version of the player's page is there.
    RemovePlayer { bucket: String, version: String },
    /// Nothing; the answer is success.
    Nothing,
}

/// How an action failed, as far as what it left behind is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leftover {
    /// The service refused, so nothing was made.
    Nothing,
    /// The service may have made the resource all the same.
    Perhaps,
}

/// What to do, and the physical id to answer with.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    pub action: Action,
    /// The physical id when it is done.
    pub physical_id: String,
    /// The physical id of what was there before, or of nothing.
    previous_id: String,
    request_type: RequestType,
}

impl Planned {
    /// The physical id to answer with after a failure.
    ///
    /// CloudFormation deletes that id when it rolls a creation back, so a creation that may have happened is answered
    /// with its real id. A failed update leaves the resource what it was.
    pub fn failed_id(&self, leftover: Leftover) -> &str {
        match (self.request_type, leftover) {
            (RequestType::Create, Leftover::Perhaps) => &self.physical_id,
            _ => &self.previous_id,
        }
    }
}

/// Why a request cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("there is no such custom resource: {0}")]
    Kind(#[from] UnknownWord),
    #[error("the properties of {} are wrong", kind)]
    Properties { kind: Kind, source: serde_json::Error },
    /// The page's version is none, so that its folder could be any.
    #[error("`{version}` is no version of the player's page")]
    Version { version: String },
    #[error(transparent)]
    Template(#[from] TemplateError),
}

/// Decides what a request asks for. A deletion is never an error: what cannot be read was never made.
pub fn plan(request: &Request) -> Result<Planned, PlanError> {
    let (physical_id, action) = match request.request_type {
        RequestType::Create | RequestType::Update => wanted(request)?,
        RequestType::Delete => {
            let id = request.address.known_id();
            let action = if is_placeholder(&id) { Action::Nothing } else { unwanted(request, &id) };
            (id, action)
        }
    };
    Ok(Planned { action, physical_id, previous_id: request.address.known_id(), request_type: request.request_type })
}

/// The physical id and action that bring about what a creation or an update asks for.
fn wanted(request: &Request) -> Result<(String, Action), PlanError> {
    let kind: Kind = request.resource_type.parse()?;
    Ok(match kind {
        Kind::JobTemplate => {
            let properties: JobTemplateProperties = properties(kind, request)?;
            let Template { name, body } = Template::new(&properties.base_name, &properties.settings)?;
            (name.clone(), Action::EnsureTemplate { name, body, endpoint: properties.endpoint })
        }
        Kind::MediaConvertEndpoint => {
            let EndpointProperties { mode } = properties(kind, request)?;
            (ENDPOINT_ID.to_owned(), Action::FindEndpoint(mode))
        }
        Kind::MediaPackagePurge => {
            let PurgeProperties::<String> { packaging_group } = properties(kind, request)?;
            (format!("purge/{packaging_group}"), Action::Nothing)
        }
        Kind::Player => {
            let page: PlayerProperties = properties(kind, request)?;
            if !player::is_version(&page.version) {
                return Err(PlanError::Version { version: page.version });
            }
            (player_id(&page.version), Action::InstallPlayer(page))
        }
    })
}

/// The action that removes what has this physical id, if that is anything of ours.
fn unwanted(request: &Request, physical_id: &str) -> Action {
    let action = || {
        let kind: Kind = request.resource_type.parse().ok()?;
        match kind {
            Kind::JobTemplate => {
                let JobTemplateProperties::<Option<String>> { base_name, endpoint, .. } =
                    properties(kind, request).ok()?;
                let (name, endpoint) = (physical_id.to_owned(), endpoint.flatten());
                is_ours(&name, &base_name?).then_some(Action::DeleteTemplate { name, endpoint })
            }
            Kind::MediaPackagePurge => {
                let PurgeProperties::<String> { packaging_group: group } = properties(kind, request).ok()?;
                Some(Action::PurgeAssets { group })
            }
            Kind::Player => {
                let bucket = properties::<PlayerProperties<Option<String>>>(kind, request).ok()?.bucket?;
                let version = physical_id.strip_prefix(&player_id(""))?.to_owned();
                player::is_version(&version).then_some(Action::RemovePlayer { bucket, version })
            }
            Kind::MediaConvertEndpoint => None,
        }
    };
    action().unwrap_or(Action::Nothing)
}

/// The physical id of a version of the page: another version is another resource, with another folder.
fn player_id(version: &str) -> String {
    format!("player/{version}")
}

fn properties<T: DeserializeOwned>(kind: Kind, request: &Request) -> Result<T, PlanError> {
    T::deserialize(&request.resource_properties).map_err(|source| PlanError::Properties { kind, source })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use strum::VariantArray as _;

    use super::*;

    const SETTINGS: &str = r#"{"Settings":{"OutputGroups":[]}}"#;
    const OTHER: &str = r#"{"Settings":{"OutputGroups":[{}]}}"#;

    fn request(request_type: &str, kind: Kind, physical_id: Option<&str>, properties: &Value) -> Request {
        serde_json::from_value(json!({
            "RequestType": request_type,
            "ResponseURL": "http://127.0.0.1/", "StackId": "s", "RequestId": "r", "LogicalResourceId": "Logical",
            "PhysicalResourceId": physical_id,
            "ResourceType": kind.to_string(),
            "ResourceProperties": properties,
        }))
        .unwrap()
    }

    fn template(request_type: &str, physical_id: Option<&str>, settings: &str) -> Planned {
        let properties = json!({"ServiceToken": "arn:function", "BaseName": "vod-1080p", "Settings": settings});
        plan(&request(request_type, Kind::JobTemplate, physical_id, &properties)).unwrap()
    }

    #[test]
    fn a_template_lives_through_update_and_rollback() {
        let created = template("Create", None, SETTINGS);
        let first = created.physical_id.clone();
        assert!(matches!(&created.action, Action::EnsureTemplate { name, .. } if *name == first));

        let same = template("Update", Some(&first), SETTINGS);
        assert_eq!((&same.physical_id, &same.action), (&first, &created.action));

        let changed = template("Update", Some(&first), OTHER);
        let second = changed.physical_id.clone();
        assert_ne!(second, first);
        assert_eq!(changed.failed_id(Leftover::Perhaps), first);

        let rolled_back = template("Update", Some(&second), SETTINGS);
        assert_eq!(rolled_back.physical_id, first);

        let cleaned = template("Delete", Some(&second), OTHER);
        assert_eq!(cleaned.action, Action::DeleteTemplate { name: second.clone(), endpoint: None });
        assert_eq!(cleaned.physical_id, second);
    }

    #[test]
    fn a_failed_creation_is_deleted_only_if_it_may_have_happened() {
        let created = template("Create", None, SETTINGS);
        let placeholder = created.failed_id(Leftover::Nothing).to_owned();
        assert_eq!(placeholder, "never-created:Logical");
        assert_eq!(template("Delete", Some(&placeholder), SETTINGS).action, Action::Nothing);

        let id = created.failed_id(Leftover::Perhaps);
        assert!(matches!(template("Delete", Some(id), SETTINGS).action, Action::DeleteTemplate { .. }));
    }

    #[test]
    fn nothing_foreign_is_deleted() {
        for id in ["System-Ott_Hls", "vod-1080p", "other-0123abcd", "2026/11/22/[$LATEST]0123", "vod-1080p-nothexes"] {
            assert_eq!(template("Delete", Some(id), SETTINGS).action, Action::Nothing, "{id}");
        }
    }

    #[test]
    fn the_purge_acts_on_deletion_only() {
        let properties = json!({"PackagingGroup": "vod"});
        let run = |request_type, id| plan(&request(request_type, Kind::MediaPackagePurge, id, &properties)).unwrap();
        let created = run("Create", None);
        assert_eq!((created.physical_id.as_str(), created.action), ("purge/vod", Action::Nothing));
        assert_eq!(run("Update", Some("purge/old")).physical_id, "purge/vod");
        assert_eq!(run("Delete", Some("purge/vod")).action, Action::PurgeAssets { group: "vod".to_owned() });
        assert_eq!(run("Delete", Some("never-created:Logical")).action, Action::Nothing);
    }

    #[test]
    fn the_page_lives_through_update_and_rollback() {
        let page = |version: &str| json!({"Bucket": "outputs", "Version": version, "Files": "0", "Index": "<html>", "ServiceToken": "arn"});
        let run = |request_type, id, version| plan(&request(request_type, Kind::Player, id, &page(version))).unwrap();
        let (old, new) = ("0123456789abcdef", "fedcba9876543210");
        let created = run("Create", None, old);
        assert_eq!(created.physical_id, "player/0123456789abcdef");
        assert!(
            matches!(&created.action, Action::InstallPlayer(page) if page.version == old && page.bucket == "outputs")
        );
        let updated = run("Update", Some("player/0123456789abcdef"), new);
        assert_eq!(updated.physical_id, "player/fedcba9876543210");
        assert_eq!(updated.failed_id(Leftover::Perhaps), "player/0123456789abcdef");
        let removed = Action::RemovePlayer { bucket: "outputs".to_owned(), version: old.to_owned() };
        assert_eq!(run("Delete", Some("player/0123456789abcdef"), new).action, removed);
        for id in ["player/", "player/../5d8c", "5d8c", "never-created:Logical"] {
            assert_eq!(run("Delete", Some(id), old).action, Action::Nothing, "{id}");
        }
        let error = plan(&request("Create", Kind::Player, None, &page("../../5d8c"))).unwrap_err();
        assert_eq!(error.to_string(), "`../../5d8c` is no version of the player's page");
    }

    #[test]
    fn the_endpoint_keeps_its_id() {
        for (mode, expected) in [("regional", EndpointMode::Regional), ("discover", EndpointMode::Discover)] {
            let run = |request_type, id| {
                plan(&request(request_type, Kind::MediaConvertEndpoint, id, &json!({"Mode": mode}))).unwrap()
            };
            let created = run("Create", None);
            assert_eq!(created.action, Action::FindEndpoint(expected));
            let id = created.physical_id;
            assert_eq!(run("Update", Some(&id)).physical_id, id);
            assert_eq!(run("Delete", Some(&id)).action, Action::Nothing);
        }
    }

    #[test]
    fn bad_properties_fail_creation_and_not_deletion() {
        for &kind in Kind::VARIANTS {
            for properties in [json!(null), json!({}), json!({"Mode": "elsewhere", "BaseName": 3})] {
                assert!(matches!(plan(&request("Create", kind, None, &properties)), Err(PlanError::Properties { .. })));
                let deleted = plan(&request("Delete", kind, Some("id"), &properties)).unwrap();
                assert_eq!(deleted.action, Action::Nothing);
            }
        }
        let mut unknown = request("Create", Kind::JobTemplate, None, &json!({}));
        unknown.resource_type = "Custom::Other".to_owned();
        insta::assert_snapshot!(plan(&unknown).unwrap_err(), @"there is no such custom resource: `Custom::Other` is not one of Custom::MediaConvertJobTemplate, Custom::MediaConvertEndpoint, Custom::MediaPackagePurge, Custom::Player");
        unknown.request_type = RequestType::Delete;
        assert_eq!(plan(&unknown).unwrap().action, Action::Nothing);
    }

    proptest! {
        /// Whatever physical id CloudFormation sends, a deletion touches nothing but names that a creation gives.
        #[test]
        fn deletions_stay_at_home(id in "(vod-1080p)?-?[ -~]{0,12}") {
            match template("Delete", Some(&id), SETTINGS).action {
                Action::DeleteTemplate { name, .. } => {
                    prop_assert!(name == id && name.len() == "vod-1080p-".len() + 8 && name.starts_with("vod-1080p-"));
                }
                action => prop_assert_eq!(action, Action::Nothing),
            }
        }
    }
}
