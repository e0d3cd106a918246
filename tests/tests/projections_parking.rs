//! A fact that can't be read or applied stops nothing else, now or when everything is made anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use domain::chat;
use domain::event::Event;
use domain::fact::{Fact, FactRef};
use domain::id::{ChatId, MessageId, Position};
use domain::stream::Stream;
use heliograph_tests::deadline::eventually;
use heliograph_tests::fed::{Fed, Place, one_fact_at_a_time};
use heliograph_tests::past::Past;
use infra::clock::Clock;
use infra::db::Writes;
use projections::feed::Feed;
use projections::hash::hashes;
use projections::lane::Lane;
use projections::projection::{ApplyError, Batch, Projection};
use projections::runner::{Limits, Projections};
use projections::timeline::{self, Timeline};

/// How a projection fails.
#[derive(Debug, Clone, Copy)]
enum How {
    Refusing,
    Panicking,
    BreakingAConstraint,
}

/// The timeline, failing on one fact as long as it is told to.
#[derive(Debug)]
struct Failing {
    timeline: Timeline,
    at: FactRef,
    how: How,
    fails: Arc<AtomicBool>,
}

#[async_trait]
impl Projection for Failing {
    fn name(&self) -> &'static str {
        self.timeline.name()
    }

    fn version(&self) -> i32 {
        self.timeline.version()
    }

    async fn apply(&mut self, lane: &Lane, batch: &Batch, writes: &mut Writes<'_>) -> Result<(), ApplyError> {
        if self.fails.load(Ordering::SeqCst) && batch.facts.iter().any(|fact| fact.at == self.at) {
            match self.how {
                How::Refusing => return Err(ApplyError::Fact(self.at, "not this one".to_owned())),
                How::Panicking => panic!("not this one"),
                How::BreakingAConstraint => {
                    let twice = "insert into members (chat, account, role, since) values ('g-1', 1, '', 0), ('g-1', 1, '', 0)";
                    sqlx::query(twice).execute(writes.settled().await?).await?;
                }
            }
        }
        self.timeline.apply(lane, batch, writes).await
    }

    fn forget(&mut self) {
        self.timeline.forget();
    }
}

fn failing(at: FactRef, how: How, fails: &Arc<AtomicBool>) -> Projections {
    let fails = Arc::clone(fails);
    Arc::new(move |feed: &Feed| {
        let mut projections = projections::read_models::hot(feed, &Clock::system());
        for projection in &mut projections {
            if projection.name() == "timeline" {
                *projection = Box::new(Failing {
                    timeline: Timeline,
                    at,
                    how,
                    fails: Arc::clone(&fails),
                });
            }
        }
        projections
    })
}

/// A message in the midst of a commit, if there is one, and in the midst of the past.
fn victim(past: &Past) -> (FactRef, ChatId, MessageId) {
    let middle = &past.written[past.written.len() / 3..];
    let candidates = middle.iter().flat_map(|(position, stream, events)| {
        events.iter().enumerate().filter_map(move |(index, event)| match (stream, event) {
            (Stream::Chat(chat), Event::Chat(chat::Event::MessageSent(sent))) if index == 1 => {
                let at = FactRef {
                    position: *position,
                    index: 1,
                };
                Some((at, *chat, sent.message))
            }
            _ => None,
        })
    });
    candidates.into_iter().next().expect("commits of several messages")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_that_a_projection_fails_on_is_parked_and_applied_when_it_is_released() {
    for how in [How::Refusing, How::Panicking, How::BreakingAConstraint] {
        for limits in [Limits::default(), one_fact_at_a_time()] {
            let past = Past::of(21, 120).await;
            let (at, chat, message) = victim(&past);
            let fails = Arc::new(AtomicBool::new(true));
            let place = Place::sqlite();
            let models = place.open(&*past.log, 1).await;
            let projections = failing(at, how, &fails);
            let fed = Fed::start_with(models.clone(), Arc::clone(&past.log), past.parker(), limits.clone(), projections);
            fed.includes(past.end()).await;
            assert_eq!(
                timeline::message(&models.db, domain::id::AccountId::MIN, chat, message)
                    .await
                    .unwrap(),
                None,
                "{how:?}"
            );
            let neighbour = MessageId::try_from(message.get() - 1).unwrap();
            assert!(
                timeline::message(&models.db, domain::id::AccountId::MIN, chat, neighbour)
                    .await
                    .unwrap()
                    .is_some()
            );
            fails.store(false, Ordering::SeqCst);
            let released = past.parker().release("timeline", at.position, at.index).await;
            fed.includes(released).await;
            assert!(
                timeline::message(&models.db, domain::id::AccountId::MIN, chat, message)
                    .await
                    .unwrap()
                    .is_some(),
                "{how:?}"
            );
            let live = fed.finish(released).await;
            // Made anew by a program without the fault: skipped and applied at the same places.
            let anew = past.feed(&Place::sqlite(), 1, Limits::default()).await.finish(released).await;
            assert_eq!(live, anew, "{how:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_again_when_released_is_parked_again() {
    let past = Past::of(22, 120).await;
    let (at, chat, message) = victim(&past);
    let fails = Arc::new(AtomicBool::new(true));
    let place = Place::sqlite();
    let models = place.open(&*past.log, 1).await;
    let projections = failing(at, How::Panicking, &fails);
    let fed = Fed::start_with(models.clone(), Arc::clone(&past.log), past.parker(), Limits::default(), projections);
    fed.includes(past.end()).await;
    let first = past.parker().release("timeline", at.position, at.index).await;
    fed.includes(first).await;
    fails.store(false, Ordering::SeqCst);
    assert_eq!(
        timeline::message(&models.db, domain::id::AccountId::MIN, chat, message)
            .await
            .unwrap(),
        None
    );
    let second = past.parker().release("timeline", at.position, at.index).await;
    fed.includes(second).await;
    assert!(
        timeline::message(&models.db, domain::id::AccountId::MIN, chat, message)
            .await
            .unwrap()
            .is_some()
    );
    let live = fed.finish(second).await;
    assert_eq!(live, past.feed(&Place::sqlite(), 4, Limits::default()).await.finish(second).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_read_is_parked_and_the_rest_goes_on() {
    let mut past = Past::of(23, 60).await;
    let chat: Stream = past
        .written
        .iter()
        .find_map(|(_, stream, _)| matches!(stream, Stream::Chat(_)).then(|| stream.clone()))
        .unwrap();
    let from_later = Bytes::from_static(
        br#"{"v":1,"id":"00000000-0000-0007-0000-000000000000","at":1700000060000000,"facts":[{"by":{"service":"admin"},"command":"00000000-0000-0000-0000-000000000009","digest":"","event":{"type":"poll.closed","data":{}}}]}"#,
    );
    past.scribe.lock().await.write_body(chat.clone(), from_later).await;
    let nonsense = past.scribe.lock().await.write_body(chat, Bytes::from_static(b"\xff\xfe")).await;
    past.goes_on(60).await;
    let place = Place::sqlite();
    let fed = past.feed(&place, 2, Limits::default()).await;
    fed.includes(past.end()).await;
    let parked = parked(&past).await;
    assert_eq!(parked.len(), 2, "{parked:?}");
    assert!(parked.iter().all(|(projection, _)| projection == "*"));
    assert_eq!(parked[1].1, nonsense);
    // Released though it still can't be read, it is parked again.
    let released = past.parker().release("*", nonsense, 0).await;
    fed.includes(released).await;
    eventually("it is parked again", async || (self::parked(&past).await.len() == 3).then_some(())).await;
    let end = past.log.end().await.unwrap().unwrap();
    fed.includes(end).await;
    let hashed = hashes(&fed.models).await.unwrap();
    fed.stop().await;
    let place = Place::sqlite();
    let again = past.feed(&place, 1, Limits::default()).await;
    again.includes(end).await;
    assert_eq!(hashes(&again.models).await.unwrap().models, hashed.models);
    again.stop().await;
    assert_eq!(self::parked(&past).await.len(), 3);
}

/// What is parked in the log, in order.
async fn parked(past: &Past) -> Vec<(String, Position)> {
    let mut parked = Vec::new();
    for record in past.log.read(&Stream::System, None).await.unwrap() {
        for fact in infra::commit::decode(&record).unwrap().facts {
            if let infra::commit::Read::Fact(Fact {
                event: Event::System(domain::system::Event::FactParked(fact)),
                ..
            }) = fact
            {
                parked.push((fact.projection, fact.position));
            }
        }
    }
    parked
}
