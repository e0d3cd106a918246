//! What has to be known before a batch is decided: digests, commands accepted before, old messages, what others wish.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use domain::aggregate::{Aggregate, Messages};
use domain::id::{AccountId, CommandId, MessageId, Position};
use domain::stream::Stream;

use super::ahead::InUse;
use super::slot::{Slot, Waiting};
use super::together::Together;
use super::trail::Trail;
use super::trouble::{Trouble, within};
use super::wishing::Wished;
use super::{Accepted, Error, Recall, Request, Shared};
use crate::seal;

/// How often keys that slip out of the cache are loaded again.
const TRIES: usize = 4;

type Ids = Vec<(String, CommandId)>;
/// Asks the read models for accepted commands, for all aggregates at once.
pub(super) type Lookups = Together<(String, CommandId), Option<Accepted>>;

/// Answers within `limit`, or not at all.
pub(super) fn start(recall: Arc<dyn Recall>, limit: Duration) -> Lookups {
    Together::start(limit, move |included, ids: Ids| {
        let recall = Arc::clone(&recall);
        async move { recall.accepted(included, &ids).await }
    })
}

/// What was looked up for a batch.
#[derive(Debug, Default)]
pub(super) struct LookedUp {
    /// Old messages; `None`: nobody asks about any.
    pub(super) messages: Option<Messages>,
    /// What others wish.
    pub(super) wished: Wished,
}

/// Digests each command and holds its id; answers those that can't be: of an erased account, or with an id in use.
pub(super) async fn identify<A: Aggregate>(shared: &Shared, stream: &Stream, batch: &mut VecDeque<Waiting<A>>) -> Result<(), Trouble> {
    let accounts: Vec<AccountId> = batch.iter().filter_map(|waiting| waiting.request.by.account()).collect();
    for _ in 0..TRIES {
        within(shared.limits.call, "the keys", shared.keys.load(&accounts)).await?;
        if digest(shared, stream, batch) {
            return Ok(());
        }
    }
    Err(Trouble::Unavailable("keys do not stay loaded".to_owned()))
}

/// False: a key slipped out of the cache meanwhile.
fn digest<A: Aggregate>(shared: &Shared, stream: &Stream, batch: &mut VecDeque<Waiting<A>>) -> bool {
    let mut complete = true;
    for mut waiting in std::mem::take(batch) {
        match held(shared, stream, &mut waiting) {
            Ok(held) => {
                complete &= held;
                batch.push_back(waiting);
            }
            Err(error) => waiting.answer(Err(error)),
        }
    }
    complete
}

fn held<A: Aggregate>(shared: &Shared, stream: &Stream, waiting: &mut Waiting<A>) -> Result<bool, Error<A::Rejection>> {
    waiting.digest = match shared.keys.digest(&waiting.request.by, stream, &waiting.payload) {
        Ok(digest) => digest,
        Err(seal::Error::NotReady(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    if waiting.claim.is_none() {
        let claim = shared.ahead.claim(&waiting.key, &waiting.digest);
        waiting.claim = claim.map_err(|InUse| Error::Reused)?;
    }
    Ok(true)
}

/// Looks up what the trail, which holds what is behind `included`, does not say: commands accepted before, the messages that
/// deciding asks about, and what others wish.
pub(super) async fn look_up<A: Aggregate>(
    shared: &Shared,
    slot: &Slot<A>,
    included: Option<Position>,
    trail: &Trail,
    batch: &mut VecDeque<Waiting<A>>,
) -> Result<LookedUp, Trouble> {
    let (firsts, messages, wished) = futures::try_join!(
        firsts(shared, included, trail, batch),
        messages(shared, &slot.stream, included, batch),
        wishes(shared, slot, included, batch, Age::Any)
    )?;
    for (waiting, first) in batch.iter_mut().zip(firsts) {
        waiting.first = first;
    }
    Ok(LookedUp { messages, wished })
}

/// How old an answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    /// As old as [`super::WISHES_STALE`].
    Any,
    /// As the read models say now.
    Now,
}

/// What those wish whom the batch concerns.
pub(super) async fn wishes<A: Aggregate>(
    shared: &Shared,
    slot: &Slot<A>,
    included: Option<Position>,
    batch: &VecDeque<Waiting<A>>,
    age: Age,
) -> Result<Wished, Trouble> {
    let mut pairs = BTreeSet::new();
    for Request { by, payload, .. } in batch.iter().map(|waiting| &waiting.request) {
        let others = by.account().map(|asker| (asker, A::concerns(&slot.id, by, payload)));
        for (asker, other) in others
            .into_iter()
            .flat_map(|(asker, others)| others.into_iter().map(move |other| (asker, other)))
        {
            pairs.extend([(asker, other), (other, asker)]);
        }
    }
    if pairs.is_empty() {
        return Ok(Wished::default());
    }
    let answer = async {
        match age {
            Age::Any => shared.wishing.of(included, pairs.into_iter()).await,
            Age::Now => shared.wishing.anew(included, pairs.into_iter()).await,
        }
    };
    within(shared.limits.call, "the read models", answer).await
}

async fn firsts<A: Aggregate>(
    shared: &Shared,
    included: Option<Position>,
    trail: &Trail,
    batch: &VecDeque<Waiting<A>>,
) -> Result<Vec<Option<Accepted>>, Trouble> {
    let asked: Vec<bool> = batch.iter().map(|waiting| !trail.knows(&waiting.key)).collect();
    let ids: Ids = batch
        .iter()
        .zip(&asked)
        .filter(|(_, asked)| **asked)
        .map(|(waiting, _)| (waiting.request.by.scope(), waiting.request.command))
        .collect();
    if ids.is_empty() {
        return Ok(vec![None; batch.len()]);
    }
    let mut found = within(shared.limits.call, "the read models", shared.lookups.ask(included, ids))
        .await?
        .into_iter();
    Ok(asked
        .into_iter()
        .map(|asked| if asked { found.next().flatten() } else { None })
        .collect())
}

/// `None`: nothing is asked.
async fn messages<A: Aggregate>(
    shared: &Shared,
    stream: &Stream,
    included: Option<Position>,
    batch: &VecDeque<Waiting<A>>,
) -> Result<Option<Messages>, Trouble> {
    let asked: BTreeSet<MessageId> = batch.iter().flat_map(|waiting| A::asks(&waiting.request.payload)).collect();
    let Stream::Chat(chat) = stream else { return Ok(None) };
    if asked.is_empty() {
        return Ok(None);
    }
    let ids: Vec<MessageId> = asked.into_iter().collect();
    let found = within(shared.limits.call, "the read models", shared.recall.messages(included, *chat, &ids)).await?;
    Ok(Some(found))
}
