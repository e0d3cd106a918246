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
    /// Commits that are read, whatever they concern: an inbox is about all of its owner's chats.
    pub commits: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            facts: 200_000,
            bytes: 64 << 20,
            commits: 500_000,
        }
    }
}

impl Budget {
    /// On a commit, of which so much concerns the chat.
    fn spend(&mut self, facts: usize, bytes: usize) -> Result<(), Error> {
        self.commits = self.commits.checked_sub(1).ok_or(Error::TooLong)?;
        self.facts = self.facts.checked_sub(facts).ok_or(Error::TooLong)?;
        self.bytes = self.bytes.checked_sub(bytes).ok_or(Error::TooLong)?;
        Ok(())
    }
}

/// Replays a stream's facts in order, all up to a position: a page at a time, on a thread where nobody waits for it.
pub(super) async fn stream(
    mut replay: Replay,
    log: &dyn EventLog,
    stream: &Stream,
    until: Position,
    mut budget: Budget,
) -> Result<Replay, Error> {
    let mut after = None;
    loop {
        let Page { records, more } = log.page(stream, after).await?;
        after = records.last().map(|record| record.position);
        let folded = spawn_blocking(move || {
            let folded = fold(&mut replay, &records, until, &mut budget);
            folded.map(|()| (replay, budget))
        });
        (replay, budget) = folded.await??;
        if !more || after >= Some(until) {
            return Ok(replay);
        }
    }
}

/// What can't be read is left out, as projections leave it out.
fn fold(replay: &mut Replay, records: &[Record], until: Position, budget: &mut Budget) -> Result<(), Error> {
    for record in records.iter().take_while(|record| record.position <= until) {
        let stored = commit::decode(record).map(|stored| stored.facts).unwrap_or_default();
        let mut facts = 0;
        for read in &stored {
            match read {
                Read::Fact(fact) => facts += usize::from(replay.take(fact)),
                Read::Unreadable(..) => {}
            }
        }
        budget.spend(facts, if facts > 0 { record.body.len() } else { 0 })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::id::{AccountId, ChatId, CommitId};
    use uuid::Uuid;

    use super::super::Asked;
    use super::*;

    /// An account's having read a chat.
    fn mark(position: i64, chat: &str) -> Record {
        let body = format!(
            r#"{{"v":1,"id":"{id}","at":{position},"facts":[{{"by":{{"account":77,"device":1}},"command":"{id}","digest":"",
                "event":{{"type":"inbox.read","data":{{"chat":"{chat}","up_to":{position}}}}}}}]}}"#,
            id = Uuid::nil(),
        );
        Record {
            position: Position::try_from(position).unwrap(),
            stream: Stream::Inbox(AccountId::try_from(77).unwrap()),
            id: CommitId(Uuid::nil()),
            body: body.into(),
        }
    }

    /// At most so many.
    fn facts(facts: usize) -> Budget {
        Budget {
            facts,
            ..Budget::default()
        }
    }

    fn folded(records: &[Record], until: i64, mut budget: Budget) -> Result<Option<i64>, Error> {
        let chat: ChatId = "g-1".parse().unwrap();
        let mut replay = Replay::new(chat, Asked::Dialog);
        fold(&mut replay, records, Position::try_from(until).unwrap(), &mut budget)?;
        let standing = replay.dialogs.standing(AccountId::try_from(77).unwrap(), chat);
        Ok(standing.and_then(|standing| standing.read_up_to).map(domain::id::MessageId::get))
    }

    fn fails() {
        panic!("on purpose")
    }

    #[tokio::test]
    async fn a_panic_is_a_defect_and_no_stopping() {
        let ended = spawn_blocking(fails).await.unwrap_err();
        assert!(matches!(Error::from(ended), Error::Panicked(_)));
    }

    #[test]
    fn marks_of_other_chats_cost_a_commit_each_and_nothing_else() {
        let mut records: Vec<Record> = (1..50).map(|position| mark(position, "g-2")).collect();
        records.push(mark(50, "g-1"));
        assert_eq!(folded(&records, 90, facts(1)).unwrap(), Some(50));
        assert_eq!(folded(&records, 49, facts(1)).unwrap(), None);
        let commits = |commits| Budget { commits, ..facts(1) };
        assert_eq!(folded(&records, 90, commits(50)).unwrap(), Some(50));
        assert!(matches!(folded(&records, 90, commits(49)), Err(Error::TooLong)));
    }

    #[test]
    fn what_is_more_than_the_budget_allows_is_too_long() {
        let records: Vec<Record> = (1..=3).map(|position| mark(position, "g-1")).collect();
        assert!(matches!(folded(&records, 9, facts(2)), Err(Error::TooLong)));
        assert_eq!(folded(&records, 2, facts(2)).unwrap(), Some(2), "what came later costs nothing");
    }
}
