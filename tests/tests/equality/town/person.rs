//! What one of them does, beyond one request.

use heliograph_tests::Observer;
use heliograph_tests::deadline::eventually;
use heliograph_tests::world::person::authorise;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Person, lock, one_of, settled};
use crate::deed::{Deed, Pick, Saying};

impl Person<'_> {
    pub(super) async fn live(&mut self, deeds: &[(usize, Deed)]) {
        let own = self.number;
        for (_, deed) in deeds.iter().filter(|(who, _)| *who == own) {
            self.act(deed).await;
        }
    }

    async fn act(&mut self, deed: &Deed) {
        match deed {
            Deed::Look { page, rest, open } => {
                let observer = Observer::look(&self.me.client, *page, *rest, *open).await;
                self.observers.push(observer);
            }
            Deed::CatchUp { limit, in_chats } => {
                for observer in &mut self.observers {
                    observer.catch_up(*limit, *in_chats).await;
                }
            }
            Deed::Say { chat, how } => self.say(*chat, *how).await,
            Deed::Forward { chat, message, to } => self.forward(*chat, *message, *to).await,
            Deed::Found { alone } => self.found(*alone).await,
            Deed::FoundChannel => self.found_by("/v1/channels", &json!({"title": self.town.word()})).await,
            Deed::MakeLink { chat, requests } => self.make_link(*chat, *requests).await,
            Deed::AuthoriseDevice => {
                let device = authorise(&self.town.world.admin, self.me.account, "another").await;
                self.devices.push(device.number);
            }
            Deed::Suspend => self.suspended().await,
            Deed::Guard => self.guarded().await,
            Deed::BeReached => self.reached().await,
            deed => {
                if let Some(call) = self.call(deed) {
                    settled(call.await);
                }
            }
        }
    }

    async fn say(&self, chat: Pick, how: Saying) {
        let (chat, top) = self.town.chat(chat);
        let mut body = json!({"text": self.town.word()});
        match how {
            Saying::Plainly => {}
            Saying::Replying | Saying::Quoting if top == 0 => {}
            Saying::Replying => {
                body["reply_to"] = json!(top);
                body["entities"] = json!([{"type": "bold", "offset": 0, "length": 4}]);
            }
            Saying::Quoting => {
                body["reply_to"] = json!(top);
                body["quote"] = json!({"offset": 0, "length": 4});
            }
            Saying::Mentioning => {
                let other = self.other(Pick::default());
                body["entities"] = json!([{"type": "text_mention", "offset": 0, "length": 4, "account": other}]);
            }
            Saying::Location => body = json!({"location": {"latitude": 51.5, "longitude": -0.1}, "silent": true}),
            Saying::Contact => body = json!({"contact": {"phone": "+4915123456789", "name": self.town.word()}, "extra": {"a": 1}}),
        }
        self.post(&chat, "messages", &body).await;
    }

    async fn forward(&self, chat: Pick, message: Pick, to: Pick) {
        let (from, top) = self.town.chat(chat);
        let body = json!({"from_chat": from, "messages": [one_of(top, message)]});
        self.post(&self.town.chat(to).0, "forward", &body).await;
    }

    async fn post(&self, chat: &str, what: &str, body: &Value) {
        let said = settled(self.me.client.post(format!("/v1/chats/{chat}/{what}"), body).await);
        self.town.note(chat, &said);
    }

    async fn found(&self, alone: bool) {
        let others: Vec<i64> = self.town.people.iter().map(|other| other.account).filter(|_| !alone).collect();
        self.found_by("/v1/chats", &json!({"title": self.town.word(), "members": others}))
            .await;
    }

    async fn found_by(&self, path: &str, body: &Value) {
        self.town.founded(&settled(self.me.client.post(path, body).await));
    }

    async fn make_link(&self, chat: Pick, requests: bool) {
        let (chat, _) = self.town.chat(chat);
        let path = format!("/v1/chats/{chat}/links");
        let made = settled(self.me.client.post(path, &json!({"requests": requests})).await);
        if let (Some(link), Some(token)) = (made["link"]["id"].as_i64(), made["link"]["token"].as_str()) {
            lock(&self.town.links).push((chat, link, token.to_owned()));
        }
    }

    /// Is kept from acting for a moment, and may act again.
    async fn suspended(&self) {
        for change in ["suspend", "restore"] {
            let path = format!("/v1/admin/accounts/{}/{change}", self.me.account);
            settled(self.town.world.admin.post(path, &json!({})).await);
        }
        eventually("it may act again", async || {
            let me = self.me.client.get("/v1/me").await;
            (me.status == StatusCode::OK).then_some(())
        })
        .await;
    }
}
