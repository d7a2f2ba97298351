//! The walk over a request's JSON that reports every fault of form with its path.

use serde_json::{Map, Value};

use crate::model::{Pattern, Shape, Structure};
use crate::problem::{Fault, Path, Problem, nearest};

/// Everything that does not fit the service model, in the order of the text.
pub(crate) fn problems(structure: &'static Structure, value: &Value) -> Vec<Problem> {
    let mut walk = Walk { found: Vec::new() };
    walk.visit(&Shape::Structure(structure), value, &Path::ROOT);
    walk.found
}

struct Walk {
    found: Vec<Problem>,
}

impl Walk {
    fn add(&mut self, path: &Path<'_>, fault: Fault) {
        self.found.push(Problem { path: path.to_string(), fault });
    }

    fn visit(&mut self, shape: &Shape, value: &Value, path: &Path<'_>) {
        match (shape, value) {
            (Shape::Structure(structure), Value::Object(members)) => self.structure(structure, members, path),
            (Shape::List(item), Value::Array(items)) => {
                for (at, value) in items.iter().enumerate() {
                    self.visit(item, value, &path.item(at));
                }
            }
            (Shape::Map(item), Value::Object(entries)) => {
                for (key, value) in entries {
                    self.visit(item, value, &path.key(key));
                }
            }
            (Shape::Choice(choices), Value::String(text)) if choices.contains(&text.as_str()) => {}
            (Shape::Choice(choices), Value::String(text)) => {
                let near = nearest(text, choices.iter().copied());
                self.add(path, Fault::NotAChoice { found: text.clone(), near, choices });
            }
            (Shape::Text { min, max, pattern }, Value::String(text)) => self.text(text, *min, *max, *pattern, path),
            (Shape::Integer { min, max }, Value::Number(number)) if !number.is_f64() => {
                self.number(value, *min, *max, path);
            }
            (Shape::Number { min, max }, Value::Number(_)) => self.number(value, *min, *max, path),
            (shape, value) => self.add(path, Fault::WrongType { expected: expected(shape), found: found(value) }),
        }
    }

    fn structure(&mut self, structure: &'static Structure, members: &Map<String, Value>, path: &Path<'_>) {
        for (name, value) in members {
            let path = path.member(name);
            if let Some(shape) = structure.member(name) {
                self.visit(shape, value, &path);
            } else {
                let near = nearest(name, structure.members.iter().map(|(known, _)| *known));
                self.add(&path, Fault::Unknown { near });
            }
        }
        for name in structure.required.iter().filter(|name| !members.contains_key(**name)) {
            self.add(&path.member(name), Fault::Missing);
        }
    }

    fn text(&mut self, text: &str, min: Option<usize>, max: Option<usize>, pattern: Option<&Pattern>, path: &Path<'_>) {
        let length = text.chars().count();
        if let Some(min) = min.filter(|min| length < *min) {
            self.add(path, Fault::TooShort { found: length, min });
        } else if let Some(max) = max.filter(|max| length > *max) {
            self.add(path, Fault::TooLong { found: length, max });
        } else if let Some(pattern) = pattern.filter(|pattern| !pattern.fits(text)) {
            self.add(path, Fault::Pattern { found: text.to_owned(), pattern: pattern.source });
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "the model's bounds are far below 2^52")]
    fn number(&mut self, value: &Value, min: Option<i64>, max: Option<i64>, path: &Path<'_>) {
        let number = value.as_f64().unwrap_or(f64::NAN);
        if let Some(min) = min.filter(|min| number < *min as f64) {
            self.add(path, Fault::Below { found: value.to_string(), min });
        } else if let Some(max) = max.filter(|max| number > *max as f64) {
            self.add(path, Fault::Above { found: value.to_string(), max });
        }
    }
}

fn expected(shape: &Shape) -> &'static str {
    match shape {
        Shape::Structure(_) | Shape::Map(_) => "an object",
        Shape::List(_) => "a list",
        Shape::Choice(_) | Shape::Text { .. } => "a text",
        Shape::Integer { .. } => "a whole number",
        Shape::Number { .. } => "a number",
    }
}

fn found(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => format!("the text {text:?}"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
