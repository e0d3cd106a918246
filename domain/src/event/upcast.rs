//! Old shapes of events, read as today's: the one file that knows them.
//!
//! It is asked only about what today's types refuse, so that what is written today costs nothing more to read. Optional fields
//! need no entry here. Each old shape has an example in `tests/golden/<type>.v<n>.json`.

use serde_json::{Map, Value};

use crate::chat::Right;

/// A stored event in today's shape, if its shape is a known old one.
pub(super) fn today(name: &str, json: &str) -> Option<Value> {
    let mut event: Value = serde_json::from_str(json).ok()?;
    let data = event.get_mut("data")?.as_object_mut()?;
    match name {
        "chat.messages_deleted" => deleted_one_by_one(data)?,
        "chat.role_changed" => admins_had_all_rights(data)?,
        _ => return None,
    }
    Some(event)
}

/// v0: a deletion was of one message, `{"message":7}`.
fn deleted_one_by_one(data: &mut Map<String, Value>) -> Option<()> {
    let message = data.remove("message")?;
    data.insert("messages".to_owned(), Value::Array(vec![message]));
    Some(())
}

/// v0: an admin had all rights, so the role was `"admin"` alone.
fn admins_had_all_rights(data: &mut Map<String, Value>) -> Option<()> {
    let role = data.get_mut("role").filter(|role| **role == "admin")?;
    let rights = [
        Right::ChangeInfo,
        Right::AddMembers,
        Right::RemoveMembers,
        Right::DeleteMessages,
        Right::Promote,
    ];
    *role = serde_json::json!({ "admin": rights });
    Some(())
}
