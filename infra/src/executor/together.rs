//! Questions of many aggregates to the read models, asked at once.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use domain::id::Position;

use super::RecallError;
use crate::gather::Gather;

/// Questions asked together come from so many aggregates, at most.
const TOGETHER: usize = 512;

/// Things asked about, with what the answers have to include.
type Question<Q> = (Option<Position>, Vec<Q>);
type Answers<A> = Result<Vec<A>, RecallError>;

/// Asks for one kind of thing.
pub(super) struct Together<Q, A>(Gather<Question<Q>, Answers<A>>);

impl<Q, A> fmt::Debug for Together<Q, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Together")
    }
}

impl<Q: Send + 'static, A: Clone + Send + 'static> Together<Q, A> {
    /// Answers within `limit`, or not at all; `ask` is to give an answer for each thing, in their order.
    pub(super) fn start<F, Fut>(limit: Duration, ask: F) -> Self
    where
        F: Fn(Option<Position>, Vec<Q>) -> Fut + Clone + Send + 'static,
        Fut: Future<Output = Answers<A>> + Send,
    {
        Self(Gather::start(TOGETHER, limit, move |questions| answer(ask.clone(), questions)))
    }

    /// An answer for each thing, in their order.
    pub(super) async fn ask(&self, included: Option<Position>, things: Vec<Q>) -> Answers<A> {
        let silent = || Err(RecallError("the look-up was not answered".to_owned()));
        self.0.ask((included, things)).await.unwrap_or_else(silent)
    }
}

async fn answer<Q, A, F, Fut>(ask: F, questions: Vec<Question<Q>>) -> Vec<Answers<A>>
where
    A: Clone,
    F: Fn(Option<Position>, Vec<Q>) -> Fut,
    Fut: Future<Output = Answers<A>>,
{
    let lengths: Vec<usize> = questions.iter().map(|(_, things)| things.len()).collect();
    let included = questions.iter().map(|(included, _)| *included).max().flatten();
    let things: Vec<Q> = questions.into_iter().flat_map(|(_, things)| things).collect();
    let asked = things.len();
    match ask(included, things).await {
        Ok(found) if found.len() == asked => {
            let mut found = found.into_iter();
            lengths
                .into_iter()
                .map(|length| Ok(found.by_ref().take(length).collect()))
                .collect()
        }
        // A missing answer must not pass for "there is none": a command would act twice, a block be passed over.
        Ok(found) => {
            let defect = format!("{} answers to {asked} questions", found.len());
            vec![Err(RecallError(defect)); lengths.len()]
        }
        Err(error) => vec![Err(error); lengths.len()],
    }
}
