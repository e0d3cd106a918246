//! Comparing what was kept with what the server tells now.

use reference::{Chat, State};
use serde_json::{Value, json};

use super::differences::differences;
use super::{Observer, ask, is_channel, members, next};
use crate::client::http::Client;

/// What is told of a user by the account's own updates; the rest is as it was when it was fetched.
const OF_USERS: [&str; 3] = ["contact", "called", "blocked"];

/// A snapshot of now, all pages of it.
pub(super) struct Fresh {
    pub(super) state: State,
    /// As the server told it, without what updates do not tell.
    told: Value,
}

impl Fresh {
    pub(super) async fn take(client: &Client, page: u32) -> Self {
        let mut told = ask(client, &format!("/v1/sync?limit={page}")).await.accepted();
        let (mut state, mut after) = (State::from_snapshot(&told), next(&told));
        let mut chats = told["chats"].as_array().cloned().unwrap_or_default();
        while let Some(place) = after {
            let page = ask(client, &format!("/v1/sync?limit={page}&after={place}")).await.accepted();
            state.page(&page);
            chats.extend(page["chats"].as_array().cloned().unwrap_or_default());
            after = next(&page);
        }
        let fields = told.as_object_mut().expect("an object");
        for field in ["cursor", "users", "next"] {
            fields.remove(field);
        }
        for chat in chats.iter_mut().filter(|chat| is_channel(chat)) {
            chat.as_object_mut().expect("a chat").remove("members");
        }
        fields.insert("chats".to_owned(), json!(chats));
        for device in told["devices"].as_array_mut().expect("devices") {
            device.as_object_mut().expect("a device").remove("last_seen_at");
        }
        Self { state, told }
    }
}

impl Observer {
    pub(super) async fn compare(&self, fresh: &Fresh) -> Result<(), String> {
        let mut found = differences(&self.state.shown(), &fresh.told);
        for (id, chat) in &self.state.chats {
            found.extend(self.compare_chat(id, chat).await);
        }
        for (id, user) in &self.state.users {
            let Some(now) = fresh.state.users.get(id) else { continue };
            let differing = OF_USERS.into_iter().filter(|field| user.get(*field) != now.get(*field));
            found.extend(differing.map(|field| format!("user {id}.{field}: kept {user:?}, fresh {now:?}")));
        }
        if found.is_empty() { Ok(()) } else { Err(found.join("\n")) }
    }

    /// Its messages as far as they are known, and its members if they are.
    async fn compare_chat(&self, id: &str, chat: &Chat) -> Vec<String> {
        let kept: Vec<&Value> = chat.messages().values().collect();
        let said = timeline(&self.client, id, chat.known_from() - 1).await;
        let mut found = differences(&json!(kept), &json!(said));
        if let Some(people) = chat.people() {
            let (kept, now) = (people.values().collect::<Vec<_>>(), members(&self.client, id).await);
            found.extend(differences(&json!(kept), &json!(now)));
        }
        found.into_iter().map(|line| format!("inside {id}{line}")).collect()
    }
}

/// All messages behind one.
async fn timeline(client: &Client, chat: &str, after: i64) -> Vec<Value> {
    let (mut all, mut last) = (Vec::new(), after);
    loop {
        let path = format!("/v1/chats/{chat}/messages?after={last}&limit=100");
        let page = ask(client, &path).await.accepted();
        let page = page["messages"].as_array().cloned().unwrap_or_default();
        match page.last() {
            Some(message) => last = message["id"].as_i64().expect("an id"),
            None => return all,
        }
        all.extend(page);
    }
}
