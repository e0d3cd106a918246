//! Lost confirmations, logs that refuse, callers that give up, defects.

use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::aggregate::{Aggregate, Context, Known};
use domain::event::Event;
use domain::id::{AccountId, MessageId};
use domain::inbox::event::{Event as InboxEvent, Read};
use domain::stream::Stream;
use serde::{Deserialize, Serialize};

use super::world::*;
use crate::executor::{Error, Limits};

#[tokio::test]
async fn a_lost_confirmation_is_asked_for_again_and_the_command_acts_once() {
    let world = World::new().await;
    let executor = world.executor();
    world.log.lose.store(2, Ordering::SeqCst);
    let first = send(&executor, ALICE, 1, "hello").await.unwrap();
    assert!(!first.repeated);
    world.log.swallow.store(2, Ordering::SeqCst);
    assert_eq!(sent(&send(&executor, ALICE, 2, "more").await.unwrap()), message(2));
    assert_eq!(world.commits().await, 2);
}

#[tokio::test]
async fn when_no_confirmation_comes_the_command_may_be_sent_again_and_acts_once() {
    let world = World::new().await;
    let executor = world.executor_with(Limits {
        patience: Duration::from_secs(3),
        ..Limits::default()
    });
    for (id, fault) in [(1, &world.log.lose), (2, &world.log.swallow)] {
        fault.store(usize::MAX, Ordering::SeqCst);
        assert!(matches!(send(&executor, ALICE, id, "hello").await, Err(Error::Unavailable(_))));
        executor.drain().await;
        fault.store(0, Ordering::SeqCst);
        let patient = world.executor();
        let answer = send(&patient, ALICE, id, "hello").await.unwrap();
        assert_eq!(answer.repeated, id == 1, "in the first case it happened, in the second it did not");
        assert!(send(&world.executor(), ALICE, id, "hello").await.unwrap().repeated);
    }
    assert_eq!(world.commits().await, 2);
}

#[tokio::test]
async fn a_log_that_refuses_is_said_so_at_once_and_the_next_command_gets_through() {
    let world = World::new().await;
    let executor = world.executor();
    send(&executor, ALICE, 1, "hello").await.unwrap();
    world.log.refuse.store(1, Ordering::SeqCst);
    assert!(matches!(send(&executor, ALICE, 2, "refused").await, Err(Error::Unavailable(_))));
    assert_eq!(sent(&send(&executor, ALICE, 2, "refused").await.unwrap()), message(2));
}

#[tokio::test]
async fn callers_that_give_up_take_nothing_with_them() {
    let world = World::new().await;
    let executor = world.executor();
    world.log.close();
    let mut first = Box::pin(send(&executor, ALICE, 1, "first"));
    assert!(futures::poll!(&mut first).is_pending());
    until(|| world.log.came.load(Ordering::SeqCst) == 1).await;
    let mut impatient = Box::pin(send(&executor, ALICE, 2, "impatient"));
    let mut patient = Box::pin(send(&executor, BOB, 3, "patient"));
    assert!(futures::poll!(&mut impatient).is_pending());
    assert!(futures::poll!(&mut patient).is_pending());
    drop((first, impatient));
    world.log.open();
    assert_eq!(sent(&patient.await.unwrap()), message(3));
    assert!(send(&executor, ALICE, 1, "first").await.unwrap().repeated);
    assert!(send(&executor, ALICE, 2, "impatient").await.unwrap().repeated);
    executor.drain().await;
}

/// An inbox whose rules have a defect: they end the program's thread on message 13.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Defective(Option<MessageId>);

#[derive(Debug, Clone, thiserror::Error)]
#[error("never")]
struct Never;

impl Aggregate for Defective {
    type Id = AccountId;
    type Command = MessageId;
    type Event = InboxEvent;
    type Rejection = Never;

    fn new(_: AccountId) -> Self {
        Self(None)
    }

    fn stream(id: &AccountId) -> Stream {
        Stream::Inbox(*id)
    }

    fn own(event: &Event) -> Option<&InboxEvent> {
        if let Event::Inbox(event) = event { Some(event) } else { None }
    }

    fn decide(&self, _: &Context, up_to: &MessageId, _: &Known) -> Result<Vec<InboxEvent>, Never> {
        assert!(*up_to != message(13), "a defect");
        Ok(vec![InboxEvent::Read(Read {
            chat: direct(),
            up_to: *up_to,
        })])
    }

    fn evolve(&mut self, event: &InboxEvent) {
        let InboxEvent::Read(read) = event else {
            panic!("only read marks were asked for")
        };
        self.0 = Some(read.up_to);
    }
}

#[tokio::test]
async fn a_defect_in_deciding_costs_its_batch_the_answers_and_nobody_else() {
    let world = World::new().await;
    let executor = world.executor_with(Limits {
        batch: 1,
        ..Limits::default()
    });
    let mark = |id: u128, up_to| executor.execute::<Defective>(account(ALICE), request(ALICE, id, message(up_to)));
    let (before, defect, behind) = futures::join!(mark(1, 1), mark(2, 13), mark(3, 3));
    assert!(before.is_ok());
    assert!(matches!(defect, Err(Error::Internal(_))));
    assert!(behind.is_ok());
    assert!(mark(4, 4).await.is_ok());
    executor.drain().await;
}
