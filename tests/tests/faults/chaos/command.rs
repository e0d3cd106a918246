//! A command of a chaotic device, sent by one way or the other, or by both at once, until it is settled.

use heliograph_tests::Device;
use heliograph_tests::client::http::{Answer, Call};
use heliograph_tests::client::insist::insist;
use serde_json::{Value, json};
use uuid::Uuid;

/// Something that a device wants.
#[derive(Debug, Clone)]
pub(super) struct Command {
    pub(super) id: Uuid,
    pub(super) wish: Wish,
}

/// What it wants.
#[derive(Debug, Clone)]
pub(super) enum Wish {
    Send { chat: String, text: String, reply_to: Option<i64> },
    Edit { chat: String, message: i64, text: String },
    Delete { chat: String, messages: Vec<i64> },
    Read { chat: String, up_to: i64 },
    Add { chat: String, account: i64 },
    Remove { chat: String, account: i64 },
    Rename { chat: String, title: String },
}

/// By which way.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    /// Over HTTP.
    Asked,
    /// Over the WebSocket, and over HTTP if that breaks.
    Said,
    /// Twice at once.
    Twice,
}

impl Command {
    /// Settles it; gives the answer as HTTP has it.
    pub(super) async fn settle(&self, device: &Device, way: Way) -> Answer {
        match way {
            Way::Asked => {}
            Way::Said => drop(self.say(device).await),
            Way::Twice => {
                let (one, other) = tokio::join!(self.ask(device), self.ask(device));
                // Of two refusals each is decided afresh; of two acceptances both are the first.
                if one.status.is_success() && other.status.is_success() {
                    assert_eq!(one.body, other.body, "{device}: {self:?} was answered in two ways");
                }
                return if one.status.is_success() { one } else { other };
            }
        }
        // What was said over the WebSocket and accepted gives its first answer again.
        self.ask(device).await
    }

    async fn ask(&self, device: &Device) -> Answer {
        insist(self.id, || self.wish.call(device)).await
    }

    async fn say(&self, device: &Device) -> Option<Value> {
        device.say(self.id, self.wish.frame()?).await
    }
}

impl Wish {
    fn call(&self, device: &Device) -> Call {
        let client = &device.client;
        match self {
            Self::Send { chat, text, reply_to } => {
                client.post(format!("/v1/chats/{chat}/messages"), &json!({"text": text, "reply_to": reply_to}))
            }
            Self::Edit { chat, message, text } => client.patch(format!("/v1/chats/{chat}/messages/{message}"), &json!({"text": text})),
            Self::Delete { chat, messages } => client.post(format!("/v1/chats/{chat}/messages/delete"), &json!({"messages": messages})),
            Self::Read { chat, up_to } => client.post(format!("/v1/chats/{chat}/read"), &json!({"up_to": up_to})),
            Self::Add { chat, account } => client.post(format!("/v1/chats/{chat}/members"), &json!({"account": account})),
            Self::Remove { chat, account } => client.delete(format!("/v1/chats/{chat}/members/{account}")),
            Self::Rename { chat, title } => client.patch(format!("/v1/chats/{chat}"), &json!({"title": title})),
        }
    }

    /// As a frame; `None` for what the WebSocket does not take.
    fn frame(&self) -> Option<Value> {
        match self {
            Self::Send { chat, text, reply_to } => Some(json!({"type": "send", "chat": chat, "text": text, "reply_to": reply_to})),
            Self::Edit { chat, message, text } => Some(json!({"type": "edit", "chat": chat, "message": message, "text": text})),
            Self::Delete { chat, messages } => Some(json!({"type": "delete", "chat": chat, "messages": messages})),
            Self::Read { chat, up_to } => Some(json!({"type": "read", "chat": chat, "up_to": up_to})),
            Self::Add { .. } | Self::Remove { .. } | Self::Rename { .. } => None,
        }
    }
}
