//! JSON that may hold intrinsic functions: what properties become, and what free-form properties are.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::{Map, Number, Value as Plain};

use crate::intrinsic::{Intrinsic, Part, PseudoParameter, Reference};
use crate::property::Checker;
use crate::value::{Arn, List, Literal, Value};

/// JSON that may hold intrinsic functions.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    String(String),
    /// A list.
    List(Vec<Json>),
    /// An object, in the order its members were put in.
    Object(IndexMap<String, Json>),
    /// An expression for CloudFormation.
    Intrinsic(Intrinsic),
}

impl Json {
    /// An object from its members.
    pub fn object<K: Into<String>, V: Into<Json>>(members: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::Object(members.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }

    /// A list from its items.
    pub fn list<V: Into<Json>>(items: impl IntoIterator<Item = V>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }

    /// The template's JSON, with every intrinsic function written out.
    #[must_use]
    pub fn render(&self) -> Plain {
        match self {
            Self::Null => Plain::Null,
            Self::Bool(flag) => Plain::Bool(*flag),
            Self::Number(number) => Plain::Number(number.clone()),
            Self::String(text) => Plain::String(text.clone()),
            Self::List(items) => Plain::Array(items.iter().map(Self::render).collect()),
            Self::Object(members) => {
                Plain::Object(members.iter().map(|(key, value)| (key.clone(), value.render())).collect())
            }
            Self::Intrinsic(intrinsic) => intrinsic.render(),
        }
    }

    /// Calls `visit` with everything the JSON's expressions refer to.
    pub fn references(&self, visit: &mut impl FnMut(Reference)) {
        match self {
            Self::List(items) => items.iter().for_each(|item| item.references(visit)),
            Self::Object(members) => members.values().for_each(|member| member.references(visit)),
            Self::Intrinsic(intrinsic) => intrinsic.references(visit),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => {}
        }
    }

    /// The JSON as one text, for properties that take JSON inside a string: an `Fn::Sub` when it holds expressions.
    ///
    /// An expression must yield text, because its value is put between quotes (but `Fn::If` may choose any two values
    /// that are known now). CloudFormation cannot escape it: ARNs, names and URLs, which need no escaping in JSON, are
    /// what it is for. Text inside an `Fn::Sub` or `Fn::Join` is escaped.
    #[must_use]
    pub fn to_text(&self) -> Value<String> {
        let mut parts = Vec::new();
        self.write_text(&mut parts);
        Value::concat(parts)
    }

    fn write_text(&self, out: &mut Vec<Value<String>>) {
        let mut text = |text: &str| out.push(Value::Literal(text.to_owned()));
        match self {
            Self::Intrinsic(Intrinsic::If { condition, then, otherwise }) => {
                let [then, otherwise] = [then, otherwise].map(|json| Box::new(json.to_text().into()));
                out.push(Value::Intrinsic(Intrinsic::If { condition: condition.clone(), then, otherwise }));
            }
            Self::Intrinsic(intrinsic) => {
                text("\"");
                out.push(Value::Intrinsic(intrinsic.escaped()));
                out.push("\"".into());
            }
            Self::List(items) => {
                text("[");
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(",".into());
                    }
                    item.write_text(out);
                }
                out.push("]".into());
            }
            Self::Object(members) => {
                text("{");
                for (index, (key, value)) in members.iter().enumerate() {
                    let comma = if index > 0 { "," } else { "" };
                    out.push(format!("{comma}{}:", Plain::String(key.clone())).into());
                    value.write_text(out);
                }
                out.push("}".into());
            }
            scalar => text(&scalar.render().to_string()),
        }
    }
}

/// A text as it stands between the quotes of a JSON string.
fn escape(text: &str) -> String {
    let quoted = Plain::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

impl Intrinsic {
    /// The expression for the inside of a JSON string: its literal text is escaped.
    fn escaped(&self) -> Self {
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

    fn render(&self) -> Plain {
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

    fn references(&self, visit: &mut impl FnMut(Reference)) {
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

impl From<Plain> for Json {
    fn from(plain: Plain) -> Self {
        match plain {
            Plain::Null => Self::Null,
            Plain::Bool(flag) => Self::Bool(flag),
            Plain::Number(number) => Self::Number(number),
            Plain::String(text) => Self::String(text),
            Plain::Array(items) => Self::list(items),
            Plain::Object(members) => Self::object(members),
        }
    }
}

impl From<f64> for Json {
    /// A whole number is written without a fraction; JSON has no infinities, which become `null`.
    fn from(number: f64) -> Self {
        #[allow(clippy::cast_possible_truncation, reason = "checked to be whole and within 2^53")]
        if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
            Self::Number((number as i64).into())
        } else {
            Number::from_f64(number).map_or(Self::Null, Self::Number)
        }
    }
}

macro_rules! json_from {
    ($($type:ty => |$value:ident| $json:expr),* $(,)?) => {
        $(impl From<$type> for Json {
            fn from($value: $type) -> Self {
                $json
            }
        })*
    };
}

json_from! {
    bool => |flag| Self::Bool(flag),
    i64 => |number| Self::Number(number.into()),
    i32 => |number| Self::Number(number.into()),
    u32 => |number| Self::Number(number.into()),
    u16 => |number| Self::Number(number.into()),
    String => |text| Self::String(text),
    &str => |text| Self::String(text.to_owned()),
    &String => |text| Self::String(text.clone()),
    Arn => |arn| Self::String(arn.as_str().to_owned()),
    PseudoParameter => |pseudo| Self::Intrinsic(Intrinsic::Pseudo(pseudo)),
}

impl<T> From<Value<T>> for Json
where
    Json: From<T>,
{
    fn from(value: Value<T>) -> Self {
        match value {
            Value::Literal(literal) => literal.into(),
            Value::Intrinsic(intrinsic) => Self::Intrinsic(intrinsic),
        }
    }
}

impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(items: Vec<T>) -> Self {
        Self::list(items)
    }
}

impl<T: Into<Json>> From<BTreeMap<String, T>> for Json {
    fn from(members: BTreeMap<String, T>) -> Self {
        Self::object(members)
    }
}

impl From<Json> for Value<Json> {
    fn from(json: Json) -> Self {
        match json {
            Json::Intrinsic(intrinsic) => Self::Intrinsic(intrinsic),
            json => Self::Literal(json),
        }
    }
}

impl Literal for Json {
    fn to_json(&self, _: &mut Checker) -> Json {
        self.clone()
    }
}

impl From<List<Value<String>>> for Value<Json> {
    fn from(list: List<Value<String>>) -> Self {
        Json::from(list).into()
    }
}
