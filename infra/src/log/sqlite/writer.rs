//! The one task that writes: it takes whatever waits and writes it together, so that a sync is shared.

use std::sync::{Arc, Mutex, PoisonError};

use domain::id::{CommitId, Position};
use domain::stream::Stream;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::super::{Append, AppendError};
use super::batch::Batch;
use super::fault::{self, Fault};
use super::rows;
use super::tail::Tail;

/// The most that waits to be written, in KiB; an append counts as at least one.
const QUEUE_KIB: usize = 64 * 1024;
/// The most written at once.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
const BATCH_COUNT: usize = 8_192;

type Outcome = Result<Position, AppendError>;

/// An append on its way, with its share of the queue.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) append: Append,
    answer: oneshot::Sender<Outcome>,
    _room: OwnedSemaphorePermit,
}

/// An append handed over: it will be written even if nobody waits for the outcome.
pub(super) struct Pending(oneshot::Receiver<Outcome>);

impl Pending {
    pub(super) async fn outcome(self) -> Outcome {
        self.0
            .await
            .unwrap_or_else(|_| Err(AppendError::Unconfirmed("the log was closed".to_owned())))
    }
}

/// The door to the writing task.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Mutex<Option<mpsc::UnboundedSender<Job>>>,
    room: Arc<Semaphore>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(connection: SqliteConnection, options: SqliteConnectOptions, tail: Arc<Tail>, end: i64) -> Self {
        let (sender, jobs) = mpsc::unbounded_channel();
        let task = Task {
            connection: Some(connection),
            options,
            tail,
            end,
        };
        Self {
            jobs: Mutex::new(Some(sender)),
            room: Arc::new(Semaphore::new(QUEUE_KIB)),
            task: Mutex::new(Some(tokio::spawn(task.run(jobs)))),
        }
    }

    /// Queues an append; waits while the queue is full.
    pub(super) async fn append(&self, append: Append) -> Result<Pending, AppendError> {
        let closed = || AppendError::Unavailable("the log is closed".to_owned());
        let kib = u32::try_from(append.body.len() / 1024).unwrap_or(u32::MAX) + 1;
        let room = Arc::clone(&self.room).acquire_many_owned(kib).await.map_err(|_| closed())?;
        let (answer, outcome) = oneshot::channel();
        let job = Job {
            append,
            answer,
            _room: room,
        };
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.as_ref().ok_or_else(closed)?.send(job).map_err(|_| closed())?;
        Ok(Pending(outcome))
    }

    pub(super) async fn close(&self) {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            task.await.ok();
        }
    }
}

struct Task {
    /// `None` after a failure: what it knew can't be trusted.
    connection: Option<SqliteConnection>,
    options: SqliteConnectOptions,
    tail: Arc<Tail>,
    end: i64,
}

impl Task {
    async fn run(mut self, mut jobs: mpsc::UnboundedReceiver<Job>) {
        while let Some(first) = jobs.recv().await {
            self.write(gather(first, &mut jobs)).await;
        }
        if let Some(connection) = self.connection {
            connection.close().await.ok();
        }
    }

    async fn write(&mut self, jobs: Vec<Job>) {
        let mut batch = match self.prepare(jobs).await {
            Ok(batch) => batch,
            Err((jobs, fault)) => return self.fail(jobs, fault),
        };
        if let Err(fault) = self.insert(&batch).await {
            batch.accepted.append(&mut batch.refused);
            return self.fail(batch.accepted, fault);
        }
        self.end += i64::try_from(batch.records.len()).unwrap_or(i64::MAX);
        let positions: Vec<Position> = batch.records.iter().map(|record| record.position).collect();
        self.tail.push(batch.records);
        for (job, position) in batch.accepted.into_iter().zip(positions) {
            job.answer.send(Ok(position)).ok();
        }
        for job in batch.refused {
            let outcome = self.refuse(&job.append).await;
            job.answer.send(outcome).ok();
        }
    }

    async fn prepare(&mut self, jobs: Vec<Job>) -> Result<Batch, (Vec<Job>, Fault)> {
        match self.lasts(&jobs).await {
            Ok(lasts) => Ok(Batch::decide(jobs, &lasts, self.end)),
            Err(error) => Err((jobs, Fault::Unwritten(error.to_string()))),
        }
    }

    /// Where the jobs' streams end, from memory or the table.
    async fn lasts(&mut self, jobs: &[Job]) -> Result<Vec<i64>, sqlx::Error> {
        self.connect().await?;
        let lookup = |tail: &Tail| tail.lasts(jobs.iter().map(|job| &job.append.stream));
        let known = lookup(&self.tail);
        let unknown: Vec<&Stream> = jobs
            .iter()
            .zip(&known)
            .filter(|(_, last)| last.is_none())
            .map(|(job, _)| &job.append.stream)
            .collect();
        if unknown.is_empty() {
            return Ok(known.into_iter().flatten().collect());
        }
        let found: Vec<i64> = sqlx::query_scalar(
            "select coalesce((select position from commits where stream = s.value order by prev desc limit 1), 0)
             from json_each($1) s order by s.key",
        )
        .bind(serde_json::to_string(&unknown).expect("names are JSON"))
        .fetch_all(self.connection.as_mut().expect("connected above"))
        .await?;
        let learned: Vec<(Stream, i64)> = unknown.into_iter().cloned().zip(found).collect();
        self.tail.learn(&learned);
        let mut learned = learned.into_iter().map(|(_, last)| last);
        Ok(known.into_iter().filter_map(|last| last.or_else(|| learned.next())).collect())
    }

    /// A new connection when the old one failed, and the end as it finds it.
    async fn connect(&mut self) -> Result<(), sqlx::Error> {
        if self.connection.is_none() {
            let mut connection = self.options.clone().connect().await?;
            self.end = sqlx::query_scalar("select coalesce(max(position), 0) from commits")
                .fetch_one(&mut connection)
                .await?;
            self.tail.reset(self.end);
            self.connection = Some(connection);
        }
        Ok(())
    }

    async fn insert(&mut self, batch: &Batch) -> Result<(), Fault> {
        match &mut self.connection {
            Some(connection) => batch.insert(connection, self.end).await,
            None => Err(Fault::Unwritten("not connected".to_owned())),
        }
    }

    /// Answers all, forgets what was known: the next batch looks again.
    fn fail(&mut self, jobs: Vec<Job>, fault: Fault) {
        let error = AppendError::from(fault);
        tracing::error!(error = %error, appends = jobs.len(), "log.append failed");
        self.connection = None;
        for job in jobs {
            job.answer.send(Err(error.clone())).ok();
        }
    }

    /// The same append written before gives its position; any other commit behind what was expected is a conflict.
    async fn refuse(&mut self, append: &Append) -> Outcome {
        let Some(connection) = &mut self.connection else {
            return Err(AppendError::Unavailable("not connected".to_owned()));
        };
        let follower: Option<(i64, Vec<u8>)> = sqlx::query_as("select position, id from commits where stream = $1 and prev = $2")
            .bind(append.stream.to_string())
            .bind(append.expected.map_or(0, Position::get))
            .fetch_optional(&mut *connection)
            .await
            .map_err(|error| AppendError::from(fault::writing(&error)))?;
        if let Some((position, id)) = follower
            && CommitId(uuid::Uuid::from_slice(&id).unwrap_or_default()) == append.id
        {
            return Position::try_from(position).map_err(|error| AppendError::Unconfirmed(error.to_string()));
        }
        let last = match self.tail.last(&append.stream) {
            Some(last) => Position::try_from(last).ok(),
            None => rows::last(connection, &append.stream)
                .await
                .map_err(|error| AppendError::Unconfirmed(error.to_string()))?,
        };
        Err(AppendError::Conflict { last })
    }
}

/// Whatever waits, within the bounds of a batch.
fn gather(first: Job, jobs: &mut mpsc::UnboundedReceiver<Job>) -> Vec<Job> {
    let mut bytes = first.append.body.len();
    let mut batch = vec![first];
    while bytes < BATCH_BYTES && batch.len() < BATCH_COUNT {
        let Ok(job) = jobs.try_recv() else { break };
        bytes += job.append.body.len();
        batch.push(job);
    }
    batch
}
