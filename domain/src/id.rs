//! Every id of the vocabulary, in one list: newtypes that are valid once they exist.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An id outside its range or not of its form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not {expected}")]
pub struct InvalidId {
    /// What was read.
    pub found: String,
    /// What would have been an id, in words.
    pub expected: &'static str,
}

/// Declares an integer id with its inclusive range.
macro_rules! integer_id {
    ($(#[$doc:meta])* $name:ident, $from:literal ..= $to:expr, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "i64", into = "i64")]
        pub struct $name(i64);

        impl $name {
            /// The smallest id.
            pub const MIN: Self = Self($from);
            /// The largest id.
            pub const MAX: Self = Self($to);

            /// The id of this number; `None` outside the range.
            pub const fn new(number: i64) -> Option<Self> {
                if $from <= number && number <= Self::MAX.0 { Some(Self(number)) } else { None }
            }

            /// The id as the databases and the wire hold it.
            pub const fn get(self) -> i64 {
                self.0
            }

            /// The id after this one; `None` behind the last.
            pub const fn next(self) -> Option<Self> {
                Self::new(self.0.saturating_add(1))
            }
        }

        impl TryFrom<i64> for $name {
            type Error = InvalidId;

            fn try_from(value: i64) -> Result<Self, InvalidId> {
                Self::new(value).ok_or_else(|| InvalidId { found: value.to_string(), expected: $expected })
            }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> i64 {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let invalid = || InvalidId { found: text.chars().take(64).collect(), expected: $expected };
                // One spelling per id: no sign, no leading zero.
                if !text.starts_with(|first: char| ('1'..='9').contains(&first)) {
                    return Err(invalid());
                }
                text.parse::<i64>().ok().and_then(|value| Self::try_from(value).ok()).ok_or_else(invalid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

integer_id!(
    /// A person or a bot. Random; Telegram's clients and bot libraries refuse ids beyond 40 bits.
    AccountId, 1 ..= (1 << 40) - 1, "an account id (1 … 1099511627775)"
);
integer_id!(
    /// A device, counted 1, 2, 3 … within its account and never given again.
    DeviceId, 1 ..= (1 << 20) - 1, "a device id (1 … 1048575)"
);
integer_id!(
    /// The random number of a group or channel; one space for both. The upper end keeps
    /// `-1000000000000 - id`, as the Bot API writes it, inside what its libraries accept.
    RoomId, 1 ..= 997_852_516_352, "a group or channel number (1 … 997852516352)"
);
integer_id!(
    /// A message within its chat: 1, 2, 3 …, given by the chat aggregate.
    MessageId, 1 ..= 2_147_483_647, "a message id (1 … 2147483647)"
);
integer_id!(
    /// The place of a commit in the log; only rises.
    Position, 1 ..= i64::MAX - 1, "a log position (1 …)"
);
integer_id!(
    /// A service token: 1, 2, 3 … within the installation and never given again.
    ServiceTokenId, 1 ..= 2_147_483_647, "a service token's id (1 … 2147483647)"
);
integer_id!(
    /// An invite link: 1, 2, 3 … within its chat and never given again.
    LinkId, 1 ..= 2_147_483_647, "an invite link's id (1 … 2147483647)"
);
integer_id!(
    /// The number of an update within a device's sequence: 1, 2, 3 … without a gap.
    Seq, 1 ..= i64::MAX - 1, "an update sequence number (1 …)"
);

/// A chat. The same id for everybody; opaque to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ChatId {
    /// `dm-<low>-<high>`: two accounts, the smaller id first; twice the same for saved messages.
    /// Made by [`ChatId::direct`], which orders them.
    Direct(AccountId, AccountId),
    /// `g-<id>`: a group.
    Group(RoomId),
    /// `c-<id>`: a channel.
    Channel(RoomId),
}

impl ChatId {
    const EXPECTED: &'static str = "a chat id (dm-<low>-<high>, g-<id> or c-<id>)";

    /// The direct chat of two accounts, or the saved messages of one.
    pub fn direct(one: AccountId, other: AccountId) -> Self {
        Self::Direct(one.min(other), one.max(other))
    }

    /// The other side of a direct chat; `None`: there is none, or the account is no side of it.
    pub fn peer(self, account: AccountId) -> Option<AccountId> {
        match self {
            Self::Direct(low, high) if low != high && account == low => Some(high),
            Self::Direct(low, high) if low != high && account == high => Some(low),
            Self::Direct(..) | Self::Group(_) | Self::Channel(_) => None,
        }
    }
}

impl fmt::Display for ChatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct(low, high) => write!(f, "dm-{low}-{high}"),
            Self::Group(id) => write!(f, "g-{id}"),
            Self::Channel(id) => write!(f, "c-{id}"),
        }
    }
}

impl FromStr for ChatId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = || InvalidId {
            found: text.chars().take(64).collect(),
            expected: Self::EXPECTED,
        };
        let parsed = match text.split_once('-') {
            Some(("g", id)) => id.parse().ok().map(Self::Group),
            Some(("c", id)) => id.parse().ok().map(Self::Channel),
            Some(("dm", pair)) => pair
                .split_once('-')
                .and_then(|(low, high)| Some((low.parse::<AccountId>().ok()?, high.parse::<AccountId>().ok()?)))
                .filter(|(low, high)| low <= high)
                .map(|(low, high)| Self::Direct(low, high)),
            _ => None,
        };
        parsed.ok_or_else(invalid)
    }
}

impl TryFrom<String> for ChatId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<ChatId> for String {
    fn from(id: ChatId) -> String {
        id.to_string()
    }
}

/// Declares an id that is a UUID.
macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id!(
    /// A command, chosen by its caller; sent again with the same id it acts once.
    CommandId
);
uuid_id!(
    /// A commit, made by the executor (`UUIDv7`), never by a caller.
    CommitId
);
uuid_id!(
    /// A sign-in: one attempt to prove that a contact is one's own. Drawn from the command that began it.
    SignInId
);
impl FromStr for SignInId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Uuid::try_parse(text).map(Self).map_err(|_| InvalidId {
            found: text.chars().take(64).collect(),
            expected: "a sign-in id (a UUID)",
        })
    }
}

uuid_id!(
    /// A log, made when the log is created; a replaced log has another.
    LogId
);

/// A keyed hash of a unique thing (a username …): HMAC-SHA-256 under the installation's secret, in
/// lower-case hex. Names streams without naming people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NameKey(String);

impl FromStr for NameKey {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 64 && text.bytes().all(hex) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId {
                found: text.chars().take(64).collect(),
                expected: "a name key (64 lower-case hex digits)",
            })
        }
    }
}

impl TryFrom<String> for NameKey {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<NameKey> for String {
    fn from(key: NameKey) -> String {
        key.0
    }
}

impl fmt::Display for NameKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
