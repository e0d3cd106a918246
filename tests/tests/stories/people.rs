//! People and how they stand to each other: contacts, blocks, and who lets whom do what.

use heliograph_tests::deadline::eventually;
use heliograph_tests::world::person::Person;
use heliograph_tests::world::{direct_id, group};
use heliograph_tests::{Answer, Device, story};
use serde_json::{Value, json};

/// Has something said or done that is to be refused: what was wished a moment ago may not have been heard yet.
async fn comes_to_be_refused(code: &str, attempt: impl AsyncFn() -> Answer) {
    let refused = eventually(code, async || {
        let answer = attempt().await;
        (!answer.status.is_success()).then_some(answer)
    });
    refused.await.refused(code);
}

async fn block(who: &Person, whom: &Person) -> Answer {
    let blocked = who.phone.client.put(format!("/v1/me/blocked/{}", whom.account), &json!({})).await;
    assert!(blocked.status.is_success(), "{}", blocked.text);
    blocked
}

async fn wish(who: &Person, privacy: Value) -> Answer {
    let wished = who.phone.client.patch("/v1/me/privacy", &privacy).await;
    assert!(wished.status.is_success(), "{}", wished.text);
    wished
}

/// How one sees another.
async fn seen(by: &Device, whom: &Person, at: &str) -> Value {
    let seen = by.client.get(format!("/v1/users/{}", whom.account)).at(at).await.accepted();
    seen["user"].clone()
}

async fn add(chat: &str, who: &Person, whom: &Person) -> Answer {
    let body = json!({"account": whom.account});
    who.phone.client.post(format!("/v1/chats/{chat}/members"), &body).await
}

story!(who_is_blocked_writes_to_nobody_and_is_not_told, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct_id(&alice, &bob);
    let first = bob.phone.send(&chat, "hello").await;
    alice.hears("hello").await;
    let before = seen(&bob.laptop, &alice, &world.now().await).await;
    block(&alice, &bob).await;
    comes_to_be_refused("cannot_write", || bob.phone.try_send(&chat, "are you there?")).await;
    bob.laptop.edit(&chat, first, "hello?").await.refused("cannot_write");
    alice.phone.try_send(&chat, "no").await.refused("cannot_write");
    let at = world.now().await;
    assert_eq!(seen(&bob.laptop, &alice, &at).await["blocked"], before["blocked"]);
    assert_eq!(seen(&alice.laptop, &bob, &at).await["blocked"], true);
    bob.phone.delete(&chat, first).await.accepted();
    let unblocked = alice.phone.client.delete(format!("/v1/me/blocked/{}", bob.account)).await;
    assert!(unblocked.status.is_success(), "{}", unblocked.text);
    bob.phone.send(&chat, "there you are").await;
    alice.hears("there you are").await;
});

story!(who_lets_only_contacts_write_hears_from_them_alone, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    alice
        .phone
        .client
        .put(format!("/v1/me/contacts/{}", bob.account), &json!({}))
        .await
        .accepted();
    wish(&alice, json!({"write": "contacts"})).await;
    let (to_bob, to_carol) = (direct_id(&alice, &bob), direct_id(&alice, &carol));
    comes_to_be_refused("cannot_write", || carol.phone.try_send(&to_carol, "an offer")).await;
    bob.phone.send(&to_bob, "it's me").await;
    alice.hears("it's me").await;
    // Who wishes is not bound by it; but what is written may stay without an answer.
    alice.phone.send(&to_carol, "what is it?").await;
    carol.hears("what is it?").await;
    carol.phone.try_send(&to_carol, "an offer").await.refused("cannot_write");
    wish(&alice, json!({"write": "everybody"})).await;
    carol.phone.send(&to_carol, "an offer at last").await;
    alice.hears("an offer at last").await;
});

story!(a_session_is_refused_what_a_request_is, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct_id(&alice, &bob);
    block(&alice, &bob).await;
    let refused = eventually("refused", async || {
        let command = json!({"type": "send", "chat": chat, "text": "hello"});
        let answer = bob.phone.say(heliograph_tests::chance::command_id(), command).await?;
        (answer["type"] == "error").then_some(answer)
    });
    assert_eq!(refused.await["error"]["code"], "cannot_write");
});

story!(nobody_is_added_to_groups_against_their_wishes, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = group(&alice.phone, "hiking", &[&carol]).await;
    wish(&bob, json!({"add_to_groups": "contacts"})).await;
    block(&carol, &alice).await;
    comes_to_be_refused("cannot_add", || add(&chat, &alice, &bob)).await;
    let with_bob = json!({"title": "climbing", "members": [carol.account, bob.account]});
    comes_to_be_refused("cannot_add", async || alice.phone.client.post("/v1/chats", &with_bob).await).await;
    // Who is in it stays in it, and hears what is said.
    alice.phone.send(&chat, "who comes along?").await;
    carol.hears("who comes along?").await;
    carol.phone.send(&chat, "not with you").await;
    alice.hears("not with you").await;
    bob.phone
        .client
        .put(format!("/v1/me/contacts/{}", alice.account), &json!({}))
        .await
        .accepted();
    add(&chat, &alice, &bob).await.accepted();
    alice.phone.send(&chat, "welcome").await;
    bob.hears("welcome").await;
});

story!(contacts_are_kept_called_and_found_to_be_mutual, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let contact = |of: &Person| format!("/v1/me/contacts/{}", of.account);
    let called = json!({"name": " Bobby "});
    alice.phone.client.put(contact(&bob), &called).await.accepted();
    alice.phone.client.put(contact(&carol), &json!({})).await.accepted();
    bob.phone.client.put(contact(&alice), &json!({})).await.accepted();
    let at = world.now().await;
    let list = async |after: &str| alice.laptop.client.get(format!("/v1/me/contacts?{after}")).at(&at).await.accepted();
    let all = list("").await;
    let listed = |account: i64| {
        let users = all["users"].as_array().expect("a list").iter();
        users
            .clone()
            .find(|user| user["id"] == account)
            .unwrap_or_else(|| panic!("not listed: {all}"))
            .clone()
    };
    let (hers, his) = (listed(carol.account), listed(bob.account));
    assert_eq!(
        (&his["called"], &his["name"], &his["mutual"]),
        (&json!("Bobby"), &json!("Bob"), &json!(true))
    );
    assert_eq!(
        (&hers["called"], &hers["mutual"], &hers["contact"]),
        (&Value::Null, &json!(false), &json!(true))
    );
    let first = list("limit=1").await;
    let next = list(&format!("limit=1&after={}", first["next"])).await;
    assert_eq!(first["users"][0]["id"].as_i64(), Some(bob.account.min(carol.account)));
    assert_eq!(next["users"][0]["id"].as_i64(), Some(bob.account.max(carol.account)));
    let gone = alice.phone.client.delete(contact(&bob)).await;
    let at = gone.position.clone().expect("a position");
    gone.accepted();
    let user = seen(&alice.laptop, &bob, &at).await;
    assert_eq!(
        (&user["contact"], &user["mutual"], &user["called"]),
        (&json!(false), &json!(false), &Value::Null)
    );
});

story!(what_one_says_of_oneself_is_seen_by_whom_one_has_not_blocked, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let profile = json!({"name": "Alice", "bio": "I climb."});
    let changed = alice.phone.client.patch("/v1/me", &profile).await.accepted();
    assert_eq!(changed["account"]["bio"], "I climb.");
    let blocked = block(&alice, &bob).await;
    let at = blocked.position.clone().expect("a position");
    assert_eq!(seen(&carol.phone, &alice, &at).await["bio"], "I climb.");
    assert!(seen(&bob.phone, &alice, &at).await["bio"].is_null());
    let list = alice.phone.client.get("/v1/me/blocked").at(&at).await.accepted();
    assert_eq!(list["users"][0]["id"].as_i64(), Some(bob.account));
    assert_eq!(list["users"].as_array().map(Vec::len), Some(1));
});

story!(who_saw_whom_when_is_for_those_who_were_seen_to_say, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let sees = async |by: &Person, at: &str| seen(&by.phone, &alice, at).await["last_seen_at"].is_i64();
    let at = world.now().await;
    eventually("she was seen", async || sees(&bob, &at).await.then_some(())).await;
    alice
        .phone
        .client
        .put(format!("/v1/me/contacts/{}", carol.account), &json!({}))
        .await
        .accepted();
    let at = wish(&alice, json!({"last_seen": "contacts"})).await.position.expect("a position");
    assert!(!sees(&bob, &at).await && sees(&carol, &at).await);
    let at = block(&alice, &carol).await.position.expect("a position");
    assert!(!sees(&carol, &at).await, "whoever is blocked sees nothing");
    let at = wish(&alice, json!({"last_seen": "nobody"})).await.position.expect("a position");
    assert!(sees(&alice, &at).await, "one sees oneself");
});

story!(privacy_is_changed_a_part_at_a_time, |world| {
    let alice = world.person("Alice").await;
    wish(&alice, json!({"write": "contacts"})).await;
    let at = wish(&alice, json!({"last_seen": "nobody"})).await.position.expect("a position");
    let privacy = alice.laptop.client.get("/v1/me/privacy").at(&at).await.accepted();
    let expected = json!({"find_by_phone": "everybody", "write": "contacts", "last_seen": "nobody", "add_to_groups": "everybody", "forwards": "everybody"});
    assert_eq!(privacy["privacy"], expected);
    wish(&alice, json!({})).await;
    let strangers = json!({"write": "strangers"});
    alice
        .phone
        .client
        .patch("/v1/me/privacy", &strangers)
        .await
        .refused("invalid_request");
});

story!(nobody_knows_or_blocks_themselves_or_who_is_not_there, |world| {
    let alice = world.person("Alice").await;
    for list in ["contacts", "blocked"] {
        let path = |account: i64| format!("/v1/me/{list}/{account}");
        alice.phone.client.put(path(alice.account), &json!({})).await.refused("oneself");
        alice.phone.client.put(path(4_711), &json!({})).await.refused("account_not_found");
        alice.phone.client.delete(path(4_711)).await.accepted();
    }
    let path = format!("/v1/me/contacts/{}", alice.account);
    alice
        .phone
        .client
        .put(path, &json!({"name": "x".repeat(65)}))
        .await
        .refused("text_too_long");
});

story!(ones_other_devices_hear_whom_one_knows_and_what_one_wishes, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let contact = format!("/v1/me/contacts/{}", bob.account);
    alice.phone.client.put(&contact, &json!({"name": "Bobby"})).await.accepted();
    alice.phone.client.delete(&contact).await.accepted();
    block(&alice, &bob).await;
    alice
        .phone
        .client
        .delete(format!("/v1/me/blocked/{}", bob.account))
        .await
        .accepted();
    let at = wish(&alice, json!({"write": "nobody"})).await.position.expect("a position");
    let polled = alice.laptop.client.get("/v1/updates?epoch=2&after=0").at(&at).await.accepted();
    let updates = polled["updates"].as_array().expect("updates").iter();
    let told: Vec<_> = updates.filter(|update| update["account"] == bob.account).collect();
    let types: Vec<_> = told.iter().map(|update| update["type"].as_str().unwrap_or_default()).collect();
    assert_eq!(types, ["contact_added", "contact_removed", "blocked", "unblocked"]);
    assert_eq!(told[0]["name"], "Bobby");
    let last = polled["updates"].as_array().and_then(|updates| updates.last()).expect("an update");
    assert_eq!(
        (&last["type"], &last["privacy"]["write"]),
        (&json!("privacy_changed"), &json!("nobody"))
    );
    let of_bob = bob.phone.client.get("/v1/updates?epoch=2&after=0").at(&at).await.accepted();
    assert!(!of_bob.to_string().contains("blocked"), "{of_bob}");
});
