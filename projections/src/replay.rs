//! Replay: the log's facts as lines of JSON, from one place to another, as analysts read them.
//!
//! It reads the log itself, not the read models: what it tells is complete and needs nothing to be made first. Memory is bounded by
//! one batch of the log, however slowly it is read.

use std::collections::{BTreeSet, VecDeque};
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use domain::id::{AccountId, Position};
use domain::stream::Stream;
use domain::time::Timestamp;
use futures::{Stream as AsyncStream, StreamExt as _, stream};
use infra::commit::{self, Read, Stored};
use infra::log::{self, EventLog, Follow, Record};
use infra::seal::{self, Keys};

mod filter;
mod line;
#[cfg(test)]
mod manual;
mod place;

pub use filter::Filter;
pub use line::{Content, line};
pub use place::{InvalidPlace, Place, last_until};

/// Commits whose keys are loaded together, at most.
const TOGETHER: usize = 256;
/// Bytes of lines after which no further commit is added to those that are handed out together.
const CHUNK_BYTES: usize = 64 * 1024;

/// Which facts, and how they are told.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The first of them, itself included; without it and `after`: from the log's beginning.
    pub from: Option<Place>,
    /// All behind this commit, which must be in the log: how a reader goes on. Instead of `from`.
    pub after: Option<Position>,
    /// When that commit was recorded: in a log that lost its end and grew anew, another may stand there.
    pub at: Option<Timestamp>,
    /// The last of them, itself included; without it: the log's end as it is when the replay begins.
    pub to: Option<Place>,
    /// Only these.
    pub filter: Filter,
    /// With what people wrote.
    pub content: bool,
    /// Goes on with what comes, for ever; then `to` says nothing.
    pub follow: bool,
}

/// Why facts can't be told, or no further.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// There is no commit at the position behind which to go on.
    #[error("there is no commit at position {0} in this log")]
    NoSuchPosition(Position),
    /// The commit behind which to go on is not the one that is meant.
    #[error("the commit at position {0} was recorded at another time: it is another log, or was restored from an older copy")]
    OtherCommit(Position),
    /// The log.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// The keys, which what people wrote needs.
    #[error(transparent)]
    Keys(#[from] seal::Error),
}

/// Lines of whole commits: one a fact, each with its line feed.
pub type Lines = Pin<Box<dyn AsyncStream<Item = Result<Bytes, Error>> + Send>>;

/// Begins to tell the facts that are wanted. What comes together are whole commits; an error is the last item.
pub async fn replay(log: Arc<dyn EventLog>, keys: Keys, wanted: Wanted) -> Result<Lines, Error> {
    let after = behind(&*log, &wanted).await?;
    let Some(source) = Source::open(&log, &wanted, after).await? else {
        return Ok(Box::pin(stream::empty()));
    };
    let teller = Teller {
        source,
        waiting: VecDeque::new(),
        terms: Terms {
            keys,
            filter: wanted.filter,
            content: wanted.content,
        },
    };
    Ok(Box::pin(stream::unfold(Some(teller), |teller| async move {
        let mut teller: Teller = teller?;
        match teller.next().await {
            Ok(Some(lines)) => Some((Ok(lines), Some(teller))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    })))
}

/// The commit behind which to begin.
async fn behind(log: &dyn EventLog, wanted: &Wanted) -> Result<Option<Position>, Error> {
    match (wanted.after, wanted.from) {
        (Some(after), _) => match log.at(after).await? {
            Some(record) if wanted.at.is_some_and(|at| !is_of(&record, at)) => Err(Error::OtherCommit(after)),
            Some(_) => Ok(Some(after)),
            None => Err(Error::NoSuchPosition(after)),
        },
        (None, Some(from)) => Ok(from.last_before(log).await?),
        (None, None) => Ok(None),
    }
}

/// Whether a commit was recorded at this very time; of one that can't be read nobody was told a time.
fn is_of(record: &Record, at: Timestamp) -> bool {
    commit::decode(record).is_ok_and(|stored| stored.at == at)
}

/// Where commits come from.
enum Source {
    /// All that there are and will be.
    Endless(Follow),
    /// All up to a commit that is known to be there, or the first behind it.
    Until(Follow, Position),
    /// One stream's, up to a position.
    Pages {
        log: Arc<dyn EventLog>,
        stream: Stream,
        after: Option<Position>,
        read: Option<Position>,
        until: Position,
    },
    /// There is no more.
    Over,
}

impl Source {
    /// `None`: there is nothing.
    async fn open(log: &Arc<dyn EventLog>, wanted: &Wanted, after: Option<Position>) -> Result<Option<Self>, Error> {
        if wanted.follow {
            return Ok(Some(Self::Endless(log.follow(after))));
        }
        let end = log.end().await?;
        let until = match wanted.to {
            Some(to) => to.last_until(&**log).await?.min(end),
            None => end,
        };
        let Some(until) = until.filter(|until| Some(*until) > after) else {
            return Ok(None);
        };
        Ok(Some(match &wanted.filter.stream {
            Some(stream) => Self::Pages {
                log: Arc::clone(log),
                stream: stream.clone(),
                after,
                read: None,
                until,
            },
            None => Self::Until(log.follow(after), until),
        }))
    }

    /// The next commits; none: there is no more.
    async fn next(&mut self) -> Result<Vec<Arc<Record>>, Error> {
        match self {
            Self::Over => Ok(Vec::new()),
            Self::Endless(follow) => batch(follow).await,
            Self::Until(follow, until) => {
                let until = *until;
                let mut records = batch(follow).await?;
                if records.last().is_none_or(|last| last.position >= until) {
                    records.retain(|record| record.position <= until);
                    *self = Self::Over;
                }
                Ok(records)
            }
            Self::Pages { .. } => self.page().await,
        }
    }

    /// A stream is read from its beginning: where in it a position of the whole log lies, only that tells.
    async fn page(&mut self) -> Result<Vec<Arc<Record>>, Error> {
        while let Self::Pages {
            log,
            stream,
            after,
            read,
            until,
        } = self
        {
            let (after, until) = (*after, *until);
            let mut page = log.page(stream, *read).await?;
            *read = page.records.last().map(|record| record.position);
            if !page.more || *read >= Some(until) {
                *self = Self::Over;
            }
            page.records
                .retain(|record| Some(record.position) > after && record.position <= until);
            if !page.records.is_empty() {
                return Ok(page.records.into_iter().map(Arc::new).collect());
            }
        }
        Ok(Vec::new())
    }
}

/// A log is followed for ever: its end is its failing.
async fn batch(follow: &mut Follow) -> Result<Vec<Arc<Record>>, Error> {
    let ended = || log::Error::Unavailable("it can be followed no further".to_owned());
    Ok(follow.next().await.ok_or_else(ended)??)
}

/// Tells facts.
struct Teller {
    source: Source,
    /// Commits that were read and not told yet.
    waiting: VecDeque<Arc<Record>>,
    terms: Terms,
}

/// Which facts are told, and how.
struct Terms {
    keys: Keys,
    filter: Filter,
    content: bool,
}

impl Teller {
    /// Lines of the next commits that have some; `None`: there is no more.
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            if self.waiting.is_empty() {
                self.waiting = self.source.next().await?.into();
                if self.waiting.is_empty() {
                    return Ok(None);
                }
            }
            let lines = self.some().await?;
            if !lines.is_empty() {
                return Ok(Some(Bytes::from(lines)));
            }
            // Whole batches may hold nothing that is wanted: others get their turn.
            tokio::task::yield_now().await;
        }
    }

    /// Lines of some of the commits that wait.
    async fn some(&mut self) -> Result<Vec<u8>, Error> {
        let mut commits = Vec::new();
        let mut bytes = 0;
        while bytes < CHUNK_BYTES
            && commits.len() < TOGETHER
            && let Some(record) = self.waiting.pop_front()
        {
            if self.terms.filter.may_pass(&record.stream) {
                bytes += record.body.len();
                let stored = commit::decode(&record);
                commits.push((record, stored));
            }
        }
        let content = self.terms.open(&mut commits).await?;
        let mut lines = Vec::with_capacity(bytes);
        for (record, stored) in commits {
            match stored {
                Ok(stored) => self.terms.tell(&record, stored, content, &mut lines),
                Err(error) if self.terms.filter.passes_unread(&record.stream, &error) => {
                    line::unreadable(&record, None, 0, &error, &mut lines);
                }
                Err(_) => {}
            }
        }
        Ok(lines)
    }
}

impl Terms {
    /// Loads the keys that what passes needs.
    async fn open(&self, commits: &mut [(Arc<Record>, Result<Stored, domain::event::Unreadable>)]) -> Result<Content<'_>, Error> {
        if !self.content {
            return Ok(Content::Hidden);
        }
        let mut owners: BTreeSet<AccountId> = BTreeSet::new();
        let facts = commits.iter_mut().filter_map(|(_, stored)| stored.as_mut().ok());
        for read in facts.flat_map(|stored| &mut stored.facts) {
            if let Read::Fact(fact) = read
                && self.filter.passes(fact)
            {
                owners.extend(fact.event.sealed_parts_mut().map(|part| part.of()));
            }
        }
        if !owners.is_empty() {
            self.keys.load(&Vec::from_iter(owners)).await?;
        }
        Ok(Content::Shown(&self.keys))
    }

    fn tell(&self, record: &Record, stored: Stored, content: Content<'_>, lines: &mut Vec<u8>) {
        for read in stored.facts {
            match read {
                Read::Fact(fact) if self.filter.passes(&fact) => line(&fact, stored.trace.as_deref(), content, lines),
                Read::Unreadable(at, error) if self.filter.passes_unread(&record.stream, &error) => {
                    line::unreadable(record, Some(stored.at), at.index, &error, lines);
                }
                Read::Fact(_) | Read::Unreadable(..) => {}
            }
        }
    }
}
