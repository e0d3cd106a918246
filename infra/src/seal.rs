//! Keys per account, wrapped by a master key; what a human wrote is encrypted with them and gone once they are.
//!
//! A box is base64url-nopad(version 1 ‖ 24 bytes nonce ‖ ciphertext and tag), XChaCha20-Poly1305 with the stream's
//! name as associated data: what was sealed for one stream does not open in another.

mod belonging;
mod cipher;
mod gone;
mod master;
mod passing;
mod ring;
mod still;
mod store;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::actor::Actor;
use domain::event::Event;
use domain::id::{AccountId, CommandId, LogId, NameKey};
use domain::sealed::Closed;
use domain::stream::Stream;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::db::Db;

use cipher::{Cipher, Hash, ShortHash};
use ring::{AccountKey, Known, Ring};
use store::{Store, Stored};

pub(crate) use cipher::hex;
pub use gone::Gone;
pub use master::MasterKey;
pub use passing::Passing;
pub use ring::ERASED_WITHIN;
pub use still::StillKeys;

/// Accounts asked about together.
const TOGETHER: usize = 4_096;

/// Why something can't be sealed, or the keys not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The account's key is erased, for ever.
    #[error("the key of account {0} was erased")]
    Erased(AccountId),
    /// There is no key, nor was one erased: the database of keys lost it, or is older than the log.
    #[error(
        "the key of account {0} is missing, and was not erased: the database of keys is older than the log, or lost rows. Put back a copy that \
         has it"
    )]
    Missing(AccountId),
    /// [`Keys::load`] was not called for it, or long ago.
    #[error("the key of account {0} is not loaded")]
    NotReady(AccountId),
    /// The database of keys does not answer.
    #[error("the keys are unavailable: {0}")]
    Unavailable(String),
    /// The database of keys does not let us in, or is not there: somebody has to change that.
    #[error("the database of keys can't be used: {0}; correct keys.url")]
    Refused(String),
    /// The database of keys was made with another master key.
    #[error("this is not the master key that the database of keys was made with; nothing was changed. Restore the right one")]
    WrongMaster,
    /// The database of keys was made for another log.
    #[error(
        "these are the keys of log {found}, and this is log {expected}: connect the log that they belong to (log.nats and log.stream, or log.db in the data \
         folder), or the keys that belong to this log (keys.url, or keys.db in the data folder); nothing was changed. Only if this is the log of a new \
         installation: give it keys of its own, by naming a new, empty database, or by moving keys.db away. Keep the old keys: without them nobody can \
         read what was written with them. Only if you know that they are the keys of this log: set keys.log to {expected}"
    )]
    OtherLog {
        /// Theirs.
        found: LogId,
        /// The one that they are to be used with.
        expected: LogId,
    },
    /// The keys do not remember which log they are of, and it does not seem to be this one.
    #[error(
        "these keys do not remember which log they are of, and have none of the accounts of log {0}: connect the log that they belong to (log.nats and \
         log.stream, or log.db in the data folder), or the keys that belong to this log (keys.url, or keys.db in the data folder); nothing was changed. \
         Only if you know that they are the keys of this log: set keys.log to {0}"
    )]
    UnknownLog(LogId),
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
pub struct Keys {
    shared: Arc<Shared>,
    gone: Gone,
    plain: bool,
}

struct Shared {
    store: Store,
    ring: Ring,
    secrets: Secrets,
}

/// Accounts whose key can't be used, though nobody erased it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unusable {
    /// There is none.
    pub missing: Vec<AccountId>,
    /// It does not open under the master key.
    pub damaged: Vec<AccountId>,
}

/// What is derived from the installation's secret.
struct Secrets {
    digest: Hash,
    name: Hash,
    draw: Hash,
    import: Hash,
    word: ShortHash,
    code: Hash,
    passing: passing::Ciphers,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}

impl Keys {
    /// Connects to a database of keys: `sqlite:<path>` or `postgres://…`. What is deleted in SQLite is overwritten. A damaged file is refused as it
    /// is.
    pub async fn connect(url: &str) -> Result<Db, Error> {
        if let Some(path) = url.strip_prefix("sqlite:").map(Path::new).filter(|path| path.exists()) {
            still::look_at(path).await?;
        }
        Ok(Db::open_overwriting(url, 1).await?)
    }

    /// Whether a database holds no installation's keys yet.
    pub async fn are_new(db: &Db) -> Result<bool, Error> {
        Ok(Store::is_new(db).await?)
    }

    /// The keys in a database; makes its tables and the installation's secret when it is new.
    pub async fn open(db: Db, master: &MasterKey, clock: Clock) -> Result<Self, Error> {
        let store = Store {
            db,
            master: Cipher::new(&master.0),
            clock,
        };
        let secret = store.secret().await?;
        let secrets = Secrets {
            digest: Hash::derive(&secret, "digest"),
            name: Hash::derive(&secret, "name"),
            draw: Hash::derive(&secret, "draw"),
            import: Hash::derive(&secret, "import"),
            word: ShortHash::derive(&secret, "word"),
            code: Hash::derive(&secret, "code"),
            passing: passing::Ciphers::derive(&secret),
        };
        let ring = Ring::start(store.clone());
        Ok(Self {
            shared: Arc::new(Shared { store, ring, secrets }),
            gone: Gone::default(),
            plain: false,
        })
    }

    /// The same keys, of which those of accounts that are gone count as erased, whether they are yet or not.
    #[must_use]
    pub fn heeding(self, gone: Gone) -> Self {
        Self { gone, ..self }
    }

    /// The same keys, with which nothing is encrypted: boxes hold what was put into them. For measuring what sealing costs, where nothing is kept.
    #[must_use]
    pub fn plain(self) -> Self {
        Self { plain: true, ..self }
    }

    /// Disconnects from the database of keys; a file then holds them all by itself. What is not loaded can't be loaded any more.
    pub async fn disconnect(&self) {
        self.shared.store.db.close().await;
    }

    /// Makes keys for accounts that are about to come into being: they are on disk and loaded when this returns. Never for an account that
    /// did or wrote anything: its key is [lost](Error::Missing), and with another one it would seem well.
    pub async fn make(&self, accounts: &[AccountId]) -> Result<(), Error> {
        self.shared.ring.make(accounts).await
    }

    /// Loads keys: [`seal`](Self::seal) and [`open_box`](Self::open_box) work from now on, for [`ERASED_WITHIN`]. One's trouble is not the
    /// others': what is erased, missing or damaged says so when used.
    pub async fn load(&self, accounts: &[AccountId]) -> Result<(), Error> {
        self.shared.ring.load(accounts).await
    }

    /// Those of the accounts whose key is lost or damaged, as the database has it now.
    pub async fn unusable(&self, accounts: &[AccountId]) -> Result<Unusable, Error> {
        let mut unusable = Unusable::default();
        for (account, stored) in self.shared.store.read(accounts).await? {
            match stored {
                Stored::Key(_) | Stored::Erased => {}
                Stored::Missing => unusable.missing.push(account),
                Stored::Damaged => unusable.damaged.push(account),
            }
        }
        Ok(unusable)
    }

    /// Encrypts for a stream with the key of `of`, which must be loaded.
    pub fn seal(&self, of: AccountId, stream: &Stream, plaintext: &[u8]) -> Result<String, Error> {
        let key = self.key(of)?;
        if self.plain {
            return Ok(String::from_utf8_lossy(plaintext).into_owned());
        }
        Ok(key.cipher.seal(&self.shared.store.clock, stream.to_string().as_bytes(), plaintext))
    }

    /// Decrypts. Only [`Error::Erased`] means that it is gone.
    pub fn open_box(&self, stream: &Stream, closed: &Closed) -> Result<Vec<u8>, Error> {
        let key = self.key(closed.of)?;
        if self.plain {
            return Ok(closed.cipher.clone().into_bytes());
        }
        let opened = key.cipher.open(stream.to_string().as_bytes(), &closed.cipher);
        opened.ok_or_else(|| Error::Damaged(format!("a box of account {} in {stream} does not open", closed.of)))
    }

    /// Closes the event's open parts, whose accounts' keys must be loaded.
    pub fn close(&self, stream: &Stream, event: &mut Event) -> Result<(), Error> {
        for part in event.sealed_parts_mut() {
            if let Some(plaintext) = part.plaintext().map(Zeroizing::new) {
                part.close(self.seal(part.of(), stream, &plaintext)?);
            }
        }
        Ok(())
    }

    /// Opens the event's closed parts, those that can be opened.
    pub fn reveal(&self, stream: &Stream, event: &mut Event) {
        for part in event.sealed_parts_mut() {
            if let Some(plaintext) = part.closed().and_then(|closed| self.open_box(stream, closed).ok()) {
                part.reveal(&plaintext);
            }
        }
    }

    /// Erases the keys that are still there of accounts that are gone: an older copy of the database was put back. How many there were.
    pub async fn erase_again(&self) -> Result<usize, Error> {
        let mut there = 0;
        for some in self.gone.all().chunks(TOGETHER) {
            for (account, stored) in self.shared.store.read(some).await? {
                match stored {
                    Stored::Key(_) | Stored::Damaged => {
                        self.erase(account).await?;
                        there += 1;
                    }
                    Stored::Erased | Stored::Missing => {}
                }
            }
        }
        Ok(there)
    }

    /// Erases an account's key, for ever: this process forgets it at once, others within [`ERASED_WITHIN`]. With SQLite
    /// no file holds it when this returns; with PostgreSQL it is as gone as vacuum and the backups make it.
    pub async fn erase(&self, account: AccountId) -> Result<(), Error> {
        self.shared.ring.erase(account).await
    }

    /// A keyed digest of a command's payload: 32 hex digits that say nothing once the actor's key is erased. The
    /// actor's key must be loaded.
    pub fn digest(&self, by: &Actor, stream: &Stream, payload: &[u8]) -> Result<String, Error> {
        let name = stream.to_string();
        let parts = [name.as_bytes(), &[0], payload];
        let digest = match by {
            Actor::Device(account, _) | Actor::Admin(account, _) | Actor::Import(account) => self.key(*account)?.digest.of(&parts),
            Actor::Service(_) | Actor::Reactor(_) => self.shared.secrets.digest.of(&parts),
        };
        Ok(hex(&digest[..16]))
    }

    /// The key of a unique thing: `name_key("username", "alice")`. The value is to be in its canonical spelling.
    pub fn name_key(&self, kind: &str, value: &str) -> NameKey {
        let hash = self.shared.secrets.name.of(&[kind.as_bytes(), &[0], value.as_bytes()]);
        hex(&hash).parse().expect("32 bytes are 64 hex digits")
    }

    /// What one-time codes are hashed with, so that the log alone does not tell them. The same in all processes.
    pub fn pepper(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.shared.secrets.code.of(&[b"pepper"]))
    }

    /// A number drawn for a new thing: the same for the same command and attempt, guessable by nobody.
    pub fn draw(&self, scope: &str, command: CommandId, attempt: u32) -> u64 {
        let parts: [&[u8]; 4] = [scope.as_bytes(), &[0], command.0.as_bytes(), &attempt.to_be_bytes()];
        let hash = self.shared.secrets.draw.of(&parts);
        u64::from_be_bytes(hash[..8].try_into().expect("a hash has more than 8 bytes"))
    }

    /// What an index keeps of a word, or of another thing of this kind, so that it can be found and not be read. Different ones are the same once in
    /// 2^64 times.
    pub fn blind(&self, kind: &str, word: &str) -> u64 {
        self.shared.secrets.word.of(&[kind.as_bytes(), &[0], word.as_bytes()])
    }

    /// The id under which an import's command is recorded, made from the one that the import gave it: the same for the same one, and
    /// guessable by nobody. A UUID of version 8; what was once recorded rests on it, so it never changes.
    pub fn import_id(&self, given: CommandId) -> CommandId {
        let hash = self.shared.secrets.import.of(&[given.0.as_bytes()]);
        let bytes = hash[..16].try_into().expect("a hash has more than 16 bytes");
        CommandId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    fn key(&self, account: AccountId) -> Result<Arc<AccountKey>, Error> {
        if self.gone.has(account) {
            return Err(Error::Erased(account));
        }
        match self.shared.ring.get(account) {
            Some(Known::Key(key)) => Ok(key),
            Some(Known::Erased) => Err(Error::Erased(account)),
            Some(Known::Missing) => Err(Error::Missing(account)),
            Some(Known::Damaged) => Err(Error::Damaged(format!("the key of account {account} does not open"))),
            None => Err(Error::NotReady(account)),
        }
    }
}
