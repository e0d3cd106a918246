//! Keys per account, wrapped by a master key; what a human wrote is encrypted with them and gone once they are.
//!
//! A box is base64url-nopad(version 1 ‖ 24 bytes nonce ‖ ciphertext and tag), XChaCha20-Poly1305 with the stream's
//! name as associated data: what was sealed for one stream does not open in another.

mod master;

use std::fmt;
use std::path::PathBuf;

use domain::actor::Actor;
use domain::event::Event;
use domain::id::{AccountId, CommandId, NameKey};
use domain::sealed::Closed;
use domain::stream::Stream;

use crate::clock::Clock;
use crate::db::Db;

pub use master::MasterKey;

/// Why something can't be sealed, or the keys not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The account's key is erased, for ever.
    #[error("the key of account {0} was erased")]
    Erased(AccountId),
    /// [`Keys::ready`] was not called for it, or long ago.
    #[error("the key of account {0} is not loaded")]
    NotReady(AccountId),
    /// The database of keys does not answer.
    #[error("the keys are unavailable: {0}")]
    Unavailable(String),
    /// The database of keys was made with another master key.
    #[error("this is not the master key that the database of keys was made with; nothing was changed. Restore the right one")]
    WrongMaster,
    /// There are keys, but no master key to open them.
    #[error("the database of keys exists, but its master key {0} is missing; nothing was changed. Restore the file from where you keep it")]
    MasterMissing(PathBuf),
    /// The master key's file can't be used as it is.
    #[error("the master key {path}: {problem}")]
    MasterFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A stored key can't be unwrapped: the database of keys is damaged.
    #[error("the database of keys is damaged: {0}")]
    Damaged(String),
}

/// The accounts' keys. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Keys {}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}

impl Keys {
    /// Connects to a database of keys: `sqlite:<path>` or `postgres://…`. What is deleted in SQLite is overwritten.
    pub async fn connect(url: &str) -> Result<Db, Error> {
        Db::open(url, 2, "full").await.map_err(|error| Error::Unavailable(error.to_string()))
    }

    /// The keys in a database; makes its tables and the installation's secret when it is new.
    pub async fn open(db: Db, master: &MasterKey, clock: Clock) -> Result<Self, Error> {
        let _ = (db, master, clock);
        Ok(Self {})
    }

    /// Makes sure that the accounts have keys, on disk, and that they are loaded: [`seal`](Self::seal) works from now on.
    pub async fn ready(&self, accounts: &[AccountId]) -> Result<(), Error> {
        let _ = accounts;
        Ok(())
    }

    /// Loads the keys that there are: [`open_box`](Self::open_box) works from now on.
    pub async fn load(&self, accounts: &[AccountId]) -> Result<(), Error> {
        let _ = accounts;
        Ok(())
    }

    /// Encrypts for a stream with the key of `of`, which must be ready.
    pub fn seal(&self, of: AccountId, stream: &Stream, plaintext: &[u8]) -> Result<String, Error> {
        let _ = (stream, plaintext);
        Err(Error::NotReady(of))
    }

    /// Decrypts; `None` when the key is erased or not loaded, or the box is another stream's or damaged.
    pub fn open_box(&self, stream: &Stream, closed: &Closed) -> Option<Vec<u8>> {
        let _ = (stream, closed);
        None
    }

    /// Closes the event's sealed part, if it has an open one.
    pub fn close(&self, stream: &Stream, event: &mut Event) -> Result<(), Error> {
        let _ = (stream, event);
        Ok(())
    }

    /// Opens the event's sealed part, if it has a closed one that can be opened.
    pub fn reveal(&self, stream: &Stream, event: &mut Event) {
        let _ = (stream, event);
    }

    /// Erases an account's key, for ever.
    pub async fn erase(&self, account: AccountId) -> Result<(), Error> {
        let _ = account;
        Ok(())
    }

    /// A keyed digest of a command's payload: 32 hex digits that say nothing once the actor's key is erased. The
    /// actor's account must be ready.
    pub fn digest(&self, by: &Actor, stream: &Stream, payload: &[u8]) -> Result<String, Error> {
        let _ = (by, stream, payload);
        Ok(String::new())
    }

    /// The key of a unique thing: `name_key("username", "alice")`. The value is to be in its canonical spelling.
    pub fn name_key(&self, kind: &str, value: &str) -> NameKey {
        let _ = (kind, value);
        "0".repeat(64).parse().expect("64 hex digits")
    }

    /// A number drawn for a new thing: the same for the same command and attempt, guessable by nobody.
    pub fn draw(&self, scope: &str, command: CommandId, attempt: u32) -> u64 {
        let _ = (scope, command, attempt);
        0
    }
}
