//! The web application firewall in front of the distribution.
//!
//! CloudFront takes web ACLs of us-east-1 only, so a deployment elsewhere has an edge stack there.

use serde_json::json;
use synth::aws::wafv2::{self, web_acl as acl};
use synth::{Handle, Scope};

use config::Config;

/// AWS's managed rules, in the order they are applied
/// (<https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html>).
const MANAGED_RULES: [&str; 3] =
    ["AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesCommonRuleSet"];

/// How many requests one address may make in five minutes: a player asks for a few segments a second at the most.
const REQUESTS_PER_FIVE_MINUTES: i64 = 10_000;

/// Adds a web ACL with AWS's managed rules and a limit to each address's requests.
pub(super) fn web_acl(scope: &mut Scope<'_>, config: &Config) -> Handle<wafv2::WebACL> {
    // Every firewall of the account that CloudFront takes is in us-east-1, whatever region its deployment is in.
    let name = format!("{}-firewall", super::global_name(config));
    let limit = acl::Rule::new(
        "RequestRate",
        0,
        acl::Statement::new().rate_based_statement(acl::RateBasedStatement::new(
            acl::RateBasedStatementAggregateKeyType::Ip,
            REQUESTS_PER_FIVE_MINUTES,
        )),
        visibility(&format!("{name}-request-rate")),
    )
    .action(acl::RuleAction::new().block(acl::BlockAction::new()));
    let managed = (1..).zip(MANAGED_RULES).map(|(priority, group): (i64, _)| {
        acl::Rule::new(
            group,
            priority,
            acl::Statement::new().managed_rule_group_statement(acl::ManagedRuleGroupStatement::new(group, "AWS")),
            visibility(&format!("{name}-{group}")),
        )
        .override_action(acl::OverrideAction::new().none(synth::Json::from(json!({}))))
    });
    let rules: Vec<_> = std::iter::once(limit).chain(managed).collect();
    let properties = wafv2::WebACL::new(
        acl::DefaultAction::new().allow(acl::AllowAction::new()),
        acl::Scope::Cloudfront,
        visibility(&name),
    )
    .name(name)
    .description(format!("Guards the videos of {}.", config.name))
    .rules(rules);
    scope.child("Firewall").add("WebAcl", properties)
}

fn visibility(metric: &str) -> acl::VisibilityConfig {
    acl::VisibilityConfig::new(true, metric, true)
}
