//! What a device's owner may have in mind, and what is written down of it.

use std::time::Duration;

use heliograph_tests::client::device::message_id;
use rand::RngExt as _;
use rand::seq::IndexedRandom as _;
use tokio::time::sleep;

use super::Actor;
use crate::chaos::command::{Way, Wish};
use crate::chaos::ledger::Sent;

impl Actor {
    pub(super) async fn send(&mut self) {
        let chat = self.any_chat();
        let heard: Vec<i64> = self.device.knows(|view| {
            view.chats
                .get(&chat.id)
                .map(|chat| chat.messages.keys().copied().collect())
                .unwrap_or_default()
        });
        let reply_to = heard.choose(&mut self.chance).copied().filter(|_| self.chance.random_bool(0.1));
        let text = self.line();
        let answer = self
            .settle(Wish::Send {
                chat: chat.id.clone(),
                text: text.clone(),
                reply_to,
            })
            .await;
        if reply_to.is_some() && answer.code() == Some("message_deleted") {
            return;
        }
        if self.accepted(&chat, &answer) {
            let (key, from) = ((chat.id, message_id(&answer.body)), self.device.account);
            let before = self
                .ledger
                .note(|entries| entries.sent.insert(key.clone(), Sent { from, text, reply_to }));
            assert!(before.is_none(), "{}: {key:?} was given twice", self.device);
            self.mine.push(key);
        }
    }

    pub(super) async fn edit(&mut self) {
        let Some((chat, message)) = self.mine.choose(&mut self.chance).cloned() else {
            return;
        };
        let text = self.line();
        let wish = Wish::Edit {
            chat: chat.clone(),
            message,
            text: text.clone(),
        };
        let answer = self.settle(wish).await;
        if self.accepted(&self.chat(&chat), &answer) {
            self.ledger
                .note(|entries| entries.sent.get_mut(&(chat, message)).expect("it was sent").text = text);
        }
    }

    pub(super) async fn delete(&mut self) {
        if self.mine.is_empty() {
            return;
        }
        let (chat, message) = self.mine.swap_remove(self.chance.random_range(0..self.mine.len()));
        let answer = self
            .settle(Wish::Delete {
                chat: chat.clone(),
                messages: vec![message],
            })
            .await;
        if self.accepted(&self.chat(&chat), &answer) {
            self.ledger.note(|entries| entries.deleted.insert((chat, message)));
        }
    }

    pub(super) async fn read(&mut self) {
        let chat = self.any_chat();
        let last = self
            .device
            .knows(|view| view.chats.get(&chat.id).and_then(|chat| Some(*chat.messages.last_key_value()?.0)));
        let Some(up_to) = last else { return };
        let answer = self
            .settle(Wish::Read {
                chat: chat.id.clone(),
                up_to,
            })
            .await;
        if self.accepted(&chat, &answer) {
            let key = (chat.id, self.device.account);
            self.ledger.note(|entries| {
                let mark = entries.read.entry(key).or_default();
                *mark = up_to.max(*mark);
            });
        }
    }

    /// Sends an accepted command again: nothing happens, and the answer is the first one.
    pub(super) async fn again(&mut self) {
        let Some((command, first)) = self.remembered.choose(&mut self.chance).cloned() else {
            return;
        };
        let answer = command.settle(&self.device, Way::Asked).await;
        assert!(
            answer.status.is_success(),
            "{}: {command:?} was accepted once, and now: {}",
            self.device,
            answer.text
        );
        assert_eq!(answer.body, first, "{}: {command:?}", self.device);
    }

    pub(super) async fn reconnect(&mut self) {
        self.device.offline().await;
        if self.chance.random_bool(0.7) {
            sleep(Duration::from_millis(self.chance.random_range(0..3000))).await;
        }
        let leisure = if self.chance.random_bool(0.2) {
            self.chance.random_range(1..50)
        } else {
            0
        };
        self.device.online_at_leisure(Duration::from_millis(leisure));
    }

    pub(super) async fn change_members(&mut self) {
        let Some(chat) = self.own_group() else { return };
        let others: Vec<i64> = self
            .ledger
            .people
            .iter()
            .copied()
            .filter(|account| *account != self.device.account)
            .collect();
        let account = *others.choose(&mut self.chance).expect("there are others");
        let add = self.chance.random_bool(0.6);
        let id = chat.id.clone();
        let answer = self
            .settle(if add {
                Wish::Add { chat: id, account }
            } else {
                Wish::Remove { chat: id, account }
            })
            .await;
        if answer.code() != Some("member_not_found") {
            self.accepted(&chat, &answer);
        }
    }

    pub(super) async fn rename(&mut self) {
        let Some(chat) = self.own_group() else { return };
        let title = self.line();
        let answer = self
            .settle(Wish::Rename {
                chat: chat.id.clone(),
                title,
            })
            .await;
        self.accepted(&chat, &answer);
    }
}
