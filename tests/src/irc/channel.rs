//! A channel while its log is read: its clock, who holds which nick, who is there.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::line::Line;
use super::reply::Links;
use super::{Account, Happened, Log, MINUTE, What, Who};

/// Minutes that the clock goes back when midnight passes, at least; less, and a line came late.
const MIDNIGHT: i64 = 6 * 60;

/// A channel while its log is read.
#[derive(Debug)]
pub(super) struct Channel<'a> {
    pub(super) log: Log,
    midnight: i64,
    minutes: i64,
    accounts: &'a mut HashMap<Who, Account>,
    /// Nicks, in lower case, and who holds them, or, once they were given up, held them last.
    nicks: BTreeMap<String, (Who, Held)>,
    here: HashSet<Who>,
    /// What those who were seen in this log are called, in lower case.
    called: HashMap<Who, String>,
    /// Lines that are messages, and their numbers.
    messages: HashMap<usize, i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Now,
    Before,
}

impl<'a> Channel<'a> {
    pub(super) fn new(title: &str, midnight: i64, minutes: i64, accounts: &'a mut HashMap<Who, Account>) -> Self {
        let title = title.to_owned();
        Self {
            log: Log { title, ..Log::default() },
            midnight,
            minutes,
            accounts,
            nicks: BTreeMap::new(),
            here: HashSet::new(),
            called: HashMap::new(),
            messages: HashMap::new(),
        }
    }

    pub(super) fn take(&mut self, number: usize, line: Line<'_>, links: &Links) {
        if let Some(minutes) = line.minutes() {
            if self.minutes - minutes >= MIDNIGHT {
                self.midnight += 24 * 60 * MINUTE;
            }
            self.minutes = minutes;
        }
        match line {
            Line::Said(_, nick, text) => self.says(number, &nick, text.to_owned(), links),
            Line::Did(time, nick, text) => {
                if time.is_none() {
                    *self.log.noted.entry("action without a time of its own").or_default() += 1;
                }
                let deed = if text.trim().is_empty() {
                    String::new()
                } else {
                    format!("/me {text}")
                };
                self.says(number, &nick, deed, links);
            }
            Line::Joined(nick) => {
                let who = self.who(number, &nick);
                if !self.comes(&who) {
                    self.skips("join of somebody who was there");
                }
            }
            Line::Left(nick) => {
                let who = self.who(number, &nick);
                if self.here.remove(&who) {
                    self.happens(&who, What::Left);
                } else {
                    self.skips("leave of somebody who was not there");
                }
            }
            Line::Renamed(from, to) => self.renames(number, &from, &to),
            Line::TopicOrMode => self.skips("topic or mode"),
        }
    }

    fn says(&mut self, number: usize, nick: &str, text: String, links: &Links) {
        if text.trim().is_empty() {
            return self.skips("empty text");
        }
        let who = self.who(number, nick);
        self.comes(&who);
        let reply_to = links.of(number).find_map(|line| self.messages.get(&line).copied());
        let id = self.messages.len() + 1;
        self.messages.insert(number, i64::try_from(id).expect("a log is short"));
        self.happens(&who, What::Said { text, reply_to });
    }

    fn renames(&mut self, number: usize, from: &str, to: &str) {
        let who = self.who(number, from);
        self.comes(&who);
        self.nicks.insert(from.to_ascii_lowercase(), (who.clone(), Held::Before));
        self.nicks.insert(to.to_ascii_lowercase(), (who.clone(), Held::Now));
        self.called.insert(who.clone(), to.to_ascii_lowercase());
        self.is_called(&who, to);
    }

    /// Who holds a nick, or takes it with this line.
    fn who(&mut self, number: usize, nick: &str) -> Who {
        let key = nick.to_ascii_lowercase();
        let who = match self.nicks.get(&key) {
            Some((who, Held::Now)) => return self.known(who.clone(), key, nick),
            Some((who, Held::Before)) if self.here.contains(who) => Who::Namesake {
                log: self.log.title.clone(),
                line: number,
            },
            Some((who, Held::Before)) => who.clone(),
            None => Who::Nick(key.clone()),
        };
        // Whoever is back under one nick has given up the others.
        for (holder, held) in self.nicks.values_mut() {
            if *holder == who {
                *held = Held::Before;
            }
        }
        self.nicks.insert(key.clone(), (who.clone(), Held::Now));
        self.known(who, key, nick)
    }

    /// They are called as the log first writes it, however it is capitalised later.
    fn known(&mut self, who: Who, key: String, nick: &str) -> Who {
        if self.called.get(&who) != Some(&key) {
            self.called.insert(who.clone(), key);
            self.is_called(&who, nick);
        }
        who
    }

    fn is_called(&mut self, who: &Who, nick: &str) {
        let since = self.now();
        let account = self.accounts.entry(who.clone()).or_insert(Account {
            name: String::new(),
            since,
        });
        nick.clone_into(&mut account.name);
    }

    /// False: they are there.
    fn comes(&mut self, who: &Who) -> bool {
        let comes = self.here.insert(who.clone());
        if comes {
            let what = if self.log.happened.is_empty() {
                What::Created
            } else {
                What::Joined
            };
            self.happens(who, what);
        }
        comes
    }

    fn happens(&mut self, who: &Who, what: What) {
        let (at, by) = (self.now(), who.clone());
        self.log.happened.push(Happened { at, by, what });
    }

    fn skips(&mut self, why: &'static str) {
        *self.log.skipped.entry(why).or_default() += 1;
    }

    fn now(&self) -> i64 {
        self.midnight + self.minutes * MINUTE
    }
}
