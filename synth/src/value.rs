//! Property values: a literal, or an expression that CloudFormation evaluates.

use std::collections::BTreeMap;
use std::fmt;

use crate::intrinsic::{Intrinsic, PseudoParameter};
use crate::json::Json;

/// A property's value: known now, or known to CloudFormation at deployment.
///
/// `T` is what the value is once it is known, so a list property cannot be given a string's `Ref`:
///
/// ```
/// use synth::{List, Value};
/// let subnets: List<Value<String>> = ["subnet-1"].into();
/// ```
/// ```compile_fail,E0277
/// use synth::{List, PseudoParameter, Value};
/// let region: Value<String> = PseudoParameter::Region.into();
/// let subnets: List<Value<String>> = region.into();
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Value<T> {
    /// Known now.
    Literal(T),
    /// An intrinsic function that yields a `T`.
    Intrinsic(Intrinsic),
}

/// A list property: either a literal list, whose items may be intrinsics, or one intrinsic that yields the list.
pub type List<T> = Value<Vec<T>>;

/// A map property.
pub type Map<T> = Value<BTreeMap<String, T>>;

/// An Amazon Resource Name.
///
/// Its constructor is private to the crate's attribute getters and [`Arn::parse`], so a `Value<Arn>` comes from a
/// resource or from text that has an ARN's shape:
///
/// ```
/// use synth::{Arn, Value};
/// let arn: Value<Arn> = Arn::parse("arn:aws:s3:::videos")?.into();
/// # Ok::<_, synth::ParseArnError>(())
/// ```
/// ```compile_fail,E0277
/// use synth::{Arn, Value};
/// let arn: Value<Arn> = "videos".into();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arn(String);

/// The text is not an ARN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an ARN: expected `arn:partition:service:region:account:resource`")]
pub struct ParseArnError(String);

impl Arn {
    /// Reads a literal ARN.
    ///
    /// # Errors
    /// When the text lacks an ARN's six colon-separated fields
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).
    pub fn parse(text: &str) -> Result<Self, ParseArnError> {
        let fields: Vec<&str> = text.splitn(6, ':').collect();
        match fields.as_slice() {
            ["arn", partition, service, _, _, resource]
                if !partition.is_empty() && !service.is_empty() && !resource.is_empty() =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(ParseArnError(text.to_owned())),
        }
    }

    /// The ARN's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<T> Value<T> {
    /// The literal, if the value is known now.
    #[must_use]
    pub fn literal(&self) -> Option<&T> {
        match self {
            Self::Literal(value) => Some(value),
            Self::Intrinsic(_) => None,
        }
    }

    /// Reads the same expression as another type: for the few places where CloudFormation is untyped.
    fn cast<U>(self, literal: impl FnOnce(T) -> U) -> Value<U> {
        match self {
            Self::Literal(value) => Value::Literal(literal(value)),
            Self::Intrinsic(intrinsic) => Value::Intrinsic(intrinsic),
        }
    }
}

impl From<Value<Arn>> for Value<String> {
    fn from(value: Value<Arn>) -> Self {
        value.cast(|arn| arn.0)
    }
}

impl From<&Value<Arn>> for Value<String> {
    fn from(value: &Value<Arn>) -> Self {
        value.clone().into()
    }
}

impl<T: Clone> From<&Value<T>> for Value<T> {
    fn from(value: &Value<T>) -> Self {
        value.clone()
    }
}

impl From<&str> for Value<String> {
    fn from(value: &str) -> Self {
        Self::Literal(value.to_owned())
    }
}

impl From<&String> for Value<String> {
    fn from(value: &String) -> Self {
        Self::Literal(value.clone())
    }
}

impl<T> From<PseudoParameter> for Value<T> {
    fn from(pseudo: PseudoParameter) -> Self {
        Self::Intrinsic(Intrinsic::Pseudo(pseudo))
    }
}

macro_rules! from_literal {
    ($($literal:ty => $value:ty),* $(,)?) => {
        $(impl From<$literal> for Value<$value> {
            fn from(value: $literal) -> Self {
                Self::Literal(value.into())
            }
        })*
    };
}

from_literal!(String => String, Arn => Arn, bool => bool, i64 => i64, i32 => i64, u32 => i64, u16 => i64, u8 => i64, f64 => f64);

impl<T, U: Into<T>> From<Vec<U>> for List<T> {
    fn from(items: Vec<U>) -> Self {
        Self::Literal(items.into_iter().map(Into::into).collect())
    }
}

impl<T, U: Into<T>, const N: usize> From<[U; N]> for List<T> {
    fn from(items: [U; N]) -> Self {
        Self::Literal(items.into_iter().map(Into::into).collect())
    }
}

impl<T, U: Into<T>> From<BTreeMap<String, U>> for Map<T> {
    fn from(entries: BTreeMap<String, U>) -> Self {
        Self::Literal(entries.into_iter().map(|(key, value)| (key, value.into())).collect())
    }
}

/// What a literal looks like in a template.
pub trait Literal {
    /// The literal as JSON; problems go to the checker, under its current path.
    fn to_json(&self, checker: &mut crate::property::Checker) -> Json;
}

macro_rules! scalar_literal {
    ($($type:ty: $make:expr),* $(,)?) => {
        $(impl Literal for $type {
            fn to_json(&self, _: &mut crate::property::Checker) -> Json {
                #[allow(clippy::redundant_closure_call, reason = "one macro arm serves every scalar type")]
                ($make)(self)
            }
        })*
    };
}

scalar_literal! {
    String: |text: &String| Json::String(text.clone()),
    Arn: |arn: &Arn| Json::String(arn.0.clone()),
    bool: |flag: &bool| Json::Bool(*flag),
    i64: |number: &i64| Json::from(*number),
    f64: |number: &f64| Json::from(*number),
}
