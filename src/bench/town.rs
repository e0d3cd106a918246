//! Who talks to whom in `search`, and in which order: known for each message without asking anybody.

use anyhow::{Result, ensure};
use domain::id::{AccountId, ChatId};

use super::chatter::{Chatter, Dice, Word};
use super::people::{Person, Setup};

/// Direct chats of which each says one message before the group says its share.
const AT_ONCE: u64 = 990;
/// What the group says then, in one commit.
const SHARE: u64 = 110;
/// Members of the group, at most.
const MEMBERS: usize = 200;

/// Accounts, their direct chats, and one group.
#[derive(Debug)]
pub struct Town {
    /// The first one asks.
    pub people: Vec<Person>,
    /// Each with who is in it: who asks stands first. The first chat is the group, the others are direct ones.
    pub chats: Vec<(ChatId, Vec<AccountId>)>,
    messages: u64,
    chatter: Chatter,
}

/// A message that is said.
#[derive(Debug)]
pub struct Said {
    /// Where: the chat's place in [`Town::chats`].
    pub chat: usize,
    /// Its id there.
    pub message: i64,
    /// By whom.
    pub by: AccountId,
    /// What.
    pub words: Vec<Word>,
}

impl Town {
    /// So many accounts, made through the server's door as the group is, so many chats, and direct chats of who asks.
    pub async fn make(setup: &Setup<'_>, (accounts, chats, own): (usize, usize, usize), messages: u64) -> Result<Self> {
        let (others, direct) = (accounts - 1, chats - 1);
        ensure!(
            own < others && own <= direct,
            "who asks has a direct chat with an account each: --own is less than --accounts and --chats"
        );
        ensure!(
            direct < others * (others / 2 - 1),
            "so many accounts do not make so many direct chats"
        );
        let people = setup.people(accounts).await?;
        let ids = people
            .iter()
            .map(|person| AccountId::try_from(person.account))
            .collect::<Result<Vec<_>, _>>()?;
        let members = people.len().min(MEMBERS);
        let group = setup.group(&people[..members]).await?;
        let stride = direct / own.max(1);
        let pair = |number: usize| match (number % stride, number / stride) {
            (0, turn) if turn < own => (0, 1 + turn),
            _ => {
                let (one, apart) = (number % others, 1 + number / others);
                (1 + one, 1 + (one + apart) % others)
            }
        };
        let mut chats = vec![(group.parse()?, ids[..members].to_vec())];
        // A direct chat comes into being with its first message.
        for (one, other) in (0..direct).map(pair) {
            chats.push((ChatId::direct(ids[one], ids[other]), vec![ids[one], ids[other]]));
        }
        Ok(Self {
            people,
            chats,
            messages,
            chatter: Chatter::new(),
        })
    }

    /// The account that asks.
    pub fn host(&self) -> AccountId {
        self.chats[0].1[0]
    }

    /// Whether who asks is in the chat.
    fn is_heard(&self, chat: usize) -> bool {
        self.chats[chat].1[0] == self.host()
    }

    /// All that is said, in the order of the log.
    pub fn history(&self) -> impl DoubleEndedIterator<Item = Said> {
        (0..self.messages).map(|number| self.said(number))
    }

    /// What is said in the chats of who asks, the newest first.
    pub fn heard(&self) -> impl Iterator<Item = Said> {
        self.history().rev().filter(|said| self.is_heard(said.chat))
    }

    fn said(&self, number: u64) -> Said {
        let direct = self.chats.len() as u64 - 1;
        let at_once = AT_ONCE.min(direct);
        let (round, place) = (number / (at_once + SHARE), number % (at_once + SHARE));
        let (chat, before) = match place.checked_sub(at_once) {
            None => (1 + (round * at_once + place) % direct, (round * at_once + place) / direct),
            Some(share) => (0, round * SHARE + share),
        };
        let chat = usize::try_from(chat).expect("a place in a list");
        let by = &self.chats[chat].1;
        Said {
            chat,
            message: i64::try_from(before + 1).expect("a message's id"),
            by: by[Dice::new(!number).roll(by.len())],
            words: self.chatter.words(number, self.is_heard(chat)),
        }
    }
}
