//! Reactions to a message: how often which, and which are the account's own.

use serde_json::{Map, Value, json};

use crate::own::list;

/// Takes over how often everybody reacts with which. Whose the update is not about keeps its own.
pub(super) fn changed(message: &mut Map<String, Value>, me: i64, update: &Value) {
    let own = if update["account"] == me {
        update["chosen"].as_array().cloned().unwrap_or_default()
    } else {
        let known = message.get("reactions").unwrap_or(&Value::Null);
        list(known)
            .filter(|count| count["mine"] == true)
            .map(|count| count["emoji"].clone())
            .collect()
    };
    let mut counts: Vec<Value> = list(&update["reactions"]).cloned().collect();
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
