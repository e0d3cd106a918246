//! A stream read up to a position, within a budget.

use domain::fact::Fact;
use domain::id::Position;
use domain::stream::Stream;
use infra::commit::{self, Read};
use infra::log::EventLog;

use super::Error;

/// How much may be replayed for one answer.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Facts.
    pub facts: usize,
    /// Bytes of commits.
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

/// Gives a stream's facts in order, all up to a position. What can't be read is left out, as projections leave it out.
pub(super) async fn stream(
    log: &dyn EventLog,
    stream: &Stream,
    until: Position,
    budget: &mut Budget,
    mut take: impl FnMut(&Fact) + Send,
) -> Result<(), Error> {
    let mut after = None;
    loop {
        let page = log.page(stream, after).await?;
        for record in &page.records {
            if record.position > until {
                return Ok(());
            }
            budget.spend(0, record.body.len())?;
            let Ok(stored) = commit::decode(record) else { continue };
            budget.spend(stored.facts.len(), 0)?;
            for read in &stored.facts {
                match read {
                    Read::Fact(fact) => take(fact),
                    Read::Unreadable(..) => {}
                }
            }
        }
        after = page.records.last().map(|record| record.position);
        if !page.more {
            return Ok(());
        }
    }
}
