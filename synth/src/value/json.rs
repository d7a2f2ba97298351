//! JSON that may hold intrinsic functions: what properties become, and what free-form properties are.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::{Number, Value as Plain};

use super::{Arn, Intrinsic, List, PseudoParameter, Reference, Value};

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
    pub fn render(&self) -> Plain {
        self.clone().into_plain()
    }

    /// The same of JSON that nobody needs any more.
    pub(crate) fn into_plain(self) -> Plain {
        match self {
            Self::Null => Plain::Null,
            Self::Bool(flag) => Plain::Bool(flag),
            Self::Number(number) => Plain::Number(number),
            Self::String(text) => Plain::String(text),
            Self::List(items) => Plain::Array(items.into_iter().map(Self::into_plain).collect()),
            Self::Object(members) => {
                Plain::Object(members.into_iter().map(|(key, value)| (key, value.into_plain())).collect())
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

impl<T: Clone> From<&Value<T>> for Json
where
    Json: From<T>,
{
    fn from(value: &Value<T>) -> Self {
        value.clone().into()
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

impl From<List<Value<String>>> for Value<Json> {
    fn from(list: List<Value<String>>) -> Self {
        Json::from(list).into()
    }
}
