//! Who exists and what they do next: just enough state to keep the made-up past valid.

use domain::account::event::{DeviceAuthorised, DeviceEnded, DeviceName, DeviceRenamed, Profile, ProfileChanged, Registered, TokenHash};
use domain::actor::Actor;
use domain::chat::content::{Kind, Text, Title};
use domain::chat::event::{
    Created, Forwarded, MemberAdded, MemberGone, MessageEdited, MessageSent, MessagesDeleted, Quote, ReactionChanged, Renamed,
};
use domain::chat::{Emoji, Role};
use domain::event::Event;
use domain::id::{AccountId, ChatId, DeviceId, MessageId};
use domain::inbox::event::MessagesHidden;
use domain::sealed::{Closed, Sealed};
use domain::stream::Stream;
use domain::time::Timestamp;
use domain::{account, chat, inbox};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::people;

/// A commit to be written.
type Commit = (Stream, Actor, Vec<Event>);

/// Everybody and every chat.
#[derive(Debug)]
pub struct World {
    chance: StdRng,
    accounts: Vec<Account>,
    chats: Vec<Chat>,
}

#[derive(Debug)]
struct Account {
    id: AccountId,
    devices: Vec<DeviceId>,
    next_device: i64,
}

#[derive(Debug)]
struct Chat {
    id: ChatId,
    members: Vec<AccountId>,
    top: i64,
    deleted: Vec<i64>,
}

fn sealed<T>(of: AccountId, what: &str) -> Sealed<T> {
    let cipher = format!("sealed {what}");
    Sealed::Closed(Closed { of, cipher })
}

fn message(id: i64) -> MessageId {
    MessageId::try_from(id).expect("a message id")
}

impl World {
    /// An empty world; what happens in it is drawn from the seed.
    pub fn new(seed: u64) -> Self {
        Self {
            chance: StdRng::seed_from_u64(seed),
            accounts: Vec::new(),
            chats: Vec::new(),
        }
    }

    /// What happens next.
    pub fn goes_on(&mut self) -> (Stream, Actor, Vec<Event>) {
        loop {
            let happens = match self.chance.random_range(0..100) {
                _ if self.accounts.len() < 3 => self.register(),
                0..3 => self.register(),
                3..8 => self.authorise(),
                8..9 => self.end_device(),
                9..11 => self.rename_account(),
                11..15 => self.create(),
                15..19 => self.join(),
                19..22 => self.leave(),
                22..24 => self.rename_chat(),
                24..34 => self.read(),
                34..42 => self.edit(),
                42..46 => self.delete(),
                46..48 => self.stands(),
                48..49 => self.rename_device(),
                49..51 => self.react(),
                51..53 => self.hide(),
                _ => self.send(),
            };
            if let Some(commit) = happens {
                return commit;
            }
        }
    }

    fn pick(&mut self, among: usize) -> Option<usize> {
        (among > 0).then(|| self.chance.random_range(0..among))
    }

    fn actor(&mut self, account: AccountId) -> Actor {
        let devices = self
            .accounts
            .iter()
            .find(|one| one.id == account)
            .map(|one| one.devices.clone())
            .unwrap_or_default();
        match self.pick(devices.len()) {
            Some(device) => Actor::Device(account, devices[device]),
            None => Actor::Service("admin".to_owned()),
        }
    }

    fn register(&mut self) -> Option<Commit> {
        let id = AccountId::try_from(self.chance.random_range(1..1_000_000_000)).expect("an account id");
        if self.accounts.iter().any(|one| one.id == id) {
            return None;
        }
        self.accounts.push(Account {
            id,
            devices: Vec::new(),
            next_device: 1,
        });
        let profile: Sealed<Profile> = sealed(id, "name");
        let event = account::Event::Registered(Registered { bot: false, profile });
        Some((Stream::Account(id), Actor::Service("admin".to_owned()), vec![event.into()]))
    }

    fn authorise(&mut self) -> Option<Commit> {
        let at = self.pick(self.accounts.len())?;
        let account = &mut self.accounts[at];
        let device = DeviceId::try_from(account.next_device).expect("a device id");
        account.next_device += 1;
        account.devices.push(device);
        let name: Sealed<DeviceName> = sealed(account.id, "device");
        let token = TokenHash(format!("{:064x}", device.get()));
        let event = account::Event::DeviceAuthorised(DeviceAuthorised {
            device,
            token,
            sign_in: None,
            name,
        });
        Some((Stream::Account(account.id), Actor::Service("admin".to_owned()), vec![event.into()]))
    }

    fn rename_device(&mut self) -> Option<Commit> {
        let at = self.pick(self.accounts.len())?;
        let which = self.pick(self.accounts[at].devices.len())?;
        let (id, device) = (self.accounts[at].id, self.accounts[at].devices[which]);
        let name: Sealed<DeviceName> = sealed(id, "another device");
        let event = account::Event::DeviceRenamed(DeviceRenamed { device, name });
        Some((Stream::Account(id), Actor::Device(id, device), vec![event.into()]))
    }

    fn end_device(&mut self) -> Option<Commit> {
        let at = self.pick(self.accounts.len())?;
        let which = self.pick(self.accounts[at].devices.len())?;
        let account = &mut self.accounts[at];
        let device = account.devices.remove(which);
        let event = account::Event::DeviceEnded(DeviceEnded { device, reason: None });
        Some((Stream::Account(account.id), Actor::Service("admin".to_owned()), vec![event.into()]))
    }

    fn rename_account(&mut self) -> Option<Commit> {
        let at = self.pick(self.accounts.len())?;
        let id = self.accounts[at].id;
        let profile: Sealed<Profile> = sealed(id, "another name");
        let event = account::Event::ProfileChanged(ProfileChanged { profile });
        Some((Stream::Account(id), self.actor(id), vec![event.into()]))
    }

    fn stands(&mut self) -> Option<Commit> {
        let (who, whom) = (self.pick(self.accounts.len())?, self.pick(self.accounts.len())?);
        let (who, whom) = (self.accounts[who].id, self.accounts[whom].id);
        let event = people::stands(who, whom, self.chance.random_range(0..1_000));
        Some((Stream::Account(who), self.actor(who), vec![event.into()]))
    }

    fn create(&mut self) -> Option<Commit> {
        let (one, other) = (self.pick(self.accounts.len())?, self.pick(self.accounts.len())?);
        let (one, other) = (self.accounts[one].id, self.accounts[other].id);
        let direct = ChatId::direct(one, other);
        let added = MemberAdded::at_first;
        let mut members = vec![added(one, Role::Member)];
        if one != other {
            members.push(added(other, Role::Member));
        }
        let group = self.chance.random_bool(0.5) || self.chats.iter().any(|chat| chat.id == direct);
        let (id, title) = if group {
            members[0].role = Role::Owner;
            let number = self.chance.random_range(1..900_000_000_i64);
            let id = format!("g-{number}").parse().expect("a group's id");
            (id, Some(sealed::<Title>(one, "title")))
        } else {
            (direct, None)
        };
        if self.chats.iter().any(|chat| chat.id == id) {
            return None;
        }
        self.chats.push(Chat {
            id,
            members: members.iter().map(|member| member.account).collect(),
            top: 0,
            deleted: Vec::new(),
        });
        let event = chat::Event::Created(Created { members, title });
        Some((Stream::Chat(id), self.actor(one), vec![event.into()]))
    }

    /// A chat with somebody of its members.
    fn somewhere(&mut self, groups_only: bool) -> Option<(usize, AccountId)> {
        let at = self.pick(self.chats.len())?;
        if groups_only && !matches!(self.chats[at].id, ChatId::Group(_)) {
            return None;
        }
        let who = self.pick(self.chats[at].members.len())?;
        Some((at, self.chats[at].members[who]))
    }

    fn join(&mut self) -> Option<Commit> {
        let (at, by) = self.somewhere(true)?;
        let who = self.pick(self.accounts.len())?;
        let account = self.accounts[who].id;
        if self.chats[at].members.contains(&account) {
            return None;
        }
        let by = self.actor(by);
        let chat = &mut self.chats[at];
        chat.members.push(account);
        let after = (chat.top > 0).then(|| message(chat.top));
        let role = Role::Member;
        let event = chat::Event::MemberAdded(MemberAdded {
            after,
            ..MemberAdded::at_first(account, role)
        });
        Some((Stream::Chat(chat.id), by, vec![event.into()]))
    }

    fn leave(&mut self) -> Option<Commit> {
        let (at, account) = self.somewhere(true)?;
        let by = self.actor(account);
        let removed = self.chance.random_bool(0.5);
        let chat = &mut self.chats[at];
        chat.members.retain(|member| *member != account);
        let gone = MemberGone {
            account,
            message: None,
            count: None,
        };
        let event = if removed {
            chat::Event::MemberRemoved(gone)
        } else {
            chat::Event::MemberLeft(gone)
        };
        Some((Stream::Chat(chat.id), by, vec![event.into()]))
    }

    fn rename_chat(&mut self) -> Option<Commit> {
        let (at, by) = self.somewhere(true)?;
        let event = chat::Event::Renamed(Renamed {
            message: None,
            title: sealed(by, "another title"),
        });
        Some((Stream::Chat(self.chats[at].id), self.actor(by), vec![event.into()]))
    }

    fn read(&mut self) -> Option<Commit> {
        let (at, who) = self.somewhere(false)?;
        let top = self.pick(usize::try_from(self.chats[at].top).expect("small"))?;
        let event = inbox::Event::Read(inbox::event::Read {
            chat: self.chats[at].id,
            up_to: message(i64::try_from(top).expect("small") + 1),
        });
        Some((Stream::Inbox(who), self.actor(who), vec![event.into()]))
    }

    /// One message, or several that shared a commit, perhaps edited in it.
    fn send(&mut self) -> Option<Commit> {
        let (at, from) = self.somewhere(false)?;
        let by = self.actor(from);
        let many = self.chance.random_range(1..4);
        let edits = self.chance.random_bool(0.1);
        let chat = &mut self.chats[at];
        let mut events = Vec::new();
        for _ in 0..many {
            chat.top += 1;
            events.push(chat::Event::MessageSent(said(&mut self.chance, from, chat.top)));
        }
        if edits {
            events.push(edited(from, chat.top));
        }
        Some((Stream::Chat(chat.id), by, events.into_iter().map(Event::from).collect()))
    }

    fn alive(&mut self, at: usize) -> Option<i64> {
        let id = i64::try_from(self.pick(usize::try_from(self.chats[at].top).expect("small"))?).expect("small") + 1;
        (!self.chats[at].deleted.contains(&id)).then_some(id)
    }

    fn edit(&mut self) -> Option<Commit> {
        let (at, by) = self.somewhere(false)?;
        let id = self.alive(at)?;
        Some((Stream::Chat(self.chats[at].id), self.actor(by), vec![edited(by, id).into()]))
    }

    fn react(&mut self) -> Option<Commit> {
        let (at, account) = self.somewhere(false)?;
        let id = self.alive(at)?;
        let chosen = ["👍", "🎉"].into_iter().take(self.chance.random_range(0..3));
        let event = chat::Event::ReactionChanged(ReactionChanged {
            message: message(id),
            account,
            reactions: chosen.map(|emoji| Emoji::parse(emoji).expect("an emoji")).collect(),
        });
        Some((Stream::Chat(self.chats[at].id), self.actor(account), vec![event.into()]))
    }

    fn hide(&mut self) -> Option<Commit> {
        let (at, who) = self.somewhere(false)?;
        let messages = vec![message(self.alive(at)?)];
        let chat = self.chats[at].id;
        let event = inbox::Event::MessagesHidden(MessagesHidden { chat, messages });
        Some((Stream::Inbox(who), self.actor(who), vec![event.into()]))
    }

    fn delete(&mut self) -> Option<Commit> {
        let (at, by) = self.somewhere(false)?;
        let id = self.alive(at)?;
        let by = self.actor(by);
        let chat = &mut self.chats[at];
        chat.deleted.push(id);
        let event = chat::Event::MessagesDeleted(MessagesDeleted {
            messages: vec![message(id)],
        });
        Some((Stream::Chat(chat.id), by, vec![event.into()]))
    }
}

/// A text, perhaps an answer that quotes; or something that came from elsewhere.
fn said(chance: &mut StdRng, from: AccountId, id: i64) -> MessageSent {
    let reply_to = (id > 3).then(|| message(id - 3));
    let quotes = reply_to.is_some() && chance.random_bool(0.2);
    let sent = MessageSent {
        length: 5,
        reply_to,
        answers: reply_to.map(|_| from),
        quote: quotes.then_some(Quote { offset: 0, length: 4 }),
        quoted: quotes.then(|| Box::new(sealed::<Text>(from, "text"))),
        mentions: if chance.random_bool(0.2) { vec![from] } else { Vec::new() },
        silent: chance.random_bool(0.1),
        protected: chance.random_bool(0.1),
        ..MessageSent::plain(message(id), from, sealed::<Text>(from, &format!("text {id}")))
    };
    if chance.random_bool(0.8) {
        return sent;
    }
    MessageSent {
        kind: Kind::Location,
        length: 0,
        forwarded: Some(Box::new(Forwarded {
            from: Some(from),
            hidden: false,
            chat: None,
            message: None,
            sent_at: Timestamp(id),
        })),
        ..sent
    }
}

fn edited(by: AccountId, id: i64) -> chat::Event {
    chat::Event::MessageEdited(MessageEdited {
        message: message(id),
        length: 9,
        entities: Vec::new(),
        mentions: vec![by],
        text: sealed::<Text>(by, &format!("text {id}, edited")),
    })
}
