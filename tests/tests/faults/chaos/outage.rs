//! What the server needs is gone or stands still, and comes back.

use std::path::Path;
use std::time::Duration;

use heliograph_tests::nats::Nats;
use heliograph_tests::postgres::Postgres;
use heliograph_tests::{Backend, World};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::fault::Fault;

/// How long it may take until the file of a log under load is ours.
const TURN: Duration = Duration::from_mins(1);

/// What is broken.
#[must_use = "what is broken must be mended"]
pub(super) enum Outage {
    /// Somebody else holds the log's file for writing.
    File(SqliteConnection),
    BrokerStalled,
    BrokerKilled,
    DatabaseStalled,
    DatabaseKilled,
    BothKilled,
}

/// Breaks what the server needs.
pub(super) async fn begin(world: &mut World, fault: Fault) -> Outage {
    match fault {
        Fault::LogStalled => match &world.backend {
            Backend::Embedded => Outage::File(hold(&world.server.folder().join("log.db")).await),
            Backend::Clustered { nats, .. } => {
                nats.pause();
                Outage::BrokerStalled
            }
        },
        Fault::BrokerKilled => {
            servers(world).0.kill9();
            Outage::BrokerKilled
        }
        Fault::DatabaseKilled => {
            servers(world).1.kill9();
            Outage::DatabaseKilled
        }
        Fault::DatabaseStalled => {
            servers(world).1.pause();
            Outage::DatabaseStalled
        }
        Fault::EverythingKilled => {
            let (nats, postgres) = servers(world);
            nats.kill9();
            postgres.kill9();
            Outage::BothKilled
        }
        Fault::ServerKilled | Fault::ServerStopped | Fault::ServerStalled | Fault::DiskFull | Fault::ClockAhead | Fault::ClockBehind => {
            unreachable!("{fault:?} is of the server itself")
        }
    }
}

impl Outage {
    /// Mends it: when this returns, what the server needs is there.
    pub(super) async fn end(self, world: &mut World) {
        match self {
            Self::File(connection) => connection.close().await.expect("a file can be let go"),
            Self::BrokerStalled => servers(world).0.resume(),
            Self::DatabaseStalled => servers(world).1.resume(),
            Self::BrokerKilled => servers(world).0.restart().await,
            Self::DatabaseKilled => servers(world).1.restart().await,
            Self::BothKilled => {
                let (nats, postgres) = servers(world);
                tokio::join!(nats.restart(), postgres.restart());
            }
        }
    }
}

/// Takes the file for writing; nobody else can write to it until the connection is closed.
async fn hold(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file).busy_timeout(TURN);
    let mut connection = options.connect().await.expect("the log's file can be opened");
    let held = sqlx::query("begin immediate").execute(&mut connection).await;
    held.expect("the server lets others write now and then");
    connection
}

fn servers(world: &mut World) -> (&mut Nats, &mut Postgres) {
    match &mut world.backend {
        Backend::Clustered { nats, postgres, .. } => (nats, postgres),
        Backend::Embedded => unreachable!("chosen for a cluster only"),
    }
}
