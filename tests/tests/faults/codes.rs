//! Signing in while the clock jumps and servers die.

use heliograph_tests::Backend;
use heliograph_tests::chance::command_id;
use heliograph_tests::newcomer::Newcomer;
use serde_json::json;

use crate::machine;

async fn a_code_is_good_for_its_time_whatever_the_clock_does(backend: Backend) {
    let (world, machine) = machine::with_a_world(backend, &[("HELIOGRAPH_SIGN_IN__LIMITED", "false")]).await;
    let alice = Newcomer::phone(&world.server, "+4915123456789");
    let (sign_in, code) = alice.code(&[&world.server]).await;
    machine::clock_jumps(&world, &machine, 1).await;
    alice.show(&sign_in, &code).await.refused("code_expired");
    alice.come_in(&[&world.server], "Alice").await;
    // Back: nobody is shut out until the clock has caught up, and what was made in the future is good for nothing.
    let (sign_in, code) = alice.code(&[&world.server]).await;
    machine::clock_jumps(&world, &machine, 0).await;
    alice.show(&sign_in, &code).await.refused("code_expired");
    alice.come_in(&[&world.server], "Alice").await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embedded() {
    a_code_is_good_for_its_time_whatever_the_clock_does(Backend::Embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clustered() {
    a_code_is_good_for_its_time_whatever_the_clock_does(Backend::clustered().await).await;
}

async fn a_server_that_dies_midway_leaves_one_account(backend: Backend) {
    let mut world = heliograph_tests::World::on(backend, &[]).await;
    for round in 0..4_u32 {
        let newcomer = Newcomer::phone(&world.server, &format!("+491512345678{round}"));
        let (sign_in, code) = newcomer.code(&[&world.server]).await;
        let (showing, body) = (newcomer.clone(), json!({"name": "Alice"}));
        let shown = {
            let (sign_in, code) = (sign_in.clone(), code.clone());
            tokio::spawn(async move {
                let mut body = showing.body(body);
                body["code"] = json!(code);
                body["device"] = json!({"name": "phone"});
                showing.client.post(format!("/v1/sign-in/{sign_in}/code"), &body).attempt().await
            })
        };
        // Whatever it has come to by then.
        tokio::time::sleep(std::time::Duration::from_millis(u64::from(round) * 15)).await;
        world.crash().await;
        drop(shown.await);
        let first = newcomer.show_as(&sign_in, &code, json!({"name": "Alice"})).await;
        // The device's name is another one than the first time: where it was let in then, that is the same command with another content.
        assert!(
            first.status.is_success() || first.code() == Some("command_id_reused"),
            "{}",
            first.text
        );
        let later = newcomer.come_in(&[&world.server], "Somebody else").await;
        if first.status.is_success() {
            assert_eq!(first.body["account"], later["account"]);
        }
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_embedded() {
    a_server_that_dies_midway_leaves_one_account(Backend::Embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_clustered() {
    a_server_that_dies_midway_leaves_one_account(Backend::clustered().await).await;
}

/// Nobody waits for devices here: a code that waits for them when the server dies comes later.
const AT_ONCE: (&str, &str) = ("HELIOGRAPH_DELIVERY__DEVICES_FIRST_SECONDS", "0");

async fn who_asks_again_gets_the_code(backend: Backend) {
    let mut world = heliograph_tests::World::on(backend, &[AT_ONCE]).await;
    for round in 0..8_u32 {
        let alice = Newcomer::phone(&world.server, &format!("+491512345679{round}"));
        let (id, asking) = (command_id(), alice.clone());
        let ask = move || asking.client.post("/v1/sign-in", &asking.body(json!({}))).id(id);
        let first = tokio::spawn(ask.clone()().attempt());
        // Whatever it has come to by then.
        tokio::time::sleep(std::time::Duration::from_millis(u64::from(round) * 8)).await;
        world.crash().await;
        drop(first.await);
        let begun = ask().await.accepted();
        let code = alice.next_code(&[&world.server], 0).await;
        let sign_in = begun["sign_in"].as_str().expect("a sign-in");
        let shown = alice.show_as(sign_in, &code, json!({"name": "Alice"})).await.accepted();
        assert_eq!(shown["next"], "done", "{shown}");
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_again_embedded() {
    who_asks_again_gets_the_code(Backend::Embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_again_clustered() {
    who_asks_again_gets_the_code(Backend::clustered().await).await;
}
