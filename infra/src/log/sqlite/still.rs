//! A log's file as it stands at one moment, a backup's copy mostly: which log it is, how far it goes, whose history it holds.

use std::path::Path;

use domain::id::{AccountId, LogId, Position};
use domain::stream::Stream;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::super::{Error, Mark};
use super::{fault, rows, schema};

/// A log that stands still.
#[derive(Debug)]
pub struct StillLog {
    id: LogId,
    end: i64,
    connection: SqliteConnection,
}

impl StillLog {
    /// Opens the file, which is there, and makes sure that it is a log. Others may write it: that is not seen.
    pub async fn open(path: &Path) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new().filename(path).disable_statement_logging();
        let mut connection = options.connect().await.map_err(fault::reading)?;
        sqlx::query("begin").execute(&mut connection).await.map_err(fault::reading)?;
        let (id, end) = schema::examine(&mut connection).await?;
        Ok(Self { id, end, connection })
    }

    /// Makes sure that none of its commits is missing. Takes as long as counting them.
    pub async fn check(&mut self) -> Result<(), Error> {
        let commits: i64 = sqlx::query_scalar("select count(*) from commits")
            .fetch_one(&mut self.connection)
            .await
            .map_err(fault::reading)?;
        if commits == self.end {
            Ok(())
        } else {
            let end = self.end;
            Err(fault::damaged(&format!("it ends at position {end}, and holds {commits} commits")))
        }
    }

    /// Which log it is a copy of.
    pub fn id(&self) -> LogId {
        self.id
    }

    /// Its last commit; `None`: it is empty.
    pub async fn end(&mut self) -> Result<Option<Mark>, Error> {
        let Ok(position) = Position::try_from(self.end) else {
            return Ok(None);
        };
        let record = rows::at(&mut self.connection, position).await?;
        Ok(record.map(|record| Mark {
            log: self.id,
            position,
            commit: record.id,
        }))
    }

    /// Every account that ever did anything, in the order of their streams' names.
    pub async fn accounts(&mut self) -> Result<Vec<AccountId>, Error> {
        // '/' is what follows '.'.
        let streams: Vec<String> =
            sqlx::query_scalar("select stream from commits where stream > 'account.' and stream < 'account/' and prev = 0")
                .fetch_all(&mut self.connection)
                .await
                .map_err(fault::reading)?;
        let account = |name: &String| match name.parse() {
            Ok(Stream::Account(account)) => Ok(account),
            Ok(Stream::Chat(_) | Stream::Inbox(_) | Stream::SignIn(_) | Stream::Name(_) | Stream::Interactions(_) | Stream::System)
            | Err(_) => Err(fault::damaged(&format!("{name} is no account's stream"))),
        };
        streams.iter().map(account).collect()
    }

    /// Lets the file go.
    pub async fn close(self) -> Result<(), Error> {
        self.connection.close().await.map_err(fault::reading)
    }
}
