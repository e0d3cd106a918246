//! A stream read up to a position, within a budget.

use domain::id::Position;
use domain::stream::Stream;
use infra::commit::{self, Read};
use infra::log::{EventLog, Page, Record};
use tokio::task::spawn_blocking;

use super::{Error, Replay};

/// How much of a stream may be replayed for one answer.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Facts that concern the chat.
    pub facts: usize,
    /// Bytes of their commits.
    pub bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            facts: 200_000,
            bytes: 64 << 20,
        }
    }
}

impl Budget {
    fn spend(&mut self, facts: usize, bytes: usize) -> Result<(), Error> {
        self.facts = self.facts.checked_sub(facts).ok_or(Error::TooLong)?;
        self.bytes = self.bytes.checked_sub(bytes).ok_or(Error::TooLong)?;
        Ok(())
    }
}

/// Replays a stream's facts behind a position in order, all up to another: a page at a time, on a thread where nobody waits for it.
pub(super) async fn stream(
    mut replay: Replay,
    log: &dyn EventLog,
    (stream, mut after): (&Stream, Option<Position>),
    until: Position,
    mut budget: Budget,
) -> Result<Replay, Error> {
    loop {
        let Page { records, more } = log.page(stream, after).await?;
        after = records.last().map(|record| record.position);
        let folded = spawn_blocking(move || {
            let folded = fold(&mut replay, &records, until, &mut budget);
            folded.map(|()| (replay, budget))
        });
        (replay, budget) = folded.await.map_err(|_| Error::Stopping)??;
        if !more || after >= Some(until) {
            return Ok(replay);
        }
    }
}

/// What can't be read is left out, as projections leave it out.
fn fold(replay: &mut Replay, records: &[Record], until: Position, budget: &mut Budget) -> Result<(), Error> {
    for record in records.iter().take_while(|record| record.position <= until) {
        let Ok(stored) = commit::decode(record) else { continue };
        let mut facts = 0;
        for read in &stored.facts {
            match read {
                Read::Fact(fact) => facts += usize::from(replay.take(fact)),
                Read::Unreadable(..) => {}
            }
        }
        budget.spend(facts, if facts > 0 { record.body.len() } else { 0 })?;
    }
    Ok(())
}
