//! What many do with a chat's messages is counted together, and who has seen what is forgotten in the end.

use std::sync::Arc;

use domain::actor::Actor;
use domain::event::Event;
use domain::id::{ChatId, DeviceId, MessageId};
use domain::interactions::event::{Count, ReactionCount};
use domain::interactions::{self, Interactions};
use domain::stream::Stream;
use domain::time::Timestamp;
use heliograph_tests::deadline::eventually;
use infra::clock::Clock;
use projections::reactors::reacted::ReactionsChanged;
use projections::upkeep::{Chore, ClearViews, Counts, Upkeep};

use crate::town::{ALICE, BOB, Town, id};

const BEGINNING: Timestamp = Timestamp(1_700_000_000_000_000);
const DAYS: u32 = 3;

fn channel() -> ChatId {
    "c-1".parse().unwrap()
}

fn upkeep(town: &Town, chore: impl Chore + 'static) -> Upkeep {
    Upkeep {
        chores: vec![Box::new(chore)],
        ..town.upkeep(0)
    }
}

/// Somebody reacts to a channel's first message with these instead of those, and it is noted.
async fn reacts(town: &Town, account: i64, reactions: &[&str], present: &[&str]) {
    let owned = |set: &[&str]| set.iter().map(|emoji| (*emoji).to_owned()).collect();
    let react = interactions::Command::React {
        message: MessageId::MIN,
        reactions: owned(reactions),
        present: owned(present),
        allowed: true,
    };
    let by = Actor::Device(id(account), DeviceId::MIN);
    town.ask::<Interactions>(by, channel(), react).await;
    let last = town.log.last(&Stream::Interactions(channel())).await.unwrap();
    eventually("it is noted", async || {
        let mark = town.models.state.reactor("reacted").await.ok()??;
        (Some(mark.position) >= last).then_some(())
    })
    .await;
    town.includes_all().await;
}

/// How the message was reacted to, each time that it was told.
async fn told(town: &Town) -> Vec<Vec<(String, u32)>> {
    let facts = town.facts(&Stream::Interactions(channel())).await.into_iter();
    let counted = facts.filter_map(|event| match event {
        Event::Interactions(interactions::Event::Counted(counted)) => Some(counted.messages),
        _ => None,
    });
    let reactions = |count: Count| count.reactions.unwrap_or_default();
    let told = |messages: Vec<Count>| {
        let counts = messages.into_iter().flat_map(reactions);
        counts.map(|ReactionCount { emoji, count }| (emoji, count)).collect()
    };
    counted.map(told).collect()
}

#[tokio::test]
async fn reactions_are_told_together_by_one_of_several_processes() {
    let clock = Clock::manual(BEGINNING);
    let town = Town::at(clock.clone()).await;
    let state = town.models.state.clone();
    let _reacting = town.reacts(Arc::new(ReactionsChanged { state }));
    let (one, other) = (upkeep(&town, Counts), upkeep(&town, Counts));
    reacts(&town, ALICE, &["👍", "🎉"], &[]).await;
    reacts(&town, BOB, &["👍"], &[]).await;
    tokio::join!(one.round(), other.round());
    let first = vec![("👍".to_owned(), 2), ("🎉".to_owned(), 1)];
    assert_eq!(told(&town).await, std::slice::from_ref(&first));
    reacts(&town, BOB, &[], &["👍"]).await;
    clock.set(BEGINNING.plus_seconds(5));
    one.round().await;
    assert_eq!(told(&town).await, std::slice::from_ref(&first), "not that soon");
    clock.set(BEGINNING.plus_seconds(10));
    other.round().await;
    let second = vec![("🎉".to_owned(), 1), ("👍".to_owned(), 1)];
    assert_eq!(told(&town).await, [first, second]);
}

#[tokio::test]
async fn who_has_seen_a_post_is_forgotten_after_so_many_days() {
    let clock = Clock::manual(BEGINNING);
    let town = Town::at(clock.clone()).await;
    let state = &town.models.state;
    state.saw(id(ALICE), channel(), &[MessageId::MIN]).await.unwrap();
    upkeep(&town, Counts).round().await;
    let clearing = upkeep(&town, ClearViews { days: DAYS });
    let end = BEGINNING.plus_seconds(i64::from(DAYS) * 24 * 3600);
    for (at, left) in [(end, 1), (Timestamp(end.0 + 1), 0)] {
        clock.set(at);
        clearing.round().await;
        let (views,): (i64,) = sqlx::query_as("select count(*) from views")
            .fetch_one(&state.db.pool)
            .await
            .unwrap();
        assert_eq!(views, left, "at {at:?}");
    }
}
