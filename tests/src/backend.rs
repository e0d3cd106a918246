//! What a server keeps its log and read models in: its own folder, or a NATS server and PostgreSQL.

use crate::nats::Nats;
use crate::postgres::Postgres;
use crate::proxy::Proxy;

/// What a server keeps its log and read models in.
#[derive(Debug)]
pub enum Backend {
    /// SQLite files in the data folder.
    Embedded,
    /// Servers of the story's own.
    Clustered {
        /// Holds the log.
        nats: Nats,
        /// Holds the read models.
        postgres: Postgres,
        /// The database of the read models.
        database: String,
    },
}

impl Backend {
    /// Starts a NATS server and a PostgreSQL cluster.
    pub async fn clustered() -> Self {
        let (nats, postgres) = tokio::join!(Nats::start(), Postgres::start());
        let database = postgres.database().await;
        Self::Clustered { nats, postgres, database }
    }

    /// Puts a network of the story's own before the database; the database is reached through it from the next start on.
    pub async fn database_behind_a_proxy(&mut self) -> Proxy {
        let Self::Clustered { postgres, database, .. } = self else {
            unreachable!("only a database of its own can be far away")
        };
        let proxy = Proxy::start(postgres.port()).await;
        *database = database.replace(&format!(":{}/", postgres.port()), &format!(":{}/", proxy.port()));
        proxy
    }

    /// What tells `heliograph serve` about it.
    pub fn arguments(&self) -> Vec<String> {
        match self {
            Self::Embedded => Vec::new(),
            Self::Clustered { nats, database, .. } => ["--nats", &nats.url(), "--database", database].map(str::to_owned).to_vec(),
        }
    }
}
