//! What has to be known before a batch is decided: digests, commands accepted before, old messages.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use domain::aggregate::{Aggregate, Known};
use domain::id::{AccountId, CommandId, MessageId, Position};
use domain::stream::Stream;

use super::ahead::InUse;
use super::slot::Waiting;
use super::trail::Trail;
use super::trouble::{Trouble, within};
use super::{Accepted, Error, Recall, RecallError, Shared};
use crate::gather::Gather;
use crate::seal;

/// Batches looked up together, at most.
const TOGETHER: usize = 512;
/// How often keys that slip out of the cache are loaded again.
const TRIES: usize = 4;

type Ids = Vec<(String, CommandId)>;
/// With what the answer has to include.
type Question = (Option<Position>, Ids);

/// Asks the read models for accepted commands, for all aggregates at once.
#[derive(Debug)]
pub(super) struct Lookups(Gather<Question, Result<Vec<Option<Accepted>>, RecallError>>);

impl Lookups {
    /// Answers within `limit`, or not at all.
    pub(super) fn start(recall: Arc<dyn Recall>, limit: Duration) -> Self {
        Self(Gather::start(TOGETHER, limit, move |questions| {
            answer(Arc::clone(&recall), questions)
        }))
    }

    async fn accepted(&self, included: Option<Position>, ids: Ids) -> Result<Vec<Option<Accepted>>, RecallError> {
        let silent = || Err(RecallError("the look-up was not answered".to_owned()));
        self.0.ask((included, ids)).await.unwrap_or_else(silent)
    }
}

async fn answer(recall: Arc<dyn Recall>, questions: Vec<Question>) -> Vec<Result<Vec<Option<Accepted>>, RecallError>> {
    let lengths: Vec<usize> = questions.iter().map(|(_, ids)| ids.len()).collect();
    let included = questions.iter().map(|(included, _)| *included).max().flatten();
    let ids: Ids = questions.into_iter().flat_map(|(_, ids)| ids).collect();
    match recall.accepted(included, &ids).await {
        Ok(found) if found.len() == ids.len() => {
            let mut found = found.into_iter();
            lengths
                .into_iter()
                .map(|length| Ok(found.by_ref().take(length).collect()))
                .collect()
        }
        // A missing answer must not pass for "never accepted": the command would act twice.
        Ok(found) => {
            let defect = format!("{} answers to {} questions", found.len(), ids.len());
            vec![Err(RecallError(defect)); lengths.len()]
        }
        Err(error) => vec![Err(error); lengths.len()],
    }
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

/// Looks up what the trail, which holds what is behind `included`, does not say: commands accepted before, and the messages that
/// deciding asks about.
pub(super) async fn look_up<A: Aggregate>(
    shared: &Shared,
    stream: &Stream,
    included: Option<Position>,
    trail: &Trail,
    batch: &mut VecDeque<Waiting<A>>,
) -> Result<Option<Known>, Trouble> {
    let (firsts, known) = futures::try_join!(firsts(shared, included, trail, batch), messages(shared, stream, included, batch))?;
    for (waiting, first) in batch.iter_mut().zip(firsts) {
        waiting.first = first;
    }
    Ok(known)
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
    let mut found = within(shared.limits.call, "the read models", shared.lookups.accepted(included, ids))
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
) -> Result<Option<Known>, Trouble> {
    let asked: BTreeSet<MessageId> = batch.iter().flat_map(|waiting| A::asks(&waiting.request.payload)).collect();
    let Stream::Chat(chat) = stream else { return Ok(None) };
    if asked.is_empty() {
        return Ok(None);
    }
    let ids: Vec<MessageId> = asked.into_iter().collect();
    let known = within(shared.limits.call, "the read models", shared.recall.messages(included, *chat, &ids)).await?;
    Ok(Some(known))
}
