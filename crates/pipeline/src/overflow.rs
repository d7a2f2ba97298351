//! How large a record is in the table, and which of its fields go to a file instead.
//!
//! The table holds items of 400 KB at most, in its own terms
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>,
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>).

use serde_json::{Map, Number, Value};

/// How large a stored record may be, in bytes; failures and progress are added to it later.
pub const MAX_ITEM_BYTES: usize = 350 * 1024;

/// How many fields of a metadata file's own a stored record may have: an update's expression is limited to 4 KB.
pub const MAX_EXTRA_FIELDS: usize = 100;

/// The longest field name that is stored, in bytes; the table would take more, its tools do not.
const MAX_NAME_BYTES: usize = 255;

/// How deep a stored value may be nested; the table takes 32 levels.
const MAX_DEPTH: usize = 30;

/// The magnitudes of numbers that the table takes, zero apart.
const MAGNITUDES: std::ops::Range<f64> = 1e-130..1e126;

/// A list or map costs this, and each of its members [`MEMBER_BYTES`] besides its own size.
const COLLECTION_BYTES: usize = 3;
const MEMBER_BYTES: usize = 1;

/// The fields of a record, divided between the table and a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Split {
    /// What the table holds.
    pub item: Map<String, Value>,
    /// What goes to the file, most often nothing.
    pub file: Map<String, Value>,
}

/// The size of an item of the table, in bytes.
pub fn item_bytes(item: &Map<String, Value>) -> usize {
    item.iter().map(|(name, value)| name.len() + value_bytes(value)).sum()
}

/// The size of a value in the table, in bytes.
pub fn value_bytes(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 1,
        Value::Number(number) => number_bytes(number),
        Value::String(text) => text.len(),
        Value::Array(list) => {
            COLLECTION_BYTES + list.iter().map(|value| MEMBER_BYTES + value_bytes(value)).sum::<usize>()
        }
        Value::Object(map) => COLLECTION_BYTES + map.len() * MEMBER_BYTES + item_bytes(map),
    }
}

/// A byte for every two significant digits, one more, and one for the sign: 21 at most.
fn number_bytes(number: &Number) -> usize {
    let text = number.to_string();
    let digits: String = text.split(['e', 'E']).next().unwrap_or_default().replace(['-', '.'], "");
    let significant = digits.trim_matches('0').len();
    (significant.div_ceil(2) + 1 + usize::from(text.starts_with('-'))).min(21)
}

/// Divides a record's fields: into the file goes what the table cannot hold, all `extra` fields if there are too many
/// of them, and then the largest fields until the rest fits; never a field that `stays`.
pub fn split(
    fields: Map<String, Value>,
    extra: impl Fn(&str) -> bool,
    stays: impl Fn(&str) -> bool,
    limit: usize,
) -> Split {
    let crowded = fields.keys().filter(|name| extra(name)).count() > MAX_EXTRA_FIELDS;
    let (mut item, mut file) = (Map::new(), Map::new());
    for (name, value) in fields {
        let storable = is_name(&name) && is_storable(&value, MAX_DEPTH) && !(crowded && extra(&name));
        let side = if stays(&name) || storable { &mut item } else { &mut file };
        side.insert(name, value);
    }
    let mut sizes: Vec<(usize, String)> = item
        .iter()
        .filter(|(name, _)| !stays(name))
        .map(|(name, value)| (name.len() + value_bytes(value), name.clone()))
        .collect();
    sizes.sort();
    let mut bytes = item_bytes(&item);
    while bytes > limit
        && let Some((size, name)) = sizes.pop()
    {
        bytes -= size;
        file.extend(item.shift_remove(&name).map(|value| (name, value)));
    }
    Split { item, file }
}

/// Whether the table takes a field of this name.
pub fn is_name(name: &str) -> bool {
    (1..=MAX_NAME_BYTES).contains(&name.len())
}

fn is_storable(value: &Value, depth: usize) -> bool {
    match value {
        Value::Number(number) => number.as_f64().is_some_and(|number| {
            let magnitude = number.abs();
            magnitude == 0.0 || MAGNITUDES.contains(&magnitude)
        }),
        Value::Array(list) => depth > 0 && list.iter().all(|value| is_storable(value, depth - 1)),
        Value::Object(map) => {
            depth > 0 && map.iter().all(|(name, value)| is_name(name) && is_storable(value, depth - 1))
        }
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn sizes_follow_the_documented_rules() {
        let table = [
            (json!(null), 1),
            (json!(true), 1),
            (json!(""), 0),
            (json!("abc"), 3),
            (json!("ä🎬"), 6),
            (json!(0), 1),
            (json!(7), 2),
            (json!(27), 2),
            (json!(-27), 3),
            (json!(1080), 3),
            (json!(1_000_000), 2),
            (json!(461), 3),
            (json!(0.05), 2),
            (json!(u64::MAX), 11),
            (json!(1e100), 2),
            (json!([]), 3),
            (json!(["a", 1]), 3 + 2 + 3),
            (json!({"ab": "c"}), 3 + 1 + 3),
        ];
        for (value, bytes) in table {
            assert_eq!(value_bytes(&value), bytes, "{value}");
        }
    }

    fn object(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_largest_fields_go_first() {
        let fields =
            object(json!({"guid": "x".repeat(60), "small": "s", "large": "l".repeat(50), "middle": "m".repeat(30)}));
        let split = split(fields, |_| false, |name| name == "guid", 110);
        assert_eq!(split.item.keys().collect::<Vec<_>>(), ["guid", "small", "middle"]);
        assert_eq!(split.file.keys().collect::<Vec<_>>(), ["large"]);
    }

    #[test]
    fn what_the_table_refuses_goes_to_the_file() {
        let mut deep = json!(1);
        for _ in 0..40 {
            deep = json!([deep]);
        }
        let long = "n".repeat(256);
        for (name, value) in [
            ("", json!(1)),
            (long.as_str(), json!(1)),
            ("huge", json!(1e300)),
            ("tiny", json!({"a": [-1e-200]})),
            ("unnamed", json!({"": 1})),
            ("deep", deep),
        ] {
            let split = split(object(json!({name: value, "good": 0})), |_| true, |_| false, MAX_ITEM_BYTES);
            assert_eq!(split.file.keys().collect::<Vec<_>>(), [name]);
            assert_eq!(split.item, object(json!({"good": 0})));
        }
    }

    #[test]
    fn too_many_extra_fields_go_together() {
        let mut fields = object(json!({"guid": "g", "hlsUrl": "https://h"}));
        fields.extend((0..10_000).map(|index| (format!("x{index}"), json!(index))));
        let split = split(fields, |name| name.starts_with('x'), |_| false, MAX_ITEM_BYTES);
        assert_eq!(split.item, object(json!({"guid": "g", "hlsUrl": "https://h"})));
        assert_eq!(split.file.len(), 10_000);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_the_rest_fits(
            fields in prop::collection::btree_map("[a-z.]{0,6}", "[a-zä]{0,40}", 0..150),
            limit in 40_usize..400,
        ) {
            let fields: Map<String, Value> = fields.into_iter().map(|(name, text)| (name, json!(text))).collect();
            let divided = split(fields.clone(), |name| name.starts_with('a'), |name| name == "guid", limit);
            prop_assert!(item_bytes(&divided.item) <= limit.max(44));
            prop_assert!(divided.item.keys().all(|name| is_name(name)));
            let mut joined = divided.item;
            joined.extend(divided.file);
            prop_assert_eq!(joined.len(), fields.len());
            prop_assert!(fields.iter().all(|(name, value)| joined.get(name) == Some(value)));
        }
    }
}
