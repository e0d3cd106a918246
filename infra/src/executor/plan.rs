//! A batch decided: what each command is answered once its events, if any, are in the log.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use domain::aggregate::{Aggregate, Context, Known, Messages};
use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, Position};
use domain::stream::Stream;
use domain::time::Timestamp;

use super::lookup::LookedUp;
use super::memory::Memory;
use super::slot::Waiting;
use super::{Error, Shared};
use crate::commit::Entry;
use crate::log::COMMIT_MAX_BYTES;
use crate::seal;

/// The most bytes that a trace context may have to travel in a commit.
pub(super) const TRACE_MAX: usize = 256;
/// Room for what surrounds a commit's entries, its trace context escaped in the worst way included.
const FRAME_MAX: usize = 128 + 6 * TRACE_MAX;

/// What becomes of a command.
pub(super) enum Verdict<R> {
    /// Its events are in the plan.
    Accepted,
    /// Nothing needs to change: to be said only of a fresh state.
    Unchanged,
    /// To be said only of a fresh state.
    Rejected(R),
    /// It was accepted before, with these facts.
    Again(Vec<Arc<Fact>>),
    /// It was accepted before, in this commit.
    AgainAt(Position),
    /// Its id was used for another command of this aggregate, which made this happen.
    Other(Arc<Fact>),
    /// It can't be, whatever the state.
    Refused(Error<R>),
}

/// An event to append.
pub(super) struct Pending {
    /// Its command's index in the batch.
    pub(super) command: usize,
    pub(super) event: Event,
    /// As it is appended.
    pub(super) entry: Vec<u8>,
    /// A later one of the plan says all that it says: it is not appended.
    pub(super) superseded: bool,
}

/// Closed events with their entries as they are appended.
type Encoded = (Vec<Event>, Vec<Vec<u8>>);

/// The first commands of a batch, decided one after the other, as many as fit into a commit.
pub(super) struct Plan<A: Aggregate> {
    pub(super) at: Timestamp,
    /// One for each decided command; the others have to wait for the next plan.
    pub(super) verdicts: Vec<Verdict<A::Rejection>>,
    pub(super) pending: Vec<Pending>,
    /// Accounts whose keys are not loaded: load them and plan again.
    pub(super) missing: Vec<AccountId>,
    /// The state behind the first `evolved` events; `None` while that is the memory's.
    state: Option<A>,
    evolved: usize,
    bytes: usize,
}

/// What a plan is made from.
pub(super) struct Basis<'a, A: Aggregate> {
    pub(super) shared: &'a Shared,
    pub(super) stream: &'a Stream,
    pub(super) memory: &'a Memory<A>,
    pub(super) batch: &'a VecDeque<Waiting<A>>,
    pub(super) looked_up: &'a LookedUp,
}

impl<A: Aggregate> Plan<A> {
    pub(super) fn decide(basis: &Basis<'_, A>) -> Self {
        let mut plan = Self {
            at: basis.shared.clock.not_before(basis.memory.last.map(|last| last.at)),
            verdicts: Vec::with_capacity(basis.batch.len()),
            pending: Vec::new(),
            missing: Vec::new(),
            state: None,
            evolved: 0,
            bytes: FRAME_MAX,
        };
        let (mut known, mut accepted) = (basis.up_to_date(), HashSet::new());
        for (index, waiting) in basis.batch.iter().enumerate() {
            if accepted.contains(&waiting.key) {
                // The same command twice: the next plan will find the first one's facts.
                break;
            }
            let Some(verdict) = plan.verdict(basis, index, waiting, &mut known) else {
                break;
            };
            if matches!(verdict, Verdict::Accepted) {
                accepted.insert(&waiting.key);
            }
            plan.verdicts.push(verdict);
        }
        plan
    }

    /// Whether an answer of this plan depends on the state being the newest.
    pub(super) fn depends_on_freshness(&self) -> bool {
        let depends = |verdict: &Verdict<_>| matches!(verdict, Verdict::Unchanged | Verdict::Rejected(_));
        self.verdicts.iter().any(depends)
    }

    /// Whether anything is refused.
    pub(super) fn rejects(&self) -> bool {
        self.verdicts.iter().any(|verdict| matches!(verdict, Verdict::Rejected(_)))
    }

    /// The events to append, in order.
    pub(super) fn recorded(&self) -> impl Iterator<Item = &Pending> {
        self.pending.iter().filter(|pending| !pending.superseded)
    }

    /// Those of the batch whose events are in the plan.
    pub(super) fn accepted<'b>(&'b self, batch: &'b VecDeque<Waiting<A>>) -> impl Iterator<Item = &'b Waiting<A>> {
        let decided = batch.iter().zip(&self.verdicts);
        decided.filter_map(|(waiting, verdict)| matches!(verdict, Verdict::Accepted).then_some(waiting))
    }

    /// Moves the state behind all events of the plan.
    pub(super) fn move_on(&mut self, state: &mut A) {
        if let Some(evolved) = self.state.take() {
            *state = evolved;
        }
        evolve(state, &self.pending[self.evolved..]);
    }

    /// `None`: it does not fit any more.
    fn verdict(&mut self, basis: &Basis<'_, A>, index: usize, waiting: &Waiting<A>, known: &mut Known) -> Option<Verdict<A::Rejection>> {
        if let Some(first) = before(basis.memory, waiting) {
            return Some(first);
        }
        let context = Context {
            by: waiting.request.by.clone(),
            at: self.at,
        };
        match self.state(&basis.memory.state).decide(&context, &waiting.request.payload, known) {
            Err(rejection) => Some(Verdict::Rejected(rejection)),
            Ok(events) if events.is_empty() => Some(Verdict::Unchanged),
            Ok(events) => self.accept(basis, index, waiting, events, known),
        }
    }

    fn accept(
        &mut self,
        basis: &Basis<'_, A>,
        index: usize,
        waiting: &Waiting<A>,
        events: Vec<A::Event>,
        known: &mut Known,
    ) -> Option<Verdict<A::Rejection>> {
        let (own, entries) = match self.seal(basis, waiting, events) {
            Ok(sealed) => sealed,
            Err(error) => return Some(Verdict::Refused(error)),
        };
        let size: usize = entries.iter().map(|entry| entry.len() + 1).sum();
        if FRAME_MAX + size > COMMIT_MAX_BYTES {
            return Some(Verdict::Refused(Error::TooLarge { size }));
        }
        if self.bytes + size > COMMIT_MAX_BYTES {
            return None;
        }
        self.bytes += size;
        for (event, entry) in own.into_iter().zip(entries) {
            self.push(index, event, entry);
        }
        if basis.looked_up.messages.is_some() {
            let at = waiting.request.sent_at.unwrap_or(self.at);
            let by = waiting.request.by.account();
            let news = self.pending.iter().filter(|pending| pending.command == index);
            news.filter_map(|pending| A::own(&pending.event))
                .for_each(|event| A::amend(&mut known.messages, event, by, at));
        }
        Some(Verdict::Accepted)
    }

    /// The events closed and encoded; not encoded while keys are missing, for then there is another plan.
    fn seal(&mut self, basis: &Basis<'_, A>, waiting: &Waiting<A>, events: Vec<A::Event>) -> Result<Encoded, Error<A::Rejection>> {
        let mut own: Vec<Event> = events.into_iter().map(Into::into).collect();
        for event in &mut own {
            match basis.shared.keys.close(basis.stream, event) {
                Ok(()) => {}
                Err(seal::Error::NotReady(account)) => self.missing.push(account),
                Err(seal::Error::Missing(account)) if basis.begins(account) => self.missing.push(account),
                Err(error) => return Err(error.into()),
            }
        }
        let entries = if self.missing.is_empty() {
            encode(waiting, &own)?
        } else {
            vec![Vec::new(); own.len()]
        };
        Ok((own, entries))
    }

    fn push(&mut self, command: usize, event: Event, entry: Vec<u8>) {
        if let Some(later) = A::own(&event) {
            let superseded = |earlier: &&mut Pending| A::own(&earlier.event).is_some_and(|earlier| A::supersedes(later, earlier));
            self.pending
                .iter_mut()
                .filter(superseded)
                .for_each(|earlier| earlier.superseded = true);
        }
        self.pending.push(Pending {
            command,
            event,
            entry,
            superseded: false,
        });
    }

    /// The state behind all events so far. Copied only when a further command has to see what the earlier ones did.
    fn state<'s>(&'s mut self, base: &'s A) -> &'s A {
        if self.evolved < self.pending.len() {
            let state = self.state.get_or_insert_with(|| base.clone());
            evolve(state, &self.pending[self.evolved..]);
            self.evolved = self.pending.len();
        }
        self.state.as_ref().unwrap_or(base)
    }
}

impl<A: Aggregate> Basis<'_, A> {
    /// Whether this account comes into being here, so that its key may be made. Whoever has a past has a key, or lost it.
    pub(super) fn begins(&self, account: AccountId) -> bool {
        *self.stream == Stream::Account(account) && self.memory.last.is_none()
    }

    /// What was looked up, its messages brought up to date with what the trail remembers.
    fn up_to_date(&self) -> Known {
        let wishes = self.looked_up.wished.wishes.clone();
        let mut messages = Messages::new();
        if let Some(looked_up) = &self.looked_up.messages {
            messages.clone_from(looked_up);
            let newer = self
                .memory
                .trail
                .facts()
                .filter_map(|fact| Some((A::own(&fact.event)?, fact.by.account(), fact.happened_at())));
            newer.for_each(|(event, by, at)| A::amend(&mut messages, event, by, at));
        }
        Known { messages, wishes }
    }
}

/// What a command was answered before, if it was accepted.
fn before<A: Aggregate>(memory: &Memory<A>, waiting: &Waiting<A>) -> Option<Verdict<A::Rejection>> {
    if let Some(facts) = memory.trail.of(&waiting.key) {
        let first = Arc::clone(facts.first()?);
        let same = first.digest == waiting.digest;
        return Some(if same { Verdict::Again(facts) } else { Verdict::Other(first) });
    }
    let first = waiting.first.as_ref()?;
    Some(if first.digest == waiting.digest {
        Verdict::AgainAt(first.position)
    } else {
        Verdict::Refused(Error::Reused)
    })
}

fn encode<A: Aggregate>(waiting: &Waiting<A>, events: &[Event]) -> Result<Vec<Vec<u8>>, Error<A::Rejection>> {
    let encode = |event| {
        let entry = Entry {
            by: &waiting.request.by,
            command: waiting.request.command,
            digest: &waiting.digest,
            sent_at: waiting.request.sent_at,
            event,
        };
        entry
            .encode()
            .map_err(|error| Error::Internal(format!("an event can't be stored: {error}")))
    };
    events.iter().map(encode).collect()
}

fn evolve<A: Aggregate>(state: &mut A, pending: &[Pending]) {
    pending
        .iter()
        .filter_map(|pending| A::own(&pending.event))
        .for_each(|event| state.evolve(event));
}
