//! Connections to a database that may fall silent: what it does not answer in time is an error, and a connection to it is given up.
//!
//! A host that dies without closing its connections sends nothing more; the kernel gives such a connection up after a quarter of an
//! hour, or never.

use std::fmt;
use std::future::ready;
use std::ops::Deref;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use sqlx::any::{AnyPoolOptions, AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo};
use sqlx::{Any, AnyConnection, AnyPool, Connection, Describe, Either, Error, Execute, Executor, SqlStr};
use tokio::time::{Instant, timeout, timeout_at};

use super::Engine;

/// How long a query may take from the wait for a connection to the last row.
pub const ANSWER: Duration = Duration::from_secs(20);
/// How long a sign of life may take.
const PING: Duration = Duration::from_secs(3);
/// How long a connection that gave a sign of life is trusted without another.
const FRESH: Duration = Duration::from_secs(1);

/// The connections of a database. A query through it takes at most [`ANSWER`]; who takes a connection of his own sees to that himself.
#[derive(Clone)]
pub struct Pool(AnyPool);

impl Pool {
    pub(super) async fn connect(engine: Engine, options: AnyPoolOptions, url: &str) -> Result<Self, Error> {
        // A file is always there.
        let options = options.test_before_acquire(false);
        let options = match engine {
            // A full disk ends SQLite's transaction by itself, and the driver goes on counting it: on this connection
            // each further one would be nested in one that is not there.
            Engine::Sqlite => options.before_acquire(|connection, _| {
                let sound = !connection.is_in_transaction();
                Box::pin(ready(Ok(sound)))
            }),
            Engine::Postgres => options
                .before_acquire(|connection, known| {
                    Box::pin(async move {
                        if known.idle_for > FRESH {
                            ping(connection).await?;
                        }
                        Ok(true)
                    })
                })
                // Without a limit a silent connection would keep its place in the pool.
                .after_release(|connection, _| Box::pin(async move { ping(connection).await.map(|()| true) })),
        };
        Ok(Self(options.connect(url).await?))
    }
}

impl Deref for Pool {
    type Target = AnyPool;

    fn deref(&self) -> &AnyPool {
        &self.0
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}

async fn ping(connection: &mut AnyConnection) -> Result<(), Error> {
    in_time(PING, connection.ping()).await
}

/// What a database answers, or that it does not.
pub async fn in_time<T>(limit: Duration, answer: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    timeout(limit, answer).await.unwrap_or_else(|_| Err(silent(limit)))
}

fn silent(limit: Duration) -> Error {
    let why = format!("the database did not answer within {limit:?}");
    Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, why))
}

impl<'p> Executor<'p> for &Pool {
    type Database = Any;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Either<AnyQueryResult, AnyRow>, Error>>
    where
        E: 'q + Execute<'q, Any>,
    {
        let (rows, deadline) = (self.0.fetch_many(query), Instant::now() + ANSWER);
        let next = move |mut rows: BoxStream<'e, Result<Either<AnyQueryResult, AnyRow>, Error>>| async move {
            let next = timeout_at(deadline, rows.try_next()).await.map_err(|_| silent(ANSWER))??;
            Ok(next.map(|next| (next, rows)))
        };
        stream::try_unfold(rows, next).boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<AnyRow>, Error>>
    where
        E: 'q + Execute<'q, Any>,
    {
        Box::pin(in_time(ANSWER, self.0.fetch_optional(query)))
    }

    fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [AnyTypeInfo]) -> BoxFuture<'e, Result<AnyStatement, Error>>
    where
        'p: 'e,
    {
        Box::pin(in_time(ANSWER, self.0.prepare_with(sql, parameters)))
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Any>, Error>> {
        Box::pin(in_time(ANSWER, self.0.describe(sql)))
    }
}
