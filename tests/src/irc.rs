//! IRC logs, read as `docs/IMPORTING.md` has it and by nothing of the importer's: what an import of them has to have made of them.

use std::collections::{BTreeMap, HashMap};

mod channel;
mod line;
mod reply;

use channel::Channel;
use reply::Links;

/// µs of a minute.
const MINUTE: i64 = 60_000_000;

/// Somebody: an account that an import makes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Who {
    /// The holder of a nick, in lower case, in all logs of the network.
    Nick(String),
    /// Who spoke under a nick that its holder had given up: known in one log, from this line on.
    Namesake {
        /// The log's title.
        log: String,
        /// The line, from 0.
        line: usize,
    },
}

/// Something that happened in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// When, in µs since 1970.
    pub at: i64,
    /// Who did it.
    pub by: Who,
    /// What.
    pub what: What,
}

/// What can happen in a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The first person came: the group is theirs.
    Created,
    /// Somebody became a member.
    Joined,
    /// A member left.
    Left,
    /// A message; the first of a log has the number 1.
    Said {
        /// As it is to be read.
        text: String,
        /// The number of the message that it answers.
        reply_to: Option<i64>,
    },
}

/// What a log tells.
#[derive(Debug, Default)]
pub struct Log {
    /// The group's title.
    pub title: String,
    /// All that happened, in order.
    pub happened: Vec<Happened>,
    /// Lines that became nothing, by the words of the import's summary.
    pub skipped: BTreeMap<&'static str, u64>,
    /// Lines that became something else than they say, by the words of the import's summary.
    pub noted: BTreeMap<&'static str, u64>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// What it is called in the end.
    pub name: String,
    /// When it was first seen, in the first log that tells of it.
    pub since: i64,
}

/// A network's logs, in the order in which they are read.
#[derive(Debug, Default)]
pub struct Network {
    /// What each log tells.
    pub logs: Vec<Log>,
    /// Everybody.
    pub accounts: HashMap<Who, Account>,
}

impl Network {
    /// Reads a log of this name, and the annotations beside it.
    pub fn read(&mut self, title: &str, raw: &str, annotations: &str) {
        let midnight = days(title).expect("a log's name begins with its day") * 24 * 60 * MINUTE;
        let lines: Vec<line::Line> = raw.lines().map(line::read).collect();
        let first = lines.iter().find_map(line::Line::minutes).expect("a log tells a time");
        let mut channel = Channel::new(title, midnight, first, &mut self.accounts);
        let annotated = Links::read(annotations);
        for (number, line) in lines.into_iter().enumerate() {
            channel.take(number, line, &annotated);
        }
        self.logs.push(channel.log);
    }

    /// How many messages all logs have.
    pub fn messages(&self) -> u64 {
        self.logs.iter().map(|log| log.messages().count() as u64).sum()
    }
}

impl Log {
    /// The messages, in the order of their numbers: who, when, what, and the number of what it answers.
    pub fn messages(&self) -> impl Iterator<Item = (&Who, i64, &str, Option<i64>)> {
        self.happened.iter().filter_map(|happened| match &happened.what {
            What::Said { text, reply_to } => Some((&happened.by, happened.at, text.as_str(), *reply_to)),
            What::Created | What::Joined | What::Left => None,
        })
    }

    /// The number of the last message.
    pub fn top(&self) -> i64 {
        i64::try_from(self.messages().count()).expect("a log is short")
    }

    /// The numbers of the messages that were sent while somebody was a member.
    pub fn heard_by(&self, who: &Who) -> Vec<i64> {
        let (mut top, mut here, mut heard) = (0, false, Vec::new());
        for Happened { by, what, .. } in &self.happened {
            match what {
                What::Created | What::Joined => here |= by == who,
                What::Left => here &= by != who,
                What::Said { .. } => {
                    top += 1;
                    heard.extend(here.then_some(top));
                }
            }
        }
        heard
    }

    /// Who is in the group in the end, the longest first, and whose it is.
    pub fn members(&self) -> (Vec<&Who>, Option<&Who>) {
        let (mut members, mut owner): (Vec<&Who>, Option<&Who>) = (Vec::new(), None);
        for Happened { by, what, .. } in &self.happened {
            match what {
                What::Created => (members, owner) = (vec![by], Some(by)),
                What::Joined => members.push(by),
                What::Left => {
                    members.retain(|member| *member != by);
                    if owner == Some(by) {
                        owner = members.first().copied();
                    }
                }
                What::Said { .. } => {}
            }
        }
        (members, owner)
    }

    /// The last message that counts as read for somebody who read nothing: what they said, and what was said before they joined.
    pub fn read_by_itself(&self, who: &Who) -> i64 {
        let (mut top, mut read) = (0, 0);
        for Happened { by, what, .. } in &self.happened {
            top += i64::from(matches!(what, What::Said { .. }));
            if by == who && !matches!(what, What::Left) {
                read = top;
            }
        }
        read
    }
}

/// Days from 1970 to the day that a name begins with, counted one by one.
fn days(name: &str) -> Option<i64> {
    let mut parts = name.get(..10)?.split('-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let february = if leap(year) { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let years: i64 = (1970..year).map(|year| if leap(year) { 366 } else { 365 }).sum();
    let before = months.get(..usize::try_from(month - 1).ok()?)?;
    Some(years + before.iter().sum::<i64>() + day - 1)
}
