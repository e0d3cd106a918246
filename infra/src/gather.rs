//! Asks for many at once: questions that come while an answer is under way are answered together, next.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// A desk where questions are handed in and answered in batches, in order, by a task of its own. The
/// task ends with the desk. What is asked for by nobody any more is left out.
pub(crate) struct Gather<Q, A> {
    questions: mpsc::UnboundedSender<(Q, oneshot::Sender<A>)>,
}

impl<Q, A> fmt::Debug for Gather<Q, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gather")
    }
}

impl<Q: Send + 'static, A: Send + 'static> Gather<Q, A> {
    /// Starts the desk; `answer` gets at most `most` questions at a time and answers them in their order. One that takes longer
    /// than `limit` is given up, so that it holds up nobody else.
    pub(crate) fn start<F, Fut>(most: usize, limit: Duration, mut answer: F) -> Self
    where
        F: FnMut(Vec<Q>) -> Fut + Send + 'static,
        Fut: Future<Output = Vec<A>> + Send,
    {
        let (sender, mut receiver) = mpsc::unbounded_channel::<(Q, oneshot::Sender<A>)>();
        tokio::spawn(async move {
            let mut waiting = Vec::new();
            while receiver.recv_many(&mut waiting, most).await > 0 {
                let asked = waiting.drain(..).filter(|(_, caller)| !caller.is_closed());
                let (questions, callers): (Vec<_>, Vec<_>) = asked.unzip();
                if questions.is_empty() {
                    continue;
                }
                // A defect in answering costs these callers their answer, not all later ones theirs.
                let answers = AssertUnwindSafe(async { timeout(limit, answer(questions)).await.unwrap_or_default() })
                    .catch_unwind()
                    .await
                    .unwrap_or_default();
                for (caller, answer) in callers.into_iter().zip(answers) {
                    // A caller that gave up needs no answer.
                    let _ = caller.send(answer);
                }
            }
        });
        Self { questions: sender }
    }

    /// The answer to a question; `None` when there is none in time, or because of a defect.
    pub(crate) async fn ask(&self, question: Q) -> Option<A> {
        let (caller, answer) = oneshot::channel();
        self.questions.send((question, caller)).ok()?;
        answer.await.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    const LIMIT: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn what_waits_is_asked_at_once_and_each_gets_its_own_answer() {
        let (rounds, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
        let (counted, gated) = (Arc::clone(&rounds), Arc::clone(&gate));
        let desk = Gather::start(100, LIMIT, move |numbers: Vec<u32>| {
            counted.fetch_add(1, Ordering::SeqCst);
            let gated = Arc::clone(&gated);
            async move {
                gated.acquire().await.unwrap().forget();
                numbers.into_iter().map(|number| number * 2).collect()
            }
        });
        let mut first = Box::pin(desk.ask(1));
        assert!(futures::poll!(&mut first).is_pending());
        while rounds.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let mut others = Box::pin(futures::future::join_all((2..12).map(|number| desk.ask(number))));
        assert!(futures::poll!(&mut others).is_pending());
        gate.add_permits(2);
        assert_eq!(first.await, Some(2));
        assert_eq!(others.await, (2..12).map(|number| Some(number * 2)).collect::<Vec<_>>());
        assert_eq!(rounds.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_defect_costs_only_its_own_callers_their_answer() {
        let desk = Gather::start(1, LIMIT, |numbers: Vec<u32>| async move {
            assert!(numbers[0] != 13, "a defect");
            numbers
        });
        assert_eq!(desk.ask(13).await, None);
        assert_eq!(desk.ask(14).await, Some(14));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_does_not_come_holds_up_nobody_else() {
        let desk = Gather::start(1, LIMIT, |numbers: Vec<u32>| async move {
            if numbers[0] == 13 {
                std::future::pending::<()>().await;
            }
            numbers
        });
        assert_eq!(desk.ask(13).await, None);
        assert_eq!(desk.ask(14).await, Some(14));
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_waits_for_is_not_asked() {
        let (asked, noted) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (counted, first) = (Arc::clone(&asked), Arc::clone(&noted));
        let desk = Gather::start(100, LIMIT, move |numbers: Vec<u32>| {
            counted.fetch_add(numbers.len(), Ordering::SeqCst);
            let silent = first.fetch_add(1, Ordering::SeqCst) == 0;
            async move {
                if silent {
                    std::future::pending::<()>().await;
                }
                numbers
            }
        });
        let (mut first, mut gone, mut last) = (Box::pin(desk.ask(1)), Box::pin(desk.ask(2)), Box::pin(desk.ask(3)));
        assert!(futures::poll!(&mut first).is_pending());
        while asked.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        assert!(futures::poll!(&mut gone).is_pending());
        assert!(futures::poll!(&mut last).is_pending());
        drop(gone);
        assert_eq!(last.await, Some(3));
        assert_eq!(asked.load(Ordering::SeqCst), 2, "the first and the last");
    }
}
