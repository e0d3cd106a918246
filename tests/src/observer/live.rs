//! Following updates, and chats' own sequences, over WebSockets that break.

use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{AGAIN, ALL, Observer};
use crate::chance::command_id;
use crate::client::socket::{Frame, Socket};
use crate::client::view::Cursor;

/// The longest life of a socket, in milliseconds.
const LIFE: u64 = 1_500;

impl Observer {
    /// Follows the updates until it is over. Each socket is cut after a while, in the middle of whatever it says; now and then, what is wanted is
    /// fetched then, or everything is begun anew.
    pub async fn follow(mut self, over: CancellationToken, mut chance: StdRng) -> Self {
        while !over.is_cancelled() {
            let life = Duration::from_millis(chance.random_range(10..LIFE));
            tokio::select! {
                () = over.cancelled() => {}
                () = sleep(life) => {}
                _ = self.listen() => sleep(AGAIN).await,
            }
            match chance.random_range(0..20) {
                0 => {
                    let client = self.client.clone();
                    self = Self::look(&client, self.page, false, self.open).await;
                }
                1..6 => self.fetch_wanted().await,
                _ => {}
            }
        }
        self
    }

    /// One connection.
    async fn listen(&mut self) -> anyhow::Result<()> {
        let mut socket = Socket::connect(&self.client.address.authority()).await?;
        let reference::Cursor { epoch, seq, at } = self.state.cursor;
        let mut heard = socket.open(&self.client.token, Some(Cursor { epoch, seq, at })).await?;
        loop {
            let Frame::Said(frame) = heard else {
                anyhow::bail!("the server closed")
            };
            assert_ne!(frame["type"], "resync", "what it knows is of this history: {frame}");
            self.takes(&frame).await;
            heard = socket.hear().await?;
        }
    }

    /// Connects for as long as it takes to hear what is said before a call's answer: which chats it follows.
    pub(super) async fn hear_heads(&mut self) -> anyhow::Result<()> {
        let mut socket = Socket::connect(&self.client.address.authority()).await?;
        let reference::Cursor { epoch, seq, at } = self.state.cursor;
        socket.open(&self.client.token, Some(Cursor { epoch, seq, at })).await?;
        let call = json!({"type": "call", "id": command_id(), "method": "GET", "path": "/v1/me"});
        socket.say(&call).await?;
        loop {
            let Frame::Said(frame) = socket.hear().await? else {
                anyhow::bail!("the server closed")
            };
            if frame["type"] == "done" {
                return Ok(());
            }
            self.takes(&frame).await;
        }
    }

    /// What is missing in a chat is asked for: behind where it stands, and in a gap.
    async fn takes(&mut self, frame: &Value) {
        let updates = (frame["first"].as_i64(), frame["updates"].as_array());
        match (frame["type"].as_str(), updates) {
            (Some("updates"), (Some(first), Some(updates))) => {
                for (seq, update) in (first..).zip(updates) {
                    self.apply(seq, update);
                }
            }
            (Some("chat_updates"), (Some(first), Some(updates))) => {
                let chat = frame["chat"].as_str().expect("a chat");
                if self.apply_chat(chat, first, updates).is_err() {
                    while self.catch_up_in(chat, ALL).await > 0 {}
                }
            }
            (Some("heads"), _) => {
                let chats = frame["chats"].as_object().expect("chats");
                if self.next.is_none() {
                    self.state.follows(chats.keys());
                }
                for chat in chats.keys() {
                    while self.catch_up_in(chat, ALL).await > 0 {}
                }
            }
            _ => {}
        }
    }
}
