//! A few people and their chats: whatever they do, they do at the door.

use std::collections::BTreeMap;
use std::sync::Mutex;

use futures::future::join_all;
use heliograph_tests::client::http::Call;
use heliograph_tests::deadline::eventually;
use heliograph_tests::world::person::authorise;
use heliograph_tests::{Answer, Client, Device, Observer};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::deed::{Deed, PEOPLE, Pick};

/// What people react with.
const REACTIONS: [&[&str]; 4] = [&[], &["👍"], &["👍", "🎉"], &["❤"]];

/// People who know each other, and the chats that there are.
pub(crate) struct Town<'a> {
    admin: &'a Client,
    people: Vec<Device>,
    /// Their ids, and the newest message of each.
    chats: Mutex<Vec<(String, i64)>>,
    /// How many things were said or called so far.
    words: Mutex<u64>,
}

/// One of them.
struct Person<'a> {
    town: &'a Town<'a>,
    me: &'a Device,
    number: usize,
    observers: Vec<Observer>,
    /// Further devices, by number.
    devices: Vec<i64>,
}

impl<'a> Town<'a> {
    /// People who are new here: each writes to oneself and to each other, and all are in one group.
    pub(crate) async fn settle(admin: &'a Client) -> Self {
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            let account = admin
                .post("/v1/accounts", &json!({"name": format!("Person {number}")}))
                .await
                .accepted();
            let account = account["account"]["id"].as_i64().expect("an id");
            people.push(authorise(admin, account, "phone").await);
        }
        let mut chats = BTreeMap::new();
        for (number, one) in people.iter().enumerate() {
            for other in &people[number..] {
                let (low, high) = (one.account.min(other.account), one.account.max(other.account));
                chats.insert(format!("dm-{low}-{high}"), 0);
            }
        }
        let others: Vec<i64> = people[1..].iter().map(|other| other.account).collect();
        let group = people[0]
            .client
            .post("/v1/chats", &json!({"title": "All of us", "members": others}))
            .await
            .accepted();
        let group = group["chat"]["id"].as_str().expect("an id").to_owned();
        Self {
            admin,
            people,
            chats: Mutex::new(chats.into_iter().chain([(group, 0)]).collect()),
            words: Mutex::default(),
        }
    }

    /// Everybody does what is theirs, one after the other; all at once. Gives the snapshots that were taken.
    pub(crate) async fn live(&self, deeds: &[(usize, Deed)]) -> Vec<Observer> {
        let life = async |number: usize| {
            let mut person = Person {
                town: self,
                me: &self.people[number],
                number,
                observers: Vec::new(),
                devices: Vec::new(),
            };
            for (_, deed) in deeds.iter().filter(|(who, _)| *who == number) {
                person.act(deed).await;
            }
            person.observers
        };
        join_all((0..PEOPLE).map(life)).await.into_iter().flatten().collect()
    }

    fn chat(&self, which: Pick) -> (String, i64) {
        let chats = self.chats.lock().expect("nobody panics while holding it");
        chats[which.of(chats.len())].clone()
    }

    fn word(&self) -> String {
        let mut words = self.words.lock().expect("nobody panics while holding it");
        *words += 1;
        format!("word {words}")
    }

    fn note(&self, chat: &str, message: i64) {
        let mut chats = self.chats.lock().expect("nobody panics while holding it");
        for (_, top) in chats.iter_mut().filter(|(id, _)| id == chat) {
            *top = message.max(*top);
        }
    }
}

impl Person<'_> {
    async fn act(&mut self, deed: &Deed) {
        match deed {
            Deed::Look { page, rest, open } => {
                let observer = Observer::look(&self.me.client, *page, *rest, *open).await;
                self.observers.push(observer);
            }
            Deed::CatchUp { limit } => {
                for observer in &mut self.observers {
                    observer.catch_up(*limit).await;
                }
            }
            Deed::Say { chat, reply } => self.say(*chat, *reply).await,
            Deed::Found { alone } => self.found(*alone).await,
            Deed::AuthoriseDevice => {
                let device = authorise(self.town.admin, self.me.account, "another").await;
                self.devices.push(device.number);
            }
            Deed::Suspend => self.suspended().await,
            deed => {
                if let Some(call) = self.call(deed) {
                    settled(call.await);
                }
            }
        }
    }

    async fn say(&self, chat: Pick, reply: bool) {
        let (chat, top) = self.town.chat(chat);
        let mut body = json!({"text": self.town.word()});
        if reply && top > 0 {
            body["reply_to"] = json!(top);
            body["entities"] = json!([{"type": "bold", "offset": 0, "length": 4}]);
        }
        let said = settled(self.me.client.post(format!("/v1/chats/{chat}/messages"), &body).await);
        if let Some(message) = said["message"]["id"].as_i64() {
            self.town.note(&chat, message);
        }
    }

    async fn found(&self, alone: bool) {
        let others: Vec<i64> = self.town.people.iter().map(|other| other.account).filter(|_| !alone).collect();
        let body = json!({"title": self.town.word(), "members": others});
        let founded = settled(self.me.client.post("/v1/chats", &body).await);
        if let Some(chat) = founded["chat"]["id"].as_str() {
            self.town
                .chats
                .lock()
                .expect("nobody panics while holding it")
                .push((chat.to_owned(), 0));
        }
    }

    /// Is kept from acting for a moment, and may act again.
    async fn suspended(&self) {
        for change in ["suspend", "restore"] {
            let path = format!("/v1/admin/accounts/{}/{change}", self.me.account);
            settled(self.town.admin.post(path, &json!({})).await);
        }
        eventually("it may act again", async || {
            let me = self.me.client.get("/v1/me").await;
            (me.status == StatusCode::OK).then_some(())
        })
        .await;
    }

    /// What is one request, whatever becomes of it.
    #[expect(clippy::too_many_lines, reason = "a deed an arm")]
    fn call(&self, deed: &Deed) -> Option<Call> {
        let (client, admin) = (&self.me.client, self.town.admin);
        Some(match deed {
            Deed::Edit { chat, message } => {
                let (chat, top) = self.town.chat(*chat);
                let body = json!({"text": self.town.word()});
                client.patch(format!("/v1/chats/{chat}/messages/{}", one_of(top, *message)), &body)
            }
            Deed::Delete { chat, messages } => {
                let (chat, top) = self.town.chat(*chat);
                let messages: Vec<i64> = messages.iter().map(|message| one_of(top, *message)).collect();
                client.post(format!("/v1/chats/{chat}/messages/delete"), &json!({"messages": messages}))
            }
            Deed::Read { chat, up_to } => {
                let (chat, top) = self.town.chat(*chat);
                client.post(format!("/v1/chats/{chat}/read"), &json!({"up_to": one_of(top, *up_to)}))
            }
            Deed::React { chat, message, how } => {
                let (chat, top) = self.town.chat(*chat);
                let path = format!("/v1/chats/{chat}/messages/{}/reactions", one_of(top, *message));
                client.put(path, &json!({"reactions": REACTIONS[how.of(REACTIONS.len())]}))
            }
            Deed::Pin { chat, message } => client.put(self.pin(*chat, *message), &json!({})),
            Deed::Unpin { chat, message } => client.delete(self.pin(*chat, *message)),
            Deed::Hide { chat, message } => {
                let (chat, top) = self.town.chat(*chat);
                client.post(
                    format!("/v1/chats/{chat}/messages/hide"),
                    &json!({"messages": [one_of(top, *message)]}),
                )
            }
            Deed::Clear { chat, up_to } => {
                let (chat, top) = self.town.chat(*chat);
                client.post(format!("/v1/chats/{chat}/clear"), &json!({"up_to": one_of(top, *up_to)}))
            }
            Deed::MarkUnread { chat, unread } => self.set(*unread, self.of(*chat, "/unread"), &json!({})),
            Deed::Mute { chat, muted } => self.set(*muted, self.of(*chat, "/mute"), &json!({"until": 2_000_000_000_000_000_i64})),
            Deed::PinChat { chat, pinned } => self.set(*pinned, format!("/v1/me/pinned/{}", self.town.chat(*chat).0), &json!({})),
            Deed::Archive { chat, archived } => self.set(*archived, self.of(*chat, "/archive"), &json!({})),
            Deed::Draft { chat, any } => self.set(*any, self.of(*chat, "/draft"), &json!({"text": self.town.word()})),
            Deed::Describe { chat, any } => self.set(*any, self.of(*chat, "/description"), &json!({"description": self.town.word()})),
            Deed::Permit { chat, react } => {
                let denied = if *react {
                    json!(["add_members"])
                } else {
                    json!(["add_members", "react"])
                };
                client.put(self.of(*chat, "/permissions"), &json!({"denied": denied}))
            }
            Deed::Protect { chat, protected } => self.set(*protected, self.of(*chat, "/protection"), &json!({})),
            Deed::Restrict { chat, whom, restricted } => {
                let path = self.of(*chat, &format!("/restrictions/{}", self.other(*whom)));
                self.set(*restricted, path, &json!({"denied": ["react"]}))
            }
            Deed::Ban { chat, whom, banned } => {
                let path = self.of(*chat, &format!("/bans/{}", self.other(*whom)));
                self.set(*banned, path, &json!({}))
            }
            Deed::Rename { chat } => client.patch(self.of(*chat, ""), &json!({"title": self.town.word()})),
            Deed::Add { chat, whom } => client.post(self.of(*chat, "/members"), &json!({"account": self.other(*whom)})),
            Deed::Remove { chat, whom } => client.delete(self.of(*chat, &format!("/members/{}", self.other(*whom)))),
            Deed::Leave { chat } => client.post(self.of(*chat, "/leave"), &json!({})),
            Deed::SetRole { chat, whom, admin } => {
                let role = if *admin {
                    json!({"role": "admin", "rights": ["add_members", "change_info"]})
                } else {
                    json!({"role": "member"})
                };
                client.patch(self.of(*chat, &format!("/members/{}", self.other(*whom))), &role)
            }
            Deed::Know { whom, by_name } => {
                let name = by_name.then(|| self.town.word());
                client.put(format!("/v1/me/contacts/{}", self.other(*whom)), &json!({"name": name}))
            }
            Deed::Forget { whom } => client.delete(format!("/v1/me/contacts/{}", self.other(*whom))),
            Deed::Block { whom } => client.put(format!("/v1/me/blocked/{}", self.other(*whom)), &json!({})),
            Deed::Unblock { whom } => client.delete(format!("/v1/me/blocked/{}", self.other(*whom))),
            Deed::Wish { strict } => {
                let who = if *strict { "contacts" } else { "everybody" };
                client.patch("/v1/me/privacy", &json!({"last_seen": who, "add_to_groups": who}))
            }
            Deed::CallOneself { bio } => {
                let bio = if *bio { self.town.word() } else { String::new() };
                client.patch("/v1/me", &json!({"name": self.town.word(), "bio": bio}))
            }
            Deed::TakeUsername { which } => {
                let whose = self.town.people[which.of(PEOPLE)].account;
                client.put("/v1/me/username", &json!({"username": format!("name_{whose}")}))
            }
            Deed::DropUsername => client.delete("/v1/me/username"),
            Deed::RenameDevice { which } => {
                let device = self.device(*which)?;
                client.patch(format!("/v1/me/devices/{device}"), &json!({"name": self.town.word()}))
            }
            Deed::EndDevice { which } => client.delete(format!("/v1/me/devices/{}", self.device(*which)?)),
            Deed::Administer { may } => {
                let change = if *may { "promote" } else { "demote" };
                admin.post(format!("/v1/admin/accounts/{}/{change}", self.me.account), &json!({}))
            }
            Deed::PlanErasure => client.delete("/v1/me"),
            Deed::ThinkBetter => client.post("/v1/me/restore", &json!({})),
            Deed::Look { .. } | Deed::CatchUp { .. } | Deed::Say { .. } | Deed::Found { .. } | Deed::AuthoriseDevice | Deed::Suspend => {
                return None;
            }
        })
    }

    fn pin(&self, chat: Pick, message: Pick) -> String {
        let (chat, top) = self.town.chat(chat);
        format!("/v1/chats/{chat}/pins/{}", one_of(top, message))
    }

    /// Has something be so, or not any more.
    fn set(&self, on: bool, path: String, body: &Value) -> Call {
        if on {
            self.me.client.put(path, body)
        } else {
            self.me.client.delete(path)
        }
    }

    fn of(&self, chat: Pick, path: &str) -> String {
        format!("/v1/chats/{}{path}", self.town.chat(chat).0)
    }

    fn other(&self, whom: Pick) -> i64 {
        let step = 1 + whom.of(PEOPLE - 1);
        self.town.people[(self.number + step) % PEOPLE].account
    }

    fn device(&self, which: Pick) -> Option<i64> {
        (!self.devices.is_empty()).then(|| self.devices[which.of(self.devices.len())])
    }
}

/// One of the messages of a chat with this many; where there is none, one that nobody sent.
fn one_of(top: i64, which: Pick) -> i64 {
    let messages = usize::try_from(top.max(1)).expect("it is small");
    1 + i64::try_from(which.of(messages)).expect("it is small")
}

/// What may be refused, but for no fault of the server's.
fn settled(answer: Answer) -> Value {
    assert!(!answer.status.is_server_error(), "{} {}", answer.status, answer.text);
    answer.body
}
