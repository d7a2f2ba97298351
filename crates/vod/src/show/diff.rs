//! What differs, for a person to read.

use std::cmp::Reverse;
use std::fmt::Write;

use deploy::diff::{
    DeletionPolicy, Entry, Exists, GrantChange, ResourceDiff, ResourceImpact, Risk, Section, StackDiff, shown,
};
use owo_colors::OwoColorize as _;

use crate::terminal::{Width, around, counted, fit};

const MAX_PLACES: usize = 12;

/// The column in which types begin.
const TYPES: usize = 38;

/// What else than resources can differ, and what it is called.
pub(super) const SECTIONS: [(Section, &str); 4] = [
    (Section::Parameter, "Parameters"),
    (Section::Tag, "Tags"),
    (Section::Output, "Outputs"),
    (Section::Template, "Template"),
];

/// The differences of a stack, with colours.
pub(crate) fn text(diff: &StackDiff, width: Width) -> String {
    let mut text = format!("{}\n", width.wrapped(&headline(diff), "").bold());
    if !diff.resources.is_empty() {
        let _ = writeln!(text, "\n{}", "Resources".underline());
        for resource in sorted(diff) {
            text.push_str(&of_resource(resource, width));
        }
    }
    for (section, title) in SECTIONS {
        let mut entries = diff.entries.iter().filter(|entry| entry.section == section).peekable();
        if entries.peek().is_some() {
            let _ = writeln!(text, "\n{}", title.underline());
            for entry in entries {
                text.push_str(&of_entry(entry, width));
            }
        }
    }
    if !diff.iam.is_empty() {
        let _ = write!(text, "\n{}\n{}", "Permissions".underline(), grants(&diff.iam, width));
    }
    for risk in diff.risks() {
        let _ = writeln!(text, "\n{}", warning(&risk, width));
    }
    text
}

/// What is worst comes first.
pub(super) fn sorted(diff: &StackDiff) -> Vec<&ResourceDiff> {
    let mut resources: Vec<&ResourceDiff> = diff.resources.iter().collect();
    resources.sort_by_key(|resource| Reverse(resource.impact));
    resources
}

pub(crate) fn headline(diff: &StackDiff) -> String {
    let place = format!("{} in {}", diff.stack, diff.region);
    if diff.is_empty() {
        return format!("{place}: no difference");
    }
    if diff.exists == Exists::Missing {
        return format!("{place}: a new stack of {}", counted(diff.resources.len(), "resource"));
    }
    let counts = [
        (ResourceImpact::Create, "added"),
        (ResourceImpact::Update, "changed"),
        (ResourceImpact::MayReplace, "perhaps replaced"),
        (ResourceImpact::Replace, "replaced"),
        (ResourceImpact::Remove, "removed"),
    ];
    let counts = counts.into_iter().map(|(change, word)| (diff.count(change), word)).filter(|(count, _)| *count > 0);
    let mut counts: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
    if counts.is_empty() {
        counts.push("no resource differs".to_owned());
    }
    format!("{place}: {}", counts.join(", "))
}

fn of_resource(resource: &ResourceDiff, width: Width) -> String {
    let line = resource_line(resource.impact, &resource.logical_id, &resource.resource_type, width);
    let mut text = format!("{line}\n");
    if let Some(what) = becomes(resource) {
        let _ = writeln!(text, "{}", width.wrapped(&what, "      "));
    }
    for place in resource.properties.iter().take(MAX_PLACES) {
        let note = if place.impact == ResourceImpact::Replace { "replaces it" } else { "" };
        let text_of = |value: &Option<serde_json::Value>| value.as_ref().map(shown);
        text.push_str(&change(&place.path, note, (text_of(&place.before), text_of(&place.after)), width));
    }
    if resource.properties.len() > MAX_PLACES {
        let more = counted(resource.properties.len() - MAX_PLACES, "more place");
        let _ = writeln!(text, "{}", width.wrapped(&format!("and {more} (`--json` shows all)"), "      "));
    }
    text
}

/// What becomes of a resource that does not simply change.
pub(super) fn becomes(resource: &ResourceDiff) -> Option<String> {
    let old = match resource.deletion_policy {
        Some(DeletionPolicy::Retain) => "the old one is kept",
        Some(DeletionPolicy::Snapshot) => "a snapshot of the old one is kept",
        Some(DeletionPolicy::Delete) | None => "the old one is deleted",
    };
    match resource.impact {
        ResourceImpact::Import | ResourceImpact::Create | ResourceImpact::Update => None,
        ResourceImpact::MayReplace => Some("perhaps replaced: its function decides".to_owned())
            .filter(|_| resource.resource_type.starts_with("Custom::"))
            .or_else(|| Some(format!("perhaps replaced; {old} then"))),
        ResourceImpact::Replace => Some(format!("replaced; {old}")),
        ResourceImpact::Remove => Some(match resource.deletion_policy {
            Some(DeletionPolicy::Retain) => "leaves the stack, but is kept".to_owned(),
            Some(DeletionPolicy::Snapshot) => "deleted; a snapshot is kept".to_owned(),
            Some(DeletionPolicy::Delete) | None => "deleted".to_owned(),
        }),
    }
}

/// What is said of a resource that holds data and does not stay, with a colour.
pub(crate) fn warning(risk: &Risk, width: Width) -> String {
    let text = width.wrapped(&format!("WARNING: {}", risk_line(risk)), "");
    if risk.loses_data() { text.red().bold().to_string() } else { text.yellow().to_string() }
}

pub(super) fn risk_line(risk: &Risk) -> String {
    let Risk { logical_id, holds, impact, .. } = risk;
    let happens = match impact {
        ResourceImpact::Remove if risk.loses_data() => "is removed",
        ResourceImpact::Remove => "leaves the stack",
        ResourceImpact::MayReplace => "may be replaced by an empty one",
        _ => "is replaced by an empty one",
    };
    let end = match risk.deletion_policy {
        DeletionPolicy::Retain if *impact == ResourceImpact::Remove => {
            format!("it is kept with {holds}, and then belongs to no stack")
        }
        DeletionPolicy::Retain => format!("{holds} stay in the old one, which then belongs to no stack"),
        DeletionPolicy::Snapshot => format!("{holds} stay in a snapshot"),
        DeletionPolicy::Delete if *impact == ResourceImpact::MayReplace => {
            format!("{} MAY BE LOST", holds.to_uppercase())
        }
        DeletionPolicy::Delete => format!("{} ARE LOST", holds.to_uppercase()),
    };
    format!("{logical_id} {happens}: {end}.")
}

pub(super) fn sign(impact: ResourceImpact) -> char {
    match impact {
        ResourceImpact::Import | ResourceImpact::Create => '+',
        ResourceImpact::Update => '~',
        ResourceImpact::MayReplace => '?',
        ResourceImpact::Replace => '!',
        ResourceImpact::Remove => '-',
    }
}

/// A resource with a sign for what happens to it.
pub(crate) fn resource_line(impact: ResourceImpact, logical_id: &str, resource_type: &str, width: Width) -> String {
    let line = width.pair(&format!("  {} ", sign(impact)), logical_id, TYPES, resource_type);
    match impact {
        ResourceImpact::Import | ResourceImpact::Create => line.green().to_string(),
        ResourceImpact::Update | ResourceImpact::MayReplace => line.yellow().to_string(),
        ResourceImpact::Replace | ResourceImpact::Remove => line.red().to_string(),
    }
}

/// The statements, below whom they belong to.
fn grants(changes: &[GrantChange], width: Width) -> String {
    let mut text = String::new();
    for of_one in changes.chunk_by(|one, other| one.grant().holder == other.grant().holder) {
        for (index, change) in of_one.iter().enumerate() {
            let grant = change.grant();
            if index == 0 {
                let _ = writeln!(text, "  {}", width.name(&grant.holder, 2));
            }
            let actions: Vec<&str> = grant.actions.iter().map(String::as_str).collect();
            let mut lines = vec![width.wrapped(&format!("{} {}", grant.effect, actions.join(", ")), "      ")];
            // A no-break space keeps the word and what it is about on one line.
            let joined =
                |line: String| width.wrapped(&line.replacen(' ', "\u{a0}", 1), "        ").replace('\u{a0}', " ");
            lines.extend(about(change).into_iter().map(joined));
            // The sign stands where the first line is indented.
            let statement = |sign| format!("    {sign}{}", &lines.join("\n")[5..]);
            let _ = match change {
                GrantChange::Added(_) => writeln!(text, "{}", statement('+').green()),
                GrantChange::Removed(_) => writeln!(text, "{}", statement('-').red()),
            };
        }
    }
    text
}

/// On what, for whom, and if what a statement holds.
pub(super) fn about(change: &GrantChange) -> Vec<String> {
    let grant = change.grant();
    let words = [("on", &grant.resource), ("for", &grant.principal)];
    let words = words.into_iter().chain(grant.conditions.iter().map(|condition| ("if", condition)));
    words.filter(|(_, text)| !text.is_empty()).map(|(word, text)| format!("{word} {text}")).collect()
}

fn of_entry(entry: &Entry, width: Width) -> String {
    change(&entry.name, "", (entry.before.clone(), entry.after.clone()), width)
}

/// A place with what was there and what will be there.
fn change(path: &str, note: &str, values: (Option<String>, Option<String>), width: Width) -> String {
    let name = width.name(path, if note.is_empty() { 6 } else { 10 + note.chars().count() });
    let mut text = match note {
        "" => format!("      {name}\n"),
        note => format!("      {name}  {}\n", format!("({note})").red()),
    };
    for (sign, value) in cut(values, width.columns().saturating_sub(10)) {
        let line = format!("{sign} {value}");
        let _ = match sign {
            '-' => writeln!(text, "        {}", line.red()),
            _ => writeln!(text, "        {}", line.green()),
        };
    }
    text
}

/// What was there and what will be there, each with its sign, cut to where they differ.
pub(super) fn cut(values: (Option<String>, Option<String>), room: usize) -> Vec<(char, String)> {
    let (before, after) = match values {
        (Some(before), Some(after)) => {
            let (before, after) = around(&before, &after, room);
            (Some(before), Some(after))
        }
        other => other,
    };
    let signed = [('-', before), ('+', after)].into_iter();
    signed.filter_map(|(sign, value)| Some((sign, fit(&value?, room)))).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use deploy::diff::StackTemplate;
    use serde_json::{Value, json};

    use super::*;

    /// A stack in which something of each kind differs.
    pub(crate) fn sample() -> StackDiff {
        let role = |actions: &Value| {
            let trust = json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": "lambda.amazonaws.com" } });
            let condition = json!({ "StringEquals": { "iam:PassedToService": "mediaconvert.amazonaws.com" } });
            let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": { "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/encoding" }, "Condition": condition });
            json!({ "Type": "AWS::IAM::Role", "Properties": {
                "AssumeRolePolicyDocument": { "Statement": trust },
                "Policies": [{ "PolicyDocument": { "Statement": [statement] } }],
            } })
        };
        let before = json!({ "Resources": {
            "Same": { "Type": "AWS::SNS::Topic" },
            "OldBucket": { "Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain" },
            "OldTable": { "Type": "AWS::DynamoDB::Table" },
            "Queue": { "Type": "AWS::SQS::Queue", "Properties": { "VisibilityTimeout": 17 } },
            "DeliveryMediaPackageResponseHeadersPolicy": { "Type": "AWS::CloudFront::ResponseHeadersPolicy", "Properties": { "ResponseHeadersPolicyConfig": { "Name": "one | two", "Comment": "`a`" } } },
            "FunctionsArchiveSourceRole": role(&json!(["iam:GetRole"])),
        } });
        let after = json!({ "Resources": {
            "Same": { "Type": "AWS::SNS::Topic" },
            "Queue": { "Type": "AWS::SQS::Queue", "Properties": { "VisibilityTimeout": 30 } },
            "NewAlarm": { "Type": "AWS::CloudWatch::Alarm" },
            "DeliveryMediaPackageResponseHeadersPolicy": { "Type": "AWS::CloudFront::ResponseHeadersPolicy", "Properties": { "ResponseHeadersPolicyConfig": { "Name": format!("one | three, {}", "long ".repeat(20)), "Comment": "`b`" } } },
            "FunctionsArchiveSourceRole": role(&json!(["iam:PassRole", "s3:AbortMultipartUpload", "s3:PutObjectVersionTagging"])),
        } });
        let side = |template: Value, tag: &str| StackTemplate {
            template: serde_json::from_value(template).unwrap(),
            tags: [("Team".to_owned(), tag.to_owned())].into(),
            ..StackTemplate::default()
        };
        StackDiff::between("vod", "us-east-1", Some(&side(before, "a")), &side(after, "b"))
    }

    fn plain(width: Width) -> String {
        anstream::adapter::strip_str(&text(&sample(), width)).to_string()
    }

    #[test]
    fn a_difference_on_a_terminal_of_80_columns() {
        let text = plain(Width::Terminal(80));
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        insta::assert_snapshot!(text, @r#"
        vod in us-east-1: 1 added, 3 changed, 2 removed

        Resources
          - OldBucket                              AWS::S3::Bucket
              leaves the stack, but is kept
          - OldTable                               AWS::DynamoDB::Table
              deleted
          ~ DeliveryMediaPackageResponseHeadersPolicy
              AWS::CloudFront::ResponseHeadersPolicy
              ResponseHeadersPolicyConfig.Comment
                - `a`
                + `b`
              ResponseHeadersPolicyConfig.Name
                - one | two
                + one | three, long long long long long long long long long long long l…
          ~ FunctionsArchiveSourceRole             AWS::IAM::Role
              Policies.0.PolicyDocument.Statement.0.Action
                - ["iam:GetRole"]
                + ["iam:PassRole","s3:AbortMultipartUpload","s3:PutObjectVersionTagging…
          ~ Queue                                  AWS::SQS::Queue
              VisibilityTimeout
                - 17
                + 30
          + NewAlarm                               AWS::CloudWatch::Alarm

        Tags
              Team
                - a
                + b

        Permissions
          FunctionsArchiveSourceRole
            - Allow iam:GetRole
                on arn:${AWS::Partition}:iam::${AWS::AccountId}:role/encoding
                if iam:PassedToService StringEquals mediaconvert.amazonaws.com
            + Allow iam:PassRole, s3:AbortMultipartUpload, s3:PutObjectVersionTagging
                on arn:${AWS::Partition}:iam::${AWS::AccountId}:role/encoding
                if iam:PassedToService StringEquals mediaconvert.amazonaws.com

        WARNING: OldBucket leaves the stack: it is kept with its objects, and then
        belongs to no stack.

        WARNING: OldTable is removed: ITS RECORDS ARE LOST.
        "#);
    }

    #[test]
    fn a_difference_on_a_terminal_of_40_columns() {
        let text = plain(Width::Terminal(40));
        insta::assert_snapshot!(text, @r#"
        vod in us-east-1: 1 added, 3 changed, 2
        removed

        Resources
          - OldBucket AWS::S3::Bucket
              leaves the stack, but is kept
          - OldTable AWS::DynamoDB::Table
              deleted
          ~ DeliveryMediaPack…ponseHeadersPolicy
              AWS::CloudFront:…onseHeadersPolicy
              ResponseHeadersP…icyConfig.Comment
                - `a`
                + `b`
              ResponseHeadersPolicyConfig.Name
                - one | two
                + one | three, long long long l…
          ~ FunctionsArchiveSourceRole
              AWS::IAM::Role
              Policies.0.Polic…tatement.0.Action
                - ["iam:GetRole"]
                + ["iam:PassRole","s3:AbortMult…
          ~ Queue AWS::SQS::Queue
              VisibilityTimeout
                - 17
                + 30
          + NewAlarm AWS::CloudWatch::Alarm

        Tags
              Team
                - a
                + b

        Permissions
          FunctionsArchiveSourceRole
            - Allow iam:GetRole
                on arn:${AWS::Partition}:iam::${AWS::AccountId}:role/encoding
                if iam:PassedToService
                StringEquals
                mediaconvert.amazonaws.com
            + Allow iam:PassRole,
              s3:AbortMultipartUpload,
              s3:PutObjectVersionTagging
                on arn:${AWS::Partition}:iam::${AWS::AccountId}:role/encoding
                if iam:PassedToService
                StringEquals
                mediaconvert.amazonaws.com

        WARNING: OldBucket leaves the stack: it
        is kept with its objects, and then
        belongs to no stack.

        WARNING: OldTable is removed: ITS
        RECORDS ARE LOST.
        "#);
        // What has no place to break stays whole: the terminal continues it on its next line.
        let fits = |line: &str| line.chars().count() <= 40 || line.split(' ').any(|word| word.len() > 40);
        assert!(text.lines().all(fits), "{text}");
    }

    #[test]
    fn colours_say_what_the_signs_say() {
        let text = text(&sample(), Width::Terminal(80));
        let coloured = text.lines().filter(|line| line.contains('\u{1b}')).map(|line| line.escape_debug().to_string());
        insta::assert_snapshot!(coloured.collect::<Vec<_>>().join("\n"), @r#"
        \u{1b}[1mvod in us-east-1: 1 added, 3 changed, 2 removed\u{1b}[0m
        \u{1b}[4mResources\u{1b}[0m
        \u{1b}[31m  - OldBucket                              AWS::S3::Bucket\u{1b}[39m
        \u{1b}[31m  - OldTable                               AWS::DynamoDB::Table\u{1b}[39m
        \u{1b}[33m  ~ DeliveryMediaPackageResponseHeadersPolicy
              AWS::CloudFront::ResponseHeadersPolicy\u{1b}[39m
                \u{1b}[31m- `a`\u{1b}[39m
                \u{1b}[32m+ `b`\u{1b}[39m
                \u{1b}[31m- one | two\u{1b}[39m
                \u{1b}[32m+ one | three, long long long long long long long long long long long l…\u{1b}[39m
        \u{1b}[33m  ~ FunctionsArchiveSourceRole             AWS::IAM::Role\u{1b}[39m
                \u{1b}[31m- [\"iam:GetRole\"]\u{1b}[39m
                \u{1b}[32m+ [\"iam:PassRole\",\"s3:AbortMultipartUpload\",\"s3:PutObjectVersionTagging…\u{1b}[39m
        \u{1b}[33m  ~ Queue                                  AWS::SQS::Queue\u{1b}[39m
                \u{1b}[31m- 17\u{1b}[39m
                \u{1b}[32m+ 30\u{1b}[39m
        \u{1b}[32m  + NewAlarm                               AWS::CloudWatch::Alarm\u{1b}[39m
        \u{1b}[4mTags\u{1b}[0m
                \u{1b}[31m- a\u{1b}[39m
                \u{1b}[32m+ b\u{1b}[39m
        \u{1b}[4mPermissions\u{1b}[0m
        \u{1b}[31m    - Allow iam:GetRole
                if iam:PassedToService StringEquals mediaconvert.amazonaws.com\u{1b}[39m
        \u{1b}[32m    + Allow iam:PassRole, s3:AbortMultipartUpload, s3:PutObjectVersionTagging
                if iam:PassedToService StringEquals mediaconvert.amazonaws.com\u{1b}[39m
        \u{1b}[33mWARNING: OldBucket leaves the stack: it is kept with its objects, and then
        belongs to no stack.\u{1b}[39m
        \u{1b}[1m\u{1b}[31mWARNING: OldTable is removed: ITS RECORDS ARE LOST.\u{1b}[39m\u{1b}[0m
        "#);
    }

    #[test]
    fn names_are_whole_in_a_pipe() {
        let mut diff = sample();
        let long = "Nested".repeat(20);
        diff.resources[0].logical_id.clone_from(&long);
        let text = anstream::adapter::strip_str(&text(&diff, Width::Pipe)).to_string();
        assert!(text.contains(&long) && text.contains("AWS::CloudFront::ResponseHeadersPolicy"), "{text}");
        assert!(!text.contains("…SourceRole"), "{text}");
    }
}
