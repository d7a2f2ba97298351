//! Property values: a literal, or an expression that CloudFormation evaluates.

mod arn;
mod check;
mod intrinsic;
mod json;
mod literal;
mod substitute;

use std::collections::BTreeMap;

pub use self::arn::{Arn, ArnBuilder, ParseArnError};
pub use self::check::{Checker, Rule, Violation};
pub use self::intrinsic::{Intrinsic, Part, PseudoParameter, Reference};
pub use self::json::Json;
pub use self::literal::{Fields, Literal, Property};
pub use self::substitute::SubstituteError;

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

/// Text made of literals and values: `sub!["https://", &domain, "/index.html"]`; an `Fn::Sub` when it holds expressions.
#[macro_export]
macro_rules! sub {
    ($($part:expr),+ $(,)?) => {
        $crate::Value::<String>::concat([$($crate::Value::<String>::from($part)),+])
    };
}

impl<T> Value<T> {
    /// The literal, if the value is known now.
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
        value.cast(String::from)
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

from_literal!(String => String, &str => String, &String => String, Arn => Arn, bool => bool, i64 => i64, i32 => i64, u32 => i64, u16 => i64, u8 => i64, f64 => f64);

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
