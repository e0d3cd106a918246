//! A device: goes online and offline, says things and hears them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use super::http::{Address, Answer, Client};
use super::session::{Session, Spoken};
use super::view::View;
use crate::chance;
use crate::deadline::PATIENCE;

/// A device of an account.
#[derive(Debug, Clone)]
pub struct Device {
    /// Whose.
    pub account: i64,
    /// Its number within the account.
    pub number: i64,
    /// Its way to the server.
    pub client: Client,
    view: Arc<watch::Sender<View>>,
    session: Arc<Mutex<Option<Online>>>,
}

#[derive(Debug)]
struct Online {
    spoken: mpsc::Sender<Spoken>,
    task: tokio::task::JoinHandle<()>,
    over: DropGuard,
}

impl Device {
    /// A device that was just authorised: offline, knowing nothing.
    pub fn new(address: Address, token: &str, account: i64, number: i64) -> Self {
        Self {
            account,
            number,
            client: Client::new(address, token),
            view: Arc::new(watch::Sender::new(View::new(account))),
            session: Arc::default(),
        }
    }

    /// Connects, and again whenever the connection breaks, until [`offline`](Self::offline).
    pub fn online(&self) {
        self.online_at_leisure(Duration::ZERO);
    }

    /// Online, taking its time for each frame.
    pub fn online_at_leisure(&self, leisure: Duration) {
        let mut session = self.session.lock().expect("nobody panics while holding it");
        if session.is_some() {
            return;
        }
        let (spoken, receiver) = mpsc::channel(64);
        let over = CancellationToken::new();
        let life = Session {
            client: self.client.clone(),
            view: self.view.clone(),
            spoken: receiver,
            over: over.clone(),
            leisure,
        };
        let task = tokio::spawn(life.run());
        *session = Some(Online {
            spoken,
            task,
            over: over.drop_guard(),
        });
    }

    /// Disconnects.
    pub async fn offline(&self) {
        let session = self.session.lock().expect("nobody panics while holding it").take();
        if let Some(Online { task, over, .. }) = session {
            drop(over);
            task.await.expect("a session does not panic");
        }
    }

    /// Whether it is to be online.
    pub fn is_online(&self) -> bool {
        self.session.lock().expect("nobody panics while holding it").is_some()
    }

    /// Asks what it knows.
    pub fn knows<T>(&self, ask: impl FnOnce(&View) -> T) -> T {
        ask(&self.view.borrow())
    }

    /// Waits until what it knows fulfils the condition; panics with `what` after a while, or at once when
    /// the server did what it must never do.
    pub async fn comes_to_know(&self, what: &str, condition: impl Fn(&View) -> bool) {
        let mut view = self.view.subscribe();
        // At once: what it gives locks the view, and nobody could learn anything more.
        let reached = timeout(PATIENCE, view.wait_for(|view| view.broken.is_some() || condition(view)))
            .await
            .is_ok();
        let last = self.knows(|view| view.told[view.told.len().saturating_sub(5)..].to_vec());
        assert!(reached, "{self} never: {what}; last told: {last:?}");
        assert_eq!(self.knows(|view| view.broken.clone()), None, "{self}");
    }

    /// Waits until it sees this text in whatever chat.
    pub async fn hears(&self, text: &str) {
        self.comes_to_know(&format!("hears {text:?}"), |view| {
            view.chats.keys().any(|chat| view.texts(chat).contains(&text))
        })
        .await;
    }

    /// Waits until it was told so many one-time codes; gives the last.
    pub async fn shows_code(&self, number: usize) -> String {
        self.comes_to_know(&format!("shows {number} codes"), |view| view.codes().len() >= number)
            .await;
        self.knows(|view| view.codes()[number - 1].clone())
    }

    /// Sends a message; gives its id.
    pub async fn send(&self, chat: &str, text: &str) -> i64 {
        message_id(&self.try_send(chat, text).await.accepted())
    }

    /// Sends a message that may be refused.
    pub async fn try_send(&self, chat: &str, text: &str) -> Answer {
        self.client.post(format!("/v1/chats/{chat}/messages"), &json!({"text": text})).await
    }

    /// Sends a message in reply to another.
    pub async fn reply(&self, chat: &str, to: i64, text: &str) -> i64 {
        let body = json!({"text": text, "reply_to": to});
        message_id(&self.client.post(format!("/v1/chats/{chat}/messages"), &body).await.accepted())
    }

    /// Replaces a message's text.
    pub async fn edit(&self, chat: &str, message: i64, text: &str) -> Answer {
        self.client
            .patch(format!("/v1/chats/{chat}/messages/{message}"), &json!({"text": text}))
            .await
    }

    /// Deletes a message for everybody.
    pub async fn delete(&self, chat: &str, message: i64) -> Answer {
        self.client.delete(format!("/v1/chats/{chat}/messages/{message}")).await
    }

    /// Marks a chat as read.
    pub async fn read(&self, chat: &str, up_to: i64) -> Answer {
        self.client.post(format!("/v1/chats/{chat}/read"), &json!({"up_to": up_to})).await
    }

    /// Unread messages of a chat as the list of chats says, the list including `position`.
    pub async fn unread(&self, chat: &str, position: &str) -> i64 {
        let page = self.client.get("/v1/chats?limit=100").at(position).await.accepted();
        let listed = page["chats"]
            .as_array()
            .expect("a list of chats")
            .iter()
            .find(|listed| listed["id"] == chat);
        listed.unwrap_or_else(|| panic!("{chat} is not listed: {page}"))["unread"]
            .as_i64()
            .expect("a count")
    }

    /// Says a command over the WebSocket; `None` when the connection broke before the answer.
    pub async fn say(&self, id: Uuid, mut command: Value) -> Option<Value> {
        command["id"] = id.to_string().into();
        let spoken = self
            .session
            .lock()
            .expect("nobody panics while holding it")
            .as_ref()?
            .spoken
            .clone();
        let (asker, answer) = oneshot::channel();
        spoken.send((command, asker)).await.ok()?;
        timeout(PATIENCE, answer).await.ok()?.ok()
    }

    /// Sends a message over the WebSocket; gives its id.
    pub async fn say_text(&self, chat: &str, text: &str) -> i64 {
        let done = self
            .say(chance::command_id(), json!({"type": "send", "chat": chat, "text": text}))
            .await;
        let done = done.expect("the connection holds");
        assert_eq!(done["type"], "done", "{done}");
        message_id(&done["result"])
    }
}

/// The id in an answer over HTTP, `{"message":{"id":5,…}}`, or in a result over the WebSocket, `{"message":5,…}`.
pub fn message_id(answer: &Value) -> i64 {
    let id = answer["message"]["id"].as_i64().or_else(|| answer["message"].as_i64());
    id.unwrap_or_else(|| panic!("no message: {answer}"))
}

impl std::fmt::Display for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "device {} of account {}", self.number, self.account)
    }
}
