//! Whose resources these are, and how ARNs name them.

use super::InvalidRequest;

/// A kind of resource; as text it is the member of an answer that holds one, and with an `s` the word in ARNs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display, strum::EnumString)]
#[strum(serialize_all = "camelCase")]
pub(crate) enum Kind {
    Job,
    JobTemplate,
    Preset,
    Queue,
}

impl Kind {
    /// What people call it.
    pub(crate) fn spoken(self) -> String {
        match self {
            Self::JobTemplate => "job template".to_owned(),
            other => other.to_string(),
        }
    }
}

/// The account and region that the service plays.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) region: String,
}

impl Account {
    pub(crate) fn arn(&self, kind: Kind, id: &str) -> String {
        format!("{}{kind}s/{id}", self.prefix())
    }

    fn prefix(&self) -> String {
        let partition = match self.region.split('-').next() {
            Some("cn") => "aws-cn",
            _ if self.region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        format!("arn:{partition}:mediaconvert:{}:{}:", self.region, self.id)
    }

    /// The kind and the name that an ARN of this account has.
    pub(crate) fn parse(&self, arn: &str) -> Result<(Kind, String), InvalidRequest> {
        let parsed = arn.strip_prefix(&self.prefix()).and_then(|rest| rest.split_once('/')).and_then(|(word, name)| {
            let kind = word.strip_suffix('s')?.parse().ok()?;
            (!name.is_empty()).then(|| (kind, name.to_owned()))
        });
        parsed.ok_or_else(|| InvalidRequest::new(format!("`{arn}` is not the ARN of a resource of this account")))
    }

    /// The name of a resource that a request gives by its name or its ARN.
    pub(crate) fn name(&self, kind: Kind, given: &str) -> Result<String, InvalidRequest> {
        if !given.starts_with("arn:") {
            return Ok(given.to_owned());
        }
        match self.parse(given)? {
            (found, name) if found == kind => Ok(name),
            _ => Err(InvalidRequest::new(format!("`{given}` is not the ARN of a {}", kind.spoken()))),
        }
    }
}
