//! A copy of a SQLite database as it stands at one moment, taken while others write it.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

/// How long those are waited for who bring a database in order that was left in a hurry.
const PATIENCE: Duration = Duration::from_secs(10);

/// Copies the database in `from` to a file that is not there yet: what was committed when it begins, and no more. It reads in one transaction,
/// for which nobody waits; what is written meanwhile stays in the write-ahead log until it is done. Not yet synced.
pub async fn copy(from: &Path, to: &Path) -> Result<(), sqlx::Error> {
    let name = to.to_str().ok_or_else(|| {
        let why = format!("{} is no text that SQLite takes for a name", to.display());
        sqlx::Error::Configuration(why.into())
    })?;
    // Not read-only: the last one to leave a database folds its write-ahead log away, and that may be this one.
    let options = SqliteConnectOptions::new().filename(from).busy_timeout(PATIENCE);
    let mut source = options.disable_statement_logging().connect().await?;
    let copied = sqlx::query("vacuum into $1").bind(name).execute(&mut source).await;
    source.close().await?;
    copied.map(|_| ())
}

#[cfg(test)]
mod tests {
    use sqlx::SqliteConnection;

    use super::*;

    async fn open(path: &Path) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
        options.pragma("journal_mode", "wal").connect().await.unwrap()
    }

    #[tokio::test]
    async fn a_copy_holds_what_was_committed_and_never_replaces_anything() {
        let folder = tempfile::tempdir().unwrap();
        let (path, to) = (folder.path().join("some.db"), folder.path().join("copy.db"));
        let mut writer = open(&path).await;
        let filled = "pragma user_version = 7; create table t (n integer); insert into t values (1), (2)";
        sqlx::raw_sql(filled).execute(&mut writer).await.unwrap();
        let mut later = writer.begin().await.unwrap();
        sqlx::query("insert into t values (3)").execute(&mut *later).await.unwrap();
        copy(&path, &to).await.unwrap();
        later.commit().await.unwrap();
        let mut copied = open(&to).await;
        let sum: i64 = sqlx::query_scalar("select sum(n) from t").fetch_one(&mut copied).await.unwrap();
        let version: i64 = sqlx::query_scalar("pragma user_version").fetch_one(&mut copied).await.unwrap();
        assert_eq!((sum, version), (3, 7));
        copy(&path, &to).await.unwrap_err();
    }

    #[tokio::test]
    async fn what_is_not_there_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let (path, to) = (folder.path().join("none.db"), folder.path().join("copy.db"));
        copy(&path, &to).await.unwrap_err();
        assert!(!path.exists() && !to.exists());
    }
}
