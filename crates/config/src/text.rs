//! Texts with a shape: each is a newtype that exists only when its text fits, with the pattern its JSON Schema shows.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A value that its key does not take. As `{}` it says what is wrong, as `{:#}` what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidValue {
    /// The value as it was given.
    pub value: String,
    /// What is wrong with it.
    pub wrong: &'static str,
    /// What to write instead.
    pub hint: Cow<'static, str>,
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { value, wrong, hint } = self;
        if f.alternate() { write!(f, "use {hint}") } else { write!(f, "{value} {wrong}") }
    }
}

impl std::error::Error for InvalidValue {}

/// The schema of a type, written out wherever a key has it.
macro_rules! inline_schema {
    ($name:ident $(<$($parameter:ident),*>)?, $schema:tt) => {
        impl $(<$(const $parameter: i32),*>)? schemars::JsonSchema for $name $(<$($parameter),*>)? {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}
pub(super) use inline_schema;

/// Declares a newtype over `String`: what it is, what to write instead, which texts fit, and its schema.
macro_rules! newtype {
    ($(#[$doc:meta])* $name:ident, $what:literal, $hint:literal, $fits:expr, $schema:tt) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                Self::try_from(text.to_owned())
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidValue;

            fn try_from(text: String) -> Result<Self, InvalidValue> {
                let fits: fn(&str) -> bool = $fits;
                if fits(&text) {
                    Ok(Self(text))
                } else {
                    Err(InvalidValue { value: format!("{text:?}"), wrong: concat!("is not ", $what), hint: $hint.into() })
                }
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        inline_schema!($name, $schema);
    };
}

/// Declares texts: what each is, its pattern (anchored), its most characters, and what to write instead.
macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident, $what:literal, $pattern:literal, $most:literal, $hint:literal;)*) => {
        $(newtype!(
            $(#[$doc])* $name, $what, $hint,
            |text| text.chars().count() <= $most && has_shape($pattern, text),
            // `x-values` is what docs/configuration.md shows.
            { "type": "string", "pattern": $pattern, "maxLength": $most, "x-values": $hint }
        );

        impl $name {
            /// The regular expression that every value matches.
            pub const PATTERN: &'static str = $pattern;
        })*
    };
}

/// Whether a text matches a pattern; with the ASCII part of Unicode's classes where that is enough, because to compile them
/// whole takes longer than everything else that reading a configuration takes.
fn has_shape(pattern: &str, text: &str) -> bool {
    const ASCII: [(&str, &str); 4] =
        [(r"\p{L}", "A-Za-z"), (r"\p{N}", "0-9"), (r"\p{Z}", " "), (r"\p{C}", r"\x00-\x1F\x7F")];
    if !text.is_ascii() && pattern.contains(r"\p") {
        return regex::Regex::new(pattern).expect("a pattern of this file").is_match(text);
    }
    let pattern = ASCII.iter().fold(pattern.to_owned(), |pattern, (class, ascii)| pattern.replace(class, ascii));
    regex_lite::Regex::new(&pattern).expect("a pattern of this file").is_match(text)
}

texts! {
    /// The name of a deployment: of its stack, and the beginning of its resources' names.
    StackName, "a stack name", r"^[a-z]([a-z0-9-]*[a-z0-9])?$", 40,
    "at most 40 lower case letters, digits and hyphens, beginning with a letter";
    /// An AWS account's number; a text, because it may begin with a zero.
    AccountId, "an AWS account", r"^[0-9]{12}$", 12,
    "the account's 12 digits, between quotes";
    /// The key of a tag (AWS Billing, "User-defined tag restrictions").
    TagKey, "a tag's key", r"^[\p{L}\p{N}_.:/=+@-][\p{L}\p{Z}\p{N}_.:/=+@-]*$", 128,
    "1 to 128 letters, digits, spaces and _ . : / = + - @";
    /// The value of a tag.
    TagValue, "a tag's value", r"^[\p{L}\p{Z}\p{N}_.:/=+@-]*$", 256,
    "at most 256 letters, digits, spaces and _ . : / = + - @";
    /// The name of an S3 bucket (Amazon S3, "General purpose bucket naming rules").
    BucketName, "a bucket name", r"^[a-z0-9][a-z0-9.-]+[a-z0-9]$", 63,
    "3 to 63 lower case letters, digits, hyphens and dots, a letter or digit at both ends";
    /// A folder of a bucket: the beginning of keys.
    KeyPrefix, "a folder of a bucket", r"^([^/\p{C}*]+/)+$", 200,
    "folders that each end in a slash, and none at the beginning, for example \"in/\"";
    /// A pattern of keys, in which `*` stands for any text.
    KeyPattern, "a pattern of keys", r"^[^\p{C}]+$", 200,
    "a whole key, in which * stands for any text, for example \"*.m3u8\" or \"in/reports/*\"";
    /// A repository on GitHub as its tokens name it: of old repositories by owner and name, of those made, renamed or
    /// transferred since July 2026 by owner, name and the numbers of both
    /// (<https://docs.github.com/actions/reference/openid-connect-reference#immutable-subject-claims>).
    Repository, "a repository",
    r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}(/[A-Za-z0-9._-]+|@[0-9]+/[A-Za-z0-9._-]+@[0-9]+)$", 180,
    "owner and name, for example \"example/videos\"; where the repository's tokens have ids, both with theirs: \"example@1234/videos@5678\" (docs/ci.md)";
    /// A branch of a repository; no pattern, because the role trusts exactly one.
    Branch, "a branch", r"^[A-Za-z0-9._/-]+$", 200,
    "the branch's name: letters, digits and . _ / -";
    /// An environment of a repository on GitHub.
    EnvironmentName, "an environment", r"^[A-Za-z0-9._-]+$", 255,
    "the environment's name: letters, digits and . _ -";
    /// The name of a MediaConvert queue.
    QueueName, "a MediaConvert queue name", r"^[A-Za-z0-9_-]+$", 80,
    "the queue's name (not its ARN): letters, digits, hyphens and underscores";
    /// The id of a VPC subnet.
    SubnetId, "a subnet", r"^subnet-[0-9a-f]{8,17}$", 24,
    "a subnet's id, for example \"subnet-0123456789abcdef0\"";
    /// The id of a VPC security group.
    SecurityGroupId, "a security group", r"^sg-[0-9a-f]{8,17}$", 20,
    "a security group's id, for example \"sg-0123456789abcdef0\"";
    /// A fully qualified domain name.
    DomainName, "a domain name",
    r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", 253,
    "a name in lower case with neither scheme nor path, for example \"video.example.com\"";
    /// The ARN of an ACM certificate, of any region.
    CertificateArn, "a certificate's ARN",
    r"^arn:aws(-[a-z]+)*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+$", 2048,
    "an ACM certificate's ARN, \"arn:aws:acm:us-east-1:<account>:certificate/<id>\"";
    /// The ARN of a WAF web ACL of the CloudFront scope.
    WebAclArn, "a web ACL's ARN",
    r"^arn:aws(-[a-z]+)*:wafv2:us-east-1:[0-9]{12}:global/webacl/[A-Za-z0-9_-]+/[A-Za-z0-9-]+$", 2048,
    "\"none\", \"managed\", or the ARN of a CloudFront web ACL, \"arn:aws:wafv2:us-east-1:<account>:global/webacl/<name>/<id>\"";
    /// A country's code of two letters (ISO 3166-1 alpha-2).
    CountryCode, "a country code", r"^[A-Z]{2}$", 2,
    "two capitals of ISO 3166-1, for example \"DE\"";
    /// A web origin that may read the videos by script, or `*` for all.
    Origin, "a web origin", r"^(\*|https?://(\*\.)?[a-z0-9.-]+(:[0-9]{1,5})?)$", 256,
    "\"*\", or scheme and host with no path, for example \"https://www.example.com\"";
    /// The title of the video library.
    LibraryTitle, "a library's title", r"^[^\p{C}\p{Z}]([^\p{C}]*[^\p{C}\p{Z}])?$", 80,
    "1 to 80 characters on one line, with no space at either end";
    /// The qualifier of a CDK bootstrap.
    Qualifier, "a CDK bootstrap qualifier", r"^[a-z0-9]+$", 10,
    "at most 10 lower case letters and digits, as given to `cdk bootstrap --qualifier`";
}

impl CertificateArn {
    /// The region the certificate is kept in.
    pub fn region(&self) -> &str {
        self.0.split(':').nth(3).unwrap_or_default()
    }
}

newtype!(
    /// An e-mail address.
    Email, "an e-mail address", "one address, for example \"admin@example.com\"",
    |text| {
        let options = email_address::Options::default();
        let options = options.with_required_tld().without_display_text().without_domain_literal();
        email_address::EmailAddress::parse_with_options(text, options).is_ok()
    },
    { "type": "string", "format": "email" }
);
