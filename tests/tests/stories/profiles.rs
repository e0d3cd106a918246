//! What people are called and say of themselves.

use heliograph_tests::chance::command_id;
use heliograph_tests::story;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::imports::outcomes;

story!(who_changes_one_part_of_a_profile_keeps_the_other, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let me = |body: Value| alice.phone.client.patch("/v1/me", &body);
    let told = me(json!({"bio": "Down the rabbit hole"})).await.accepted();
    assert_eq!(told["account"], profile(alice.account, "Alice", Some("Down the rabbit hole")));
    let told = me(json!({"name": "Alicia"})).await.accepted();
    assert_eq!(told["account"], profile(alice.account, "Alicia", Some("Down the rabbit hole")));
    let seen = bob.phone.client.get(format!("/v1/users/{}", alice.account));
    let seen = seen.at(&world.now().await).await.accepted();
    assert_eq!(
        (&seen["user"]["name"], &seen["user"]["bio"]),
        (&json!("Alicia"), &json!("Down the rabbit hole"))
    );
    let told = me(json!({"bio": ""})).await.accepted();
    assert_eq!(told["account"], profile(alice.account, "Alicia", None));
    me(json!({})).await.refused("invalid_request");
    me(json!({"name": null, "bio": null})).await.refused("invalid_request");
    me(json!({"bio": " "})).await.refused("text_blank");
    me(json!({"bio": "a".repeat(141)})).await.refused("text_too_long");
    let updates = alice.laptop.client.get("/v1/updates?epoch=2&after=0&limit=100");
    let updates = updates.at(&world.now().await).await.accepted();
    let updates = updates["updates"].as_array().expect("a list").iter();
    let changes: Vec<_> = updates.filter(|update| update["type"] == "profile_changed").collect();
    let bios: Vec<_> = changes.iter().map(|change| &change["bio"]).collect();
    let said = json!("Down the rabbit hole");
    assert_eq!(bios, [&said, &said, &Value::Null]);
});

story!(a_changed_profile_is_told_as_it_was_when_it_is_sent_again, |world| {
    let alice = world.person("Alice").await;
    let (id, body) = (command_id(), json!({"name": "Alicia"}));
    let first = alice.phone.client.patch("/v1/me", &body).id(id).await.accepted();
    let later = json!({"bio": "Down the rabbit hole"});
    alice.laptop.client.patch("/v1/me", &later).await.accepted();
    let again = alice.phone.client.patch("/v1/me", &body).id(id).await.accepted();
    assert_eq!(again, first, "what stayed is no part of what was asked");
    let now = alice.phone.client.get("/v1/me").at(&world.now().await).await.accepted();
    assert_eq!(now["account"]["bio"], later["bio"]);
});

story!(an_import_that_calls_somebody_otherwise_keeps_what_they_say_of_themselves, |world| {
    let alice = world.person("Alice").await;
    let bio = json!({"bio": "Down the rabbit hole"});
    alice.phone.client.patch("/v1/me", &bio).await.accepted();
    let call = |id: u128, name: &str| json!({"id": Uuid::from_u128(id), "by": alice.account, "do": {"call": {"name": name}}});
    let told = outcomes(world, &[call(1, "Alicia"), call(2, "Ali")]).await;
    assert!(told.iter().all(|outcome| outcome["error"].is_null()), "{told:?}");
    let me = alice.phone.client.get("/v1/me").at(&world.now().await).await.accepted();
    assert_eq!((&me["account"]["name"], &me["account"]["bio"]), (&json!("Ali"), &bio["bio"]));
});

fn profile(id: i64, name: &str, bio: Option<&str>) -> Value {
    json!({"id": id, "name": name, "bio": bio})
}
