//! What a client knows: its place in its sequence, and what the updates up to there made of its chats.

use std::collections::BTreeMap;

use serde_json::Value;

use super::update::{Message, Tidings};

/// Where a client is in its updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// What the number belongs to.
    pub epoch: i64,
    /// The last update that it applied; 0: none yet.
    pub seq: i64,
    /// That update's `at`; absent before the first.
    pub at: Option<i64>,
}

impl Cursor {
    /// Before the first update.
    pub fn start(epoch: i64) -> Self {
        Self { epoch, seq: 0, at: None }
    }

    /// As long polling asks with it: `epoch=2&after=41&at=1750000000000000`.
    pub fn query(&self) -> String {
        let at = self.at.map(|at| format!("&at={at}")).unwrap_or_default();
        format!("epoch={}&after={}{at}", self.epoch, self.seq)
    }
}

/// What a client knows.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// Whose.
    pub account: i64,
    /// The epoch of its numbers; unknown before the first session.
    pub epoch: Option<i64>,
    /// The last update that it applied.
    pub seq: i64,
    /// Every update that it applied, in order.
    pub told: Vec<Tidings>,
    /// The `at` of each of them.
    pub told_at: Vec<i64>,
    /// The number of the first of [`told`](Self::told), less one: behind a snapshot it is not 0.
    pub told_after: i64,
    /// The `at` that belongs to it.
    pub told_after_at: Option<i64>,
    /// Its chats.
    pub chats: BTreeMap<String, Chat>,
    /// The username, as last told.
    pub username: Option<String>,
    /// Updates that carried a command's id, by that id, and how often.
    pub commands: BTreeMap<String, u32>,
    /// Signals that it was told, in order.
    pub signals: Vec<Value>,
    /// How often it was told to start from a snapshot.
    pub resyncs: u32,
    /// How often a session was opened.
    pub sessions: u32,
    /// Why the last session ended, if the server said so.
    pub closed: Option<u16>,
    /// What the server did that it must never do.
    pub broken: Option<String>,
}

/// What a client knows of a chat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chat {
    /// Its messages.
    pub messages: BTreeMap<i64, Message>,
    /// Its title.
    pub title: Option<String>,
    /// Its members' roles.
    pub members: BTreeMap<i64, String>,
    /// The own account's read mark.
    pub read_up_to: i64,
    /// The other side's read mark, of a direct chat.
    pub peer_read_up_to: i64,
    /// How often which emoji of its messages, where there are any, as last told.
    pub reactions: BTreeMap<i64, Vec<(String, i64)>>,
    /// Its pinned messages, the last pinned last.
    pub pins: Vec<i64>,
}

impl View {
    /// Nothing yet.
    pub fn new(account: i64) -> Self {
        Self {
            account,
            ..Self::default()
        }
    }

    /// The one-time codes that it was told.
    pub fn codes(&self) -> Vec<String> {
        let codes = self.signals.iter().filter(|signal| signal["type"] == "sign_in_code");
        codes.filter_map(|signal| signal["code"].as_str().map(str::to_owned)).collect()
    }

    /// Takes in updates that start with the number `first`; an honest client applies only the next one,
    /// and here anything else is an offence.
    pub fn apply(&mut self, first: i64, updates: &[Value]) {
        for (number, update) in (first..).zip(updates) {
            if number != self.seq + 1 {
                self.offend(format!("update {number} came after {}: {update}", self.seq));
                return;
            }
            let Some(at) = update["at"].as_i64() else {
                self.offend(format!("update {number} says not when: {update}"));
                return;
            };
            self.seq = number;
            self.told_at.push(at);
            if let Some(command) = update["command"].as_str() {
                *self.commands.entry(command.to_owned()).or_default() += 1;
            }
            let tidings = Tidings::read(update);
            self.take_in(&tidings);
            self.told.push(tidings);
        }
    }

    /// Its cursor.
    pub fn cursor(&self) -> Cursor {
        self.cursor_at(self.seq)
    }

    /// The cursor that it had when this was the last update that it had applied.
    pub fn cursor_at(&self, seq: i64) -> Cursor {
        let told = usize::try_from(seq - self.told_after).expect("it was told since the last snapshot");
        let at = told.checked_sub(1).map_or(self.told_after_at, |last| Some(self.told_at[last]));
        let epoch = self.epoch.unwrap_or(2);
        Cursor { epoch, seq, at }
    }

    /// Goes on behind a snapshot.
    pub(super) fn start_over(&mut self, cursor: Cursor, chats: BTreeMap<String, Chat>) {
        (self.epoch, self.seq, self.chats) = (Some(cursor.epoch), cursor.seq, chats);
        (self.told_after, self.told_after_at) = (cursor.seq, cursor.at);
        self.told.clear();
        self.told_at.clear();
        self.resyncs += 1;
    }

    /// Remembers the first offence.
    pub fn offend(&mut self, what: String) {
        self.broken.get_or_insert(what);
    }

    /// A chat; nothing is known of one that it was not told of.
    pub fn chat(&self, chat: &str) -> &Chat {
        static UNKNOWN: Chat = Chat {
            messages: BTreeMap::new(),
            title: None,
            members: BTreeMap::new(),
            read_up_to: 0,
            peer_read_up_to: 0,
            reactions: BTreeMap::new(),
            pins: Vec::new(),
        };
        self.chats.get(chat).unwrap_or(&UNKNOWN)
    }

    /// Every text that it can see in a chat, in order.
    pub fn texts(&self, chat: &str) -> Vec<&str> {
        self.chat(chat)
            .messages
            .values()
            .filter_map(|message| message.text.as_deref())
            .collect()
    }

    fn take_in(&mut self, tidings: &Tidings) {
        let Some(chat) = tidings.chat() else {
            if let Tidings::UsernameChanged { username } = tidings {
                self.username.clone_from(username);
            }
            return;
        };
        let known = self.chats.entry(chat.to_owned()).or_default();
        if matches!(tidings, Tidings::MemberAdded { account, .. } if *account == self.account) {
            // Nobody told it what happened to the messages that it knew while it was not a member.
            known.messages.clear();
        }
        if let Err(offence) = known.take_in(self.account, tidings) {
            self.offend(offence);
        }
    }
}

impl Chat {
    fn take_in(&mut self, me: i64, tidings: &Tidings) -> Result<(), String> {
        if let Some(message) = tidings.service_message() {
            self.heard(message)?;
        }
        match tidings {
            Tidings::MessageSent { message, .. } => self.heard(message)?,
            Tidings::MessageEdited { message, .. } => self.changed(message),
            Tidings::MessagesDeleted { messages, .. } => messages.iter().for_each(|id| self.gone(*id)),
            Tidings::ChatCreated { title, members, .. } => {
                self.title.clone_from(title);
                self.members = members.iter().map(|member| (member.account, member.role.clone())).collect();
            }
            Tidings::ChatRenamed { title, .. } => self.title.clone_from(title),
            Tidings::MemberAdded { account, .. } => drop(self.members.insert(*account, "member".to_owned())),
            Tidings::MemberRemoved { account, .. } | Tidings::MemberLeft { account, .. } => drop(self.members.remove(account)),
            Tidings::RoleChanged { account, role, .. } => drop(self.members.insert(*account, role.clone())),
            Tidings::ChatRead { account, up_to, .. } if *account == me => self.read_up_to = self.read_up_to.max(*up_to),
            Tidings::ChatRead { up_to, .. } => self.peer_read_up_to = self.peer_read_up_to.max(*up_to),
            Tidings::ReactionChanged {
                message,
                reactions: Some(reactions),
                ..
            } => {
                let counts = reactions.iter().map(|count| (count.emoji.clone(), count.count));
                self.reactions.insert(*message, counts.collect());
            }
            Tidings::MessagePinned { message, .. } => {
                self.pins.retain(|pinned| pinned != message);
                self.pins.push(*message);
            }
            Tidings::MessagesHidden { messages, .. } => self.messages.retain(|id, _| !messages.contains(id)),
            Tidings::ChatCleared { up_to, .. } => self.messages.retain(|id, _| id > up_to),
            Tidings::MessagesUnpinned { messages, .. } => self.pins.retain(|pinned| !messages.contains(pinned)),
            Tidings::ReactionChanged { reactions: None, .. }
            | Tidings::DeviceRenamed { .. }
            | Tidings::DeviceEnded { .. }
            | Tidings::UsernameChanged { .. }
            | Tidings::UsernameRefused
            | Tidings::Other => {}
        }
        Ok(())
    }

    fn heard(&mut self, message: &Message) -> Result<(), String> {
        match self.messages.last_key_value() {
            // A snapshot may be ahead of the updates that follow it.
            Some((last, _)) if *last >= message.id && !self.messages.contains_key(&message.id) => {
                Err(format!("message {} came after {last}", message.id))
            }
            _ => {
                self.messages.insert(message.id, message.clone());
                Ok(())
            }
        }
    }

    fn changed(&mut self, message: &Message) {
        let known = self.messages.entry(message.id).or_default();
        known.id = message.id;
        known.text.clone_from(&message.text);
        known.edited_at = message.edited_at.or(known.edited_at);
        known.deleted |= message.deleted;
        known.erased |= message.erased;
    }

    fn gone(&mut self, id: i64) {
        let known = self.messages.entry(id).or_default();
        (known.id, known.deleted, known.text) = (id, true, None);
        self.reactions.remove(&id);
        self.pins.retain(|pinned| *pinned != id);
    }
}
