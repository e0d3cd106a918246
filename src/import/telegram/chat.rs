//! One exported chat, read message by message.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use domain::time::Timestamp;
use uuid::Uuid;

use super::super::told::{Deed, Micros, Person, Renamed, Told, What, part};
use super::export::{Chat, Message};
use super::{sides, text};

/// Members of a group, at most.
const MEMBERS_MAX: usize = 1_000;
/// Code points of a message, at most; of a name; of a title.
const TEXT_MAX: usize = 4_096;
const NAME_MAX: usize = 64;
const TITLE_MAX: usize = 128;

/// A chat while it is read.
pub(super) struct Reading<'a> {
    /// Of what happens in it.
    chat: Uuid,
    /// Of people.
    people: Uuid,
    names: &'a mut HashMap<Uuid, String>,
    /// People by the name under which they wrote here; `None`: there are several.
    by_name: HashMap<String, Option<String>>,
    present: HashSet<Uuid>,
    /// What messages became.
    said: HashMap<i64, Uuid>,
    /// The message that is being read; 0 before the first.
    number: i64,
    created: bool,
    is_direct: bool,
    told: Told,
}

impl<'a> Reading<'a> {
    pub(super) fn of(chat_key: Uuid, people: Uuid, chat: &Chat, names: &'a mut HashMap<Uuid, String>) -> Self {
        let title = cut(chat.name.as_deref().unwrap_or_default(), TITLE_MAX).unwrap_or_else(|| "Telegram chat".to_owned());
        Self {
            chat: chat_key,
            people,
            names,
            by_name: HashMap::new(),
            present: HashSet::new(),
            said: HashMap::new(),
            number: 0,
            created: false,
            is_direct: sides::is_direct(chat),
            told: Told {
                name: title,
                ..Told::default()
            },
        }
    }

    pub(super) fn all(mut self, chat: &Chat, exporter: Option<&str>) -> Told {
        if chat.kind.ends_with("_channel") {
            self.told.note("channel imported as a group, for there are no channels yet");
        }
        for message in &chat.messages {
            if let (Some(name), Some(id)) = (&message.from, &message.from_id) {
                let known = self.by_name.entry(name.clone()).or_insert_with(|| Some(id.clone()));
                if known.as_ref() != Some(id) {
                    *known = None;
                }
            }
        }
        if self.is_direct {
            self.sides(chat, exporter);
        }
        for message in &chat.messages {
            self.number = message.id;
            match at(message.date_unixtime.as_deref(), &message.date) {
                Some(at) if message.kind == "message" => self.message(message, at),
                Some(at) if message.kind == "service" => self.service(message, at),
                Some(_) => self.told.skip("message of an unknown type"),
                None => self.told.skip("message without a time"),
            }
        }
        self.told
    }

    /// The two sides of a direct chat, of which either may never have written.
    fn sides(&mut self, chat: &Chat, exporter: Option<&str>) {
        let Some((one, two)) = sides::of(chat, exporter) else { return };
        self.told.direct = Some((part(self.people, &one), part(self.people, &two)));
        let first = chat
            .messages
            .first()
            .and_then(|message| at(message.date_unixtime.as_deref(), &message.date));
        if chat.kind != "saved_messages" {
            let name = chat.name.clone();
            self.person(&two, name.as_deref(), first.unwrap_or_default());
            if chat.messages.iter().all(|message| message.from_id.as_deref() != Some(&*one)) {
                self.person(&one, None, first.unwrap_or_default());
            }
        }
    }

    fn message(&mut self, message: &Message, at: Micros) {
        let Some(id) = message.from_id.as_deref() else {
            return self.told.skip("message without an author");
        };
        let said = text::of(message, self.people);
        if said.says.trim().is_empty() {
            return self.told.skip("empty text");
        }
        if said.says.chars().count() > TEXT_MAX {
            return self.told.skip("text that is too long");
        }
        let by = self.person(id, message.from.as_deref(), at);
        if self.is_direct && self.told.direct.is_none_or(|(one, two)| by != one && by != two) {
            return self.told.skip("message of a third in a direct chat");
        }
        if !self.is_direct && !self.present.contains(&by) && !self.joins(message.id, at, by) {
            return self.told.skip("message of somebody for whom the group had no room");
        }
        if message.media_type.is_some() || message.photo.is_some() || message.file.is_some() {
            self.told.note("media told by a placeholder");
        }
        let reply_to = message.reply_to_message_id.and_then(|id| self.said.get(&id)).copied();
        let (text, entities) = (said.says, said.entities);
        let say = What::Say {
            text: text.clone(),
            entities: entities.clone(),
            reply_to,
        };
        let said = self.deed(message.id, "say", at, by, say);
        self.said.insert(message.id, said);
        // An export holds only the last text: when it came to be is what the edit tells.
        if let Some(edited) = message
            .edited
            .as_deref()
            .and_then(|date| self::at(message.edited_unixtime.as_deref(), date))
        {
            self.deed(message.id, "edit", edited.max(at), by, What::Edit { said, text, entities });
        }
    }

    fn service(&mut self, message: &Message, at: Micros) {
        let Some(id) = message.actor_id.as_deref().filter(|_| !self.is_direct) else {
            return self.told.skip("service message that changes nothing here");
        };
        let action = message.action.as_deref().unwrap_or_default();
        let title = message.title.as_deref().and_then(|title| cut(title, TITLE_MAX));
        match (action, title) {
            ("create_group" | "create_channel", title) if !self.created => {
                self.told.name = title.unwrap_or_else(|| self.told.name.clone());
                let by = self.person(id, message.actor.as_deref(), at);
                self.joins(message.id, at, by);
                self.invites(message, at, by);
            }
            ("join_group_by_link" | "join_group_by_request", _) => {
                let by = self.person(id, message.actor.as_deref(), at);
                if !self.present.contains(&by) {
                    self.joins(message.id, at, by);
                }
            }
            ("invite_members", _) => {
                let by = self.person(id, message.actor.as_deref(), at);
                self.invites(message, at, by);
            }
            ("remove_members", _) => {
                let by = self.person(id, message.actor.as_deref(), at);
                self.removes(message, at, by);
            }
            ("edit_group_title", Some(title)) if self.created => {
                let by = self.person(id, message.actor.as_deref(), at);
                self.deed(message.id, "title", at, by, What::Retitle { title });
            }
            _ => self.told.skip("service message that changes nothing here"),
        }
    }

    fn invites(&mut self, message: &Message, at: Micros, by: Uuid) {
        for (index, name) in message.members.iter().enumerate() {
            let Some((id, name)) = self.known(name.as_deref()) else {
                self.told.skip("member of whom only a name is told");
                continue;
            };
            let who = self.person(&id, Some(&name), at);
            if self.present.contains(&who) {
                continue;
            }
            if who == by {
                self.joins(message.id, at, by);
            } else if self.created && self.present.len() < MEMBERS_MAX {
                self.present.insert(who);
                self.deed(message.id, &format!("add:{index}"), at, by, What::Add(who));
            } else {
                self.told.skip("member for whom there was no group or no room");
            }
        }
    }

    fn removes(&mut self, message: &Message, at: Micros, by: Uuid) {
        for (index, name) in message.members.iter().enumerate() {
            let Some((id, _)) = self.known(name.as_deref()) else {
                self.told.skip("member of whom only a name is told");
                continue;
            };
            let who = part(self.people, &id);
            if self.present.remove(&who) {
                let what = if who == by { What::Leave } else { What::Remove(who) };
                self.deed(message.id, &format!("remove:{index}"), at, by, what);
            }
        }
    }

    /// The one who wrote here under this name.
    fn known(&self, name: Option<&str>) -> Option<(String, String)> {
        let id = self.by_name.get(name?)?.clone()?;
        Some((id, name?.to_owned()))
    }

    /// False: the group is full.
    fn joins(&mut self, number: i64, at: Micros, who: Uuid) -> bool {
        if self.present.len() >= MEMBERS_MAX {
            self.told.skip("join of a full group");
            return false;
        }
        self.present.insert(who);
        if std::mem::replace(&mut self.created, true) {
            self.deed(number, "join", at, who, What::Join);
        } else {
            let title = self.told.name.clone();
            self.deed(number, "create", at, who, What::Create { title });
        }
        true
    }

    /// Somebody, by the export's id and under this name.
    fn person(&mut self, id: &str, name: Option<&str>, at: Micros) -> Uuid {
        let key = part(self.people, id);
        if let Entry::Vacant(unknown) = self.names.entry(key) {
            // Names change from export to export; what an account is registered under must not.
            let name = cut(id, NAME_MAX).unwrap_or_else(|| "Telegram account".to_owned());
            unknown.insert(name.clone());
            self.told.people.push(Person { key, name, at });
        }
        if let Some(name) = name.and_then(|name| cut(name, NAME_MAX))
            && self.names.get(&key) != Some(&name)
        {
            self.told.renamed.push(Renamed {
                // With the name: another export may know another one at the same place.
                id: part(self.chat, &format!("{}:call:{id}:{name}", self.number)),
                at,
                by: key,
                name: name.clone(),
                unless_later: false,
            });
            self.names.insert(key, name);
        }
        key
    }

    fn deed(&mut self, message: i64, what: &str, at: Micros, by: Uuid, deed: What) -> Uuid {
        let id = part(self.chat, &format!("{message}:{what}"));
        self.told.deeds.push(Deed { id, at, by, what: deed });
        id
    }
}

/// A line of at most so many code points, with something in it.
fn cut(text: &str, most: usize) -> Option<String> {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect();
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// The time, in µs: as seconds since 1970, else by the calendar, taken for UTC.
fn at(seconds: Option<&str>, date: &str) -> Option<Micros> {
    if let Some(seconds) = seconds {
        return seconds.parse::<i64>().ok()?.checked_mul(1_000_000).filter(|at| *at >= 0);
    }
    let at: Timestamp = format!("{date}Z").parse().ok()?;
    Some(at.0).filter(|at| *at >= 0)
}
