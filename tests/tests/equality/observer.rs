//! Who took a snapshot some time ago, and applies updates to it since.

use std::collections::BTreeSet;

use heliograph_tests::Client;
use reference::{Kind, State};
use serde_json::{Value, json};

use crate::differences::differences;

/// How many updates are asked for at a time in the end.
const ALL: u32 = 100;

/// A snapshot of long ago, and what was applied to it since.
#[derive(Debug)]
pub(crate) struct Observer {
    client: Client,
    state: State,
    /// Where its pages go on that were not fetched yet.
    next: Option<String>,
    page: u32,
    /// Whether it keeps all messages and members.
    open: bool,
    /// The kinds of update that it was told.
    pub(crate) told: BTreeSet<Kind>,
}

impl Observer {
    /// Takes a snapshot.
    pub(crate) async fn look(client: &Client, page: u32, rest: bool, open: bool) -> Self {
        let first = client.get(format!("/v1/sync?limit={page}")).await.accepted();
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

    /// Applies the next updates, at most so many; gives how many there were.
    pub(crate) async fn catch_up(&mut self, limit: u32) -> usize {
        let page = self.client.get(format!("/v1/updates?{}&limit={limit}", self.state.cursor.query()));
        let page = page.await.accepted();
        let updates = page["updates"].as_array().expect("updates");
        for update in updates {
            let kind = update["type"].as_str().and_then(Kind::named);
            self.told
                .insert(kind.unwrap_or_else(|| panic!("a kind that the reference client does not know: {update}")));
            self.state.apply(update["seq"].as_i64().expect("a number"), update).expect("no gap");
        }
        updates.len()
    }

    /// Applies everything, fetches what is left to be fetched, and compares with a fresh snapshot: they must be equal as soon as both are at the same cursor.
    pub(crate) async fn settle(&mut self, now: &str) -> Result<(), String> {
        self.client.get("/v1/me").at(now).await.accepted();
        loop {
            while self.catch_up(ALL).await > 0 {}
            self.rest().await;
            self.fetch_wanted().await;
            self.opened().await;
            let fresh = Fresh::take(&self.client, self.page.max(2) - 1).await;
            if fresh.state.cursor == self.state.cursor {
                return self.compare(&fresh).await;
            }
        }
    }

    async fn rest(&mut self) {
        while let Some(after) = self.next.take() {
            let page = self
                .client
                .get(format!("/v1/sync?limit={}&after={after}", self.page))
                .await
                .accepted();
            self.state.page(&page);
            self.next = next(&page);
        }
    }

    async fn fetch_wanted(&mut self) {
        let wanted: Vec<String> = self.state.wants().map(str::to_owned).collect();
        for chat in wanted {
            let answer = self.client.get(format!("/v1/chats/{chat}")).await;
            if answer.code() == Some("chat_not_found") {
                self.state.fetched(&chat, None);
            } else {
                self.state.fetched(&chat, Some(&answer.accepted()["chat"]));
            }
        }
    }

    /// Where it keeps everything: fetches the messages and members that it lacks, as long as there is such a chat for it.
    async fn opened(&mut self) {
        if !self.open {
            return;
        }
        for (id, chat) in &mut self.state.chats {
            while chat.known_from() > 1 {
                let path = format!("/v1/chats/{id}/messages?before={}&limit=3", chat.known_from());
                let page = self.client.get(path).await;
                if page.code() == Some("chat_not_found") {
                    break;
                }
                chat.history(&page.accepted());
            }
            if chat.people().is_none()
                && let Some(members) = members(&self.client, id).await
            {
                chat.populated(&members);
            }
        }
    }

    async fn compare(&self, fresh: &Fresh) -> Result<(), String> {
        let mut found = differences(&self.state.shown(), &fresh.told);
        for (id, chat) in &self.state.chats {
            let kept: Vec<&Value> = chat.messages().values().collect();
            let said = timeline(&self.client, id, chat.known_from() - 1).await;
            found.extend(
                differences(&json!(kept), &json!(said))
                    .into_iter()
                    .map(|line| format!("{id} messages{line}")),
            );
            if let Some(people) = chat.people() {
                let (kept, now) = (people.values().collect::<Vec<_>>(), members(&self.client, id).await);
                found.extend(
                    differences(&json!(kept), &json!(now))
                        .into_iter()
                        .map(|line| format!("{id} members{line}")),
                );
            }
        }
        for (id, user) in &self.state.users {
            let now = fresh.state.users.get(id);
            for field in ["contact", "called", "blocked"].into_iter().filter(|_| now.is_some()) {
                if user.get(field) != now.and_then(|now| now.get(field)) {
                    found.push(format!("user {id}.{field}: kept {user:?}, fresh {now:?}"));
                }
            }
        }
        if found.is_empty() { Ok(()) } else { Err(found.join("\n")) }
    }
}

/// A snapshot of now, all pages of it, as the server told it.
struct Fresh {
    state: State,
    told: Value,
}

impl Fresh {
    async fn take(client: &Client, page: u32) -> Self {
        let mut told = client.get(format!("/v1/sync?limit={page}")).await.accepted();
        let (mut state, mut after) = (State::from_snapshot(&told), next(&told));
        let mut chats = told["chats"].as_array().cloned().unwrap_or_default();
        while let Some(place) = after {
            let page = client.get(format!("/v1/sync?limit={page}&after={place}")).await.accepted();
            state.page(&page);
            chats.extend(page["chats"].as_array().cloned().unwrap_or_default());
            after = next(&page);
        }
        let fields = told.as_object_mut().expect("an object");
        for field in ["cursor", "users", "next"] {
            fields.remove(field);
        }
        fields.insert("chats".to_owned(), json!(chats));
        for device in told["devices"].as_array_mut().expect("devices") {
            device.as_object_mut().expect("a device").remove("last_seen_at");
        }
        Self { state, told }
    }
}

fn next(page: &Value) -> Option<String> {
    page["next"].as_str().map(str::to_owned)
}

async fn timeline(client: &Client, chat: &str, after: i64) -> Vec<Value> {
    let (mut all, mut last) = (Vec::new(), after);
    loop {
        let page = client
            .get(format!("/v1/chats/{chat}/messages?after={last}&limit=100"))
            .await
            .accepted();
        let page = page["messages"].as_array().cloned().unwrap_or_default();
        match page.last() {
            Some(message) => last = message["id"].as_i64().expect("an id"),
            None => return all,
        }
        all.extend(page);
    }
}

async fn members(client: &Client, chat: &str) -> Option<Vec<Value>> {
    let answer = client.get(format!("/v1/chats/{chat}/members?limit=1000")).await;
    (answer.code() != Some("chat_not_found")).then(|| answer.accepted()["members"].as_array().cloned().unwrap_or_default())
}
