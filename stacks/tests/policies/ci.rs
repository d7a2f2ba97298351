//! The roles of the CI stack, and the tokens of GitHub Actions that may take them.

use config::{self, Config, Input};

use super::statements::{self, Place, Statement};

/// Tokens' subjects in the form of old repositories, and of those made, renamed or transferred since July 2026
/// (<https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens>).
const BY_NAME: &str = "repo:example/videos";
const BY_NAME_AND_ID: &str = "repo:example@1234567/videos@987654321";

fn configured(sets: &[&str]) -> Result<Config, String> {
    let sets = sets.iter().map(ToString::to_string).collect();
    config::load(&Input { file: None, variables: Vec::new(), sets }).map_err(|problems| format!("{problems:?}"))
}

/// The roles that a token with this subject may take.
fn taken(config: &Config, subject: &str) -> Vec<String> {
    let is_met = |statement: &Statement| {
        statement.conditions.iter().all(|condition| {
            assert_eq!(condition.operator, "StringEquals");
            let claim = if condition.key.ends_with(":sub") { subject } else { "sts.amazonaws.com" };
            statements::items(&condition.value).iter().any(|value| value == claim)
        })
    };
    let statements = statements::of(&statements::synthesized(config));
    let trusts = statements.into_iter().filter(|statement| {
        statement.place == Place::Trust && statement.actions == ["sts:AssumeRoleWithWebIdentity"] && is_met(statement)
    });
    trusts.map(|statement| statement.id).collect()
}

/// The finding B2.
#[test]
fn tokens_of_both_forms_take_the_roles() {
    for (repository, own, other) in
        [("example/videos", BY_NAME, BY_NAME_AND_ID), ("example@1234567/videos@987654321", BY_NAME_AND_ID, BY_NAME)]
    {
        let repository = format!("ci.repository={repository}");
        for (sets, run) in [
            (vec![repository.as_str()], "ref:refs/heads/main"),
            (vec![repository.as_str(), "ci.branch=release/2"], "ref:refs/heads/release/2"),
            (vec![repository.as_str(), "ci.environment=prod"], "environment:prod"),
        ] {
            let config = configured(&sets).unwrap();
            assert_eq!(taken(&config, &format!("{own}:{run}")), ["CiDeploy"], "{sets:?}");
            assert_eq!(taken(&config, &format!("{own}:pull_request")), ["CiPlan"], "{sets:?}");
            for stranger in [
                format!("{other}:{run}"),
                format!("{own}:ref:refs/heads/other"),
                format!("{own}x:{run}"),
                format!("{}:{run}", own.replace("videos", "films")),
            ] {
                assert_eq!(taken(&config, &stranger), [""; 0], "{sets:?} {stranger}");
            }
        }
    }
}

#[test]
fn a_repository_has_both_ids_or_none() {
    for repository in ["example@1/videos", "example/videos@2", "example@/videos@2", "example@1/videos@", "a@b/c@d"] {
        let error = configured(&[&format!("ci.repository={repository}")]).unwrap_err();
        assert!(error.contains("example@1234/videos@5678"), "{repository}: {error}");
    }
    assert!(configured(&["ci.repository=example@1/videos.web_site-2@2"]).is_ok());
}

/// A deployment has stacks in two regions, and CI deploys all of them but its own.
#[test]
fn every_stack_may_be_changed_but_that_of_the_roles() {
    for sets in [
        &["ci.repository=example/videos"][..],
        &["ci.repository=example/videos", "region=eu-central-1", "distribution.waf=managed"],
        &["ci.repository=example/videos", "region=me-central-1", "distribution.waf=managed"],
    ] {
        let stacks = statements::synthesized(&configured(sets).unwrap());
        let statements = statements::of(&stacks);
        let changed = statements.iter().find(|statement| statement.sid == "ChangeStacks").unwrap();
        let changed: Vec<String> = changed.resources.iter().map(ToString::to_string).collect();
        for (stack, _) in &stacks {
            let may = changed.iter().any(|arn| arn.contains(&format!(":stack/{stack}/*")));
            assert_eq!(may, stack != "vod-ci", "{stack}: {changed:?}");
        }
    }
}
