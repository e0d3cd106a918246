//! Erasing an account's key: what it wrote is gone from every file, and everything else is as it was.

use heliograph_tests::client::snapshot;
use heliograph_tests::client::update::{Message, Tidings};
use heliograph_tests::client::view::Cursor;
use heliograph_tests::deadline::eventually;
use heliograph_tests::plaintext::Secrets;
use heliograph_tests::world::{direct, group};
use heliograph_tests::{Device, Person, World, story};
use serde_json::json;

/// What Alice wrote or is called, and Bob did not and is not.
const HERS: [&str; 5] = ["aliceQuill", "aliceSecretOne", "aliceSecretTwo", "aliceTitle", "alice_handle"];
/// What Bob wrote.
const HIS: &str = "bobStays";

/// A message's id and what it says in numbers.
type Numbered = (i64, Option<i64>, Option<i64>, Option<i64>);

/// What must be the same before and after: everything but texts, names and titles.
#[derive(Debug, PartialEq)]
struct Numbers {
    messages: Vec<Numbered>,
    unread: i64,
    told: Vec<Tidings>,
}

story!(what_is_erased_is_gone_and_everything_else_stays, |world| {
    let (alice, bob) = (world.person(HERS[0]).await, world.person("Bob").await);
    let chat = group(&alice.phone, HERS[3], &[&bob]).await;
    let dm = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, HERS[1]).await;
    bob.phone.send(&chat, HIS).await;
    let edited = alice.phone.send(&chat, "to be edited").await;
    alice.phone.edit(&chat, edited, HERS[2]).await.accepted();
    alice.phone.send(&dm, HERS[1]).await;
    alice
        .phone
        .client
        .put("/v1/me/username", &json!({"username": HERS[4]}))
        .await
        .accepted();
    bob.hears(HERS[2]).await;
    let before = numbers(world, &bob, &chat).await;
    for person in [&alice, &bob] {
        world.retire(person).await;
    }
    world.server.stop().await;
    nowhere_in_plaintext(world).await;

    world.server.go_on().await;
    // Asked for just before, so that whatever the server keeps in memory is there.
    let kept = snapshot::messages(&bob.phone.client, &chat).await.expect("an answer");
    assert!(kept.iter().any(|message| message.text.as_deref() == Some(HERS[1])));
    let key = format!("/v1/accounts/{}/key", alice.account);
    bob.phone.client.delete(&key).await.refused("forbidden");
    for _ in 0..2 {
        world.admin.delete(&key).await.accepted();
        let told = snapshot::messages(&bob.phone.client, &chat).await.expect("an answer");
        // What she said before: by now it may stand there that she left.
        let said = |message: &&Message| before.messages.iter().any(|(id, ..)| *id == message.id);
        for message in told.iter().filter(said).filter(|message| message.from == Some(alice.account)) {
            assert_eq!((message.text.as_deref(), message.erased), (None, true), "at once: {message:?}");
        }
        alice.phone.try_send(&chat, "I am still here").await.refused("device_ended");
    }
    eventually("she has left", async || {
        let last = format!("/v1/events?stream=account.{}&type=account.erased", alice.account);
        (world.admin.get(last).await.text.lines().count() == 1).then_some(())
    })
    .await;
    let after = numbers(world, &bob, &chat).await;
    assert!(
        after.messages.starts_with(&before.messages) && after.told.starts_with(&before.told),
        "the numbers are as they were: {after:?}"
    );
    assert_eq!(
        (after.messages.len(), after.unread),
        (before.messages.len() + 1, before.unread + 1),
        "that she left is one message more"
    );
    world.server.stop().await;

    world.forget_read_models().await;
    world.server.go_on().await;

    assert_eq!(
        numbers(world, &bob, &chat).await,
        after,
        "counts, order and numbers are as they were"
    );
    let heard = bob_starts_anew(world, &bob).await;
    for chat in [&chat, &dm] {
        let messages = snapshot::messages(&bob.phone.client, chat).await.expect("an answer");
        for message in messages
            .iter()
            .chain(heard.knows(|view| view.chats[chat.as_str()].messages.clone()).values())
        {
            // That she left is no word of hers.
            if message.text.is_none() && !message.erased {
                assert_eq!(message.from, Some(alice.account));
                continue;
            }
            let expected = if message.from == Some(bob.account) {
                (Some(HIS), false)
            } else {
                (None, true)
            };
            assert_eq!((message.text.as_deref(), message.erased), expected, "{message:?}");
        }
    }
    let user = bob.phone.client.get(format!("/v1/users/{}", alice.account)).await;
    let listed = bob.phone.client.get("/v1/chats").await;
    for hers in HERS {
        assert!(
            !user.text.contains(hers) && !listed.text.contains(hers),
            "{} {}",
            user.text,
            listed.text
        );
    }
    heard.offline().await;
    alice.phone.try_send(&chat, "I am back").await.refused("device_ended");
    bob.phone.send(&chat, "life goes on").await;
    world.server.stop().await;
    nowhere_in_plaintext(world).await;
    world.server.go_on().await;
});

async fn numbers(world: &World, bob: &Person, chat: &str) -> Numbers {
    let now = world.now().await;
    let unread = bob.phone.unread(chat, &now).await;
    let messages = snapshot::messages(&bob.phone.client, chat).await.expect("an answer");
    let bare = |message: &Message| (message.id, message.from, message.reply_to, message.edited_at);
    let told = heliograph_tests::world::poll(&bob.phone.client, Cursor::start(2), &now).await;
    Numbers {
        messages: messages.iter().map(bare).collect(),
        unread,
        told: told.iter().map(|tidings| untitled(tidings.fact())).collect(),
    }
}

/// Titles and usernames are content too.
fn untitled(tidings: Tidings) -> Tidings {
    match tidings {
        Tidings::ChatCreated { chat, members, .. } => Tidings::ChatCreated {
            chat,
            title: None,
            members,
        },
        Tidings::ChatRenamed { chat, service_message, .. } => Tidings::ChatRenamed {
            chat,
            title: None,
            service_message,
        },
        other => other,
    }
}

/// Bob's phone as if it had forgotten everything: it is told all its updates again.
async fn bob_starts_anew(world: &World, bob: &Person) -> Device {
    let anew = Device::new(world.server.address.clone(), &bob.phone.client.token, bob.account, bob.phone.number);
    anew.online();
    let head = bob.phone.knows(|view| view.seq);
    anew.comes_to_know("everything again", |view| view.seq >= head).await;
    anew
}

/// None of her words, or his: all are sealed.
async fn nowhere_in_plaintext(world: &World) {
    Secrets::words(HERS.into_iter().chain([HIS])).nowhere_in(world).await;
}
