//! Whether a program is one that Lambda can run: its architecture, and the glibc that it asks for.

use std::fmt;
use std::sync::LazyLock;

use pipeline::settings::Architecture;
use regex::bytes::Regex;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glibc {
    pub major: u32,
    pub minor: u32,
}

impl Glibc {
    /// That of Amazon Linux 2023, which `provided.al2023` runs on.
    ///
    /// <https://docs.aws.amazon.com/linux/al2023/ug/core-glibc.html>
    pub const OF_LAMBDA: Self = Self { major: 2, minor: 34 };
}

impl fmt::Display for Glibc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The newest glibc that a program asks for; none if it is linked statically.
///
/// The versions of its symbols stand in it as texts; a text of that form elsewhere could only make the answer too strict.
pub(super) fn newest_glibc(program: &[u8]) -> Option<Glibc> {
    static VERSION: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\x00GLIBC_([0-9]+)\.([0-9]+)").expect("the pattern is constant"));
    let number = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse().ok();
    let versions = VERSION.captures_iter(program).filter_map(|found| {
        let (major, minor) = (number(&found[1])?, number(&found[2])?);
        Some(Glibc { major, minor })
    });
    versions.max()
}

/// What is wrong with a program, if anything.
///
/// The header: <https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>
pub(super) fn problem(program: &[u8], architecture: Architecture) -> Option<String> {
    let machine = match architecture {
        Architecture::X86_64 => 0x3e,
        Architecture::Arm64 => 0xb7,
    };
    if !program.starts_with(b"\x7fELF") {
        return Some("is not a program for Linux".to_owned());
    }
    if program.get(18).copied() != Some(machine) {
        return Some(format!("is not for {}", architecture.into_str()));
    }
    newest_glibc(program)
        .filter(|newest| *newest > Glibc::OF_LAMBDA)
        .map(|newest| format!("needs glibc {newest}, and Lambda has {}", Glibc::OF_LAMBDA))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(machine: u8, versions: &str) -> Vec<u8> {
        let mut program = b"\x7fELF\x02\x01\x01".to_vec();
        program.resize(18, 0);
        program.extend([machine, 0]);
        program.extend(versions.bytes());
        program
    }

    #[test]
    fn the_newest_version_counts() {
        let found = newest_glibc(&program(0x3e, "\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9\0"));
        assert_eq!(found, Some(Glibc { major: 2, minor: 34 }));
        assert_eq!(newest_glibc(b"static"), None);
    }

    #[test]
    fn what_lambda_cannot_run_is_reported() {
        let x86 = Architecture::X86_64;
        assert_eq!(problem(&program(0x3e, "\0GLIBC_2.34\0"), x86), None);
        assert_eq!(problem(b"#!/bin/sh", x86).unwrap(), "is not a program for Linux");
        assert_eq!(problem(&program(0xb7, ""), x86).unwrap(), "is not for x86_64");
        assert_eq!(problem(&program(0xb7, ""), Architecture::Arm64), None);
        assert_eq!(problem(&program(0x3e, "\0GLIBC_2.39\0"), x86).unwrap(), "needs glibc 2.39, and Lambda has 2.34");
    }
}
