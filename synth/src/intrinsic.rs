//! CloudFormation's intrinsic functions and pseudo parameters.

use std::fmt;

use crate::json::Json;
use crate::logical_id::LogicalId;
use crate::value::{List, Value};

/// An expression that CloudFormation evaluates at deployment.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>
#[derive(Debug, Clone, PartialEq)]
pub enum Intrinsic {
    /// A resource's `Ref` value, or a parameter's value.
    Ref(LogicalId),
    /// A value that CloudFormation itself provides.
    Pseudo(PseudoParameter),
    /// An attribute of a resource.
    GetAtt(LogicalId, String),
    /// Text with expressions in it.
    Sub(Vec<Part>),
    /// A list's items joined by a delimiter.
    Join {
        /// What stands between two items.
        delimiter: String,
        /// The list.
        list: Box<Json>,
    },
    /// One of two values, by a condition.
    If {
        /// The condition's name.
        condition: LogicalId,
        /// The value when it holds.
        then: Box<Json>,
        /// The value when it does not.
        otherwise: Box<Json>,
    },
    /// One item of a list, counted from 0.
    Select {
        /// The item's position.
        index: u32,
        /// The list.
        list: Box<Json>,
    },
    /// A text cut at a delimiter.
    Split {
        /// Where to cut.
        delimiter: String,
        /// The text.
        source: Box<Json>,
    },
    /// Another stack's exported output.
    ImportValue(Box<Json>),
    /// A value of a mapping.
    FindInMap {
        /// The mapping's name.
        map: LogicalId,
        /// The first key.
        top: Box<Json>,
        /// The second key.
        second: Box<Json>,
    },
}

/// A piece of an `Fn::Sub`.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Text that stands as it is.
    Text(String),
    /// An expression whose value is put in its place.
    Expression(Intrinsic),
}

/// A value that CloudFormation itself provides.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PseudoParameter {
    /// The account's ID.
    AccountId,
    /// Removes the property it stands in.
    NoValue,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    Partition,
    /// The region's name.
    Region,
    /// The stack's ARN.
    StackId,
    /// The stack's name.
    StackName,
    /// `amazonaws.com`, or the partition's own.
    UrlSuffix,
}

impl PseudoParameter {
    /// Its name in templates.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AccountId => "AWS::AccountId",
            Self::NoValue => "AWS::NoValue",
            Self::Partition => "AWS::Partition",
            Self::Region => "AWS::Region",
            Self::StackId => "AWS::StackId",
            Self::StackName => "AWS::StackName",
            Self::UrlSuffix => "AWS::URLSuffix",
        }
    }
}

impl fmt::Display for PseudoParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Something the template must define for an expression to make sense.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// A resource or a parameter, by `Ref`.
    Target(LogicalId),
    /// A resource's attribute, by `Fn::GetAtt`.
    Attribute(LogicalId, String),
    /// A condition, by `Fn::If`.
    Condition(LogicalId),
    /// A mapping, by `Fn::FindInMap`.
    Mapping(LogicalId),
}

impl<T> Value<T> {
    /// `Fn::If`.
    pub fn if_condition(condition: &LogicalId, then: Self, otherwise: Self) -> Self
    where
        Json: From<Value<T>>,
    {
        Self::Intrinsic(Intrinsic::If {
            condition: condition.clone(),
            then: Box::new(then.into()),
            otherwise: Box::new(otherwise.into()),
        })
    }

    /// `Fn::ImportValue`: another stack's export, in the same account and region.
    pub fn import(name: impl Into<Value<String>>) -> Self {
        Self::Intrinsic(Intrinsic::ImportValue(Box::new(Json::from(name.into()))))
    }

    /// `Fn::FindInMap`.
    pub fn find_in_map(map: &LogicalId, top: impl Into<Value<String>>, second: impl Into<Value<String>>) -> Self {
        Self::Intrinsic(Intrinsic::FindInMap {
            map: map.clone(),
            top: Box::new(Json::from(top.into())),
            second: Box::new(Json::from(second.into())),
        })
    }

    /// `Fn::Select`, counted from 0.
    #[must_use]
    pub fn select(index: u32, list: List<Value<T>>) -> Self
    where
        Json: From<List<Value<T>>>,
    {
        Self::Intrinsic(Intrinsic::Select { index, list: Box::new(list.into()) })
    }
}

impl Value<String> {
    /// `Fn::Join`. Where the delimiter is empty, prefer [`cat!`](crate::cat).
    pub fn join(delimiter: &str, list: impl Into<List<Value<String>>>) -> Self {
        Self::Intrinsic(Intrinsic::Join { delimiter: delimiter.to_owned(), list: Box::new(Json::from(list.into())) })
    }

    /// Text made of parts: `Fn::Sub`, or a literal when every part is one. [`cat!`](crate::cat) writes the call.
    pub fn concat(parts: impl IntoIterator<Item = Value<String>>) -> Self {
        let mut pieces: Vec<Part> = Vec::new();
        let mut push = |piece: Part| match (pieces.last_mut(), piece) {
            (Some(Part::Text(before)), Part::Text(text)) => before.push_str(&text),
            (_, piece) => pieces.push(piece),
        };
        for part in parts {
            match part {
                Value::Literal(text) => push(Part::Text(text)),
                Value::Intrinsic(Intrinsic::Sub(inner)) => inner.into_iter().for_each(&mut push),
                Value::Intrinsic(intrinsic) => push(Part::Expression(intrinsic)),
            }
        }
        match pieces.as_slice() {
            [] => Self::Literal(String::new()),
            [Part::Text(text)] => Self::Literal(text.clone()),
            [Part::Expression(intrinsic)] => Self::Intrinsic(intrinsic.clone()),
            _ => Self::Intrinsic(Intrinsic::Sub(pieces)),
        }
    }
}

impl List<Value<String>> {
    /// `Fn::Split`.
    pub fn split(delimiter: &str, source: impl Into<Value<String>>) -> Self {
        Self::Intrinsic(Intrinsic::Split {
            delimiter: delimiter.to_owned(),
            source: Box::new(Json::from(source.into())),
        })
    }
}

/// Text made of literals and values: `cat!["arn:", PseudoParameter::Partition, ":s3:::", &name]`.
#[macro_export]
macro_rules! cat {
    ($($part:expr),+ $(,)?) => {
        $crate::Value::<String>::concat([$($crate::Value::<String>::from($part)),+])
    };
}
