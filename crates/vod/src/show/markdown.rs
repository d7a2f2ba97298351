//! What differs, in the Markdown of pull requests.

use std::fmt::Write as _;

use deploy::diff::{Entry, GrantChange, ResourceDiff, ResourceImpact, StackDiff, shown};

use super::diff::{SECTIONS, about, becomes, cut, headline, risk_line, sign, sorted};
use crate::terminal::counted;

/// The longest value that is shown; a page scrolls sideways.
const ROOM: usize = 160;

/// The differences of a stack: what is lost, a table of the resources, and the details folded away.
pub(crate) fn text(diff: &StackDiff) -> String {
    let mut text = format!("## {}\n", headline(diff));
    for risk in diff.risks() {
        let kind = if risk.loses_data() { "CAUTION" } else { "WARNING" };
        let _ = write!(text, "\n> [!{kind}]\n> {}\n", escaped(&risk_line(&risk)));
    }
    if !diff.resources.is_empty() {
        text.push_str("\n| | resource | type | |\n| --- | --- | --- | --- |\n");
        for resource in sorted(diff) {
            let (id, kind) = (code(&resource.logical_id), code(&resource.resource_type));
            let _ =
                writeln!(text, "| {} | {id} | {kind} | {} |", code(&sign(resource.impact).to_string()), what(resource));
        }
        let places = sorted(diff).into_iter().flat_map(|resource| {
            resource.properties.iter().map(|place| {
                let values = (place.before.as_ref().map(shown), place.after.as_ref().map(shown));
                (format!("{}: {}", resource.logical_id, place.path), values)
            })
        });
        folded(&mut text, "changed place", places.collect());
    }
    for (section, title) in SECTIONS {
        let entries: Vec<&Entry> = diff.entries.iter().filter(|entry| entry.section == section).collect();
        if !entries.is_empty() {
            let _ = writeln!(text, "\n### {title}\n");
            let places = entries.iter().map(|entry| (entry.name.clone(), (entry.before.clone(), entry.after.clone())));
            text.push_str(&fenced(places.collect()));
        }
    }
    if !diff.iam.is_empty() {
        text.push_str("\n### Permissions\n\n| | policy of | effect | actions | |\n| --- | --- | --- | --- | --- |\n");
        for change in &diff.iam {
            let grant = change.grant();
            let sign = if matches!(change, GrantChange::Added(_)) { '+' } else { '-' };
            let actions: Vec<String> = grant.actions.iter().map(|action| code(action)).collect();
            let about: Vec<String> = about(change)
                .iter()
                .map(|line| line.split_once(' ').map_or(escaped(line), |(word, rest)| format!("{word} {}", code(rest))))
                .collect();
            let (actions, about) = (actions.join("<br>"), about.join("<br>"));
            let _ = writeln!(text, "| `{sign}` | {} | {} | {actions} | {about} |", code(&grant.holder), grant.effect);
        }
    }
    text
}

fn what(resource: &ResourceDiff) -> String {
    becomes(resource).unwrap_or_else(|| {
        let word = match resource.impact {
            ResourceImpact::Import => "imported",
            ResourceImpact::Create => "added",
            _ => "changed",
        };
        word.to_owned()
    })
}

type Place = (String, (Option<String>, Option<String>));

fn folded(text: &mut String, what: &str, places: Vec<Place>) {
    if !places.is_empty() {
        let summary = counted(places.len(), what);
        let _ = write!(text, "\n<details><summary>{summary}</summary>\n\n{}\n</details>\n", fenced(places));
    }
}

/// Places with what was there and what will be there. No line begins like the end of the block.
fn fenced(places: Vec<Place>) -> String {
    let mut text = "```diff\n".to_owned();
    for (place, values) in places {
        let _ = writeln!(text, "  {place}");
        for (sign, value) in cut(values, ROOM) {
            let _ = writeln!(text, "{sign} {value}");
        }
    }
    text.push_str("```\n");
    text
}

/// A name as code, in the cell of a table.
fn code(name: &str) -> String {
    format!("`{}`", name.replace('`', "'").replace('|', "\\|"))
}

/// A sentence in which nothing is Markdown.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        if "\\`*_[]<>|#".contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::diff::tests::sample;

    #[test]
    fn a_difference_for_a_pull_request() {
        insta::assert_snapshot!(text(&sample()), @r#"
        ## vod in us-east-1: 1 added, 3 changed, 2 removed

        > [!WARNING]
        > OldBucket leaves the stack: it is kept with its objects, and then belongs to no stack.

        > [!CAUTION]
        > OldTable is removed: ITS RECORDS ARE LOST.

        | | resource | type | |
        | --- | --- | --- | --- |
        | `-` | `OldBucket` | `AWS::S3::Bucket` | leaves the stack, but is kept |
        | `-` | `OldTable` | `AWS::DynamoDB::Table` | deleted |
        | `~` | `DeliveryMediaPackageResponseHeadersPolicy` | `AWS::CloudFront::ResponseHeadersPolicy` | changed |
        | `~` | `FunctionsArchiveSourceRole` | `AWS::IAM::Role` | changed |
        | `~` | `Queue` | `AWS::SQS::Queue` | changed |
        | `+` | `NewAlarm` | `AWS::CloudWatch::Alarm` | added |

        <details><summary>4 changed places</summary>

        ```diff
          DeliveryMediaPackageResponseHeadersPolicy: ResponseHeadersPolicyConfig.Comment
        - `a`
        + `b`
          DeliveryMediaPackageResponseHeadersPolicy: ResponseHeadersPolicyConfig.Name
        - one | two
        + one | three, long long long long long long long long long long long long long long long long long long long long 
          FunctionsArchiveSourceRole: Policies.0.PolicyDocument.Statement.0.Action
        - ["iam:GetRole"]
        + ["iam:PassRole","s3:AbortMultipartUpload","s3:PutObjectVersionTagging"]
          Queue: VisibilityTimeout
        - 17
        + 30
        ```

        </details>

        ### Tags

        ```diff
          Team
        - a
        + b
        ```

        ### Permissions

        | | policy of | effect | actions | |
        | --- | --- | --- | --- | --- |
        | `-` | `FunctionsArchiveSourceRole` | Allow | `iam:GetRole` | on `arn:${AWS::Partition}:iam::${AWS::AccountId}:role/encoding`<br>if `iam:PassedToService StringEquals mediaconvert.amazonaws.com` |
        | `+` | `FunctionsArchiveSourceRole` | Allow | `iam:PassRole`<br>`s3:AbortMultipartUpload`<br>`s3:PutObjectVersionTagging` | on `arn:${AWS::Partition}:iam::${AWS::AccountId}:role/encoding`<br>if `iam:PassedToService StringEquals mediaconvert.amazonaws.com` |
        "#);
    }

    #[test]
    fn where_nothing_differs_the_headline_is_all() {
        let nothing = StackDiff { resources: Vec::new(), entries: Vec::new(), iam: Vec::new(), ..sample() };
        assert_eq!(text(&nothing), "## vod in us-east-1: no difference\n");
    }
}
