//! Which log the keys are of: with another nobody is to write, or what is written there can't be read, and names are given away twice.

use domain::id::{AccountId, LogId};

use super::{Error, Keys};

impl Keys {
    /// Refuses another log than the one that accounts' keys were first used with. `false`: they are no account's yet, or do not remember one,
    /// and [take](Self::take) the log for theirs only if it is.
    pub async fn are_of(&self, log: LogId) -> Result<bool, Error> {
        let store = &self.shared.store;
        match store.log().await? {
            Some(found) if found == log => Ok(true),
            Some(found) if store.is_used().await? => Err(Error::OtherLog { found, expected: log }),
            Some(_) | None => Ok(false),
        }
    }

    /// Takes a log for theirs, which they remember from then on: where they have the key of one of the accounts that came into being in it
    /// first, or had it before it was erased; and where neither is any account's. Any other may be there by mistake.
    pub async fn take(&self, log: LogId, accounts: &[AccountId]) -> Result<(), Error> {
        let store = &self.shared.store;
        let fit = if accounts.is_empty() {
            !store.is_used().await?
        } else {
            store.has_one_of(accounts).await?
        };
        if fit {
            store.remember(log, "not exists (select 1 from account_keys)").await?;
        }
        match store.log().await? {
            Some(found) if found == log => Ok(()),
            // Another process was first.
            Some(found) if fit => Err(Error::OtherLog { found, expected: log }),
            Some(_) | None => Err(Error::UnknownLog(log)),
        }
    }

    /// An operator says that they are of this log, whatever they remember.
    pub async fn are_said_to_be_of(&self, log: LogId) -> Result<(), Error> {
        self.shared.store.remember(log, "1 = 1").await
    }
}
