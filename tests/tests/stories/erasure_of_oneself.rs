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
    eventually("her username is nobody's", async || {
        let found = bob.phone.client.get(format!("/v1/users?username={}", HERS[3])).await.accepted();
        (found["users"] == json!([])).then_some(())
    })
    .await;
    is_finished(world, &alice).await;
    let after = numbers(&bob.phone, &chat).await;
    let (said, left) = after.split_at(before.len());
    assert_eq!(said, before);
    assert!(matches!(left, [(_, Some(author))] if *author == alice.account), "{left:?}");
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

/// The key is gone, and the account is part of nothing any more, which is its last word.
async fn is_finished(world: &World, person: &Person) {
    eventually("it is finished", async || {
        (count(world, &format!("stream=account.{}&type=account.erased", person.account)).await == 1).then_some(())
    })
    .await;
}

/// How many facts there are of a kind.
async fn count(world: &World, wanted: &str) -> usize {
    let told = world.admin.get(format!("/v1/events?{wanted}")).await;
    assert!(told.status.is_success(), "{}", told.text);
    told.text.lines().count()
}

/// A channel that anybody may follow.
async fn channel(owner: &Device, username: &str) -> String {
    let made = owner.client.post("/v1/channels", &json!({"title": username})).await.accepted();
    let chat = made["chat"]["id"].as_str().expect("a chat's id").to_owned();
    eventually("it has its username", async || {
        let wish = json!({"username": username});
        let answer = owner.client.put(format!("/v1/chats/{chat}/username"), &wish).await;
        (answer.status == 200).then_some(())
    })
    .await;
    chat
}

async fn follows(person: &Person, chat: &str) {
    let path = format!("/v1/chats/{chat}/subscribe");
    person.phone.client.post(path, &json!({})).await.accepted();
}

/// How many are in a chat, and what this person is there.
async fn standing(world: &World, person: &Person, chat: &str) -> (Value, Value) {
    let now = world.now().await;
    let told = person.phone.client.get(format!("/v1/chats/{chat}")).at(&now).await.accepted();
    (told["chat"]["members"].clone(), told["chat"]["role"].clone())
}

story!(who_is_erased_leaves_what_it_was_part_of, |world| {
    let (alice, bob, carol) = (world.person(HERS[0]).await, world.person("Bob").await, world.person("Carol").await);
    let hers = group(&alice.phone, "hers", &[&bob, &carol]).await;
    let his = group(&bob.phone, "his", &[&alice]).await;
    let (gazette, journal) = (channel(&alice.phone, "gazette").await, channel(&bob.phone, "journal").await);
    follows(&bob, &gazette).await;
    follows(&alice, &journal).await;
    for person in [&alice, &bob, &carol] {
        world.retire(person).await;
    }
    without_grace(world).await;
    alice.phone.client.delete("/v1/me").await.accepted();
    is_finished(world, &alice).await;
    let left = async |world: &World| {
        let standings = [
            (&hers, json!(2), json!("owner")),
            (&his, json!(1), json!("owner")),
            // It has no owner any more, and those who follow it still do.
            (&gazette, json!(1), json!("member")),
            (&journal, json!(1), json!("owner")),
        ];
        for (chat, members, role) in standings {
            assert_eq!(standing(world, &bob, chat).await, (members, role), "{chat}");
            assert_eq!(
                count(world, &format!("stream=chat.{chat}&type=chat.member_left")).await,
                usize::from(*chat != journal),
                "{chat}"
            );
        }
        assert_eq!(
            count(world, &format!("stream=inbox.{}&type=inbox.unsubscribed", alice.account)).await,
            2
        );
        let members = bob.phone.client.get(format!("/v1/chats/{hers}/members")).await.accepted();
        let members = members["members"].as_array().expect("a list").iter();
        let mut members: Vec<_> = members.map(|member| member["account"].as_i64()).collect();
        members.sort_unstable();
        let mut others = [Some(bob.account), Some(carol.account)];
        others.sort_unstable();
        assert_eq!(members, others);
        let said = bob.phone.client.get(format!("/v1/chats/{hers}/messages")).await.accepted();
        assert_eq!(
            said["messages"][0]["service"],
            json!({"type": "member_left", "account": alice.account}),
            "{said}"
        );
    };
    left(world).await;
    world.admin.post("/v1/admin/rebuild", &json!({})).await.accepted();
    eventually("the read models are made anew", async || {
        let status = world.admin.get("/v1/admin/rebuild").await.accepted();
        (status["phase"] == "done").then_some(())
    })
    .await;
    left(world).await;
    world.restart().await;
    left(world).await;
});

story!(who_is_erased_leaves_each_chat_once_whenever_the_server_dies, |world| {
    const GROUPS: usize = 40;
    let (alice, bob) = (world.person(HERS[0]).await, world.person("Bob").await);
    let mut groups = Vec::new();
    for number in 0..GROUPS {
        groups.push(group(&bob.phone, &format!("group {number}"), &[&alice]).await);
    }
    for person in [&alice, &bob] {
        world.retire(person).await;
    }
    without_grace(world).await;
    alice.phone.client.delete("/v1/me").await.accepted();
    for (seen, dies) in [(1, "she begins to leave"), (GROUPS / 2, "she is half way")] {
        eventually(dies, async || {
            let left = count(world, "type=chat.member_left").await;
            (left >= seen).then_some(())
        })
        .await;
        world.crash().await;
    }
    is_finished(world, &alice).await;
    assert_eq!(count(world, "type=chat.member_left").await, GROUPS);
    for chat in [&groups[0], &groups[GROUPS - 1]] {
        assert_eq!(standing(world, &bob, chat).await, (json!(1), json!("owner")), "{chat}");
    }
});

story!(whom_an_account_kept_out_does_not_get_in_by_its_erasure, |world| {
    let (alice, bob, carol) = (world.person(HERS[0]).await, world.person("Bob").await, world.person("Carol").await);
    let dm = direct(&bob.phone, &alice).await;
    bob.phone.send(&dm, "said by Bob").await;
    alice
        .phone
        .client
        .put(format!("/v1/me/blocked/{}", carol.account), &json!({}))
        .await
        .accepted();
    let privacy = json!({"last_seen": "nobody"});
    alice.phone.client.patch("/v1/me/privacy", &privacy).await.accepted();
    world.retire(&alice).await;
    world.admin.delete(format!("/v1/accounts/{}/key", alice.account)).await.accepted();
    for other in [&bob, &carol] {
        let client = &other.phone.client;
        let chat = direct(&other.phone, &alice).await;
        eventually("nobody writes to who is gone", async || {
            (other.phone.try_send(&chat, "are you there?").await.code() == Some("cannot_write")).then_some(())
        })
        .await;
        let group = json!({"title": "ghosts", "members": [alice.account]});
        client.post("/v1/chats", &group).await.refused("cannot_add");
        let seen = client.get(format!("/v1/users/{}", alice.account)).await.accepted();
        assert!(seen["user"]["last_seen_at"].is_null(), "{seen}");
    }
});

/// Of messages: who wrote them, and their order.
type Numbers = Vec<(i64, Option<i64>)>;

async fn numbers(device: &Device, chat: &str) -> Numbers {
    let messages = snapshot::messages(&device.client, chat).await.expect("an answer");
    messages.iter().map(|message| (message.id, message.from)).collect()
}

/// That she left is no word of hers.
fn are_tombstones<'a>(messages: impl IntoIterator<Item = &'a Message>, of: &Person) {
    for message in messages.into_iter().filter(|message| message.text.is_some() || message.erased) {
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
