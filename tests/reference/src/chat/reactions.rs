//! What is counted of a message: views, and reactions, how often which, and which are the account's own.

use serde_json::{Map, Value, json};

use crate::own::list;

/// Takes over how often everybody reacts with which. Whose the update is not about keeps its own.
pub(super) fn changed(message: &mut Map<String, Value>, me: i64, update: &Value) {
    let own = if update["account"] == me {
        update["chosen"].as_array().cloned().unwrap_or_default()
    } else {
        own(message)
    };
    put(message, &own, &update["reactions"]);
}

/// Takes over what was counted: views only rise; what is absent is as before.
pub(super) fn counted(message: &mut Map<String, Value>, count: &Value) {
    let views = message.get("views").and_then(Value::as_i64).max(count["views"].as_i64());
    if let Some(views) = views {
        message.insert("views".to_owned(), json!(views));
    }
    if let Some(counts) = count.get("reactions") {
        put(message, &own(message), counts);
    }
}

/// What the account itself reacts with.
fn own(message: &Map<String, Value>) -> Vec<Value> {
    let known = message.get("reactions").unwrap_or(&Value::Null);
    let own = list(known).filter(|count| count["mine"] == true);
    own.map(|count| count["emoji"].clone()).collect()
}

fn put(message: &mut Map<String, Value>, own: &[Value], counts: &Value) {
    let mut counts: Vec<Value> = list(counts).cloned().collect();
    for count in &mut counts {
        if own.contains(&count["emoji"]) {
            count["mine"] = json!(true);
        }
    }
    if counts.is_empty() {
        message.remove("reactions");
    } else {
        message.insert("reactions".to_owned(), json!(counts));
    }
}
