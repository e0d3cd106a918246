//! The loaded keys: a bounded cache before the database, filled and emptied by one task, in order.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::id::AccountId;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use super::Error;
use super::cipher::{Cipher, Hash};
use super::store::{Key, Store, Stored};
use crate::gather::Gather;

/// How soon a key erased by another process is forgotten by this one. The process that erases forgets at once.
pub const ERASED_WITHIN: Duration = Duration::from_mins(1);

/// For how long what is known needs no loading: so much shorter than [`ERASED_WITHIN`] that what was loaded for a use is
/// there when it is used.
const FRESH: Duration = Duration::from_secs(40);

/// Keys kept in memory, at most.
const LOADED_MAX: u64 = 200_000;

/// Questions answered together, at most.
const TOGETHER: usize = 4096;

/// How long answering them may take: erasing may have to wait for those who read a file.
const ANSWER: Duration = Duration::from_secs(15);

/// A loaded key with what is derived from it.
pub(super) struct AccountKey {
    pub(super) cipher: Cipher,
    pub(super) digest: Hash,
}

/// What is known of an account's key.
#[derive(Clone)]
pub(super) enum Known {
    Key(Arc<AccountKey>),
    Erased,
    Missing,
    Damaged,
}

/// What the task is asked; the accounts are those that the cache does not know.
enum Ask {
    /// Load, and make what is missing.
    Make(Vec<AccountId>),
    /// Load what there is.
    Load(Vec<AccountId>),
    Erase(AccountId),
}

/// The loaded keys.
pub(super) struct Ring {
    known: Cache<AccountId, Known>,
    fresh: Cache<AccountId, ()>,
    desk: Gather<Ask, Result<(), Error>>,
}

impl Ring {
    pub(super) fn start(store: Store) -> Self {
        let (known, fresh) = (cache(ERASED_WITHIN), cache(FRESH));
        let (store, filled) = (Arc::new(store), (known.clone(), fresh.clone()));
        let desk = Gather::start(TOGETHER, ANSWER, move |asks| answer(Arc::clone(&store), filled.clone(), asks));
        Self { known, fresh, desk }
    }

    pub(super) fn get(&self, account: AccountId) -> Option<Known> {
        self.known.get(&account)
    }

    /// Makes sure that what is stored of each account is known, and that it has a key unless that is erased.
    pub(super) async fn make(&self, accounts: &[AccountId]) -> Result<(), Error> {
        let mut without = self.unknown(accounts);
        without.extend(
            accounts
                .iter()
                .filter(|account| matches!(self.get(**account), Some(Known::Missing))),
        );
        if without.is_empty() {
            Ok(())
        } else {
            self.ask(Ask::Make(without)).await
        }
    }

    pub(super) async fn load(&self, accounts: &[AccountId]) -> Result<(), Error> {
        let unknown = self.unknown(accounts);
        if unknown.is_empty() {
            Ok(())
        } else {
            // Rare, and so not in the memory of everybody who may have to.
            Box::pin(self.ask(Ask::Load(unknown))).await
        }
    }

    pub(super) async fn erase(&self, account: AccountId) -> Result<(), Error> {
        self.ask(Ask::Erase(account)).await
    }

    fn unknown(&self, accounts: &[AccountId]) -> Vec<AccountId> {
        accounts
            .iter()
            .copied()
            .filter(|account| self.fresh.get(account).is_none() || self.get(*account).is_none())
            .collect()
    }

    async fn ask(&self, ask: Ask) -> Result<(), Error> {
        let silent = || Err(Error::Unavailable("their database did not answer".to_owned()));
        self.desk.ask(ask).await.unwrap_or_else(silent)
    }
}

/// Least recently used goes first: what was just loaded always stays for its use.
fn cache<V: Clone + Send + Sync + 'static>(keep: Duration) -> Cache<AccountId, V> {
    let builder = Cache::builder().max_capacity(LOADED_MAX);
    builder.eviction_policy(EvictionPolicy::lru()).time_to_live(keep).build()
}

/// Answers what waits: all loading in one go, then the erasures. One task does both, so nothing that was read before
/// an erasure is remembered after it.
async fn answer(store: Arc<Store>, filled: Filled, asks: Vec<Ask>) -> Vec<Result<(), Error>> {
    let (mut to_make, mut to_load) = (Vec::new(), Vec::new());
    for ask in &asks {
        match ask {
            Ask::Make(accounts) => to_make.extend_from_slice(accounts),
            Ask::Load(accounts) => to_load.extend_from_slice(accounts),
            Ask::Erase(_) => {}
        }
    }
    let made = store.read_or_make(&distinct(to_make)).await.map(|stored| remember(&filled, stored));
    let loaded = store.read(&distinct(to_load)).await.map(|stored| remember(&filled, stored));
    let (known, _) = filled;
    let mut answers = Vec::with_capacity(asks.len());
    for ask in asks {
        answers.push(match ask {
            Ask::Make(_) => made.clone(),
            Ask::Load(_) => loaded.clone(),
            Ask::Erase(account) => {
                // Known as erased from now on, even if the database fails to say whether it did it.
                known.insert(account, Known::Erased);
                known.run_pending_tasks();
                store.erase(account).await
            }
        });
    }
    answers
}

/// What is known, and of whom it was loaded just now.
type Filled = (Cache<AccountId, Known>, Cache<AccountId, ()>);

fn remember((known, fresh): &Filled, stored: HashMap<AccountId, Stored>) {
    complain(&stored);
    for (account, stored) in stored {
        known.insert(account, stored.into());
        fresh.insert(account, ());
    }
}

/// Says that keys are lost or damaged, each time they are loaded: nobody else may look.
fn complain(stored: &HashMap<AccountId, Stored>) {
    let all = |which: fn(&Stored) -> bool| {
        stored
            .iter()
            .filter(move |(_, stored)| which(stored))
            .map(|(account, _)| account.get())
    };
    for (reason, accounts) in [
        ("missing", all(|stored| matches!(stored, Stored::Missing)).collect::<Vec<_>>()),
        ("damaged", all(|stored| matches!(stored, Stored::Damaged)).collect()),
    ] {
        let Some(account) = accounts.first() else { continue };
        metrics::counter!("heliograph_keys_unusable_total", "reason" => reason).increment(accounts.len() as u64);
        tracing::error!(
            accounts = accounts.len(),
            account,
            "keys are {reason}: what these accounts wrote can't be read, and they can't write, until a copy of keys.db that has them is put \
             back; see heliograph doctor"
        );
    }
}

fn distinct(mut accounts: Vec<AccountId>) -> Vec<AccountId> {
    accounts.sort_unstable();
    accounts.dedup();
    accounts
}

impl From<Stored> for Known {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Erased => Self::Erased,
            Stored::Missing => Self::Missing,
            Stored::Damaged => Self::Damaged,
            Stored::Key(key) => Self::Key(Arc::new(AccountKey::new(&key))),
        }
    }
}

impl AccountKey {
    fn new(key: &Key) -> Self {
        Self {
            cipher: Cipher::new(key),
            digest: Hash::derive(key, "digest"),
        }
    }
}
