//! A client that follows chats with a sequence of their own, as `docs/API.md` tells: one number a chat, and what is missing is asked for; beside the
//! number of its own updates.

use std::collections::BTreeMap;

use heliograph_tests::client::socket::{Frame, Socket};
use heliograph_tests::client::view::Cursor;
use heliograph_tests::deadline::PATIENCE;
use heliograph_tests::{Client, Device};
use serde_json::Value;
use tokio::time::timeout;

/// What a device knows of the chats that it follows, from their first update on.
pub(super) struct Follower {
    client: Client,
    socket: Socket,
    chats: BTreeMap<String, Vec<Value>>,
    /// The number of the last update of its own.
    last: i64,
    own: Vec<Value>,
}

/// Bytes that the line of one who sleeps holds.
const NARROW: u32 = 4_096;

impl Follower {
    /// Connects, knowing nothing.
    pub(super) async fn begin(device: &Device) -> Self {
        let socket = Socket::connect(&device.client.address.authority()).await;
        Self::on(socket.expect("the server is there"), device, None).await
    }

    /// The same on a line that holds little: as long as it does not listen, what it is told stays with the server.
    pub(super) async fn begin_asleep(device: &Device) -> Self {
        let socket = Socket::connect_narrow(&device.client.address.authority(), NARROW).await;
        Self::on(socket.expect("the server is there"), device, None).await
    }

    /// Comes back with what the device knew.
    pub(super) async fn come_back(device: &Device, cursor: Cursor) -> Self {
        let socket = Socket::connect(&device.client.address.authority()).await;
        Self::on(socket.expect("the server is there"), device, Some(cursor)).await
    }

    async fn on(mut socket: Socket, device: &Device, cursor: Option<Cursor>) -> Self {
        let ready = socket.open(&device.client.token, cursor).await.expect("an answer");
        let Frame::Said(ready) = ready else { panic!("{ready:?}") };
        assert_eq!(ready["type"], "ready", "{ready}");
        Self {
            client: device.client.clone(),
            socket,
            chats: BTreeMap::new(),
            last: cursor.map_or_else(|| ready["head"].as_i64().expect("a number"), |cursor| cursor.seq),
            own: Vec::new(),
        }
    }

    /// Listens until it is told of a message with this text.
    pub(super) async fn comes_to(&mut self, chat: &str, text: &str) {
        self.comes_to_know(chat, text, |update| update["message"]["text"] == text).await;
    }

    /// Listens until it is told of something like that.
    pub(super) async fn comes_to_know(&mut self, chat: &str, what: &str, is_it: impl Fn(&Value) -> bool) {
        self.listen_until(what, |follower| follower.updates(chat).iter().any(&is_it)).await;
    }

    /// Listens until it is told, among its own updates, that a chat has a sequence of its own: what comes in that one may come before it.
    pub(super) async fn comes_to_follow(&mut self, chat: &str) {
        let is_it = |update: &Value| update["type"] == "sequence_begun";
        self.listen_until("sequence_begun", |follower| follower.own_of(chat).any(is_it))
            .await;
    }

    async fn listen_until(&mut self, what: &str, is_told: impl Fn(&Self) -> bool) {
        let heard = timeout(PATIENCE, async {
            while !is_told(self) {
                match self.socket.hear().await {
                    Ok(Frame::Said(frame)) => self.take(&frame).await,
                    other => panic!("waited for {what:?}, got {other:?}"),
                }
            }
        });
        let reached = heard.await.is_ok();
        assert!(reached, "never {what:?}: {:?}", self.chats);
    }

    /// What was told of a chat, in the order of its numbers, without what may be told otherwise later.
    pub(super) fn told(&self, chat: &str) -> Vec<(Value, Value)> {
        let fact = |update: &Value| (update["type"].clone(), update["at"].clone());
        self.updates(chat).iter().map(fact).collect()
    }

    /// What it was told that was said in a chat: among its own updates, and behind them in the chat's.
    pub(super) fn heard(&self, chat: &str) -> Vec<&str> {
        let own = self.own_of(chat);
        let is_said = |update: &Value| update["type"] == "message_sent";
        let said = own.chain(self.updates(chat)).filter(|update| is_said(update));
        said.map(|update| update["message"]["text"].as_str().expect("a text")).collect()
    }

    /// What was told of a chat among its own updates.
    pub(super) fn own_of(&self, chat: &str) -> impl Iterator<Item = &Value> {
        self.own.iter().filter(move |update| update["chat"] == chat)
    }

    /// All that was told of a chat.
    pub(super) fn updates(&self, chat: &str) -> &[Value] {
        self.chats.get(chat).map_or(&[], Vec::as_slice)
    }

    async fn take(&mut self, frame: &Value) {
        match frame["type"].as_str() {
            Some("heads") => {
                for (chat, head) in frame["chats"].as_object().expect("chats") {
                    self.reach(chat, head.as_i64().expect("a number")).await;
                }
            }
            Some("chat_updates") => {
                let chat = frame["chat"].as_str().expect("a chat").to_owned();
                let first = frame["first"].as_i64().expect("a number");
                self.reach(&chat, first - 1).await;
                self.apply(&chat, first, frame["updates"].as_array().expect("updates"));
            }
            Some("updates") => {
                assert_eq!(frame["first"], self.last + 1, "a gap, or again: {frame}");
                let updates = frame["updates"].as_array().expect("updates");
                self.last += i64::try_from(updates.len()).expect("few");
                self.own.extend(updates.iter().cloned());
            }
            _ => {}
        }
    }

    /// Asks for what is missing up to a number.
    async fn reach(&mut self, chat: &str, head: i64) {
        while self.last_of(chat) < head {
            let after = self.last_of(chat);
            let page = self
                .client
                .get(format!("/v1/chats/{chat}/updates?after={after}&limit=3"))
                .await
                .accepted();
            let updates = page["updates"].as_array().expect("updates");
            assert!(!updates.is_empty(), "nothing behind {after} of {head}: {page}");
            self.apply(chat, page["first"].as_i64().expect("a number"), updates);
        }
    }

    /// What is not more is old; what is one more comes next.
    fn apply(&mut self, chat: &str, first: i64, updates: &[Value]) {
        let known = self.chats.entry(chat.to_owned()).or_default();
        for (number, update) in (first..).zip(updates) {
            let last = i64::try_from(known.len()).expect("few");
            assert!(number <= last + 1, "a gap before {number}: {last} are known");
            if number == last + 1 {
                known.push(update.clone());
            }
        }
    }

    fn last_of(&self, chat: &str) -> i64 {
        self.chats.get(chat).map_or(0, |known| i64::try_from(known.len()).expect("few"))
    }
}
