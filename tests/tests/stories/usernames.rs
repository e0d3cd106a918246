//! Usernames: claimed, taken, raced for, given up.

use heliograph_tests::chance::command_id;
use heliograph_tests::deadline::eventually;
use heliograph_tests::{Answer, Device, story};
use serde_json::json;

/// Asks for a username until it is known what became of the wish.
async fn claim(device: &Device, username: &str) -> Answer {
    let (id, wish) = (command_id(), json!({"username": username}));
    eventually("the wish is settled", async || {
        let answer = device.client.put("/v1/me/username", &wish).id(id).await;
        (answer.status != 202).then_some(answer)
    })
    .await
}

story!(a_username_is_claimed_found_and_given_up, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    claim(&alice.phone, "alice_1").await.accepted();
    alice
        .laptop
        .comes_to_know("the username", |view| view.username.as_deref() == Some("alice_1"))
        .await;
    let again = claim(&alice.phone, "ALICE_1").await.accepted();
    assert_eq!(again["username"], "alice_1", "it stays as it was spelt first");
    let found = bob.phone.client.get("/v1/users?username=Alice_1").at(&world.now().await).await;
    assert!(
        found.text.contains(&alice.account.to_string()),
        "case does not matter: {}",
        found.text
    );
    claim(&bob.phone, "ALICE_1").await.refused("username_taken");
    alice.phone.client.delete("/v1/me/username").await.accepted();
    alice.laptop.comes_to_know("no username", |view| view.username.is_none()).await;
    claim(&bob.phone, "alice_1").await.refused("username_taken");
    eventually("she may have it again", async || {
        claim(&alice.laptop, "alice_1").await.status.is_success().then_some(())
    })
    .await;
});

story!(of_two_who_race_for_a_username_one_gets_it, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    for round in 0..5 {
        let name = format!("winner_{round}");
        let (hers, his) = tokio::join!(claim(&alice.phone, &name), claim(&bob.phone, &name));
        let won = [&hers, &his].iter().filter(|answer| answer.status.is_success()).count();
        assert_eq!(won, 1, "{} and {}", hers.text, his.text);
        let lost = if hers.status.is_success() { his } else { hers };
        lost.refused("username_taken");
    }
});

story!(nobody_passes_for_who_runs_the_server, |world| {
    let alice = world.person("Alice").await;
    for name in ["support", "Heliograph", "TELEGRAM"] {
        claim(&alice.phone, name).await.refused("username_reserved");
    }
});
