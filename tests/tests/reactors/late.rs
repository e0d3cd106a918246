//! Old facts that are reacted to late: once more, after newer ones, or by another process than the one that began.

use std::sync::Arc;

use domain::account;
use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, NameKey};
use domain::name::{self, Name};
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::clock::Clock;
use projections::reactor::{Context, Reactor, Trouble};
use projections::reactors::claims::CLAIM_SECONDS;

use crate::town::{ALICE, AT_ONCE, BOB, Town, id};

const NOON: Timestamp = Timestamp(1_750_000_000_000_000);

/// The reactor as it reacts once more, long after, to the adoption of a name.
#[derive(Debug)]
struct Late(NameKey);

#[async_trait::async_trait]
impl Reactor for Late {
    fn name(&self) -> &'static str {
        "late"
    }

    fn concerns(&self, stream: &Stream) -> bool {
        AT_ONCE.concerns(stream)
    }

    async fn react(&self, fact: &Fact, context: &Context) -> Result<(), Trouble> {
        match &fact.event {
            Event::Account(account::Event::UsernameChanged(changed)) if changed.name.as_ref() == Some(&self.0) => {
                AT_ONCE.react(fact, context).await
            }
            _ => Ok(()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_was_given_up_since_is_not_taken_again() {
    let town = Town::new().await;
    let reacting = town.react();
    town.wants(ALICE, "former").await;
    town.holds("former", ALICE).await;
    town.wants(ALICE, "present").await;
    town.holds("present", ALICE).await;
    town.free("former").await;
    reacting.cancel();
    town.reacts_so_far(Arc::new(Late(town.key("former")))).await;
    assert_eq!(town.holder("former").await, None);
    assert_eq!(town.holder("present").await, Some(id(ALICE)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_was_given_up_once_and_is_in_use_again_is_not_released() {
    let town = Town::new().await;
    let reacting = town.react();
    for name in ["former", "present", "former"] {
        town.wants(ALICE, name).await;
        town.holds(name, ALICE).await;
    }
    town.free("present").await;
    reacting.cancel();
    // That she went from the one to the other comes once more, after she went back.
    town.reacts_so_far(Arc::new(Late(town.key("present")))).await;
    assert_eq!(town.holder("former").await, Some(id(ALICE)));
    assert_eq!(town.holder("present").await, None);
}

/// The reactor, minding one account only.
#[derive(Debug)]
struct Minding(AccountId);

#[async_trait::async_trait]
impl Reactor for Minding {
    fn name(&self) -> &'static str {
        AT_ONCE.name()
    }

    fn concerns(&self, stream: &Stream) -> bool {
        AT_ONCE.concerns(stream)
    }

    async fn react(&self, fact: &Fact, context: &Context) -> Result<(), Trouble> {
        if fact.stream == Stream::Account(self.0) {
            AT_ONCE.react(fact, context).await
        } else {
            Ok(())
        }
    }
}

/// The reactor, dying each time it has claimed a name for Alice.
#[derive(Debug)]
struct Dying;

#[async_trait::async_trait]
impl Reactor for Dying {
    fn name(&self) -> &'static str {
        AT_ONCE.name()
    }

    fn concerns(&self, stream: &Stream) -> bool {
        AT_ONCE.concerns(stream)
    }

    async fn react(&self, fact: &Fact, context: &Context) -> Result<(), Trouble> {
        match &fact.event {
            Event::Account(account::Event::UsernameRequested(requested)) if fact.stream == Stream::Account(id(ALICE)) => {
                let claim = name::Command::Claim {
                    holder: id(ALICE).into(),
                    fact: Some(context.fact()),
                    until: context.clock().now().plus_seconds(CLAIM_SECONDS),
                };
                context.command::<Name>("claim", requested.name.clone(), claim).await.map(drop)
            }
            _ => Ok(()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_claimed_for_who_does_not_want_it_any_more() {
    let clock = Clock::manual(NOON);
    let town = Town::at(clock.clone()).await;
    town.wants(ALICE, "sunny").await;
    town.reacts_so_far(Arc::new(Dying)).await;
    town.drops(ALICE).await;
    clock.set(NOON.plus_seconds(CLAIM_SECONDS + 1));
    town.reacts_so_far(Arc::new(AT_ONCE)).await;
    assert_eq!(town.holder("sunny").await, None);
    let claimed = |event: &Event| matches!(event, Event::Name(name::Event::Claimed(_)));
    let facts = town.facts(&Stream::Name(town.key("sunny"))).await;
    assert_eq!(facts.iter().filter(|event| claimed(event)).count(), 1, "{facts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_expired_before_it_was_used_is_not_relied_on() {
    let clock = Clock::manual(NOON);
    let town = Town::at(clock.clone()).await;
    town.wants(ALICE, "sunny").await;
    town.wants(BOB, "sunny").await;
    town.reacts_so_far(Arc::new(Dying)).await;
    assert_eq!(town.holder("sunny").await, Some(id(ALICE)));
    clock.set(NOON.plus_seconds(CLAIM_SECONDS + 1));
    town.reacts_so_far(Arc::new(Minding(id(BOB)))).await;
    town.holds("sunny", BOB).await;
    let _reacting = town.react();
    town.refused(ALICE).await;
    town.holds("sunny", BOB).await;
}
