//! Rust names for CloudFormation's.

use heck::{ToSnakeCase, ToUpperCamelCase};

/// Words whose capitals do not show where they begin and end.
const WORDS: [(&str, &str); 15] = [
    ("IPv4", "Ipv4"),
    ("IPv6", "Ipv6"),
    ("OAuth", "Oauth"),
    ("ARNs", "Arns"),
    ("CIDRs", "Cidrs"),
    ("CNAMEs", "Cnames"),
    ("URLs", "Urls"),
    ("ETag", "Etag"),
    ("HLS", "Hls"),
    ("TLSv", "Tlsv"),
    ("SSLv", "Sslv"),
    ("DynamoDB", "Dynamodb"),
    ("DDoS", "Ddos"),
    ("GiB", "Gib"),
    ("VCpu", "Vcpu"),
];

/// The names that a generated method cannot have, besides Rust's keywords.
const TAKEN: [&str; 3] = ["gen", "new", "to_json"];

/// Names that every generated module imports; a type of the same name would hide them.
pub(super) const IMPORTED: [&str; 18] = [
    "Arn", "Bounds", "Box", "BTreeMap", "Checker", "Default", "Handle", "Into", "Json", "List", "Literal", "Map",
    "Option", "Property", "Resource", "Self", "String", "Value",
];

fn words(name: &str) -> String {
    WORDS.iter().fold(name.to_owned(), |name, (from, to)| name.replace(from, to))
}

/// A field's or method's name: `type_` for `Type`.
pub(super) fn field(property: &str) -> String {
    let name = words(property).to_snake_case();
    let is_free = syn::parse_str::<syn::Ident>(&name).is_ok() && !TAKEN.contains(&name.as_str());
    if is_free { name } else { format!("{name}_") }
}

/// A service's module: `s3` for `S3`.
pub(super) fn module(service: &str) -> String {
    service.to_lowercase()
}

/// A type's name: CloudFormation's own, which are in upper camel case already.
pub(super) fn type_name(name: &str) -> String {
    let mut characters = name.chars();
    characters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + characters.as_str())
}

/// The variants of an enumeration with the values they stand for.
///
/// Values that differ only in case keep their own spelling from the second on.
pub(super) fn variants(values: &[String]) -> Vec<(String, String)> {
    let mut variants: Vec<(String, String)> = Vec::new();
    for value in values {
        let taken = |name: &String| variants.iter().any(|(other, _)| other == name);
        let spelled = || value.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        let numbered = (2..).map(|number| format!("{}{number}", variant(value)));
        let name = [variant(value), spelled()].into_iter().chain(numbered).find(|name| !taken(name));
        variants.extend(name.map(|name| (name, value.clone())));
    }
    variants
}

/// `AwsKms` for `aws:kms`; numbers that a point or a dash parted stay parted: `Tlsv1_2_2021` for `TLSv1.2_2021`.
fn variant(value: &str) -> String {
    let mut name = String::new();
    for word in words(value).split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
    {
        let word = word.to_upper_camel_case();
        if name.ends_with(|last: char| last.is_ascii_digit()) && word.starts_with(|first: char| first.is_ascii_digit())
        {
            name.push('_');
        }
        name.push_str(&word);
    }
    match name.chars().next() {
        None if value.is_empty() => "Empty".to_owned(),
        None => "Star".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("N{name}"),
        Some(_) if name == "Self" => "Self_".to_owned(),
        Some(_) => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_snake_case_and_no_keywords() {
        let table = [
            ("BucketName", "bucket_name"),
            ("SSEAlgorithm", "sse_algorithm"),
            ("KMSMasterKeyID", "kms_master_key_id"),
            ("IPV6Enabled", "ipv6_enabled"),
            ("IPv6AddressType", "ipv6_address_type"),
            ("Type", "type_"),
            ("ViaOAuth", "via_oauth"),
        ];
        for (property, name) in table {
            assert_eq!(field(property), name);
        }
    }

    #[test]
    fn variants_are_distinct() {
        let values = ["aws:kms", "TLSv1.2_2021", "PAY_PER_REQUEST", "x86_64", "ENABLED", "Enabled", "*", "403"];
        let names: Vec<String> = variants(&values.map(str::to_owned)).into_iter().map(|(name, _)| name).collect();
        let expected = ["AwsKms", "Tlsv1_2_2021", "PayPerRequest", "X86_64", "Enabled", "Enabled2", "Star", "N403"];
        assert_eq!(names, expected);
    }
}
