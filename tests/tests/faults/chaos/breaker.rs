//! What breaks things, one after the other, and mends them.

use std::time::Duration;

use heliograph_tests::process::Signal;
use heliograph_tests::{Backend, World};
use rand::RngExt as _;
use rand::rngs::StdRng;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// How long a mended installation may take to be ready. The promise is 10 s; a machine that is busy with
/// chaos may take longer, and what is judged here is that it recovers at all.
const READY: Duration = Duration::from_secs(90);

/// What may break.
#[derive(Debug, Clone, Copy)]
enum Fault {
    ServerKilled,
    ServerStopped,
    ServerStalled,
    BrokerKilled,
    BrokerStalled,
    DatabaseKilled,
    EverythingKilled,
}

/// Breaks things until the deadline. Ends at once when an actor met what it must not.
pub(super) async fn break_things(world: &mut World, mut chance: StdRng, until: Instant, actors: &mut JoinSet<()>) {
    let mut longest = Duration::ZERO;
    while Instant::now() < until {
        let pause = Duration::from_millis(chance.random_range(500..5000));
        tokio::select! {
            Some(ended) = actors.join_next() => ended.expect("what an actor met is as documented"),
            () = sleep(pause) => {}
        }
        let fault = choose(&world.backend, &mut chance);
        let outage = Duration::from_millis(chance.random_range(0..3000));
        println!("{fault:?} for {outage:?}");
        break_and_mend(world, fault, outage).await;
        let mended = Instant::now();
        world.server.ready(READY).await;
        longest = longest.max(mended.elapsed());
    }
    println!("the longest recovery took {longest:?}");
}

fn choose(backend: &Backend, chance: &mut StdRng) -> Fault {
    let faults: &[Fault] = match backend {
        Backend::Embedded => &[Fault::ServerKilled, Fault::ServerKilled, Fault::ServerStopped, Fault::ServerStalled],
        Backend::Clustered { .. } => &[
            Fault::ServerKilled,
            Fault::ServerStopped,
            Fault::ServerStalled,
            Fault::BrokerKilled,
            Fault::BrokerStalled,
            Fault::DatabaseKilled,
            Fault::EverythingKilled,
        ],
    };
    faults[chance.random_range(0..faults.len())]
}

async fn break_and_mend(world: &mut World, fault: Fault, outage: Duration) {
    match fault {
        Fault::ServerKilled => {
            world.server.kill().await;
            world.server.spawn().await;
        }
        Fault::ServerStopped => {
            assert!(world.server.stop().await.success(), "{}", world.server.last_words());
            world.server.spawn().await;
        }
        Fault::ServerStalled => {
            world.server.signal(Signal::Stop);
            sleep(outage).await;
            world.server.signal(Signal::Cont);
        }
        Fault::BrokerKilled | Fault::BrokerStalled | Fault::DatabaseKilled | Fault::EverythingKilled => {
            cluster(world, fault, outage).await;
        }
    }
}

async fn cluster(world: &mut World, fault: Fault, outage: Duration) {
    let (broker, database) = match fault {
        Fault::BrokerStalled => return stall(world, outage).await,
        Fault::BrokerKilled => (true, false),
        Fault::DatabaseKilled => (false, true),
        Fault::EverythingKilled => (true, true),
        Fault::ServerKilled | Fault::ServerStopped | Fault::ServerStalled => unreachable!("not of the cluster"),
    };
    if broker && database {
        world.server.kill().await;
        world.server.spawn().await;
    }
    let Backend::Clustered { nats, postgres, .. } = &mut world.backend else {
        unreachable!("chosen for a cluster only")
    };
    if broker {
        nats.kill9();
    }
    if database {
        postgres.kill9();
    }
    sleep(outage).await;
    if broker {
        nats.restart().await;
    }
    if database {
        postgres.restart().await;
    }
}

async fn stall(world: &World, outage: Duration) {
    let Backend::Clustered { nats, .. } = &world.backend else {
        unreachable!("chosen for a cluster only")
    };
    nats.pause();
    sleep(outage).await;
    nats.resume();
}
