//! Random things that may happen: moves are read against what has happened, so that only what can happen does.

mod channel;
mod dialogs;
mod groups;

use std::collections::{BTreeMap, BTreeSet};

use crate::chronicle::{Chronicle, account, sealed};
use domain::account::event as account_event;
use domain::account::event::TokenHash;
use domain::chat::Role;
use domain::chat::event::{
    Created, Event, MemberAdded, MemberGone, MessageEdited, MessageSent, MessagesDeleted, Renamed, RoleChanged, SequenceBegun,
};
use domain::id::{AccountId, ChatId, DeviceId, MessageId, NameKey};
use domain::inbox;
use domain::name;
use domain::stream::Stream;
use heliograph_tests::history::people::stands;
use proptest::prelude::*;

pub(crate) const ACCOUNTS: i64 = 6;
/// Groups, a channel and a direct chat, by number.
const CHATS: i64 = 6;
const CHANNEL: i64 = 5;
const DIRECT: i64 = 6;
const NAMES: i64 = 2;

/// A move, and whether it shares the commit of the one before (if that is the same stream's).
#[derive(Debug, Clone)]
pub(crate) struct Move {
    pub(crate) what: u8,
    pub(crate) who: i64,
    pub(crate) whom: i64,
    pub(crate) chat: i64,
    pub(crate) number: i64,
    pub(crate) shares: bool,
}

pub(crate) fn moves(most: usize) -> impl Strategy<Value = Vec<Move>> {
    let one = (0u8..60, 1..=ACCOUNTS, 1..=ACCOUNTS, 1..=CHATS, 0i64..1000, any::<bool>());
    let one = one.prop_map(|(what, who, whom, chat, number, shares)| Move {
        what,
        who,
        whom,
        chat,
        number,
        shares,
    });
    prop::collection::vec(one, 1..most)
}

/// That an account has a name, or had it.
fn held(account: AccountId) -> name::event::Held {
    name::event::Held {
        account,
        chat: None,
        fact: None,
        rests_until: None,
    }
}

/// What a chat has come to.
#[derive(Debug, Default)]
pub(crate) struct Chat {
    exists: bool,
    pub(crate) members: BTreeSet<AccountId>,
    pub(crate) top: i64,
    pub(crate) deleted: BTreeSet<i64>,
    /// Read marks: message numbers.
    marks: BTreeMap<AccountId, i64>,
    /// Up to where it is cleared, by whom.
    cleared: BTreeMap<AccountId, i64>,
    /// Who has hidden what.
    hidden: BTreeSet<(AccountId, i64)>,
    /// Whom each message mentions.
    mentions: BTreeMap<i64, BTreeSet<AccountId>>,
    pub(super) pins: BTreeSet<i64>,
    /// Who runs it, of a channel.
    leads: BTreeSet<AccountId>,
    /// Whether its own sequence has begun.
    begun: bool,
    /// Links made.
    links: i64,
    /// Which of the chats it is.
    number: i64,
}

/// What is unread in a chat, counted one by one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Count {
    pub(crate) unread: usize,
    pub(crate) not_counted: Vec<i64>,
    pub(crate) mentions: Vec<i64>,
}

/// What has happened, and the least one needs to say what may happen next.
#[derive(Debug, Default)]
pub(crate) struct Annals {
    pub(crate) chronicle: Chronicle,
    pub(crate) chats: BTreeMap<ChatId, Chat>,
    devices: BTreeMap<AccountId, i64>,
    names: BTreeMap<i64, AccountId>,
}

impl Annals {
    pub(crate) fn of(moves: &[Move]) -> Self {
        let mut annals = Self::default();
        for step in moves {
            annals.step(step);
        }
        annals
    }

    /// What is unread for everybody in each chat, in order.
    pub(crate) fn counts(&self) -> Vec<(AccountId, ChatId, Count)> {
        let everybody = (1..=ACCOUNTS).map(account);
        let counts = everybody.flat_map(|who| {
            self.chats
                .keys()
                .filter_map(move |chat| Some((who, *chat, self.count(*chat, who)?)))
        });
        let mut counts: Vec<_> = counts.collect();
        counts.sort();
        counts
    }

    /// What is unread, counted one by one.
    fn count(&self, chat: ChatId, account: AccountId) -> Option<Count> {
        let chat = &self.chats[&chat];
        let mark = |marks: &BTreeMap<AccountId, i64>| marks.get(&account).copied().unwrap_or_default();
        let behind = mark(&chat.marks).max(mark(&chat.cleared)) + 1..=chat.top;
        let is_unread = |message: &i64| !chat.deleted.contains(message) && !chat.hidden.contains(&(account, *message));
        let mentions = |message: &i64| chat.mentions.get(message).is_some_and(|mentioned| mentioned.contains(&account));
        chat.members.contains(&account).then(|| Count {
            unread: behind.clone().filter(is_unread).count(),
            not_counted: behind.clone().filter(|message| !is_unread(message)).collect(),
            mentions: behind.filter(|message| is_unread(message) && mentions(message)).collect(),
        })
    }

    fn step(&mut self, step: &Move) {
        match step.what {
            0..=3 => self.in_account(step),
            4 => self.in_name(step),
            5 => self.chronicle.now = self.chronicle.now.plus_seconds(step.number * 60),
            6..=8 => self.read(step),
            32..=40 => self.in_dialog(step),
            53..=57 => self.in_channel(step),
            _ => self.in_chat(step),
        }
    }

    fn record(&mut self, step: &Move, stream: Stream, by: AccountId, event: impl Into<domain::event::Event>) {
        let shares = step.shares && self.chronicle.facts.last().is_some_and(|last| last.stream == stream);
        if shares {
            self.chronicle.also(by, event);
        } else {
            self.chronicle.record(stream, by, event);
        }
    }

    fn in_account(&mut self, step: &Move) {
        use account_event::Event;
        let who = account(step.who);
        let devices = self.devices.get(&who).copied();
        let says = format!("{}", step.number);
        let event = match (devices, step.what) {
            (None, _) => Event::Registered(account_event::Registered {
                bot: step.number % 2 == 0,
                profile: sealed(who, &says),
            }),
            (Some(devices), 0 | 1) => Event::DeviceAuthorised(account_event::DeviceAuthorised {
                device: DeviceId::try_from(devices + 1).unwrap(),
                token: TokenHash(format!("{:064x}", step.number)),
                sign_in: None,
                name: sealed(who, &says),
            }),
            (Some(devices), 2) if devices > 0 => Event::DeviceEnded(account_event::DeviceEnded {
                device: DeviceId::try_from(step.number % devices + 1).unwrap(),
                reason: None,
            }),
            (Some(_), 3) if step.number % 4 > 0 => stands(who, account(step.whom), u32::try_from(step.number).unwrap()),
            (Some(devices), 3) if devices > 0 => Event::DeviceRenamed(account_event::DeviceRenamed {
                device: DeviceId::try_from(step.number % devices + 1).unwrap(),
                name: sealed(who, &says),
            }),
            (Some(_), _) => Event::ProfileChanged(account_event::ProfileChanged {
                profile: sealed(who, &says),
            }),
        };
        match &event {
            Event::Registered(_) => drop(self.devices.insert(who, 0)),
            Event::DeviceAuthorised(_) => *self.devices.entry(who).or_default() += 1,
            _ => {}
        }
        self.record(step, Stream::Account(who), who, event);
    }

    fn in_name(&mut self, step: &Move) {
        let number = step.chat % NAMES;
        let key: NameKey = format!("{number:064x}").parse().unwrap();
        let who = account(step.who);
        if let Some(holder) = self.names.remove(&number) {
            self.record(step, Stream::Name(key.clone()), holder, name::Event::Released(held(holder)));
            let changed = account_event::UsernameChanged {
                name: None,
                former: Some(key),
                username: None,
            };
            self.record(
                step,
                Stream::Account(holder),
                holder,
                account_event::Event::UsernameChanged(changed),
            );
        } else if self.devices.contains_key(&who) {
            self.names.insert(number, who);
            let changed = account_event::UsernameChanged {
                name: Some(key.clone()),
                former: None,
                username: Some(sealed(who, "name")),
            };
            self.record(step, Stream::Account(who), who, account_event::Event::UsernameChanged(changed));
            self.record(step, Stream::Name(key), who, name::Event::Taken(held(who)));
        }
    }

    fn read(&mut self, step: &Move) {
        let (who, chat) = (account(step.who), chat_id(step.chat));
        let Some(state) = self.chats.get_mut(&chat).filter(|state| state.top > 0) else {
            return;
        };
        let up_to = step.number % state.top + 1;
        let mark = state.marks.entry(who).or_default();
        *mark = up_to.max(*mark);
        let read = inbox::event::Read {
            chat,
            up_to: MessageId::try_from(up_to).unwrap(),
        };
        self.record(step, Stream::Inbox(who), who, inbox::Event::Read(read));
    }

    fn in_chat(&mut self, step: &Move) {
        let id = chat_id(step.chat);
        let (who, whom) = match step.chat {
            DIRECT => (account(1 + step.who % 2), account(2 - step.who % 2)),
            _ => (account(step.who), account(step.whom)),
        };
        if !may_happen(step) {
            return;
        }
        if let Some(event) = self.chats.entry(id).or_default().happens(step, who, whom) {
            self.record(step, Stream::Chat(id), who, event.clone());
            match event {
                Event::Created(_) if step.chat == CHANNEL => self.subscribes(step, who),
                Event::MemberLeft(_) if step.chat == CHANNEL => self.unsubscribes(step, who),
                _ => {}
            }
        }
    }
}

/// Whether it is something that happens in chats like this one.
fn may_happen(step: &Move) -> bool {
    match (step.chat, step.what) {
        // Nobody is added or removed, restricted, or asks to join, and members may do nothing that could be said.
        (CHANNEL, what) => !matches!(what, 9..=12 | 41 | 42 | 47 | 50 | 58) && (!matches!(what, 51 | 52) || step.number % 2 == 0),
        (DIRECT, what) => matches!(what, 16..=31 | 41..=44),
        (_, _) => true,
    }
}

pub(crate) fn chat_id(number: i64) -> ChatId {
    let id = match number {
        CHANNEL => format!("c-{number}"),
        DIRECT => "dm-1-2".to_owned(),
        _ => format!("g-{number}"),
    };
    id.parse().unwrap()
}

fn gone(account: AccountId) -> MemberGone {
    MemberGone {
        account,
        message: None,
        count: None,
    }
}

impl Chat {
    fn happens(&mut self, step: &Move, who: AccountId, whom: AccountId) -> Option<Event> {
        if !self.exists {
            self.exists = true;
            self.number = step.chat;
            return Some(self.created(who, whom));
        }
        let message = (self.top > 0).then(|| step.number % self.top.max(1) + 1);
        let old = message.map(|message| MessageId::try_from(message).unwrap());
        match step.what {
            9 | 10 if !self.members.contains(&whom) => Some(self.added(whom)),
            11 | 12 => self.members.remove(&whom).then_some(Event::MemberRemoved(gone(whom))),
            13 if self.number == CHANNEL => self.leads.remove(&who).then(|| Event::MemberLeft(gone(who))),
            13 => self.members.remove(&who).then(|| {
                Event::MemberLeft(MemberGone {
                    message: Some(self.told(who)),
                    ..gone(who)
                })
            }),
            14 if self.members.contains(&whom) => {
                self.leads.insert(whom);
                Some(Event::RoleChanged(RoleChanged {
                    account: whom,
                    role: Role::Admin(BTreeSet::new()),
                }))
            }
            15 => Some(Event::Renamed(Renamed {
                message: Some(self.told(who)),
                title: sealed(who, &step.number.to_string()),
            })),
            16..=18 => old.map(|message| {
                Event::MessageEdited(MessageEdited {
                    message,
                    length: 2,
                    entities: Vec::new(),
                    mentions: self.mentioned(message.get(), step),
                    text: sealed(who, &format!("edit {}", step.number)),
                })
            }),
            19..=21 => message.map(|message| self.deleted(message)),
            58 => (!std::mem::replace(&mut self.begun, true)).then_some(Event::SequenceBegun(SequenceBegun {})),
            45..=52 => Some(self.ruled(step, who, whom)),
            41..=44 => message
                .filter(|message| !self.deleted.contains(message))
                .map(|message| self.noticed(step, who, message)),
            _ if self.number == CHANNEL && !self.leads.contains(&who) => None,
            _ if self.members.contains(&who) => Some(self.sent(step, who)),
            _ => None,
        }
    }

    fn created(&mut self, who: AccountId, whom: AccountId) -> Event {
        let whom = if self.number == CHANNEL { who } else { whom };
        let accounts: BTreeSet<_> = [who, whom].into();
        self.members.clone_from(&accounts);
        self.leads.insert(who);
        let is_direct = self.number == DIRECT;
        let leads = |account| account == who && !is_direct;
        let member = |account| MemberAdded::at_first(account, if leads(account) { Role::Owner } else { Role::Member });
        Event::Created(Created {
            members: accounts.into_iter().map(member).collect(),
            title: (!is_direct).then(|| sealed(who, "title")),
        })
    }

    fn added(&mut self, whom: AccountId) -> Event {
        self.members.insert(whom);
        let mark = self.marks.entry(whom).or_default();
        *mark = self.top.max(*mark);
        Event::MemberAdded(MemberAdded {
            after: MessageId::try_from(self.top).ok(),
            ..MemberAdded::at_first(whom, Role::Member)
        })
    }

    /// A service message: who acted has read it.
    fn told(&mut self, who: AccountId) -> MessageId {
        self.top += 1;
        self.marks.insert(who, self.top);
        MessageId::try_from(self.top).unwrap()
    }

    fn sent(&mut self, step: &Move, who: AccountId) -> Event {
        self.top += 1;
        let mark = self.marks.entry(who).or_default();
        *mark = self.top;
        Event::MessageSent(MessageSent {
            length: 1,
            reply_to: MessageId::try_from(step.number % self.top).ok(),
            mentions: self.mentioned(self.top, step),
            ..MessageSent::plain(MessageId::try_from(self.top).unwrap(), who, sealed(who, &step.number.to_string()))
        })
    }

    fn deleted(&mut self, message: i64) -> Event {
        let messages = BTreeSet::from([message, (message / 2).max(1)]);
        self.deleted.extend(&messages);
        self.pins.retain(|message| !messages.contains(message));
        let messages = messages.into_iter().map(|message| MessageId::try_from(message).unwrap());
        Event::MessagesDeleted(MessagesDeleted {
            messages: messages.collect(),
        })
    }
}
