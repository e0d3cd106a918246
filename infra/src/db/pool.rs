//! Connections to a database that may fall silent: what it does not answer in time is an error, and a connection to it is given up.
//!
//! A host that dies without closing its connections sends nothing more; the kernel gives such a connection up after a quarter of an
//! hour, or never.

use std::fmt;
use std::future::ready;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{StreamExt, TryFutureExt, TryStreamExt, stream};
use sqlx::any::{AnyPoolOptions, AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Connection, Describe, Either, Error, Execute, Executor, SqlStr};
use tokio::time::timeout;

use super::Engine;
use crate::wal::Checkpoints;

/// How long a query may take from the wait for a connection to the last row.
pub const ANSWER: Duration = Duration::from_secs(20);
/// How long a connection to PostgreSQL is waited for. While it is refused it is tried again after pauses that rise to a fifth of
/// this: so long at most after PostgreSQL is back somebody has a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a sign of life may take.
const PING: Duration = Duration::from_secs(3);
/// How long a connection that gave a sign of life is trusted without another.
const FRESH: Duration = Duration::from_secs(1);

/// The connections of a database. A query through it takes at most [`ANSWER`]; who takes a connection of his own sees to that himself.
///
/// Clones are of the same database, also once another has taken its place.
#[derive(Clone)]
pub struct Pool {
    engine: Engine,
    open: Arc<RwLock<Open>>,
}

/// A database that is open.
#[derive(Clone)]
struct Open {
    connections: AnyPool,
    /// Beside the writers of a SQLite file.
    folding: Option<Arc<Checkpoints>>,
}

/// A connection out of a [`Pool`], to which it goes back.
pub struct Lease {
    engine: Engine,
    connection: PoolConnection<Any>,
    goes_back: bool,
}

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
            Engine::Postgres => {
                knock(url).await?;
                options.acquire_timeout(CONNECT).before_acquire(|connection, known| {
                    Box::pin(async move {
                        if known.idle_for > FRESH {
                            in_time(PING, connection.ping()).await?;
                        }
                        Ok(true)
                    })
                })
            }
        };
        let open = Open {
            connections: options.connect(url).await?,
            folding: None,
        };
        Ok(Self {
            engine,
            open: Arc::new(RwLock::new(open)),
        })
    }

    /// A connection of one's own for a while.
    pub async fn acquire(&self) -> Result<Lease, Error> {
        loop {
            match self.now().acquire().await {
                // Another database has taken its place meanwhile.
                Err(Error::PoolClosed) if !self.now().is_closed() => {}
                Err(error) => return Err(error),
                Ok(connection) => {
                    return Ok(Lease {
                        engine: self.engine,
                        connection,
                        goes_back: true,
                    });
                }
            }
        }
    }

    /// The connections as of now.
    pub fn now(&self) -> AnyPool {
        self.open().connections
    }

    pub(super) fn fold(&self, folding: Checkpoints) {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        open.folding = Some(Arc::new(folding));
    }

    /// Puts another database in the place of this one, for all who hold clones. Answers this one.
    pub(super) fn exchange(&self, other: &Self) -> Self {
        let other = other.open();
        let before = std::mem::replace(&mut *self.open.write().unwrap_or_else(PoisonError::into_inner), other);
        Self {
            engine: self.engine,
            open: Arc::new(RwLock::new(before)),
        }
    }

    /// Waits for those who have a connection; the last one of a SQLite file folds what is left.
    pub(super) async fn close(&self) {
        let open = self.open();
        if let Some(folding) = &open.folding {
            folding.stop().await;
        }
        open.connections.close().await;
    }

    fn open(&self) -> Open {
        self.open.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Says why there is no connection, which the pool keeps to itself.
async fn knock(url: &str) -> Result<(), Error> {
    in_time(CONNECT, async { AnyConnection::connect(url).await?.close().await }).await
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}

impl Lease {
    /// It does not go back.
    pub fn close_on_drop(&mut self) {
        self.goes_back = false;
        self.connection.close_on_drop();
    }
}

impl Deref for Lease {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.connection
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.connection
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lease")
    }
}

impl Drop for Lease {
    /// On its way back a connection has to give a sign of life. Without a limit a silent one would keep its place in the pool.
    fn drop(&mut self) {
        match (self.engine, self.goes_back) {
            (Engine::Sqlite, _) | (Engine::Postgres, false) => {}
            (Engine::Postgres, true) => {
                let returned = self.connection.return_to_pool();
                tokio::spawn(timeout(PING, returned));
            }
        }
    }
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
        'p: 'e,
        E: 'q + Execute<'q, Any>,
    {
        let pool = self.clone();
        let answer = async move {
            let mut connection = pool.acquire().await?;
            connection.deref_mut().fetch_many(query).try_collect::<Vec<_>>().await
        };
        let rows = in_time(ANSWER, answer).map_ok(|rows| stream::iter(rows.into_iter().map(Ok)));
        rows.try_flatten_stream().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<AnyRow>, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Any>,
    {
        let pool = self.clone();
        Box::pin(in_time(ANSWER, async move {
            pool.acquire().await?.deref_mut().fetch_optional(query).await
        }))
    }

    fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [AnyTypeInfo]) -> BoxFuture<'e, Result<AnyStatement, Error>>
    where
        'p: 'e,
    {
        let pool = self.clone();
        Box::pin(in_time(ANSWER, async move {
            pool.acquire().await?.deref_mut().prepare_with(sql, parameters).await
        }))
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Any>, Error>>
    where
        'p: 'e,
    {
        let pool = self.clone();
        Box::pin(in_time(
            ANSWER,
            async move { pool.acquire().await?.deref_mut().describe(sql).await },
        ))
    }
}
