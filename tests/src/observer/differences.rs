//! Where two JSON values differ, said so that it can be read.

use serde_json::Value;

/// Every place where they differ, a line each; empty: nowhere.
pub(super) fn differences(kept: &Value, fresh: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", kept, fresh, &mut found);
    found
}

fn compare(path: &str, kept: &Value, fresh: &Value, found: &mut Vec<String>) {
    match (kept, fresh) {
        (Value::Object(one), Value::Object(other)) => {
            for key in one.keys().chain(other.keys().filter(|key| !one.contains_key(*key))) {
                match (one.get(key), other.get(key)) {
                    (Some(one), Some(other)) => compare(&format!("{path}.{key}"), one, other, found),
                    (one, other) => found.push(format!("{path}.{key}: kept {one:?}, fresh {other:?}")),
                }
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                compare(&format!("{path}[{index}]"), one, other, found);
            }
        }
        _ if kept == fresh => {}
        _ => found.push(format!("{path}: kept {kept}, fresh {fresh}")),
    }
}
