//! Who took a snapshot some time ago and applies updates to it since, by the reference client: in the end it is what a fresh snapshot tells.

mod compare;
mod differences;
mod live;

use std::collections::BTreeSet;
use std::time::Duration;

use reference::{Chat, Gap, Kind, State};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::client::http::{Answer, Client};
use crate::deadline::PATIENCE;
use compare::Fresh;

/// How long a client waits before it asks or connects again.
const AGAIN: Duration = Duration::from_millis(50);
/// How many updates are asked for at a time in the end.
const ALL: u32 = 100;

/// Within this it is counted, and told, what many have seen and react with.
const COUNTED: Duration = Duration::from_secs(25);

/// A snapshot of some time ago, and what was applied to it since.
#[derive(Debug)]
pub struct Observer {
    client: Client,
    /// What the reference client made of it.
    pub state: State,
    /// Where its pages go on that were not fetched yet.
    next: Option<String>,
    page: u32,
    /// Whether it keeps all messages and members.
    open: bool,
    /// The kinds of update that it was told.
    pub told: BTreeSet<Kind>,
}

impl Observer {
    /// Takes a snapshot by pages of this length: all of them, or the rest later; with all messages and members.
    pub async fn look(client: &Client, page: u32, rest: bool, open: bool) -> Self {
        let first = ask(client, &format!("/v1/sync?limit={page}")).await.accepted();
        let mut observer = Self {
            client: client.clone(),
            state: State::from_snapshot(&first),
            next: next(&first),
            page,
            open,
            told: BTreeSet::new(),
        };
        if rest {
            observer.rest().await;
        }
        observer.opened().await;
        observer
    }

    /// Applies the next updates, at most so many of the device's, and so many of each chat's own sequence; gives how many there were.
    pub async fn catch_up(&mut self, limit: u32, in_chats: u32) -> usize {
        let path = format!("/v1/updates?{}&limit={limit}", self.state.cursor.query());
        let page = ask(&self.client, &path).await.accepted();
        let updates = page["updates"].as_array().expect("updates");
        for update in updates {
            self.apply(update["seq"].as_i64().expect("a number"), update);
        }
        let mut count = updates.len();
        for chat in self.state.chats.keys().cloned().collect::<Vec<_>>() {
            count += self.catch_up_in(&chat, in_chats).await;
        }
        count
    }

    /// The same in a chat, if it has a sequence of its own. That the account is in it no more, its device is told.
    async fn catch_up_in(&mut self, chat: &str, limit: u32) -> usize {
        let Some(last) = self.state.chats.get(chat).and_then(Chat::last_update) else {
            return 0;
        };
        let path = format!("/v1/chats/{chat}/updates?after={last}&limit={limit}");
        let Some(page) = if_in(ask(&self.client, &path).await) else {
            return 0;
        };
        let updates = page["updates"].as_array().expect("updates");
        self.apply_chat(chat, page["first"].as_i64().expect("a number"), updates)
            .expect("no gap");
        updates.len()
    }

    fn apply(&mut self, seq: i64, update: &Value) {
        self.hears(update);
        self.state.apply(seq, update).expect("no gap");
    }

    fn apply_chat(&mut self, chat: &str, first: i64, updates: &[Value]) -> Result<(), Gap> {
        for update in updates {
            self.hears(update);
        }
        self.state.apply_chat(chat, first, updates)
    }

    fn hears(&mut self, update: &Value) {
        let kind = update["type"].as_str().and_then(Kind::named);
        self.told
            .insert(kind.unwrap_or_else(|| panic!("a kind that the reference client does not know: {update}")));
    }

    /// Applies everything, fetches what is left to be fetched, and compares with a fresh snapshot: as soon as both are at the same cursor they
    /// must be equal. Nothing may happen meanwhile; what the server counts where many follow it may count yet.
    pub async fn settle(&mut self, now: &str) -> Result<(), String> {
        self.client.get("/v1/me").at(now).await.accepted();
        let is_counted = self.state.chats.values().any(|chat| chat.last_update().is_some());
        let counted_by = Instant::now() + if is_counted { COUNTED } else { Duration::ZERO };
        loop {
            while self.catch_up(ALL, ALL).await > 0 {}
            if self.next.is_some() {
                self.rest().await;
                self.hear_heads().await.map_err(|error| format!("no heads: {error}"))?;
            }
            self.fetch_wanted().await;
            self.opened().await;
            let fresh = Fresh::take(&self.client, self.page.max(2) - 1).await;
            if fresh.state.cursor != self.state.cursor {
                continue;
            }
            let compared = self.compare(&fresh).await;
            if compared.is_ok() || (self.catch_up(ALL, ALL).await == 0 && Instant::now() > counted_by) {
                return compared;
            }
            sleep(AGAIN).await;
        }
    }

    async fn rest(&mut self) {
        while let Some(after) = self.next.take() {
            let path = format!("/v1/sync?limit={}&after={after}", self.page);
            let page = ask(&self.client, &path).await.accepted();
            self.state.page(&page);
            self.next = next(&page);
        }
    }

    async fn fetch_wanted(&mut self) {
        let wanted: Vec<String> = self.state.wants().map(str::to_owned).collect();
        for chat in wanted {
            let answer = if_in(ask(&self.client, &format!("/v1/chats/{chat}")).await);
            self.state.fetched(&chat, answer.as_ref().map(|answer| &answer["chat"]));
        }
    }

    /// Where it keeps everything: fetches the messages and members that it lacks, as long as there is such a chat for it.
    async fn opened(&mut self) {
        if !self.open {
            return;
        }
        for (id, chat) in &mut self.state.chats {
            while chat.known_from() > 1 {
                let path = format!("/v1/chats/{id}/messages?before={}&limit=20", chat.known_from());
                let Some(page) = if_in(ask(&self.client, &path).await) else { break };
                chat.history(&page);
            }
            if !is_channel(&chat.shown())
                && chat.people().is_none()
                && let Some(members) = members(&self.client, id).await
            {
                chat.populated(&members);
            }
        }
    }
}

/// Asks until there is an answer: the server may be away for a moment, or behind.
async fn ask(client: &Client, path: &str) -> Answer {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match client.get(path).attempt().await {
            Ok(answer) if !answer.status.is_server_error() => return answer,
            other => assert!(Instant::now() < deadline, "{path}: {other:?}"),
        }
        sleep(AGAIN).await;
    }
}

/// What is answered about a chat, if the account is in it.
fn if_in(answer: Answer) -> Option<Value> {
    (answer.code() != Some("chat_not_found")).then(|| answer.accepted())
}

/// Where the next page begins.
fn next(page: &Value) -> Option<String> {
    page["next"].as_str().map(str::to_owned)
}

/// Of a channel no update tells how many follow it, nor who runs it.
fn is_channel(chat: &Value) -> bool {
    chat["kind"] == "channel"
}

async fn members(client: &Client, chat: &str) -> Option<Vec<Value>> {
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let page = if_in(ask(client, &format!("/v1/chats/{chat}/members?limit=1000{after}")).await)?;
        all.extend(page["members"].as_array().cloned().unwrap_or_default());
        match &page["next"] {
            Value::Null => return Some(all),
            next => after = format!("&after={next}"),
        }
    }
}
