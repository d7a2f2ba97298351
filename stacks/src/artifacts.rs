//! What a deployment uploads besides its templates: the functions' code, by the fingerprint of its sources.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// What names the functions' code: the SHA-256 of the sources it is built from, as 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint(String);

/// A text that is not 64 hexadecimal digits in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not a fingerprint; use 64 hexadecimal digits in lower case")]
pub struct NotAFingerprint(String);

impl Fingerprint {
    /// The fingerprint of the runtime's sources next to which this program was built.
    #[must_use]
    pub fn of_this_build() -> Self {
        Self(env!("RUNTIME_FINGERPRINT").to_owned())
    }

    /// The 64 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 64 && text.bytes().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAFingerprint(text.to_owned()))
        }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The files that a deployment uploads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifacts {
    /// The binary of all functions.
    pub runtime: Fingerprint,
    /// The files of the player's page, which the binary brings along.
    pub player: Fingerprint,
}

impl Artifacts {
    /// The artifacts of the sources next to which this program was built.
    #[must_use]
    pub fn of_this_build() -> Self {
        Self { runtime: Fingerprint::of_this_build(), player: Fingerprint(pipeline::player::FINGERPRINT.to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_build_has_a_fingerprint() {
        let fingerprint = Fingerprint::of_this_build();
        assert_eq!(fingerprint.as_str().parse(), Ok(fingerprint));
    }

    #[test]
    fn a_fingerprint_is_64_digits() {
        for wrong in ["", "abc", &"A".repeat(64), &"0".repeat(65), &"g".repeat(64)] {
            assert!(wrong.parse::<Fingerprint>().is_err(), "{wrong}");
        }
    }
}
