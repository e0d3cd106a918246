//! What each kind of update does.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::chat::Chat;
use crate::kind::Kind;
use crate::own::list;
use crate::state::{Gap, State};
use crate::told::{Sequence, Told};

impl State {
    /// Applies the update of the device with this number, if it is the next. One that was applied before is passed over; behind a gap nothing is.
    pub fn apply(&mut self, seq: i64, update: &Value) -> Result<(), Gap> {
        if is_next(seq, self.cursor.seq)? {
            self.take(&Told::new(Sequence::Device, update));
            (self.cursor.seq, self.cursor.at) = (seq, update["at"].as_i64());
        }
        Ok(())
    }

    /// Applies what happened in a chat with a sequence of its own: a frame `chat_updates`, or a page of `GET /v1/chats/{chat}/updates`. Of
    /// each update the same holds as of the device's. A chat that is not kept has to be fetched, and includes it then.
    pub fn apply_chat(&mut self, chat: &str, first: i64, updates: &[Value]) -> Result<(), Gap> {
        for (number, update) in (first..).zip(updates) {
            let Some(last) = self.chats.get(chat).and_then(Chat::last_update) else {
                self.lost(chat);
                break;
            };
            if is_next(number, last)? {
                self.take(&Told::new(Sequence::Chat, update));
                self.chats
                    .entry(chat.to_owned())
                    .and_modify(|chat| chat.say("head", Some(&json!(number))));
            }
        }
        Ok(())
    }

    /// Takes in a frame `heads`, once all pages were fetched: what is posted moves a chat up in the list, perhaps from a page that was not fetched yet to
    /// one that was, and the device is not told. Such a chat has to be fetched by itself.
    pub fn follows<'a>(&mut self, chats: impl IntoIterator<Item = &'a String>) {
        let missed = chats.into_iter().filter(|chat| !self.chats.contains_key(*chat));
        self.wanted.extend(missed.cloned());
    }

    /// Every kind does what does no harm when it is done again: values, sets and maxima, no sums.
    fn take(&mut self, update: &Told<'_>) {
        // A kind that is not known counts all the same.
        let Some(kind) = update["type"].as_str().and_then(Kind::named) else {
            return;
        };
        match kind {
            Kind::MessageSent => self.in_chat(update, |chat, me| chat.sent(me, &update["message"])),
            Kind::MessageEdited => self.in_chat(update, |chat, me| chat.edited(me, &update["message"])),
            Kind::MessagesDeleted => self.in_chat(update, |chat, _| chat.deleted(&update["messages"])),
            Kind::ChatCreated => self.created(update),
            Kind::ChatRenamed => self.in_chat(update, |chat, _| chat.renamed(update)),
            Kind::MemberAdded => self.joined(update),
            Kind::MemberRemoved | Kind::MemberLeft => self.gone(update),
            Kind::RoleChanged => self.of_member(update, |chat, me| chat.role(me, update)),
            Kind::PermissionsChanged => self.in_chat(update, |chat, _| chat.say("denied", update.get("denied"))),
            Kind::SlowModeChanged => self.in_chat(update, |chat, _| chat.say("slow_mode", update.get("seconds"))),
            Kind::ProtectionChanged => self.in_chat(update, |chat, _| chat.say("protected", update.get("protected"))),
            Kind::MemberRestricted => self.of_member(update, |chat, me| chat.restricted(me, update)),
            Kind::ReactionChanged if update.get("reactions").is_none() => self.own_chat(update, |chat, _| chat.chosen(update)),
            Kind::ReactionChanged => self.in_chat(update, |chat, me| chat.reacted(me, update)),
            Kind::MessagePinned => self.in_chat(update, |chat, _| chat.pinned(&update["message"])),
            Kind::MessagesUnpinned => self.in_chat(update, |chat, _| chat.unpinned(&update["messages"])),
            Kind::ChatRead => self.own_chat(update, |chat, me| chat.read(me, update)),
            Kind::MessagesHidden => self.own_chat(update, |chat, _| chat.hidden(&update["messages"])),
            Kind::ChatCleared => self.own_chat(update, |chat, _| chat.cleared(&update["up_to"])),
            Kind::ChatMarkedUnread => self.own_chat(update, |chat, _| chat.say("marked_unread", update.get("unread"))),
            Kind::ChatMuted => self.own_chat(update, |chat, _| chat.say("muted_until", update.get("until"))),
            Kind::ChatArchived => self.own_chat(update, |chat, _| chat.say("archived", update.get("archived"))),
            Kind::DraftChanged => self.own_chat(update, |chat, _| chat.say("draft", update.get("draft"))),
            Kind::Subscribed => drop(update["chat"].as_str().map(|id| self.wanted.insert(id.to_owned()))),
            Kind::Unsubscribed => drop(update["chat"].as_str().map(|id| self.fetched(id, None))),
            Kind::SequenceBegun => self.in_chat(update, |chat, _| chat.say("head", Some(&json!(0)))),
            Kind::ChatUsernameChanged => self.in_chat(update, |chat, _| {
                chat.say("username", update.get("username").filter(|name| name.is_string()));
            }),
            Kind::MessagesCounted => self.in_chat(update, |chat, _| chat.counted_messages(&update["messages"])),
            Kind::ChatsPinned => self.pinned(&update["chats"]),
            Kind::ProfileChanged => self.own.profile(update),
            Kind::UsernameChanged => self.own.username(update),
            Kind::DeviceAuthorised => with(update, "device", |device| self.own.authorised(device, update)),
            Kind::DeviceRenamed => with(update, "device", |device| self.own.renamed(device, update)),
            Kind::DeviceEnded => with(update, "device", |device| drop(self.own.devices.remove(&device))),
            Kind::ContactAdded | Kind::ContactRemoved => self.contact(kind == Kind::ContactAdded, update),
            Kind::Blocked | Kind::Unblocked => self.blocked(kind == Kind::Blocked, update),
            Kind::PrivacyChanged => self.own.privacy = update["privacy"].clone(),
            Kind::Promoted => self.own.say("admin", Some(json!(true))),
            Kind::Demoted => self.own.say("admin", None),
            Kind::ErasureScheduled => self.own.say("erasure_due_at", update.get("due_at").cloned()),
            Kind::ErasureCalledOff => self.own.say("erasure_due_at", None),
            // To be shown as they come, if at all: nothing that is kept changes. What a group says of itself is fetched when it is shown.
            Kind::ChatDescribed
            | Kind::MemberBanned
            | Kind::MemberUnbanned
            | Kind::LinkMade
            | Kind::LinkChanged
            | Kind::LinkRevoked
            | Kind::JoinRequested
            | Kind::JoinDeclined
            | Kind::ChatUsernameRequested
            | Kind::ChatUsernameRefused
            | Kind::UsernameRequested
            | Kind::UsernameRefused
            | Kind::AddressAdded
            | Kind::AddressDropped
            | Kind::PasswordSet
            | Kind::PasswordRemoved
            | Kind::TotpSet
            | Kind::TotpRemoved
            | Kind::RecoveryCodesMade
            | Kind::Suspended
            | Kind::Restored
            | Kind::ErasureBegun
            | Kind::Unsupported => {}
        }
    }

    /// Has a chat take in what everybody there sees, and the message that says so in the timeline, where one does. A chat that has a sequence of
    /// its own takes it from there; the device is told only of what the account itself has done. One that is not kept has to be fetched,
    /// and includes it then; one that takes it in and knows too little afterwards, too.
    fn in_chat(&mut self, update: &Told<'_>, take: impl FnOnce(&mut Chat, i64)) {
        self.changed(update, |chat, me| {
            if update.sequence == Sequence::Device {
                update.said().into_iter().for_each(|message| chat.acted(me, message));
            }
            if update.sequence == chat.sequence() {
                take(chat, me);
                update.get("service_message").into_iter().for_each(|service| chat.sent(me, service));
            }
        });
    }

    fn changed(&mut self, update: &Told<'_>, take: impl FnOnce(&mut Chat, i64)) {
        let (Some(id), me) = (update["chat"].as_str(), self.own.account) else {
            return;
        };
        let enough = self.chats.get_mut(id).is_some_and(|chat| {
            take(chat, me);
            chat.knows_enough()
        });
        if !enough {
            self.wanted.insert(id.to_owned());
        }
    }

    /// A chat that is kept already is further on. Where a channel's sequence stands, only the server knows.
    fn created(&mut self, update: &Value) {
        let Some(id) = update["chat"].as_str() else { return };
        if update["kind"] == "channel" {
            self.wanted.insert(id.to_owned());
            return;
        }
        let me = self.own.account;
        self.chats.entry(id.to_owned()).or_insert_with(|| Chat::created(me, update));
    }

    /// What was said before, and since one was there last, is not told: one's own joining begins with fetching.
    fn joined(&mut self, update: &Told<'_>) {
        match update["chat"].as_str() {
            Some(id) if update["account"] == self.own.account => drop(self.wanted.insert(id.to_owned())),
            _ => self.in_chat(update, |chat, _| chat.joined(update)),
        }
    }

    fn gone(&mut self, update: &Told<'_>) {
        match update["chat"].as_str() {
            Some(id) if update["account"] == self.own.account => self.fetched(id, None),
            _ => self.in_chat(update, |chat, _| chat.left(update)),
        }
    }

    /// What is about one member. What it is itself the device is told, whatever the chat is like.
    fn of_member(&mut self, update: &Told<'_>, take: impl FnOnce(&mut Chat, i64)) {
        if update["account"] == self.own.account {
            self.own_chat(update, take);
        } else {
            self.in_chat(update, take);
        }
    }

    /// What the account does with its chats. Of one that it has left something may still be on its way.
    fn own_chat(&mut self, update: &Told<'_>, take: impl FnOnce(&mut Chat, i64)) {
        let kept = update["chat"].as_str().is_some_and(|id| self.chats.contains_key(id));
        if kept {
            self.changed(update, take);
        }
    }

    /// All pinned chats in their order; others are so no more. One that moves to the front is on no page that is yet to come.
    fn pinned(&mut self, chats: &Value) {
        let places: BTreeMap<&str, u64> = list(chats).filter_map(Value::as_str).zip(1..).collect();
        let missing = places.keys().filter(|id| !self.chats.contains_key(**id));
        self.wanted.extend(missing.map(|id| (*id).to_owned()));
        for (id, chat) in &mut self.chats {
            chat.say("pinned", places.get(id.as_str()).map(|place| json!(place)).as_ref());
        }
    }

    fn contact(&mut self, is_one: bool, update: &Value) {
        with(update, "account", |account| {
            if is_one {
                self.own.contact(account, update);
            } else {
                self.own.contacts.remove(&account);
            }
            if let Some(user) = self.users.get_mut(&account) {
                user.insert("contact".to_owned(), json!(is_one));
                match update["name"].as_str().filter(|_| is_one) {
                    Some(name) => drop(user.insert("called".to_owned(), json!(name))),
                    None => drop(user.remove("called")),
                }
            }
        });
    }

    fn blocked(&mut self, is_so: bool, update: &Value) {
        with(update, "account", |account| {
            if is_so {
                self.own.blocked.insert(account);
            } else {
                self.own.blocked.remove(&account);
            }
            if let Some(user) = self.users.get_mut(&account) {
                user.insert("blocked".to_owned(), json!(is_so));
            }
        });
    }
}

/// Whether a number is the next; not, if it is not more than the last.
fn is_next(number: i64, last: i64) -> Result<bool, Gap> {
    let expected = last + 1;
    if number > expected {
        let found = number;
        return Err(Gap { expected, found });
    }
    Ok(number == expected)
}

fn with(update: &Value, field: &str, take: impl FnOnce(i64)) {
    if let Some(id) = update[field].as_i64() {
        take(id);
    }
}
