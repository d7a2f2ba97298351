//! The shape of an event for people to read: its members and their types, never a value.

use std::fmt::Write as _;

use serde_json::Value;

const MAX_DEPTH: usize = 4;
const MAX_MEMBERS: usize = 20;
const MAX_NAME: usize = 40;
const MAX_SHAPE: usize = 1000;

/// Members and types, as in `{guid: text, detail: {status: text}}`; what is deep, wide or long is left out.
pub(super) fn shape(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0);
    if text.len() > MAX_SHAPE {
        text.truncate(text.floor_char_boundary(MAX_SHAPE));
        text.push('…');
    }
    text
}

fn write(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(_) => text.push_str("boolean"),
        Value::Number(_) => text.push_str("number"),
        Value::String(_) => text.push_str("text"),
        Value::Array(_) | Value::Object(_) if depth == MAX_DEPTH => text.push('…'),
        Value::Array(items) => {
            text.push('[');
            if let Some(first) = items.first() {
                write(text, first, depth + 1);
            }
            // Writing to a string does not fail.
            let _ = write!(text, "; {}]", items.len());
        }
        Value::Object(members) => {
            text.push('{');
            for (index, (name, member)) in members.iter().take(MAX_MEMBERS).enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                text.extend(name.escape_debug().take(MAX_NAME));
                text.push_str(": ");
                write(text, member, depth + 1);
            }
            text.push_str(if members.len() > MAX_MEMBERS { ", …}" } else { "}" });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn shapes() {
        let event = json!({"guid": 3, "ok": true, "no": null, "list": [{"a": "secret"}, 2], "empty": [],
            "deep": {"a": {"b": {"c": {"d": 1}}}}});
        assert_eq!(
            shape(&event),
            "{guid: number, ok: boolean, no: null, list: [{a: text}; 2], empty: [; 0], deep: {a: {b: {c: …}}}}"
        );
        assert_eq!(shape(&json!("secret")), "text");
        let wide: serde_json::Map<_, _> =
            (0..30).map(|index| (format!("{index}{}", "é".repeat(99)), json!(1))).collect();
        let shape = shape(&wide.into());
        assert!(shape.len() <= MAX_SHAPE + 3 && shape.ends_with('…'), "{shape}");
    }

    proptest! {
        #[test]
        fn no_value_shows(secret in "[0-9A-Z]{12}", depth in 0..6usize) {
            let mut value = json!({"a": &secret, "b": [&secret]});
            for _ in 0..depth {
                value = json!({"c": value});
            }
            prop_assert!(!shape(&value).contains(&secret));
        }
    }
}
