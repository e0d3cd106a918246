//! Unread counts while members read on.

use futures::future::join_all;
use heliograph_tests::Client;
use heliograph_tests::irc::{Log, Network};
use serde_json::{Value, json};

use super::log::Imported;
use super::told::{Readers, silent};

/// In each chat, who has the most to read reads half of it, is shown to have, and reads the rest.
pub(super) async fn count_down(network: &Network, imported: &Imported, readers: &Readers) {
    let each = |log: &Log| reads(readers[silent(log)].clone(), imported.chats[&log.title].clone(), bounds(log));
    join_all(network.logs.iter().map(each)).await;
}

/// What counts as read for somebody who read nothing, and the last message.
fn bounds(log: &Log) -> (i64, i64) {
    (log.read_by_itself(silent(log)), log.top())
}

async fn reads(reader: Client, chat: String, (read, top): (i64, i64)) {
    let half = i64::midpoint(read, top);
    assert!(read < half && half < top, "somebody has much to read: {read} of {top}");
    let mut position = mark(&reader, &chat, half).await.expect("something was changed");
    let marks = async |position: &str| -> Value {
        let chat = reader.get(format!("/v1/chats/{chat}")).at(position).await.accepted();
        json!([chat["chat"]["read_up_to"], chat["chat"]["unread"]])
    };
    assert_eq!(marks(&position).await, json!([half, top - half]));
    // A mark that is behind changes nothing.
    position = mark(&reader, &chat, read).await.unwrap_or(position);
    assert_eq!(marks(&position).await, json!([half, top - half]));
    position = mark(&reader, &chat, top).await.expect("something was changed");
    assert_eq!(marks(&position).await, json!([top, 0]));
}

/// Marks a chat as read; gives the position that includes it, where something was changed.
async fn mark(reader: &Client, chat: &str, up_to: i64) -> Option<String> {
    let answer = reader.post(format!("/v1/chats/{chat}/read"), &json!({"up_to": up_to})).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    answer.position
}
