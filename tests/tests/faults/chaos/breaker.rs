//! What breaks things, one after the other, and mends them.

use std::time::Duration;

use heliograph_tests::machine::Machine;
use heliograph_tests::process::Signal;
use heliograph_tests::{Person, World};
use rand::rngs::StdRng;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::fault::{Blow, Deck, Fault};
use super::outage;
use crate::load::recovers;
use crate::machine;

/// Where nobody is.
const NOWHERE: &str = "http://127.0.0.1:1";

/// Breaks things until the deadline, and each kind of thing at least once; everything must work again soon after each.
/// Ends at once when an actor met what it must not. The witnesses talk about nothing but whether it works.
pub(super) async fn break_things(
    world: &mut World,
    on: &Machine,
    witnesses: &[Person; 2],
    mut chance: StdRng,
    until: Instant,
    actors: &mut JoinSet<()>,
) {
    let (mut deck, mut longest) = (Deck::of(&world.backend), Duration::ZERO);
    while Instant::now() < until || !deck.all_came() {
        let blow = deck.deal(&mut chance);
        tokio::select! {
            Some(ended) = actors.join_next() => ended.expect("what an actor met is as documented"),
            () = sleep(blow.pause) => {}
        }
        println!("{blow:?}");
        strike(world, on, &blow).await;
        longest = longest.max(recovers(world, &witnesses[0], &witnesses[1]).await);
    }
    println!("the longest recovery took {longest:?}");
}

/// Breaks, waits, mends.
async fn strike(world: &mut World, on: &Machine, blow: &Blow) {
    match blow.fault {
        Fault::ServerKilled => {
            world.server.kill().await;
            gone_for(world, blow.outage).await;
            world.server.spawn().await;
        }
        Fault::ServerStopped => {
            assert!(world.server.stop().await.success(), "{}", world.server.last_words());
            gone_for(world, blow.outage).await;
            world.server.spawn().await;
        }
        Fault::ServerStalled => {
            world.server.signal(Signal::Stop);
            sleep(blow.outage).await;
            world.server.signal(Signal::Cont);
        }
        Fault::DiskFull => machine::disk_full(world, on, blow.outage).await,
        Fault::ClockAhead => machine::clock_jumps(world, on, blow.hours).await,
        Fault::ClockBehind => machine::clock_jumps(world, on, -blow.hours).await,
        Fault::LogStalled | Fault::BrokerKilled | Fault::DatabaseKilled | Fault::DatabaseStalled => {
            let outage = outage::begin(world, blow.fault).await;
            if blow.restart {
                world.server.kill().await;
                world.server.spawn().await;
            }
            sleep(blow.outage).await;
            outage.end(world).await;
        }
        Fault::EverythingKilled => everything(world, blow).await,
    }
}

/// The server comes back first, and has to wait, or last.
async fn everything(world: &mut World, blow: &Blow) {
    world.server.kill().await;
    let outage = outage::begin(world, blow.fault).await;
    if blow.restart {
        world.server.spawn().await;
        sleep(blow.outage).await;
        outage.end(world).await;
    } else {
        gone_for(world, blow.outage).await;
        outage.end(world).await;
        world.server.spawn().await;
    }
}

/// The server stays away. Meanwhile its port may be somebody else's, whom nobody is to talk to.
async fn gone_for(world: &World, outage: Duration) {
    world.server.address.set(NOWHERE);
    sleep(outage).await;
}
