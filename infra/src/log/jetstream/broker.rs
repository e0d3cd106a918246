//! The connection to the broker, checked again whenever it is a new one, and single lookups from the stream's leader.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_nats::Client;
use async_nats::connection::State;
use async_nats::jetstream::Context;
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{Info, RawMessageError, RawMessageErrorKind, Stream as JetStream};
use domain::id::{CommitId, LogId, Position};
use domain::stream::Stream;
use tokio::sync::Semaphore;

use super::super::{Error, Record};
use super::{Config, setup, wire};

/// No connection's number.
const NONE: u64 = u64::MAX;

/// A connection to the broker and what is known of the log behind it.
#[derive(Debug)]
pub(super) struct Broker {
    pub(super) client: Client,
    pub(super) context: Context,
    pub(super) config: Config,
    /// Appends under way.
    pub(super) room: Semaphore,
    id: LogId,
    /// The newest commit that this process knows: confirmed to it, or given to it by following.
    newest: Mutex<Option<(Position, CommitId)>>,
    /// The connection, by number, on which the log was found to be ours; [`NONE`]: it gave cause for doubt.
    checked: AtomicU64,
    checking: tokio::sync::Mutex<()>,
}

impl Broker {
    pub(super) fn new(client: Client, context: Context, config: Config, id: LogId) -> Self {
        let connection = number(&client);
        Self {
            client,
            context,
            room: Semaphore::new(config.max_in_flight.max(1)),
            config,
            id,
            newest: Mutex::default(),
            checked: AtomicU64::new(connection),
            checking: tokio::sync::Mutex::default(),
        }
    }

    pub(super) fn id(&self) -> LogId {
        self.id
    }

    pub(super) fn subject(&self, stream: &Stream) -> String {
        wire::subject(&self.config.prefix, stream)
    }

    /// Whether the connection with this number is still the one in use, and nothing has cast doubt on the log since it was checked.
    pub(super) fn trusts(&self, connection: u64) -> bool {
        number(&self.client) == connection && self.checked.load(Ordering::Acquire) == connection
    }

    /// Remembers a commit that is in the log, to be looked for after a reconnect and in doubt.
    pub(super) fn knows(&self, position: Position, id: CommitId) {
        let mut newest = self.newest();
        if newest.is_none_or(|(known, _)| known < position) {
            *newest = Some((position, id));
        }
    }

    /// The position of the newest commit that is known: whatever is stored from now on comes behind it.
    pub(super) fn reached(&self) -> Option<Position> {
        self.newest().map(|(position, _)| position)
    }

    fn newest(&self) -> MutexGuard<'_, Option<(Position, CommitId)>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connected, to the same log, with everything in it that this process knows of. Gives the connection's number.
    pub(super) async fn verified(&self) -> Result<u64, Error> {
        if self.client.connection_state() != State::Connected {
            return Err(Error::Unavailable("not connected to NATS".to_owned()));
        }
        let connection = number(&self.client);
        if self.checked.load(Ordering::Acquire) == connection {
            return Ok(connection);
        }
        let _one = self.checking.lock().await;
        if self.checked.load(Ordering::Acquire) != connection {
            self.verify().await?;
            self.checked.store(connection, Ordering::Release);
        }
        Ok(connection)
    }

    /// Checks again, because something was seen that a log which has lost nothing does not do. Until it is found to be ours
    /// nothing is done with it.
    pub(super) async fn doubted(&self) -> Result<(), Error> {
        let connection = number(&self.client);
        let _one = self.checking.lock().await;
        self.checked.store(NONE, Ordering::Release);
        self.verify().await?;
        self.checked.store(connection, Ordering::Release);
        Ok(())
    }

    async fn verify(&self) -> Result<(), Error> {
        setup::server(&self.client)?;
        let found = setup::identity(&self.info().await?)?;
        if found != self.id {
            return Err(Error::Replaced(format!(
                "it is log {found}, before the reconnect it was log {}",
                self.id
            )));
        }
        let newest = *self.newest();
        match newest {
            Some((position, id)) => self.holds(position, id).await,
            None => Ok(()),
        }
    }

    /// Refuses a log that lost a commit.
    pub(super) async fn holds(&self, position: Position, id: CommitId) -> Result<(), Error> {
        match self.at(position).await? {
            Some(record) if record.id == id => Ok(()),
            found => Err(Error::Replaced(format!(
                "at position {position} stood commit {id}, now there is {}: the broker lost the log's tail or it was replaced. \
                 Restore the stream from a backup; what came after it is lost, and read models are to be rebuilt",
                found.map_or_else(|| "nothing".to_owned(), |record| format!("commit {}", record.id))
            ))),
        }
    }

    pub(super) async fn info(&self) -> Result<Info, Error> {
        let info = self.context.get_stream(&self.config.stream).await;
        Ok(info.map_err(|error| Error::Unavailable(error.to_string()))?.cached_info().clone())
    }

    pub(super) async fn end(&self) -> Result<Option<Position>, Error> {
        Ok(wire::position(self.info().await?.state.last_sequence))
    }

    pub(super) async fn at(&self, position: Position) -> Result<Option<Record>, Error> {
        let stream = self.stream().await?;
        self.found(stream.get_raw_message(position.get().unsigned_abs()).await)
    }

    /// A stream's last commit.
    pub(super) async fn last(&self, stream: &Stream) -> Result<Option<Record>, Error> {
        let found = self.stream().await?.get_last_raw_message_by_subject(&self.subject(stream)).await;
        self.found(found)
    }

    /// A stream's first commit behind a position.
    pub(super) async fn next(&self, stream: &Stream, after: Option<Position>) -> Result<Option<Record>, Error> {
        let lookup = self.stream().await?.raw_message_builder().sequence(wire::behind(after));
        self.found(lookup.next_by_subject(self.subject(stream)).send().await)
    }

    async fn stream(&self) -> Result<JetStream<()>, Error> {
        let stream = self.context.get_stream_no_info(&self.config.stream).await;
        stream.map_err(|error| Error::Unavailable(error.to_string()))
    }

    fn found(&self, answer: Result<StreamMessage, RawMessageError>) -> Result<Option<Record>, Error> {
        match answer {
            Ok(message) => {
                let headers = Some(&message.headers);
                wire::record(&self.config.prefix, message.sequence, &message.subject, headers, message.payload).map(Some)
            }
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(Error::Unavailable(error.to_string())),
        }
    }
}

fn number(client: &Client) -> u64 {
    client.statistics().connects.load(Ordering::Acquire)
}
