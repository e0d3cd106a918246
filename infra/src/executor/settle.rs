//! Answers a decided batch: facts for what was accepted, the first answer again for what was repeated.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::aggregate::Aggregate;
use domain::fact::{Fact, FactRef};
use domain::id::Position;
use domain::stream::Stream;

use super::memory::Memory;
use super::plan::{Pending, Plan, Verdict};
use super::scope::{CommandKey, Scope};
use super::slot::Waiting;
use super::trouble::{Trouble, within};
use super::{Done, Error, Shared};
use crate::commit::{Read, decode};

/// Answers each command; the memory is behind the plan's commit already, if there was one.
pub(super) async fn answers<A: Aggregate>(
    shared: &Shared,
    stream: &Stream,
    memory: &mut Memory<A>,
    plan: Plan<A>,
    decided: Vec<Waiting<A>>,
) {
    let position = memory.position();
    let mut facts = record(stream, memory, &decided, plan.at, plan.pending).into_iter();
    let mut repeats: BTreeMap<Position, Vec<Waiting<A>>> = BTreeMap::new();
    for (waiting, verdict) in decided.into_iter().zip(plan.verdicts) {
        let own = facts.next().unwrap_or_default();
        let answer = match verdict {
            Verdict::Accepted => {
                if let Some(position) = position {
                    shared.ahead.accept(waiting.key.clone(), &waiting.digest, position);
                }
                Ok(done(position, own, false))
            }
            Verdict::Unchanged => Ok(done(position, Vec::new(), false)),
            Verdict::Rejected(rejection) => Err(Error::Rejected(rejection)),
            Verdict::Refused(error) => Err(error),
            Verdict::Other(first) => {
                // Nor is it used for a third, of another aggregate, before the read models say so.
                shared.ahead.accept(waiting.key.clone(), &first.digest, first.at.position);
                Err(Error::Reused)
            }
            Verdict::Again(facts) => Ok(done(facts.first().map(|fact| fact.at.position), facts, true)),
            Verdict::AgainAt(position) => {
                repeats.entry(position).or_default().push(waiting);
                continue;
            }
        };
        waiting.answer(answer);
    }
    let repeats = repeats.into_iter().map(|(position, waiting)| again(shared, position, waiting));
    futures::future::join_all(repeats).await;
}

/// The plan's events as facts, remembered in the trail and listed by command.
fn record<A: Aggregate>(
    stream: &Stream,
    memory: &mut Memory<A>,
    decided: &[Waiting<A>],
    at: domain::time::Timestamp,
    pending: Vec<Pending>,
) -> Vec<Vec<Arc<Fact>>> {
    let mut by_command = vec![Vec::new(); decided.len()];
    let Some(position) = memory.position() else { return by_command };
    for (index, pending) in (0..).zip(pending.into_iter().filter(|pending| !pending.superseded)) {
        let waiting = &decided[pending.command];
        let fact = Arc::new(Fact {
            at: FactRef { position, index },
            stream: stream.clone(),
            recorded_at: at,
            sent_at: waiting.request.sent_at,
            by: waiting.request.by.clone(),
            command: waiting.request.command,
            digest: waiting.digest.clone(),
            event: pending.event,
        });
        memory.trail.push(Arc::clone(&fact));
        by_command[pending.command].push(fact);
    }
    by_command
}

/// Answers commands that were accepted long ago, all in one commit, with their first answers. The commit is read once: an import that is
/// run again repeats whole ones.
async fn again<A: Aggregate>(shared: &Shared, position: Position, repeated: Vec<Waiting<A>>) {
    let first = accepted_at(shared, position).await;
    for waiting in repeated {
        let answer = match &first {
            Ok(facts) => Ok(done(Some(position), facts.get(&waiting.key).cloned().unwrap_or_default(), true)),
            Err(trouble) => Err(trouble.clone().into()),
        };
        waiting.answer(answer);
    }
}

/// What each command of a commit made happen, as the log has it.
async fn accepted_at(shared: &Shared, position: Position) -> Result<HashMap<CommandKey, Vec<Arc<Fact>>>, Trouble> {
    let record = within(shared.limits.call, "the log", shared.log.at(position)).await?;
    let lost = || {
        Trouble::Internal(format!(
            "there is no readable commit at {position}, where this command was accepted"
        ))
    };
    let commit = record.and_then(|record| decode(&record).ok()).ok_or_else(lost)?;
    let mut facts: HashMap<CommandKey, Vec<Arc<Fact>>> = HashMap::new();
    for read in commit.facts {
        match read {
            Read::Fact(fact) => facts.entry((Scope::from(&fact.by), fact.command)).or_default().push(Arc::new(fact)),
            Read::Unreadable(..) => {}
        }
    }
    Ok(facts)
}

fn done(position: Option<Position>, facts: Vec<Arc<Fact>>, repeated: bool) -> Done {
    Done { position, facts, repeated }
}
