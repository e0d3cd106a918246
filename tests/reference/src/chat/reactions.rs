//! Reactions to a message: how often which, and which are the account's own.

use serde_json::{Map, Value, json};

use crate::own::list;

/// Takes over how often everybody reacts with which. Whose the update is not about keeps its own.
pub(super) fn changed(message: &mut Map<String, Value>, me: i64, update: &Value) {
    let known: Vec<Value> = list(message.get("reactions").unwrap_or(&Value::Null)).cloned().collect();
    let own = if update["account"] == me {
        update["chosen"].as_array().cloned().unwrap_or_default()
    } else {
        let own = known.iter().filter(|count| count["mine"] == true);
        own.map(|count| count["emoji"].clone()).collect()
    };
    let counts = match update.get("reactions") {
        Some(told) => shown(list(told).cloned(), &own),
        None => chosen(known, &own),
    };
    if counts.is_empty() {
        message.remove("reactions");
    } else {
        message.insert("reactions".to_owned(), json!(counts));
    }
}

/// Where many follow, what was counted stands until it is counted again; what one chose beside it counts for nothing yet.
fn chosen(known: Vec<Value>, own: &[Value]) -> Vec<Value> {
    let counted = known.into_iter().filter(|count| count["count"] != 0);
    let mut counts = shown(counted, own);
    for emoji in own {
        if !counts.iter().any(|count| count["emoji"] == *emoji) {
            counts.push(json!({"emoji": emoji, "count": 0, "mine": true}));
        }
    }
    counts
}

fn shown(counts: impl Iterator<Item = Value>, own: &[Value]) -> Vec<Value> {
    let mut counts: Vec<Value> = counts.collect();
    for count in counts.iter_mut().filter_map(Value::as_object_mut) {
        count.remove("mine");
        if count.get("emoji").is_some_and(|emoji| own.contains(emoji)) {
            count.insert("mine".to_owned(), json!(true));
        }
    }
    counts
}
