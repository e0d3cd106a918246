//! What breaks on the server's own machine without root's help: its disk is full, its wall clock jumps.

use std::time::Duration;

use heliograph_tests::chance::command_id;
use heliograph_tests::client::insist::insist;
use heliograph_tests::deadline::eventually;
use heliograph_tests::machine::Machine;
use heliograph_tests::{Backend, World};
use serde_json::json;
use tokio::time::sleep;

/// How far a time may be from what it should be: far more than anything takes, far less than a clock jumps.
const ABOUT: Duration = Duration::from_mins(20);

/// A server on a backend and a machine of its own, further configured by environment variables.
pub(crate) async fn with_a_world(backend: Backend, environment: &[(&str, &str)]) -> (World, Machine) {
    let folder = tempfile::Builder::new().prefix("heliograph-world-").tempdir();
    let folder = folder.expect("a folder can be made");
    let machine = Machine::with_disk(folder.path());
    let own = machine.environment();
    let own = own.iter().map(|(key, value)| (*key, value.as_str()));
    let environment: Vec<_> = own.chain(environment.iter().copied()).collect();
    (World::in_folder(backend, &environment, folder).await, machine)
}

/// No file in the data folder can grow, until somebody is told so, and for a while longer.
pub(crate) async fn disk_full(world: &World, on: &Machine, outage: Duration) {
    on.fill_disk();
    // Where log and read models are elsewhere, keys are still here: without one nobody can be registered.
    eventually("who needs room on a full disk is told that there is none", async || {
        let answer = world.admin.post("/v1/accounts", &json!({"name": "one too many"})).await;
        (!answer.status.is_success()).then(|| answer.refused("unavailable"))
    })
    .await;
    sleep(outage).await;
    on.free_disk();
}

/// The wall clock jumps, and the server goes by it: what begins now begins then.
pub(crate) async fn clock_jumps(world: &World, on: &Machine, hours: i64) {
    on.set_clock_ahead(hours * 3600);
    let register = || world.admin.post("/v1/accounts", &json!({"name": "out of time"}));
    let answer = insist(command_id(), register).await.accepted();
    let created = answer["account"]["created_at"].as_i64().expect("an account has a time, in µs");
    let expected = now_micros() + hours * 3_600_000_000;
    assert!(
        u128::from(created.abs_diff(expected)) < ABOUT.as_micros(),
        "{hours} h ahead, the server thinks that it is {created} µs instead of about {expected}"
    );
}

#[expect(clippy::disallowed_methods, reason = "the real time, which the server's is compared with")]
fn now_micros() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.expect("it is after 1970").as_micros()).expect("it is long before 290000")
}
