//! A channel while its log is read: who holds which nick, who is there.
//!
//! A nick is its holder's until another takes it. Who gives one up by taking another and is still there leaves it to others: whoever speaks
//! under it then is somebody else. Who gave one up and has left is taken to be back when somebody comes under it.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::super::told::{Deed, Person, Renamed, Told, What, part};
use super::clock::Clock;
use super::line::Line;

/// Members of a group, at most.
const MEMBERS_MAX: usize = 1_000;

/// A channel while its log is read.
pub(super) struct Room<'a> {
    network: Uuid,
    file: Uuid,
    clock: Clock,
    /// Whom this log or one that was read before tells of.
    seen: &'a mut HashSet<Uuid>,
    /// Of whom this log tells, and the last of `told.renamed` about them.
    called: HashMap<Uuid, usize>,
    /// Nicks in use, however they are written, and whose they are.
    holders: HashMap<String, Uuid>,
    present: HashSet<Uuid>,
    /// Lines that became messages, and their deeds.
    messages: HashMap<usize, Uuid>,
    created: bool,
    pub(super) told: Told,
}

impl<'a> Room<'a> {
    pub(super) fn new(network: Uuid, file: Uuid, name: &str, seen: &'a mut HashSet<Uuid>, day: i64) -> Self {
        Self {
            network,
            file,
            clock: Clock::new(day),
            seen,
            called: HashMap::new(),
            holders: HashMap::new(),
            present: HashSet::new(),
            messages: HashMap::new(),
            created: false,
            told: Told {
                name: name.to_owned(),
                ..Told::default()
            },
        }
    }

    /// The first time that the log tells: what stands before it happened then, too.
    pub(super) fn begins_at(&mut self, minutes: Option<i64>) {
        if let Some(minutes) = minutes {
            self.clock.set(minutes);
        }
    }

    /// Takes a line in. It answers the first of `answers` that is a message.
    pub(super) fn take(&mut self, number: usize, line: Line<'_>, answers: &[usize]) {
        match line {
            Line::Said { minutes, nick, text } => {
                self.clock.set(minutes);
                self.say(number, &nick, text, answers);
            }
            Line::Did { minutes, nick, text } => {
                match minutes {
                    Some(minutes) => self.clock.set(minutes),
                    None => self.told.note("action without a time of its own"),
                }
                let action = if text.trim().is_empty() {
                    String::new()
                } else {
                    format!("/me {text}")
                };
                self.say(number, &nick, &action, answers);
            }
            Line::Joined(nick) => {
                let who = self.who(number, &nick);
                if self.present.contains(&who) {
                    self.told.skip("join of somebody who was there");
                } else {
                    self.joins(number, who);
                }
            }
            Line::Left(nick) => {
                let who = self.who(number, &nick);
                if self.present.remove(&who) {
                    self.deed(number, "leave", who, What::Leave);
                } else {
                    self.told.skip("leave of somebody who was not there");
                }
            }
            Line::Renamed(from, to) => self.renames(number, &from, &to),
            Line::System => self.told.skip("topic or mode"),
            Line::Blank => self.told.skip("blank line"),
            Line::Broken => self.told.skip("line that is none of a log"),
        }
    }

    fn say(&mut self, number: usize, nick: &str, text: &str, answers: &[usize]) {
        let text = self.readable(text);
        if text.trim().is_empty() {
            return self.told.skip("empty text");
        }
        let who = self.who(number, nick);
        if !self.present.contains(&who) && !self.joins(number, who) {
            return self.told.skip("message of somebody for whom the group had no room");
        }
        let reply_to = answers.iter().find_map(|line| self.messages.get(line)).copied();
        let said = What::Say {
            text,
            entities: Vec::new(),
            reply_to,
        };
        let id = self.deed(number, "say", who, said);
        self.messages.insert(number, id);
    }

    /// Without what colours and rings bells.
    fn readable(&mut self, text: &str) -> String {
        let readable: String = text.chars().filter(|c| !c.is_control() || *c == '\t').collect();
        if readable.len() < text.len() {
            self.told.note("text without its control characters");
        }
        readable
    }

    /// False: the group is full.
    fn joins(&mut self, number: usize, who: Uuid) -> bool {
        if self.present.len() >= MEMBERS_MAX {
            self.told.skip("join of a full group");
            return false;
        }
        self.present.insert(who);
        if self.created {
            self.deed(number, "join", who, What::Join);
        } else {
            self.created = true;
            let title = self.told.name.clone();
            self.deed(number, "create", who, What::Create { title });
        }
        true
    }

    fn renames(&mut self, number: usize, from: &str, to: &str) {
        let who = self.who(number, from);
        if !self.present.contains(&who) {
            self.joins(number, who);
        }
        self.holders.remove(&folded(from));
        self.holders.insert(folded(to), who);
        if self.name_of(who) != Some(to) {
            self.is_called(number, "call", who, to);
        }
    }

    /// Whose nick it is.
    fn who(&mut self, number: usize, nick: &str) -> Uuid {
        let holder = folded(nick);
        let who = self.holders.get(&holder).copied().unwrap_or_else(|| {
            let first = part(self.network, &format!("nick:{holder}"));
            // Somebody who is here under another nick by now.
            let taken = self.present.contains(&first);
            if taken {
                part(self.file, &format!("nick:{number}:{holder}"))
            } else {
                first
            }
        });
        self.holders.insert(holder.clone(), who);
        match self.name_of(who).map(folded) {
            None => {
                self.appears(who, holder);
                // Told by every log, whatever they are called by now: the server knows whether another name is newer.
                self.is_called(number, "first", who, nick);
            }
            Some(name) if name != holder => {
                self.release(who, nick);
                self.is_called(number, "back", who, nick);
            }
            Some(_) => {}
        }
        who
    }

    /// What this log calls somebody by now.
    fn name_of(&self, who: Uuid) -> Option<&str> {
        let last = self.called.get(&who)?;
        Some(&self.told.renamed[*last].name)
    }

    /// Registered by what their key is made of: the same whichever log is imported first.
    fn appears(&mut self, who: Uuid, nick: String) {
        if self.seen.insert(who) {
            let at = self.clock.now();
            self.told.people.push(Person { key: who, name: nick, at });
        }
    }

    /// Other nicks that somebody held before coming back under this one.
    fn release(&mut self, who: Uuid, nick: &str) {
        let kept = folded(nick);
        self.holders.retain(|held, holder| *holder != who || *held == kept);
    }

    /// Of the names of one minute the last counts: by its time alone nothing else would tell which that is.
    fn is_called(&mut self, number: usize, what: &str, who: Uuid, nick: &str) {
        let renamed = Renamed {
            id: part(self.file, &format!("{number}:{what}")),
            at: self.clock.now(),
            by: who,
            name: nick.to_owned(),
            unless_later: true,
        };
        let known = &mut self.told.renamed;
        match self.called.get(&who).copied() {
            // A line that came late tells of no earlier name either.
            Some(last) if known[last].at >= renamed.at => {
                let at = known[last].at;
                known[last] = Renamed { at, ..renamed };
            }
            Some(_) | None => {
                self.called.insert(who, known.len());
                known.push(renamed);
            }
        }
    }

    fn deed(&mut self, number: usize, what: &str, by: Uuid, deed: What) -> Uuid {
        let id = part(self.file, &format!("{number}:{what}"));
        let at = self.clock.now();
        self.told.deeds.push(Deed { id, at, by, what: deed });
        id
    }
}

/// A nick however it is written.
fn folded(nick: &str) -> String {
    nick.to_ascii_lowercase()
}
