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

#[cfg(test)]
mod tests {
    use tempfile::TempDir;
    use uuid::Uuid;

    use super::*;
    use crate::clock::Clock;
    use crate::seal::{MasterKey, StillKeys};

    const RIGHT: LogId = LogId(Uuid::from_u128(1));
    const WRONG: LogId = LogId(Uuid::from_u128(2));
    const REFUSED: Result<bool, Error> = Err(Error::OtherLog {
        found: RIGHT,
        expected: WRONG,
    });

    fn account(number: i64) -> AccountId {
        AccountId::try_from(number).unwrap()
    }

    async fn open(folder: &TempDir) -> Keys {
        let url = format!("sqlite:{}", folder.path().join("keys.db").display());
        let (db, master) = (Keys::connect(&url).await.unwrap(), MasterKey::from_hex(&"5a".repeat(32)).unwrap());
        Keys::open(db, &master, Clock::system()).await.unwrap()
    }

    #[tokio::test]
    async fn keys_are_those_of_one_log() {
        let folder = TempDir::new().unwrap();
        let keys = open(&folder).await;
        // They are nobody's yet: which log they are of may be corrected, but not to one whose accounts have others.
        assert_eq!(keys.are_of(WRONG).await, Ok(false));
        assert_eq!(keys.take(WRONG, &[]).await, Ok(()));
        assert_eq!(keys.are_of(RIGHT).await, Ok(false));
        assert_eq!(keys.take(RIGHT, &[account(1)]).await, Err(Error::UnknownLog(RIGHT)));
        assert_eq!(keys.take(RIGHT, &[]).await, Ok(()));
        keys.make(&[account(1)]).await.unwrap();
        assert_eq!(keys.are_of(RIGHT).await, Ok(true));
        assert_eq!(keys.are_of(WRONG).await, REFUSED);
        keys.disconnect().await;
        let keys = open(&folder).await;
        assert_eq!(keys.are_of(WRONG).await, REFUSED);
        // But if somebody knows better.
        keys.are_said_to_be_of(WRONG).await.unwrap();
        assert_eq!(keys.are_of(WRONG).await, Ok(true));
        assert!(keys.are_of(RIGHT).await.is_err());
        keys.disconnect().await;
    }

    #[tokio::test]
    async fn keys_that_remember_no_log_are_those_of_the_log_whose_accounts_they_have() {
        let folder = TempDir::new().unwrap();
        let keys = open(&folder).await;
        keys.make(&[account(1), account(2)]).await.unwrap();
        keys.erase(account(2)).await.unwrap();
        let nobody: &[AccountId] = &[];
        for strangers in [nobody, &[account(3), account(4)]] {
            assert_eq!(keys.are_of(WRONG).await, Ok(false));
            assert_eq!(keys.take(WRONG, strangers).await, Err(Error::UnknownLog(WRONG)), "{strangers:?}");
        }
        assert_eq!(keys.are_of(RIGHT).await, Ok(false), "nothing was remembered");
        assert_eq!(keys.take(RIGHT, &[account(3), account(2)]).await, Ok(()));
        assert_eq!(keys.are_of(WRONG).await, REFUSED);
        keys.disconnect().await;
        let mut still = StillKeys::open(&folder.path().join("keys.db")).await.unwrap();
        assert_eq!(still.log().await.unwrap(), Some(RIGHT));
        still.close().await.unwrap();
    }
}
