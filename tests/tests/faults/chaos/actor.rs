//! A device whose owner does whatever comes to mind.

use std::sync::Arc;
use std::time::Duration;

use heliograph_tests::Device;
use heliograph_tests::client::http::Answer;
use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use serde_json::Value;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::command::{Command, Way, Wish};
use super::ledger::{Chat, Ledger};

mod deeds;

/// How many accepted commands an actor remembers, to send them again.
const REMEMBERED: usize = 50;
/// The longest pause between two deeds, in milliseconds.
const PAUSE: u64 = 60;

/// A device whose owner does whatever comes to mind.
pub(super) struct Actor {
    device: Device,
    ledger: Arc<Ledger>,
    chance: StdRng,
    /// Its own messages that are not deleted.
    mine: Vec<(String, i64)>,
    /// Accepted commands with their answers.
    remembered: Vec<(Command, Value)>,
    lines: u64,
}

impl Actor {
    pub(super) fn new(device: Device, ledger: Arc<Ledger>, chance: StdRng) -> Self {
        Self {
            device,
            ledger,
            chance,
            mine: Vec::new(),
            remembered: Vec::new(),
            lines: 0,
        }
    }

    /// Does one thing after the other.
    pub(super) async fn act(mut self, over: CancellationToken) {
        while !over.is_cancelled() {
            match self.chance.random_range(0..100) {
                0..60 => self.send().await,
                60..67 => self.edit().await,
                67..72 => self.delete().await,
                72..82 => self.read().await,
                82..87 => self.again().await,
                87..93 => self.reconnect().await,
                93..98 => self.change_members().await,
                _ => self.rename().await,
            }
            sleep(Duration::from_millis(self.chance.random_range(0..PAUSE))).await;
        }
        self.device.online();
    }

    async fn settle(&mut self, wish: Wish) -> Answer {
        let command = Command {
            id: Uuid::from_u128(self.chance.random()),
            wish,
        };
        let way = match self.chance.random_range(0..10) {
            0..5 => Way::Asked,
            5..8 => Way::Said,
            _ => Way::Twice,
        };
        let answer = command.settle(&self.device, way).await;
        // What changed nothing was not recorded, and is decided anew.
        if answer.status.is_success() && answer.position.is_some() {
            self.remembered.push((command, answer.body.clone()));
            if self.remembered.len() > REMEMBERED {
                self.remembered.swap_remove(0);
            }
        }
        answer
    }

    /// Whether it was accepted. Nobody who is in a chat for ever may hear that there is no such chat.
    fn accepted(&self, chat: &Chat, answer: &Answer) -> bool {
        let accepted = answer.status.is_success();
        self.ledger.note(|entries| {
            entries.settled += 1;
            entries.refused += u64::from(!accepted);
        });
        let not_in = answer.code() == Some("chat_not_found") && !chat.has_for_ever(self.device.account);
        assert!(accepted || not_in, "{}: {} {}", self.device, answer.status, answer.text);
        accepted
    }

    fn line(&mut self) -> String {
        self.lines += 1;
        format!("{}.{} line {}", self.device.account, self.device.number, self.lines)
    }

    fn chat(&self, id: &str) -> Chat {
        self.ledger
            .chats
            .iter()
            .find(|chat| chat.id == id)
            .expect("a chat of this run")
            .clone()
    }

    /// A chat that it is in, as far as it knows, or was in.
    fn any_chat(&mut self) -> Chat {
        let account = self.device.account;
        let mine: Vec<&Chat> = self
            .ledger
            .chats
            .iter()
            .filter(|chat| chat.other.is_none() || chat.has_for_ever(account))
            .collect();
        (*mine.choose(&mut self.chance).expect("there are chats")).clone()
    }

    fn own_group(&mut self) -> Option<Chat> {
        let account = self.device.account;
        let own: Vec<&Chat> = self
            .ledger
            .chats
            .iter()
            .filter(|chat| chat.other.is_none() && chat.owner == account)
            .collect();
        own.choose(&mut self.chance).map(|chat| (*chat).clone())
    }
}
