//! The bounds that a registry schema sets on properties, and what breaks them.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use super::Json;

/// What a schema says of one property. Intrinsics pass unchecked: their values are not known yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// The shortest and the longest text, in characters.
    pub length: (u64, u64),
    /// A regular expression that the text must contain a match of.
    pub pattern: Option<&'static str>,
    /// The smallest and the largest number.
    pub range: (f64, f64),
    /// The whole numbers that alone are allowed; none means any.
    pub one_of: &'static [i64],
    /// The fewest and the most items of a list.
    pub items: (u64, u64),
    /// The rule of a list's items, or of a map's values.
    pub each: Option<&'static Rule>,
}

impl Rule {
    /// No bounds.
    pub const ANY: Self = Self {
        length: (0, u64::MAX),
        pattern: None,
        range: (f64::NEG_INFINITY, f64::INFINITY),
        one_of: &[],
        items: (0, u64::MAX),
        each: None,
    };

    /// Notes every bound that the value breaks.
    pub fn check(&self, json: &Json, checker: &mut Checker) {
        match json {
            Json::String(text) => self.check_text(text, checker),
            Json::Number(number) => {
                let (least, most) = self.range;
                if number.as_f64().is_some_and(|number| number < least || number > most) {
                    checker.violation(format!("{number} is not {}", bounds(least, most)));
                }
                if !self.one_of.is_empty() && number.as_i64().is_none_or(|number| !self.one_of.contains(&number)) {
                    let allowed: Vec<String> = self.one_of.iter().map(i64::to_string).collect();
                    checker.violation(format!("{number} is none of {}", allowed.join(", ")));
                }
            }
            Json::List(items) => {
                check_count("items", items.len(), self.items, checker);
                if let Some(rule) = self.each {
                    for (index, item) in items.iter().enumerate() {
                        checker.at(&index.to_string(), |checker| rule.check(item, checker));
                    }
                }
            }
            Json::Object(members) => {
                if let Some(rule) = self.each {
                    for (key, member) in members {
                        checker.at(key, |checker| rule.check(member, checker));
                    }
                }
            }
            Json::Null | Json::Bool(_) | Json::Intrinsic(_) => {}
        }
    }

    fn check_text(&self, text: &str, checker: &mut Checker) {
        check_count("characters", text.chars().count(), self.length, checker);
        if let Some(pattern) = self.pattern
            && !matches(pattern, text)
        {
            checker.violation(format!("`{text}` does not match `{pattern}`"));
        }
    }
}

fn check_count(what: &str, count: usize, (least, most): (u64, u64), checker: &mut Checker) {
    let count = count as u64;
    if count < least || count > most {
        #[allow(clippy::cast_precision_loss, reason = "only for the message")]
        let bounds = bounds(least as f64, if most == u64::MAX { f64::INFINITY } else { most as f64 });
        checker.violation(format!("has {count} {what}, which is not {bounds}"));
    }
}

fn bounds(least: f64, most: f64) -> String {
    match (least.is_finite(), most.is_finite()) {
        (true, true) => format!("between {least} and {most}"),
        (true, false) => format!("{least} or more"),
        _ => format!("{most} or less"),
    }
}

/// Whether the text holds a match of the pattern; each pattern is compiled once.
///
/// The patterns are ECMA-262's, whose `\d`, `\s` and `\w` are ASCII, as in `regex-lite`. That has no classes of Unicode, but
/// compiles in a thirtieth of the time of `regex`: so these are read in ASCII where the text is.
///
/// The generator leaves out what the engines cannot read (look-around); such a pattern given by hand is taken as matched by
/// nothing.
fn matches(pattern: &'static str, text: &str) -> bool {
    type Matcher = Option<Box<dyn Fn(&str) -> bool + Send>>;
    static COMPILED: LazyLock<Mutex<HashMap<(&'static str, bool), Matcher>>> = LazyLock::new(Mutex::default);
    const ASCII: [(&str, &str); 6] = [
        (r"\p{L}", "A-Za-z"),
        (r"\p{M}", ""),
        (r"\p{N}", "0-9"),
        (r"\p{P}", r"!-#%-*,-/:;?@\[-\]_{}"),
        (r"\p{S}", r"$+<->\^`|~"),
        (r"\p{Z}", " "),
    ];
    let is_unicode = !text.is_ascii() && pattern.contains(r"\p");
    let compile = || -> Matcher {
        if is_unicode {
            let regex = regex::Regex::new(pattern).ok()?;
            return Some(Box::new(move |text| regex.is_match(text)));
        }
        let pattern = ASCII.iter().fold(pattern.to_owned(), |pattern, (class, ascii)| pattern.replace(class, ascii));
        let regex = regex_lite::Regex::new(&pattern).ok()?;
        Some(Box::new(move |text| regex.is_match(text)))
    };
    let mut compiled = COMPILED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    compiled.entry((pattern, is_unicode)).or_insert_with(compile).as_ref().is_some_and(|matcher| matcher(text))
}

/// A property that breaks a rule of its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The property: `VersioningConfiguration.Status`.
    pub property: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Collects violations while properties are turned into JSON.
#[derive(Debug, Default)]
pub struct Checker {
    path: Vec<String>,
    violations: Vec<Violation>,
}

impl Checker {
    /// Runs `visit` one level deeper in the property path.
    pub fn at<R>(&mut self, segment: &str, visit: impl FnOnce(&mut Self) -> R) -> R {
        self.path.push(segment.to_owned());
        let result = visit(self);
        self.path.pop();
        result
    }

    /// Notes a problem with the current property.
    pub fn violation(&mut self, problem: impl Into<String>) {
        self.violations.push(Violation { property: self.path.join("."), problem: problem.into() });
    }

    /// Everything noted so far.
    pub fn into_violations(self) -> Vec<Violation> {
        self.violations
    }
}
