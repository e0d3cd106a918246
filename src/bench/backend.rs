//! A JetStream stream and a PostgreSQL database of a run's own, so that runs don't mix.

use std::path::Path;

use anyhow::{Context as _, Result};
use infra::log::jetstream;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _};
use tokio::process::Command;

use super::process::Process;

/// What holds a run's log and read models.
#[derive(Debug)]
pub struct Backend {
    nats: Option<String>,
    /// The database server as it was named, for creating and dropping.
    server: Option<String>,
    name: String,
}

impl Backend {
    /// Makes a database, named after the folder: the same folder finds its stream and database again.
    pub async fn make(nats: Option<&str>, server: Option<&str>, folder: &Path) -> Result<Self> {
        let backend = Self {
            nats: nats.map(str::to_owned),
            server: server.map(str::to_owned),
            name: name(folder)?,
        };
        if let Some(server) = server {
            let exists = format!("select count(*) from pg_database where datname = '{}'", backend.name);
            let mut connection = connect(server).await?;
            let known: i64 = sqlx::query_scalar(AssertSqlSafe(exists)).fetch_one(&mut connection).await?;
            if known == 0 {
                sqlx::raw_sql(AssertSqlSafe(format!("create database {}", backend.name)))
                    .execute(&mut connection)
                    .await?;
            }
        }
        Ok(backend)
    }

    /// Tells a server about them.
    pub fn configure(&self, command: &mut Command) {
        if let Some(nats) = &self.nats {
            command.args(["--nats", nats]).env("HELIOGRAPH_LOG__STREAM", &self.name);
        }
        if let Some(server) = &self.server {
            command.arg("--database").arg(database(server, &self.name));
        }
    }

    /// The stream of its own.
    pub fn stream(&self) -> jetstream::Config {
        jetstream::Config {
            stream: self.name.clone(),
            prefix: self.name.clone(),
            ..jetstream::Config::default()
        }
    }

    /// The broker's and the database's processes, as far as they are on this machine.
    pub fn processes(&self) -> Vec<Process> {
        let named = [(self.nats.as_deref(), 4222), (self.server.as_deref(), 5432)];
        named
            .into_iter()
            .filter_map(|(url, default)| Process::listening(port(url?).unwrap_or(default)))
            .collect()
    }

    /// How much disk the index of what was said takes.
    pub async fn search_bytes(&self, folder: &Path) -> Result<u64> {
        let Some(server) = &self.server else {
            let sizes = ["search.db", "search.db-wal"].map(|file| std::fs::metadata(folder.join(file)).map_or(0, |file| file.len()));
            return Ok(sizes.iter().sum());
        };
        let sizes = "select coalesce(sum(pg_total_relation_size(oid)), 0)::bigint from pg_class \
                     where relnamespace = to_regnamespace('search') and relkind = 'r'";
        let mut connection = connect(&database(server, &self.name)).await?;
        let bytes: i64 = sqlx::query_scalar(sizes).fetch_one(&mut connection).await?;
        Ok(u64::try_from(bytes)?)
    }

    /// Takes away what was made.
    pub async fn remove(&self) -> Result<()> {
        if let Some(server) = &self.server {
            let drop = format!("drop database if exists {} with (force)", self.name);
            sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut connect(server).await?).await?;
        }
        if let Some(nats) = &self.nats {
            let client = infra::log::jetstream::dial(nats, async_nats::ConnectOptions::new()).await?;
            async_nats::jetstream::new(client).delete_stream(&self.name).await?;
        }
        Ok(())
    }
}

async fn connect(url: &str) -> Result<AnyConnection> {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await.context("can't connect to the database server")
}

/// `heliograph-bench-a1B2` → `heliograph_bench_6131…`: letters that both sides take.
fn name(folder: &Path) -> Result<String> {
    let folder = folder.canonicalize()?;
    let text = folder
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let safe: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect();
    let hash = folder.to_string_lossy().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    Ok(format!("h_{}_{hash:016x}", &safe[..safe.len().min(30)]))
}

/// The URL with another database.
fn database(url: &str, name: &str) -> String {
    let (address, query) = url.split_once('?').map_or((url, None), |(address, query)| (address, Some(query)));
    let start = address.find("://").map_or(0, |at| at + 3);
    let host = address[start..].find('/').map_or(address, |slash| &address[..start + slash]);
    query.map_or_else(|| format!("{host}/{name}"), |query| format!("{host}/{name}?{query}"))
}

fn port(url: &str) -> Option<u16> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', ',']).next()?;
    authority.rsplit_once(':')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_replaced_and_nothing_else() {
        assert_eq!(
            database("postgres://a:b@h:5/x?sslmode=off", "y"),
            "postgres://a:b@h:5/y?sslmode=off"
        );
        assert_eq!(database("postgres://h", "y"), "postgres://h/y");
        assert_eq!(
            (port("postgres://a:b@h:5/x"), port("nats://h"), port("nats://h:4223,h2:4222")),
            (Some(5), None, Some(4223))
        );
    }
}
