//! A file of keys, a backup's copy mostly: whose keys it holds and whose were erased. The master key is not needed for that.

use std::collections::HashSet;
use std::path::Path;

use domain::id::{AccountId, LogId};
use domain::time::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::store::{LOG, read_log};

/// Keys that stand still.
#[derive(Debug)]
pub struct StillKeys(SqliteConnection);

impl StillKeys {
    /// Opens the file, which is there.
    pub async fn open(path: &Path) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new().filename(path);
        Ok(Self(options.disable_statement_logging().connect().await?))
    }

    /// Opens a file that nobody else uses for [erasing](Self::erase). No journal is kept that would hold what is erased: after a failure
    /// the file is of no use.
    pub async fn open_for_erasing(path: &Path) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Off)
            .pragma("secure_delete", "on");
        Ok(Self(options.disable_statement_logging().connect().await?))
    }

    /// The log that they were made for; `None`: an older program made them, which did not say.
    pub async fn log(&mut self) -> Result<Option<LogId>, sqlx::Error> {
        let there = "select name from sqlite_master where type = 'table' and name = 'made_for'";
        if sqlx::query(there).fetch_optional(&mut self.0).await?.is_none() {
            return Ok(None);
        }
        let log: Option<String> = sqlx::query_scalar(LOG).fetch_optional(&mut self.0).await?;
        let log = log.map(|log| read_log(&log).map_err(|error| sqlx::Error::Decode(error.into())));
        log.transpose()
    }

    /// Whose keys were erased.
    pub async fn erased(&mut self) -> Result<Vec<AccountId>, sqlx::Error> {
        self.accounts("select account from account_keys where wrapped is null order by account")
            .await
    }

    /// Those of the accounts of which it knows nothing: neither has it their keys, nor were they erased.
    pub async fn without(&mut self, accounts: &[AccountId]) -> Result<Vec<AccountId>, sqlx::Error> {
        let known = self.accounts("select account from account_keys").await?;
        let known: HashSet<_> = known.into_iter().collect();
        Ok(accounts.iter().copied().filter(|account| !known.contains(account)).collect())
    }

    /// Erases keys, for ever; gives whose it still had.
    pub async fn erase(&mut self, accounts: &[AccountId], now: Timestamp) -> Result<Vec<AccountId>, sqlx::Error> {
        let mut had = Vec::new();
        for account in accounts {
            let erasing = "update account_keys set wrapped = null, erased_at = $2 where account = $1 and wrapped is not null";
            let erased = sqlx::query(erasing).bind(account.get()).bind(now.0).execute(&mut self.0).await?;
            if erased.rows_affected() > 0 {
                had.push(*account);
            }
            // One without a row was erased as well: that it is missing would be the wrong word for it.
            sqlx::query("insert into account_keys (account, wrapped, made_at, erased_at) values ($1, null, $2, $2) on conflict do nothing")
                .bind(account.get())
                .bind(now.0)
                .execute(&mut self.0)
                .await?;
        }
        Ok(had)
    }

    /// Lets the file go.
    pub async fn close(self) -> Result<(), sqlx::Error> {
        self.0.close().await
    }

    async fn accounts(&mut self, sql: &'static str) -> Result<Vec<AccountId>, sqlx::Error> {
        let numbers: Vec<i64> = sqlx::query_scalar(sql).fetch_all(&mut self.0).await?;
        let account = |number: i64| AccountId::try_from(number).map_err(|error| sqlx::Error::Decode(error.into()));
        numbers.into_iter().map(account).collect()
    }
}

/// Reads what tables there are in a file, and writes nothing to it.
pub(super) async fn look_at(path: &Path) -> Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let mut file = options.disable_statement_logging().connect().await?;
    sqlx::query("select name from sqlite_schema").fetch_all(&mut file).await?;
    file.close().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::seal::{Keys, MasterKey};

    fn account(number: i64) -> AccountId {
        AccountId::try_from(number).unwrap()
    }

    #[tokio::test]
    async fn what_is_erased_in_a_still_file_is_erased_for_whoever_opens_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.db");
        let url = format!("sqlite:{}", path.display());
        let master = MasterKey::from_hex(&"5a".repeat(32)).unwrap();
        let open = async || {
            let db = Keys::connect(&url).await.unwrap();
            Keys::open(db, &master, Clock::system()).await.unwrap()
        };
        let keys = open().await;
        keys.make(&[account(1), account(2), account(3)]).await.unwrap();
        keys.erase(account(3)).await.unwrap();
        keys.disconnect().await;

        let mut still = StillKeys::open_for_erasing(&path).await.unwrap();
        assert_eq!(still.erased().await.unwrap(), [account(3)]);
        assert_eq!(
            still.without(&[account(1), account(3), account(4), account(5)]).await.unwrap(),
            [account(4), account(5)]
        );
        let had = still.erase(&[account(2), account(3), account(5)], Timestamp(9)).await.unwrap();
        assert_eq!(had, [account(2)], "the others' were gone");
        assert_eq!(still.without(&[account(4), account(5)]).await.unwrap(), [account(4)]);
        still.close().await.unwrap();

        let keys = open().await;
        keys.load(&[account(1), account(2)]).await.unwrap();
        let stream = domain::stream::Stream::Account(account(1));
        keys.seal(account(1), &stream, b"still there").unwrap();
        assert_eq!(
            keys.seal(account(2), &stream, b"gone").unwrap_err(),
            crate::seal::Error::Erased(account(2))
        );
        keys.disconnect().await;
    }
}
