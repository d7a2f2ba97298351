//! JSON that is kept as its text.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};

/// JSON as its text, which takes a tenth of the memory of a tree: requests are most of what the service remembers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Text(Box<RawValue>);

impl Text {
    /// The text as a tree.
    pub(crate) fn tree(&self) -> Value {
        self.read().unwrap_or_default()
    }

    /// What the text means.
    ///
    /// # Errors
    /// When the type does not allow what it says.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(self.0.get())
    }
}

impl From<&Value> for Text {
    fn from(tree: &Value) -> Self {
        Self(to_raw_value(tree).expect("a tree's keys are strings"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn nothing_is_lost(key: String, text: String, number: i64) {
            let tree = json!({ key: [text, number, null] });
            let kept = serde_json::to_vec(&Text::from(&tree)).unwrap();
            prop_assert_eq!(serde_json::from_slice::<Text>(&kept).unwrap().tree(), tree);
        }
    }
}
