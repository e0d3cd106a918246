//! Stories: given these events, when somebody asks this, then that happens.
//!
//! ```
//! use domain::chat::{Chat, Command, Rejection};
//! use domain::testing::{ALICE, GROUP, Story};
//!
//! Story::<Chat>::of(GROUP).when(ALICE, Command::Leave).rejected(Rejection::NotAMember);
//! ```

use crate::account::Wishes;
use crate::actor::{Actor, SIGN_IN};
use crate::aggregate::{Aggregate, Context, Known};
use crate::id::{AccountId, ChatId, DeviceId, MessageId, NameKey, RoomId};
use crate::time::Timestamp;

/// An account for stories.
pub const ALICE: AccountId = account(101);
/// An account for stories.
pub const BOB: AccountId = account(102);
/// An account for stories.
pub const CAROL: AccountId = account(103);
/// An account for stories.
pub const DAVE: AccountId = account(104);
/// A group for stories.
pub const GROUP: ChatId = ChatId::Group(RoomId::MIN);
/// When stories happen, unless they say.
pub const NOON: Timestamp = Timestamp(1_750_000_000_000_000);

/// The account with this number.
pub const fn account(number: i64) -> AccountId {
    AccountId::new(number).expect("stories use numbers that are account ids")
}

/// The device with this number.
pub const fn device(number: i64) -> DeviceId {
    DeviceId::new(number).expect("stories use numbers that are device ids")
}

/// The message with this number.
pub const fn message(number: i64) -> MessageId {
    MessageId::new(number).expect("stories use numbers that are message ids")
}

/// A name's key made of this hex digit.
pub fn name_key(digit: char) -> NameKey {
    digit.to_string().repeat(64).parse().expect("stories use lower-case hex digits")
}

/// The operator.
pub fn service() -> Actor {
    Actor::Service("admin".to_owned())
}

/// The service that lets people in.
pub fn doorkeeper() -> Actor {
    Actor::Service(SIGN_IN.to_owned())
}

/// An admin, in that role.
pub fn admin(account: AccountId) -> Actor {
    Actor::Admin(account, DeviceId::MIN)
}

/// A reactor.
pub fn reactor() -> Actor {
    Actor::Reactor("username".to_owned())
}

/// Who may ask in a story: any actor, or an account from its first device.
pub trait Asks {
    /// The actor.
    fn actor(self) -> Actor;
}

impl Asks for AccountId {
    fn actor(self) -> Actor {
        Actor::Device(self, DeviceId::MIN)
    }
}

impl Asks for Actor {
    fn actor(self) -> Actor {
        self
    }
}

/// An aggregate with a past.
#[derive(Debug, Clone)]
pub struct Story<A: Aggregate> {
    id: A::Id,
    /// Where the past has led.
    pub state: A,
    /// All old messages of the past, and what others wish.
    pub known: Known,
    at: Timestamp,
}

impl<A: Aggregate> Story<A> {
    /// Nothing has happened yet.
    pub fn of(id: A::Id) -> Self {
        Self {
            state: A::new(id.clone()),
            id,
            known: Known::default(),
            at: NOON,
        }
    }

    /// These events have happened.
    #[must_use]
    pub fn given(mut self, events: impl IntoIterator<Item = A::Event>) -> Self {
        for event in events {
            self.state.evolve(&event);
            A::amend(&mut self.known.messages, &event, None, self.at);
        }
        self
    }

    /// An account wishes this of another.
    #[must_use]
    pub fn wished(mut self, owner: AccountId, of: AccountId, wishes: Wishes) -> Self {
        self.known.wishes.insert((owner, of), wishes);
        self
    }

    /// What follows happens at this time.
    #[must_use]
    pub fn at(mut self, time: Timestamp) -> Self {
        self.at = time;
        self
    }

    /// Somebody asks for something.
    #[expect(clippy::needless_pass_by_value, reason = "a story says what is asked, not where it is kept")]
    pub fn when(&self, by: impl Asks, command: A::Command) -> Outcome<A> {
        let context = Context {
            by: by.actor(),
            at: self.at,
        };
        let known = self.asked(&context.by, &command);
        Outcome(self.state.decide(&context, &command, &known))
    }

    /// What is looked up for a command, and no more.
    fn asked(&self, by: &Actor, command: &A::Command) -> Known {
        let (messages, accounts) = (A::asks(command), A::concerns(&self.id, by, command));
        let concern = |(owner, of): &(AccountId, AccountId)| {
            let with = |asker, other| by.account() == Some(asker) && accounts.contains(&other);
            with(*owner, *of) || with(*of, *owner)
        };
        let mut known = self.known.clone();
        known.messages.retain(|id, _| messages.contains(id));
        known.wishes.retain(|pair, _| concern(pair));
        known
    }
}

/// How a command was answered.
#[derive(Debug)]
#[must_use = "a story ends with what happens"]
pub struct Outcome<A: Aggregate>(pub Result<Vec<A::Event>, A::Rejection>);

impl<A: Aggregate> Outcome<A>
where
    A::Event: PartialEq,
    A::Rejection: PartialEq,
{
    /// Exactly these events happen.
    #[track_caller]
    pub fn happens(self, events: impl IntoIterator<Item = A::Event>) {
        assert_eq!(self.0, Ok(events.into_iter().collect()));
    }

    /// Nothing needs to change.
    #[track_caller]
    pub fn changes_nothing(self) {
        self.happens([]);
    }

    /// It is refused for this reason.
    #[track_caller]
    pub fn rejected(self, rejection: A::Rejection) {
        assert_eq!(self.0, Err(rejection));
    }
}
