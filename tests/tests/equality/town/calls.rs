//! What is one request.

use heliograph_tests::client::http::Call;
use serde_json::{Value, json};

use super::{Person, one_of};
use crate::deed::{Deed, PEOPLE, Pick};

/// What people react with.
const REACTIONS: [&[&str]; 4] = [&[], &["👍"], &["👍", "🎉"], &["❤"]];

impl Person<'_> {
    /// What is one request, whatever becomes of it.
    #[expect(clippy::too_many_lines, reason = "a deed an arm")]
    pub(super) fn call(&self, deed: &Deed) -> Option<Call> {
        let (client, admin) = (&self.me.client, &self.town.world.admin);
        Some(match deed {
            Deed::Edit { chat, message, place } => {
                let (chat, top) = self.town.chat(*chat);
                let body = if *place {
                    json!({"location": {"latitude": 48.1, "longitude": 11.6, "accuracy_m": 5}})
                } else {
                    json!({"text": self.town.word()})
                };
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
            Deed::View { chat, message } => {
                let (chat, top) = self.town.chat(*chat);
                client.post(format!("/v1/chats/{chat}/views"), &json!({"messages": [one_of(top, *message)]}))
            }
            Deed::NameChannel { chat, which } => client.put(self.of(*chat, "/username"), &json!({"username": self.town.name(*which)})),
            Deed::UnnameChannel { chat } => client.delete(self.of(*chat, "/username")),
            Deed::Subscribe { chat } => client.post(self.of(*chat, "/subscribe"), &json!({})),
            Deed::ChangeLink { link } => {
                let (chat, link, _) = self.town.link(*link)?;
                client.put(format!("/v1/chats/{chat}/links/{link}"), &json!({"name": self.town.word()}))
            }
            Deed::RevokeLink { link } => {
                let (chat, link, _) = self.town.link(*link)?;
                client.delete(format!("/v1/chats/{chat}/links/{link}"))
            }
            Deed::Join { link } => client.post("/v1/join", &json!({"token": self.town.link(*link)?.2})),
            Deed::Answer { chat, whom, yes } => {
                let path = self.of(*chat, &format!("/requests/{}", self.other(*whom)));
                if *yes { client.post(path, &json!({})) } else { client.delete(path) }
            }
            Deed::Crown { chat, whom } => client.post(self.of(*chat, "/owner"), &json!({"account": self.other(*whom)})),
            Deed::SlowDown { chat, slow } => client.put(self.of(*chat, "/slow-mode"), &json!({"seconds": u32::from(*slow)})),
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
            Deed::TakeUsername { which } => client.put("/v1/me/username", &json!({"username": self.town.name(*which)})),
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
            Deed::Look { .. }
            | Deed::CatchUp { .. }
            | Deed::Say { .. }
            | Deed::Forward { .. }
            | Deed::Found { .. }
            | Deed::FoundChannel
            | Deed::MakeLink { .. }
            | Deed::AuthoriseDevice
            | Deed::Suspend
            | Deed::Guard
            | Deed::BeReached => return None,
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

    pub(super) fn other(&self, whom: Pick) -> i64 {
        let step = 1 + whom.of(PEOPLE - 1);
        self.town.people[(self.number + step) % PEOPLE].account
    }

    fn device(&self, which: Pick) -> Option<i64> {
        (!self.devices.is_empty()).then(|| self.devices[which.of(self.devices.len())])
    }
}
