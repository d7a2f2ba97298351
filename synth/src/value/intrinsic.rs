//! CloudFormation's intrinsic functions and pseudo parameters.

use std::fmt;

use serde_json::{Map, Value as Plain};

use super::{Json, List, Value};
use crate::logical_id::LogicalId;

/// An expression that CloudFormation evaluates at deployment.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>
#[expect(missing_docs, reason = "the names are those of CloudFormation's reference")]
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
    Join { delimiter: String, list: Box<Json> },
    /// One of two values, by a condition.
    If { condition: LogicalId, then: Box<Json>, otherwise: Box<Json> },
    /// One item of a list, counted from 0.
    Select { index: u32, list: Box<Json> },
    /// A text cut at a delimiter.
    Split { delimiter: String, source: Box<Json> },
    /// Another stack's exported output.
    ImportValue(Box<Json>),
    /// A value of a mapping.
    FindInMap { map: LogicalId, top: Box<Json>, second: Box<Json> },
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
    pub fn select(index: u32, list: List<Value<T>>) -> Self
    where
        Json: From<List<Value<T>>>,
    {
        Self::Intrinsic(Intrinsic::Select { index, list: Box::new(list.into()) })
    }
}

impl Value<String> {
    /// `Fn::Join`. Where the delimiter is empty, prefer [`sub!`](crate::sub).
    pub fn join(delimiter: &str, list: impl Into<List<Value<String>>>) -> Self {
        Self::Intrinsic(Intrinsic::Join { delimiter: delimiter.to_owned(), list: Box::new(Json::from(list.into())) })
    }

    /// Text made of parts: `Fn::Sub`, or a literal when every part is one. [`sub!`](crate::sub) writes the call.
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

/// A text as it stands between the quotes of a JSON string.
fn escape(text: &str) -> String {
    let quoted = Plain::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

impl Intrinsic {
    /// The expression for the inside of a JSON string: its literal text is escaped.
    pub(super) fn escaped(&self) -> Self {
        let json = |json: &Json| match json {
            Json::String(text) => Json::String(escape(text)),
            Json::Intrinsic(intrinsic) => Json::Intrinsic(intrinsic.escaped()),
            other => other.clone(),
        };
        match self {
            Self::Sub(parts) => Self::Sub(
                parts
                    .iter()
                    .map(|part| match part {
                        Part::Text(text) => Part::Text(escape(text)),
                        Part::Expression(inner) => Part::Expression(inner.escaped()),
                    })
                    .collect(),
            ),
            Self::Join { delimiter, list } => {
                let list = match list.as_ref() {
                    Json::List(items) => Json::List(items.iter().map(json).collect()),
                    other => other.clone(),
                };
                Self::Join { delimiter: escape(delimiter), list: Box::new(list) }
            }
            Self::If { condition, then, otherwise } => Self::If {
                condition: condition.clone(),
                then: Box::new(json(then)),
                otherwise: Box::new(json(otherwise)),
            },
            other => other.clone(),
        }
    }

    pub(super) fn render(&self) -> Plain {
        let call = |name: &str, argument: Plain| Plain::Object(Map::from_iter([(name.to_owned(), argument)]));
        match self {
            Self::Ref(id) => call("Ref", id.as_str().into()),
            Self::Pseudo(pseudo) => call("Ref", pseudo.name().into()),
            Self::GetAtt(id, attribute) => {
                call("Fn::GetAtt", Plain::Array(vec![id.as_str().into(), attribute.as_str().into()]))
            }
            Self::Sub(parts) => call("Fn::Sub", render_sub(parts)),
            Self::Join { delimiter, list } => {
                call("Fn::Join", Plain::Array(vec![delimiter.as_str().into(), list.render()]))
            }
            Self::If { condition, then, otherwise } => {
                call("Fn::If", Plain::Array(vec![condition.as_str().into(), then.render(), otherwise.render()]))
            }
            Self::Select { index, list } => call("Fn::Select", Plain::Array(vec![(*index).into(), list.render()])),
            Self::Split { delimiter, source } => {
                call("Fn::Split", Plain::Array(vec![delimiter.as_str().into(), source.render()]))
            }
            Self::ImportValue(name) => call("Fn::ImportValue", name.render()),
            Self::FindInMap { map, top, second } => {
                call("Fn::FindInMap", Plain::Array(vec![map.as_str().into(), top.render(), second.render()]))
            }
        }
    }

    pub(super) fn references(&self, visit: &mut impl FnMut(Reference)) {
        match self {
            Self::Ref(id) => visit(Reference::Target(id.clone())),
            Self::Pseudo(_) => {}
            Self::GetAtt(id, attribute) => visit(Reference::Attribute(id.clone(), attribute.clone())),
            Self::Sub(parts) => {
                for part in parts {
                    if let Part::Expression(intrinsic) = part {
                        intrinsic.references(visit);
                    }
                }
            }
            Self::Join { list: inner, .. }
            | Self::Select { list: inner, .. }
            | Self::Split { source: inner, .. }
            | Self::ImportValue(inner) => inner.references(visit),
            Self::If { condition, then, otherwise } => {
                visit(Reference::Condition(condition.clone()));
                then.references(visit);
                otherwise.references(visit);
            }
            Self::FindInMap { map, top, second } => {
                visit(Reference::Mapping(map.clone()));
                top.references(visit);
                second.references(visit);
            }
        }
    }
}

/// The argument of an `Fn::Sub`: references stand inside the text, other expressions in its map of variables.
fn render_sub(parts: &[Part]) -> Plain {
    let mut text = String::new();
    let mut variables = Map::new();
    // No logical ID has an underscore, so no variable hides a resource.
    let mut variable = |value: Plain| {
        let name = format!("Part_{}", variables.len() + 1);
        let placeholder = format!("${{{name}}}");
        variables.insert(name, value);
        placeholder
    };
    for part in parts {
        match part {
            Part::Text(literal) => {
                let mut pieces = literal.split("${");
                text.extend(pieces.next());
                for piece in pieces {
                    // `${!` needs its `}`: without one it would reach into the next expression.
                    if piece.contains('}') {
                        text.push_str("${!");
                    } else {
                        text.extend([&variable("$".into()), "{"]);
                    }
                    text.push_str(piece);
                }
            }
            Part::Expression(Intrinsic::Ref(id)) => text.extend(["${", id.as_str(), "}"]),
            Part::Expression(Intrinsic::Pseudo(pseudo)) => text.extend(["${", pseudo.name(), "}"]),
            Part::Expression(Intrinsic::GetAtt(id, attribute)) => text.extend(["${", id.as_str(), ".", attribute, "}"]),
            Part::Expression(other) => text.push_str(&variable(other.render())),
        }
    }
    if variables.is_empty() {
        Plain::String(text)
    } else {
        Plain::Array(vec![Plain::String(text), Plain::Object(variables)])
    }
}
