//! What is counted of a message: views, and reactions, how often which, and which are the account's own.

use serde_json::{Map, Value, json};

use crate::own::list;

/// Takes over how often everybody reacts with which. Whose the update is not about keeps its own.
pub(super) fn changed(message: &mut Map<String, Value>, me: i64, update: &Value) {
    let own = if update["account"] == me {
        list(&update["chosen"]).cloned().collect()
    } else {
        own(message)
    };
    put(message, marked(&update["reactions"], &own));
}

/// Takes over what the account itself reacts with, where many follow: what was counted stands until it is counted again.
pub(super) fn chosen(message: &mut Map<String, Value>, own: &[Value]) {
    let mut counts = marked(message.get("reactions").unwrap_or(&Value::Null), own);
    counts.retain(|count| count["count"] != 0);
    put(message, beside(counts, own));
}

/// Takes over what was counted: views only rise; what is absent is as before.
pub(super) fn counted(message: &mut Map<String, Value>, count: &Value) {
    let views = message.get("views").and_then(Value::as_i64).max(count["views"].as_i64());
    if let Some(views) = views {
        message.insert("views".to_owned(), json!(views));
    }
    if let Some(counts) = count.get("reactions") {
        let own = own(message);
        put(message, beside(marked(counts, &own), &own));
    }
}

/// What the account itself reacts with.
fn own(message: &Map<String, Value>) -> Vec<Value> {
    let known = list(message.get("reactions").unwrap_or(&Value::Null));
    let own = known.filter(|count| count["mine"] == true);
    own.map(|count| count["emoji"].clone()).collect()
}

/// Counts, with which of them are the account's own.
fn marked(counts: &Value, own: &[Value]) -> Vec<Value> {
    let mut counts: Vec<Value> = list(counts).cloned().collect();
    for count in counts.iter_mut().filter_map(Value::as_object_mut) {
        count.remove("mine");
        if count.get("emoji").is_some_and(|emoji| own.contains(emoji)) {
            count.insert("mine".to_owned(), json!(true));
        }
    }
    counts
}

/// What the account chose beside what was counted, which counts for nothing yet, stands behind it.
fn beside(mut counts: Vec<Value>, own: &[Value]) -> Vec<Value> {
    for emoji in own {
        if !counts.iter().any(|count| count["emoji"] == *emoji) {
            counts.push(json!({"emoji": emoji, "count": 0, "mine": true}));
        }
    }
    counts
}

fn put(message: &mut Map<String, Value>, counts: Vec<Value>) {
    if counts.is_empty() {
        message.remove("reactions");
    } else {
        message.insert("reactions".to_owned(), Value::Array(counts));
    }
}
