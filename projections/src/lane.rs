//! Lanes: hash ranges of keys, so that several tasks or processes can share the work.

use domain::id::{AccountId, ChatId};
use domain::stream::Stream;

/// One of several shares of all keys. Every lane sees every fact and applies what belongs to its keys: a
/// chat's rows to the chat's lane, an account's rows to the account's lane. While applying it reads only
/// rows of its own keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane {
    /// Which share, from 0.
    pub index: u32,
    /// Of how many; fixed for a database.
    pub of: u32,
}

impl Lane {
    /// The one lane that owns everything.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// All lanes of a database with `of` lanes.
    pub fn all(of: u32) -> impl Iterator<Item = Self> {
        (0..of).map(move |index| Self { index, of })
    }

    /// Whether the chat's rows are this lane's.
    pub fn owns_chat(&self, chat: ChatId) -> bool {
        self.of == 1 || self.owns(&chat.to_string())
    }

    /// Whether the account's rows are this lane's.
    pub fn owns_account(&self, account: AccountId) -> bool {
        self.of == 1 || self.owns(&account.to_string())
    }

    /// Whether what belongs to a stream itself is this lane's: a chat's (its interactions are with it), an account's (its inbox is with it), else the stream's name.
    pub fn owns_stream(&self, stream: &Stream) -> bool {
        match stream {
            Stream::Chat(chat) | Stream::Interactions(chat) => self.owns_chat(*chat),
            Stream::Account(account) | Stream::Inbox(account) => self.owns_account(*account),
            Stream::SignIn(_) | Stream::Name(_) | Stream::System => self.of == 1 || self.owns(&stream.to_string()),
        }
    }

    fn owns(self, key: &str) -> bool {
        hash(key) % u64::from(self.of) == u64::from(self.index)
    }
}

/// FNV-1a, 64 bits. Never changes: rows of a key stay with its lane.
fn hash(key: &str) -> u64 {
    key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_never_changes() {
        assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash("foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn every_key_has_exactly_one_lane() {
        for account in 1..1000 {
            let account = AccountId::try_from(account).unwrap();
            assert_eq!(Lane::all(4).filter(|lane| lane.owns_account(account)).count(), 1);
        }
    }
}
