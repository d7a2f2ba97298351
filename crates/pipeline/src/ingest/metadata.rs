//! Reading a metadata file: from bytes to fields.

use serde_json::{Map, Value};

use super::{MAX_FIRST_RECORD_BYTES, field::is_telling};

/// How large a metadata file may be, in bytes.
pub const MAX_METADATA_BYTES: usize = 1024 * 1024;

/// The mark that some editors put before UTF-8 text.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The fields of a metadata file; of a field that stands there twice, the last one, as in JavaScript.
#[derive(Debug, Clone, PartialEq)]
pub struct Metadata {
    pub(super) fields: Map<String, Value>,
}

/// What is wrong with a metadata file.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    #[error("the metadata file has {bytes} bytes; {MAX_METADATA_BYTES} (1 MiB) are allowed")]
    TooLarge { bytes: u64 },
    #[error("the metadata file is empty; it needs at least {{\"srcVideo\": \"…\"}}")]
    Empty,
    #[error("the metadata file is not UTF-8 (at byte {at}); save it as UTF-8")]
    Encoding {
        /// The first byte that is not.
        at: usize,
    },
    #[error("the metadata file is UTF-16 or UTF-32; save it as UTF-8")]
    WideEncoding,
    /// It is not JSON, or is nested too deeply, or has a number out of range.
    #[error("the metadata file is not JSON that can be read")]
    Syntax(#[source] serde_json::Error),
    /// A field without a name, which the table could not store.
    #[error("the metadata file has a field with an empty name")]
    Nameless,
    #[error("the metadata file has no `srcVideo`, the key of the video in the source bucket")]
    NoVideo,
    #[error("`{field}` in the metadata file must be {expected}; it is {found}")]
    WrongField { field: &'static str, expected: String, found: String },
    /// A workflow cannot carry that much.
    #[error(
        "the record with the metadata file's fields (of its own: {fields}) would have {bytes} bytes; \
         {MAX_FIRST_RECORD_BYTES} are allowed"
    )]
    TooMuch { bytes: usize, fields: usize },
}

impl Metadata {
    /// Rules out a file by its size.
    pub const fn check_size(bytes: u64) -> Result<(), MetadataError> {
        if bytes > MAX_METADATA_BYTES as u64 { Err(MetadataError::TooLarge { bytes }) } else { Ok(()) }
    }

    /// Reads a metadata file; nothing where it is JSON of other people's, which neither names a video nor has an option of
    /// the platform.
    pub fn parse(file: &[u8]) -> Result<Option<Self>, MetadataError> {
        Self::check_size(file.len() as u64)?;
        let bytes = file.strip_prefix(BYTE_ORDER_MARK).unwrap_or(file);
        if bytes.starts_with(b"\xFF\xFE")
            || bytes.starts_with(b"\xFE\xFF")
            || bytes.iter().take(4).any(|byte| *byte == 0)
        {
            return Err(MetadataError::WideEncoding);
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|error| MetadataError::Encoding { at: file.len() - bytes.len() + error.valid_up_to() })?;
        if text.trim().is_empty() {
            return Err(MetadataError::Empty);
        }
        let as_it_stands: Value = serde_json::from_str(text).map_err(MetadataError::Syntax)?;
        // What is JSON stays JSON with some of its numbers in quotes.
        let exact = serde_json::from_str(&with_long_numbers_in_quotes(text)).unwrap_or(as_it_stands);
        match exact {
            Value::Object(fields) if !fields.keys().any(|name| is_telling(name)) => Ok(None),
            Value::Object(fields) if fields.contains_key("") => Err(MetadataError::Nameless),
            Value::Object(fields) => Ok(Some(Self { fields })),
            _ => Ok(None),
        }
    }
}

/// The significant digits that a floating-point number always keeps (IEEE 754, double precision).
const EXACT_DIGITS: usize = 15;

/// The same JSON with every number in quotes that would lose digits as a number: a text keeps them all.
fn with_long_numbers_in_quotes(json: &str) -> String {
    let mut quoted = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        let (before, token) = rest.split_at(at);
        quoted.push_str(before);
        let is_text = token.starts_with('"');
        let is_of_number = |c: char| matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E');
        let end = if is_text { end_of_text(token) } else { token.find(|c| !is_of_number(c)).unwrap_or(token.len()) };
        let (token, after) = token.split_at(end);
        if is_text || !loses_digits(token) {
            quoted.push_str(token);
        } else {
            quoted.extend(["\"", token, "\""]);
        }
        rest = after;
    }
    quoted + rest
}

/// Where a text in quotes ends, quotes included.
fn end_of_text(json: &str) -> usize {
    let mut is_escaped = false;
    for (at, letter) in json.char_indices().skip(1) {
        match letter {
            '"' if !is_escaped => return at + 1,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    json.len()
}

fn loses_digits(number: &str) -> bool {
    let is_whole = number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok();
    let significant = digits(number);
    if is_whole || number.contains(['e', 'E']) || significant.len() <= EXACT_DIGITS {
        return false;
    }
    let is_number = serde_json::from_str::<serde_json::Number>(number).is_ok();
    let kept = number.parse::<f64>().map(|number| digits(&number.to_string()));
    // Whole numbers beyond those that are kept as such are written with an exponent, and shortened.
    is_number && (!number.contains('.') || kept.is_ok_and(|kept| kept != significant))
}

/// The significant digits of a number without an exponent.
fn digits(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let whole = digits.trim_start_matches('0');
    whole.trim_end_matches('0').to_owned()
}
