//! Addresses of local files, which the service model knows nothing of.

use std::borrow::Cow;

use serde_json::Value;

/// Whether settings may name files of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LocalFiles {
    Allowed,
    Unknown,
}

impl LocalFiles {
    /// A request as the model is to judge it: where files are allowed, their addresses stand as those of objects.
    pub(crate) fn for_the_model(self, request: &Value) -> Cow<'_, Value> {
        if self == Self::Unknown {
            return Cow::Borrowed(request);
        }
        let mut request = request.clone();
        if let Some(settings) = request.get_mut("Settings") {
            replace(settings);
        }
        Cow::Owned(request)
    }
}

fn replace(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(path) = text.strip_prefix("file:///") {
                *text = format!("s3://file/{path}");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(replace),
        Value::Object(members) => members.values_mut().for_each(replace),
        _ => {}
    }
}
