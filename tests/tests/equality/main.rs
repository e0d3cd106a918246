//! An old snapshot with the updates since is what a fresh snapshot tells, field by field: whatever people do, on both backends, with one lane
//! and with four. The updates are applied by the reference client, which knows nothing of the server.
//!
//! `EQUALITY_SEED` has the choices of an earlier run again, which printed it; `EQUALITY_CASES` says how many sequences are tried. One that
//! fails is made shorter as long as it fails. Those who act do so at once, so that snapshots are taken while things happen.

mod deed;
mod kinds;
mod scenes;
mod town;

use std::collections::BTreeSet;
use std::sync::Mutex;

use heliograph_tests::backend::Backend;
use heliograph_tests::{Observer, World, chance};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use tokio::runtime::Handle;

use deed::{Deed, life};
use kinds::Kinds;
use town::Town;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embedded_in_one_lane() {
    equal(Backend::Embedded, "1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embedded_in_four_lanes() {
    equal(Backend::Embedded, "4").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clustered_in_one_lane() {
    equal(Backend::clustered().await, "1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clustered_in_four_lanes() {
    equal(Backend::clustered().await, "4").await;
}

/// Sequences that are tried where nobody says how many.
const CASES: u32 = 10;

fn cases() -> u32 {
    let given = std::env::var("EQUALITY_CASES").ok();
    given.map_or(CASES, |text| text.parse().expect("EQUALITY_CASES is a number"))
}

async fn equal(backend: Backend, lanes: &str) {
    let seed = chance::seed("EQUALITY_SEED");
    let world = World::on(backend, &[("HELIOGRAPH_DATABASE__LANES", lanes)]).await;
    let kinds: Kinds = Mutex::new(BTreeSet::new());
    let town = Town::settle(&world).await;
    let observers = town.live(&deed::every()).await;
    town.counted().await;
    settle(&world, &kinds, observers).await.expect("every deed once");
    let grown = Town::grow(&world).await;
    let observers = grown.live(&deed::growing()).await;
    settle(&world, &kinds, observers).await.expect("a group grows");
    let (here, config) = (Handle::current(), config());
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let law = |deeds: Vec<(usize, Deed)>| {
        let told = tokio::task::block_in_place(|| here.block_on(tell(&world, &kinds, deeds)));
        told.map_err(TestCaseError::fail)
    };
    if let Err(failed) = TestRunner::new_with_rng(config, rng).run(&life(), law) {
        panic!("EQUALITY_SEED={seed}, {lanes} lanes: {failed}");
    }
    kinds::all_came(&kinds);
    world.finish().await;
}

fn config() -> Config {
    Config {
        cases: cases(),
        failure_persistence: None,
        max_shrink_iters: 100,
        ..Config::default()
    }
}

/// People of their own do these things.
async fn tell(world: &World, kinds: &Kinds, deeds: Vec<(usize, Deed)>) -> Result<(), String> {
    let observers = Town::settle(world).await.live(&[deeds]).await;
    settle(world, kinds, observers).await
}

/// Every snapshot that was taken ends as a fresh one.
async fn settle(world: &World, kinds: &Kinds, observers: Vec<Observer>) -> Result<(), String> {
    let now = world.now().await;
    for mut observer in observers {
        observer.settle(&now).await?;
        kinds.lock().expect("nobody panics while holding it").append(&mut observer.told);
    }
    Ok(())
}
