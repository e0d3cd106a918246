//! What must hold at the end of every story.

use crate::client::device::Device;
use crate::client::http::Client;
use crate::client::snapshot;
use crate::client::update::{Message, Tidings};
use crate::client::view::{Chat, Cursor};

use super::World;
use super::person::Person;

impl World {
    /// Checks what must hold after any story, and ends the server:
    /// - every device has every update, exactly once, in order; long polling tells the same as the WebSocket;
    /// - what devices made of their updates is what queries answer, on every device;
    /// - unread counts equal a recount;
    /// - no projection parked a fact, nothing panicked, the server ends in good order when told to.
    pub async fn finish(mut self) {
        self.settle().await;
        self.nothing_parked().await;
        let status = self.server.stop().await;
        assert!(status.success(), "the server ended with {status}:\n{}", self.server.last_words());
        let said = self.server.said();
        assert!(!said.contains("panicked"), "the server panicked:\n{said}");
        self.finished = true;
    }

    /// Brings every device online and up to date, and compares what they know.
    pub async fn settle(&self) {
        let now = self.now().await;
        for person in &self.people {
            for device in person.devices() {
                if !ended(device).await {
                    device.online();
                    caught_up(device, &now).await;
                    in_order(device);
                }
            }
        }
        for person in &self.people {
            agree(person, &now).await;
        }
    }

    async fn nothing_parked(&self) {
        for (metric, value) in self.server.metrics("heliograph").await {
            assert!(
                !metric.contains("parked") || value == 0.0,
                "{metric} is {value}:\n{}",
                self.server.last_words()
            );
        }
    }
}

async fn ended(device: &Device) -> bool {
    device.client.get("/v1/me").await.status == 401
}

/// Reads the whole sequence, as far as it is kept, by polling; the device must have heard the same.
async fn caught_up(device: &Device, now: &str) {
    let told_after = device.knows(|view| view.cursor_at(view.told_after));
    let after = kept_after(device, told_after).await;
    let polled = poll(&device.client, after, now).await;
    let (skipped, length) = (usize::try_from(after.seq - told_after.seq).expect("it is positive"), polled.len());
    let head = after.seq + i64::try_from(length).expect("it is small");
    device
        .comes_to_know(&format!("catches up with {head}"), |view| view.seq >= head)
        .await;
    let facts = |tidings: &[Tidings]| tidings.iter().map(Tidings::fact).collect::<Vec<_>>();
    let told = device.knows(|view| facts(&view.told[skipped..skipped + length]));
    assert_eq!(told, facts(&polled), "{device}: polling tells something else than the WebSocket");
}

/// The lowest cursor from `after` on that is of use.
async fn kept_after(device: &Device, after: Cursor) -> Cursor {
    let page = device.client.get(format!("/v1/updates?{}&limit=1", after.query())).await;
    if page.code() != Some("resync") {
        return after;
    }
    let floor = page.body["floor"].as_i64().expect("a floor");
    device
        .comes_to_know(&format!("has come to {floor}"), |view| view.seq >= floor)
        .await;
    device.knows(|view| view.cursor_at(floor))
}

/// Everything behind `after`, by polling.
pub async fn poll(client: &Client, after: Cursor, now: &str) -> Vec<Tidings> {
    let (mut after, mut all) = (after, Vec::new());
    loop {
        let page = client
            .get(format!("/v1/updates?{}&limit=100", after.query()))
            .at(now)
            .await
            .accepted();
        let updates = page["updates"].as_array().unwrap_or_else(|| panic!("no updates: {page}"));
        for update in updates {
            (after.seq, after.at) = (after.seq + 1, update["at"].as_i64());
            assert_eq!(update["seq"], after.seq, "polling left a gap: {page}");
            all.push(Tidings::read(update));
        }
        if updates.is_empty() {
            let head = (page["head"].as_i64(), page["head_at"].as_i64());
            assert_eq!(head, (Some(after.seq), after.at), "nothing behind {after:?}, and yet: {page}");
            return all;
        }
    }
}

/// No message came twice, none before an earlier one.
fn in_order(device: &Device) {
    let sent = device.knows(|view| {
        let sent = view.told.iter().filter_map(|tidings| match tidings {
            Tidings::MessageSent { chat, message } => Some((chat.clone(), message.id)),
            _ => None,
        });
        sent.collect::<Vec<_>>()
    });
    let mut last = std::collections::BTreeMap::new();
    for (chat, id) in sent {
        let before = last.insert(chat.clone(), id).unwrap_or(0);
        assert!(before < id, "{device}: message {id} of {chat} came after {before}");
    }
}

/// Queries answer what the person's devices know.
async fn agree(person: &Person, now: &str) {
    for device in person.devices() {
        if ended(device).await {
            continue;
        }
        device.client.get("/v1/chats?limit=1").at(now).await.accepted();
        let snapshot = snapshot::take(&device.client).await.expect("queries are answered");
        for (id, asked) in &snapshot {
            device.knows(|view| same(device, id, asked, view.chat(id)));
        }
        for listed in snapshot::chats_of(&device.client).await.expect("queries are answered") {
            recount(device, &listed, &snapshot);
        }
    }
}

/// What a device heard and did not hear deleted is what is listed.
fn same(device: &Device, id: &str, asked: &Chat, heard: &Chat) {
    for message in heard.messages.values().filter(|message| message.from.is_some()) {
        match asked.messages.get(&message.id) {
            Some(asked) => {
                assert!(!message.deleted, "{device}: message {} of {id} is listed, yet deleted", message.id);
                assert_eq!(essence(asked), essence(message), "{device}: message {} of {id}", message.id);
            }
            None => assert!(message.deleted, "{device}: message {} of {id} is not listed", message.id),
        }
    }
}

fn essence(message: &Message) -> (Option<i64>, Option<&str>, Option<i64>, Option<i64>, bool) {
    (
        message.from,
        message.text.as_deref(),
        message.reply_to,
        message.edited_at,
        message.erased,
    )
}

fn recount(device: &Device, listed: &serde_json::Value, chats: &std::collections::BTreeMap<String, Chat>) {
    let chat = &chats[listed["id"].as_str().expect("a chat has an id")];
    let read = listed["read_up_to"].as_i64().unwrap_or_default();
    let unread = chat.messages.range(read + 1..).count();
    assert_eq!(listed["unread"], unread, "{device}: unread of {listed}");
}
