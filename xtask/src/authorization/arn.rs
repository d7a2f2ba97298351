//! Patterns of ARNs, and whether two of them have an ARN in common.

use std::collections::HashSet;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Is(char),
    One,
    /// Any characters.
    Any,
    /// Any characters but those that part an ARN: the value of a name.
    Name,
}

/// The variables of the reference whose values may hold what parts an ARN.
const WITH_SEPARATORS: [&str; 5] =
    ["ObjectName", "RoleNameWithPath", "LogGroupName", "LogStreamName", "PolicyNameWithPath"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Step>);

impl Pattern {
    /// A resource of a policy, in which `*` and `?` are wildcards.
    pub(super) fn granted(text: &str) -> Self {
        let step = |character| match character {
            '*' => Step::Any,
            '?' => Step::One,
            other => Step::Is(other),
        };
        Self(text.chars().map(step).collect())
    }

    /// A resource type of the reference, in which `${Name}` is a variable.
    pub(super) fn of_type(text: &str) -> Self {
        let mut steps = Vec::new();
        let mut rest = text;
        while let Some((before, variable)) = rest.split_once("${") {
            let (name, after) = variable.split_once('}').unwrap_or((variable, ""));
            steps.extend(before.chars().map(Step::Is));
            steps.push(if WITH_SEPARATORS.contains(&name) { Step::Any } else { Step::Name });
            rest = after;
        }
        steps.extend(rest.chars().map(Step::Is));
        Self(steps)
    }

    pub(super) fn is_any(&self) -> bool {
        self.0 == [Step::Any]
    }

    /// Whether some ARN fits both.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![(0, 0)];
        while let Some((here, there)) = open.pop() {
            if !seen.insert((here, there)) {
                continue;
            }
            match (self.0.get(here), other.0.get(there)) {
                (None, None) => return true,
                (left, right) => {
                    if left.is_some_and(|step| step.repeats()) {
                        open.push((here + 1, there));
                        if right.is_some_and(|step| takes(left, *step)) {
                            open.push((here, there + 1));
                        }
                    }
                    if right.is_some_and(|step| step.repeats()) {
                        open.push((here, there + 1));
                        if left.is_some_and(|step| takes(right, *step)) {
                            open.push((here + 1, there));
                        }
                    }
                    if let (Some(left), Some(right)) = (left, right)
                        && left.meets(*right)
                    {
                        open.push((here + 1, there + 1));
                    }
                }
            }
        }
        false
    }
}

impl Step {
    const fn repeats(self) -> bool {
        matches!(self, Self::Any | Self::Name)
    }

    /// Whether two steps of one character each have a character in common.
    fn meets(self, other: Self) -> bool {
        match (self, other) {
            (Self::Is(left), Self::Is(right)) => left == right,
            (Self::Is(_) | Self::One, Self::One) | (Self::One, Self::Is(_)) => true,
            _ => false,
        }
    }
}

/// Whether a step that repeats may stand for one character of another.
fn takes(repeated: Option<&Step>, step: Step) -> bool {
    match (repeated, step) {
        (Some(Step::Name), Step::Is(character)) => !matches!(character, '/' | ':'),
        (Some(Step::Any | Step::Name), Step::Is(_) | Step::One) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn patterns_meet_where_some_arn_fits_both() {
        let object = "arn:${Partition}:s3:::${BucketName}/${ObjectName}";
        let bucket = "arn:${Partition}:s3:::${BucketName}";
        let template = "arn:${Partition}:mediaconvert:${Region}:${Account}:jobTemplates/${JobTemplateName}";
        let group = "arn:${Partition}:logs:${Region}:${Account}:log-group:${LogGroupName}";
        for (granted, of_type, meets) in [
            ("*", object, true),
            ("arn:aws:s3:::films/*", object, true),
            ("arn:aws:s3:::films/*", bucket, false),
            ("arn:aws:s3:::films", bucket, true),
            ("arn:aws:s3:::films", object, false),
            ("arn:aws:s3:::*", object, true),
            ("arn:aws:s3:::films-*", bucket, true),
            ("arn:aws:mediaconvert:eu-west-1:1:*", template, true),
            ("arn:aws:mediaconvert:eu-west-1:1:jobTemplates/vod_*", template, true),
            ("arn:aws:mediaconvert:eu-west-1:1:jobTemplates/vod-1080p-????????", template, true),
            ("arn:aws:mediaconvert:eu-west-1:1:jobTemplates/a/b", template, false),
            ("arn:aws:mediaconvert:eu-west-1:1:queues/*", template, false),
            ("arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/vod-encode:*", group, true),
        ] {
            assert_eq!(Pattern::granted(granted).meets(&Pattern::of_type(of_type)), meets, "{granted} {of_type}");
        }
        assert!(Pattern::granted("*").is_any() && !Pattern::granted("arn:*").is_any());
    }
}
