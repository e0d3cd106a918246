//! An account has itself erased: it may think better of it for a while, then it is gone for everybody, in old updates and for ever.

use heliograph_tests::client::snapshot;
use heliograph_tests::client::update::Message;
use heliograph_tests::deadline::eventually;
use heliograph_tests::world::{direct, group};
use heliograph_tests::{Device, Person, World, story};
use serde_json::{Value, json};

/// µs of a day.
const DAY: i64 = 24 * 3600 * 1_000_000;

/// What Alice wrote or is called.
const HERS: [&str; 4] = ["Alice Quill", "said by Alice", "titled by Alice", "alice_quill"];

/// When the account is to be erased, as it says of itself.
async fn due(device: &Device, at: &str) -> Option<i64> {
    device.client.get("/v1/me").at(at).await.accepted()["erasure_due_at"].as_i64()
}

/// From the next start on erasures begin within a second or two of being asked for.
async fn without_grace(world: &mut World) {
    world.server.set("HELIOGRAPH_ACCOUNTS__ERASURE_GRACE_DAYS", "0");
    world.server.set("HELIOGRAPH_ACCOUNTS__UPKEEP_SECONDS", "1");
    world.restart().await;
}

story!(who_asks_to_be_erased_may_think_better_of_it, |world| {
    let alice = world.person("Alice").await;
    let asked = alice.phone.client.delete("/v1/me").await;
    let at = asked.position.clone().expect("a position");
    let asked = asked.accepted();
    let due_at = asked["erasure_due_at"].as_i64().expect("a time");
    let account = alice.laptop.client.get("/v1/me").at(&at).await.accepted();
    let since_registered = due_at - account["account"]["created_at"].as_i64().expect("a time");
    assert!((7 * DAY..8 * DAY).contains(&since_registered), "{account}");
    assert_eq!(due(&alice.laptop, &at).await, Some(due_at));
    assert_eq!(
        alice.laptop.client.delete("/v1/me").await.accepted(),
        asked,
        "it comes no later for being asked again"
    );
    let listed = world
        .admin
        .get(format!("/v1/admin/accounts?after={}&limit=1", alice.account - 1))
        .at(&at)
        .await;
    assert_eq!(listed.accepted()["accounts"][0]["erasure_due_at"], due_at);
    let called_off = alice.laptop.client.post("/v1/me/restore", &json!({})).await;
    let at = called_off.position.clone().expect("a position");
    called_off.accepted();
    assert_eq!(due(&alice.phone, &at).await, None);
    alice.phone.client.post("/v1/me/restore", &json!({})).await.accepted();
    let types = alice.phone.client.get("/v1/updates?epoch=2&after=0").at(&at).await.text;
    for told in ["erasure_scheduled", "erasure_called_off"] {
        assert!(types.contains(told), "{types}");
    }
});

story!(what_is_shown_for_it_has_to_make_sense, |world| {
    let alice = world.person("Alice").await;
    let me = |body: &str| alice.phone.client.delete("/v1/me").body(body.to_owned());
    me(r#"{"password":"one","totp":"123456"}"#).await.refused("invalid_request");
    me(r#"{"pin":"1234"}"#).await.refused("invalid_request");
    me("[]").await.refused("invalid_request");
    me("").await.accepted();
});

story!(who_is_erased_is_gone_for_everybody, |world| {
    let (alice, bob) = (world.person(HERS[0]).await, world.person("Bob").await);
    let chat = group(&alice.phone, HERS[2], &[&bob]).await;
    let dm = direct(&alice.phone, &bob).await;
    for chat in [&chat, &dm] {
        alice.phone.send(chat, HERS[1]).await;
        bob.phone.send(chat, "said by Bob").await;
    }
    let name = json!({"username": HERS[3]});
    alice.phone.client.put("/v1/me/username", &name).await.accepted();
    bob.hears(HERS[1]).await;
    let before = numbers(&bob.phone, &chat).await;
    for person in [&alice, &bob] {
        world.retire(person).await;
    }
    without_grace(world).await;
    alice.phone.client.delete("/v1/me").await.accepted();
    eventually("it is done", async || {
        (alice.laptop.client.get("/v1/me").await.code() == Some("device_ended")).then_some(())
    })
    .await;
    is_gone(world, &alice, &bob, [&chat, &dm]).await;
    assert_eq!(numbers(&bob.phone, &chat).await, before);
    eventually("her username is nobody's", async || {
        let found = bob.phone.client.get(format!("/v1/users?username={}", HERS[3])).await.accepted();
        (found["users"] == json!([])).then_some(())
    })
    .await;
    eventually("the key is gone, which is her account's last word", async || {
        let path = format!("/v1/events?stream=account.{}&type=account.erased", alice.account);
        (world.admin.get(path).await.text.lines().count() == 1).then_some(())
    })
    .await;
    let path = format!("/v1/accounts/{}/devices", alice.account);
    world.admin.post(path, &json!({"name": "ghost"})).await.refused("account_erased");
    bob.phone.send(&chat, "life goes on").await;
    // However it is read: from rows made anew, after a restart, by a device that begins with the first update.
    world.admin.post("/v1/admin/rebuild", &json!({})).await.accepted();
    eventually("the read models are made anew", async || {
        let status = world.admin.get("/v1/admin/rebuild").await.accepted();
        (status["phase"] == "done").then_some(())
    })
    .await;
    is_gone(world, &alice, &bob, [&chat, &dm]).await;
    world.restart().await;
    is_gone(world, &alice, &bob, [&chat, &dm]).await;
    let anew = Device::new(world.server.address.clone(), &bob.phone.client.token, bob.account, bob.phone.number);
    anew.online();
    anew.hears("life goes on").await;
    for chat in [&chat, &dm] {
        let heard = anew.knows(|view| view.chats[chat.as_str()].messages.clone());
        are_tombstones(heard.values(), &alice);
    }
    anew.offline().await;
});

/// Of messages: who wrote them, and their order.
type Numbers = Vec<(i64, Option<i64>)>;

async fn numbers(device: &Device, chat: &str) -> Numbers {
    let messages = snapshot::messages(&device.client, chat).await.expect("an answer");
    messages.iter().map(|message| (message.id, message.from)).collect()
}

fn are_tombstones<'a>(messages: impl IntoIterator<Item = &'a Message>, of: &Person) {
    for message in messages {
        let is_theirs = message.from == Some(of.account);
        assert_eq!((message.text.is_none(), message.erased), (is_theirs, is_theirs), "{message:?}");
    }
}

/// Nothing that Bob or the operator asks for shows anything of her, but for her number.
async fn is_gone(world: &World, alice: &Person, bob: &Person, chats: [&str; 2]) {
    for chat in chats {
        let messages = snapshot::messages(&bob.phone.client, chat).await.expect("an answer");
        assert!(messages.iter().any(|message| message.erased), "{messages:?}");
        are_tombstones(&messages, alice);
    }
    let members = bob.phone.client.get(format!("/v1/chats/{}/members", chats[0])).await.accepted();
    let is_there = |member: &Value| member["account"] == alice.account;
    assert!(
        members["members"].as_array().is_some_and(|members| members.iter().any(is_there)),
        "{members}"
    );
    let state = world
        .admin
        .get(format!("/v1/admin/accounts?after={}&limit=1", alice.account - 1))
        .await;
    assert_eq!(state.accepted()["accounts"][0]["state"], "erased");
    for asked in [
        bob.phone.client.get(format!("/v1/users/{}", alice.account)).await,
        bob.phone.client.get("/v1/chats").await,
        bob.phone.client.get("/v1/updates?epoch=2&after=0").await,
        world.admin.get("/v1/accounts").await,
        world.admin.get("/v1/events?content=true").await,
    ] {
        assert!(asked.status.is_success(), "{}", asked.text);
        for hers in HERS {
            assert!(!asked.text.contains(hers), "{hers}: {}", asked.text);
        }
    }
}

story!(who_is_erased_by_the_operator_is_gone_the_same_way, |world| {
    let (alice, bob) = (world.person(HERS[0]).await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, HERS[1]).await;
    bob.hears(HERS[1]).await;
    for person in [&alice, &bob] {
        world.retire(person).await;
    }
    let key = format!("/v1/accounts/{}/key", alice.account);
    for _ in 0..2 {
        world.admin.delete(&key).await.accepted();
        are_tombstones(&snapshot::messages(&bob.phone.client, &chat).await.expect("an answer"), &alice);
        alice.phone.client.get("/v1/me").await.refused("device_ended");
    }
    world.admin.delete("/v1/accounts/1/key").await.refused("account_not_found");
    eventually("the log says so", async || {
        let told = world.admin.get(format!("/v1/events?stream=account.{}", alice.account)).await.text;
        let types = ["account.device_ended", "account.erasure_begun", "account.erased"];
        types.iter().all(|kind| told.contains(kind)).then_some(())
    })
    .await;
});
