//! Accounts whose erasure has begun: nothing of theirs opens any more, whatever is stored.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use domain::id::AccountId;

/// Accounts that are gone, as the log says, in whatever state their keys are: between an erasure's beginning and the moment in which the key is
/// erased, or where an older copy of the keys was put back. Cheap to clone; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Gone(Arc<RwLock<HashSet<AccountId>>>);

impl Gone {
    /// These, too, for ever.
    pub fn add(&self, accounts: impl IntoIterator<Item = AccountId>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).extend(accounts);
    }

    /// Whether an account is.
    pub fn has(&self, account: AccountId) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains(&account)
    }

    /// All of them, in no order.
    pub fn all(&self) -> Vec<AccountId> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }
}
