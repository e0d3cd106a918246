//! Chaos: people do whatever they like while whatever can break does, for as long as `CHAOS_SECONDS` says, else for
//! 30 s, and until each kind of fault has come. `CHAOS_SEED` has a run's choices again, which is printed.
//!
//! After each fault everything works again within 10 s (20 s where others use the machine, too). At the end every acknowledged message stands exactly once on every
//! device of its members, sequences are dense, everybody agrees on the order, unread counts equal a recount, and read models
//! that are made anew hold the same rows.

mod actor;
mod breaker;
mod command;
mod fault;
mod judge;
mod ledger;
mod outage;
mod rebuild;

use std::sync::Arc;
use std::time::Duration;

use heliograph_tests::world::{direct, group};
use heliograph_tests::{Backend, World, chance};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use actor::Actor;
use ledger::Ledger;

use crate::machine;

/// People, with two devices each.
const PEOPLE: usize = 6;
/// Groups at the beginning, beside the direct chats.
const GROUPS: usize = 4;
/// How long everybody may take to finish what they are at once nothing breaks any more.
const LAST_WORDS: Duration = Duration::from_mins(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embedded() {
    chaos(Backend::Embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clustered() {
    chaos(Backend::clustered().await).await;
}

fn how_long() -> Duration {
    let given = std::env::var("CHAOS_SECONDS").ok();
    Duration::from_secs(given.map_or(30, |text| text.parse().expect("CHAOS_SECONDS is a number")))
}

async fn chaos(backend: Backend) {
    let seed = chance::seed("CHAOS_SEED");
    let mut chance = StdRng::seed_from_u64(seed);
    let (mut world, machine) = machine::with_a_world(backend, &[("HELIOGRAPH_EXECUTOR__PATIENCE_SECONDS", "5")]).await;
    let ledger = Arc::new(set_the_scene(&mut world, &mut chance).await);
    let (over, mut actors) = (CancellationToken::new(), JoinSet::new());
    for device in world.people().iter().flat_map(heliograph_tests::Person::devices) {
        let actor = Actor::new(device.clone(), Arc::clone(&ledger), StdRng::seed_from_u64(chance.random()));
        actors.spawn(actor.act(over.clone()));
    }
    let witnesses = [world.person("Witness").await, world.person("Another").await];
    let contact = format!("/v1/me/contacts/{}", witnesses[1].account);
    witnesses[0].phone.client.put(contact, &json!({})).await.accepted();
    let until = Instant::now() + how_long();
    breaker::break_things(&mut world, &machine, &witnesses, chance, until, &mut actors).await;
    over.cancel();
    let last_words = timeout(LAST_WORDS, async {
        while let Some(ended) = actors.join_next().await {
            ended.expect("what an actor met is as documented");
        }
    });
    last_words.await.expect("everybody comes to an end once nothing breaks any more");
    println!("{}", ledger.summary());
    world.settle().await;
    judge::judge(&world, &ledger).await;
    rebuild::equals_live(&mut world).await;
    world.finish().await;
}

/// Everybody knows everybody, and some are in groups, whose owners never leave.
async fn set_the_scene(world: &mut World, chance: &mut StdRng) -> Ledger {
    for number in 0..PEOPLE {
        world.person(&format!("Person {number}")).await;
    }
    let people = world.people().to_vec();
    let mut ledger = Ledger::new(people.iter().map(|person| person.account).collect());
    for (index, person) in people.iter().enumerate() {
        for other in &people[index..] {
            let chat = direct(&person.phone, other).await;
            ledger.chats.push(ledger::Chat {
                id: chat,
                owner: person.account,
                other: Some(other.account),
            });
        }
    }
    for number in 0..GROUPS {
        let owner = chance.random_range(0..PEOPLE);
        let members: Vec<_> = people
            .iter()
            .filter(|_| chance.random_bool(0.5))
            .filter(|person| person.account != people[owner].account)
            .collect();
        let chat = group(&people[owner].phone, &format!("group {number}"), &members).await;
        ledger.chats.push(ledger::Chat {
            id: chat,
            owner: people[owner].account,
            other: None,
        });
    }
    ledger
}
