//! Chats as they were.

use heliograph_tests::World;
use heliograph_tests::client::device::Device;
use heliograph_tests::story;
use heliograph_tests::world::{direct, group};
use serde_json::{Value, json};

/// What somebody is answered about a chat, now or as of a moment.
async fn look(device: &Device, chat: &str, position: &str, as_of: Option<&str>) -> [Value; 3] {
    let mut answers = [Value::Null, Value::Null, Value::Null];
    for (answer, what) in answers.iter_mut().zip(["", "/members", "/messages"]) {
        let query = as_of.map_or_else(String::new, |moment| format!("?as_of={moment}"));
        let asked = device.client.get(format!("/v1/chats/{chat}{what}{query}")).at(position);
        *answer = asked.await.accepted();
    }
    answers
}

/// What somebody sees at this moment, with the position that this is.
async fn remember(world: &World, device: &Device, chat: &str) -> (String, [Value; 3]) {
    let position = world.now().await;
    let seen = look(device, chat, &position, None).await;
    (position, seen)
}

story!(a_chat_is_seen_as_it_was, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = group(&alice.phone, "before", &[&bob]).await;
    let mut memories = vec![remember(world, &bob.phone, &chat).await];
    for number in 1..=3 {
        alice.phone.send(&chat, &format!("message {number}")).await;
    }
    memories.push(remember(world, &bob.phone, &chat).await);
    bob.phone.read(&chat, 2).await.accepted();
    memories.push(remember(world, &bob.phone, &chat).await);
    alice.phone.edit(&chat, 3, "another text").await.accepted();
    let members = format!("/v1/chats/{chat}/members");
    alice
        .phone
        .client
        .post(&members, &json!({"account": carol.account}))
        .await
        .accepted();
    let title = json!({"title": "after"});
    alice.phone.client.patch(format!("/v1/chats/{chat}"), &title).await.accepted();
    memories.push(remember(world, &bob.phone, &chat).await);
    bob.phone.send(&chat, "the last word").await;
    let now = world.now().await;
    for (position, seen) in &memories {
        assert_eq!(look(&bob.laptop, &chat, &now, Some(position)).await, *seen, "as of {position}");
    }
    assert_ne!(memories[1].1, memories[3].1);
    // A time is a place in the log, too: one that is still to come is now, and in the last century nobody was in the chat.
    let seen = look(&bob.laptop, &chat, &now, None).await;
    assert_eq!(look(&bob.laptop, &chat, &now, Some("2999-01-01T00:00:00Z")).await, seen);
    let path = format!("/v1/chats/{chat}?as_of=1999-01-01T00:00:00Z");
    bob.laptop.client.get(path).at(&now).await.refused("chat_not_found");
});

story!(what_was_deleted_does_not_come_back, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "a secret").await;
    let then = world.now().await;
    alice.phone.delete(&chat, 1).await.accepted();
    let now = world.now().await;
    let [dialog, _, messages] = look(&bob.phone, &chat, &now, Some(&then)).await;
    assert_eq!(messages["messages"][0]["deleted"], true, "{messages}");
    assert!(!format!("{dialog}{messages}").contains("secret"), "{dialog} {messages}");
    assert_eq!(dialog["chat"]["unread"], 1, "{dialog}");
});

story!(the_past_is_for_those_who_were_there_and_are, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = group(&alice.phone, "some of us", &[&bob]).await;
    alice.phone.send(&chat, "hello").await;
    let then = world.now().await;
    let members = format!("/v1/chats/{chat}/members");
    alice
        .phone
        .client
        .post(&members, &json!({"account": carol.account}))
        .await
        .accepted();
    bob.phone
        .client
        .post(format!("/v1/chats/{chat}/leave"), &json!({}))
        .await
        .accepted();
    let now = world.now().await;
    let path = format!("/v1/chats/{chat}/messages?as_of={then}");
    for gone in [&carol.phone, &bob.phone] {
        gone.client.get(&path).at(&now).await.refused("chat_not_found");
    }
    alice.phone.client.get(&path).at(&now).await.accepted();
    let future = format!("/v1/chats/{chat}/messages?as_of=9000000000");
    alice.phone.client.get(&future).await.refused("invalid_request");
    let nonsense = format!("/v1/chats/{chat}?as_of=yesterday");
    alice.phone.client.get(&nonsense).await.refused("invalid_request");
});

/// A time as RFC 3339 has it, to the microsecond.
fn rfc3339(micros: i64) -> String {
    let (mut day, rest) = (micros / 86_400_000_000, micros % 86_400_000_000);
    let is_leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let mut year = 1970;
    while day >= 365 + i64::from(is_leap(year)) {
        day -= 365 + i64::from(is_leap(year));
        year += 1;
    }
    let mut month = 1;
    for days in [31, 28 + i64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < days {
            break;
        }
        day -= days;
        month += 1;
    }
    let (second, micro) = (rest / 1_000_000, rest % 1_000_000);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!(
        "{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{:02}.{micro:06}Z",
        day + 1,
        second % 60
    )
}

#[test]
fn times_are_written_as_the_calendar_has_them() {
    assert_eq!(rfc3339(951_782_400_000_001), "2000-02-29T00:00:00.000001Z");
    assert_eq!(rfc3339(1_717_200_061_500_000), "2024-06-01T00:01:01.500000Z");
}

fn texts(messages: &Value) -> Vec<&str> {
    let messages = messages["messages"].as_array().expect("a list");
    messages.iter().map(|message| message["text"].as_str().unwrap_or("-")).collect()
}

story!(a_time_in_the_middle_is_a_place_too, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "by the clock", &[&bob]).await;
    for text in ["one", "two", "three"] {
        alice.phone.send(&chat, text).await;
    }
    let now = world.now().await;
    let [_, _, all] = look(&bob.phone, &chat, &now, None).await;
    let at = all["messages"][1]["sent_at"].as_i64().expect("a time");
    for (at, expected) in [(at, vec!["one", "two"]), (at - 1, vec!["one"])] {
        let [dialog, _, messages] = look(&bob.phone, &chat, &now, Some(&rfc3339(at))).await;
        assert_eq!(texts(&messages), expected);
        assert_eq!(dialog["chat"]["unread"], expected.len(), "{dialog}");
    }
});

story!(what_was_erased_does_not_come_back_either, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&bob.phone, "with a ghost", &[&alice]).await;
    alice.phone.send(&chat, "to be gone").await;
    bob.phone.send(&chat, "to stay").await;
    let then = world.now().await;
    for person in [&alice, &bob] {
        world.retire(person).await;
    }
    world.admin.delete(format!("/v1/accounts/{}/key", alice.account)).await.accepted();
    let now = world.now().await;
    let [dialog, _, messages] = look(&bob.phone, &chat, &now, Some(&then)).await;
    assert_eq!(texts(&messages), ["-", "to stay"]);
    assert_eq!(messages["messages"][0]["erased"], true, "{messages}");
    assert!(!format!("{dialog}{messages}").contains("to be gone"), "{dialog} {messages}");
});

story!(who_left_and_came_back_sees_all_but_the_time_between, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "a door", &[&bob]).await;
    alice.phone.send(&chat, "before").await;
    let (before, seen) = remember(world, &bob.phone, &chat).await;
    let leave = format!("/v1/chats/{chat}/leave");
    bob.phone.client.post(leave, &json!({})).await.accepted();
    alice.phone.send(&chat, "meanwhile").await;
    let between = world.now().await;
    let members = format!("/v1/chats/{chat}/members");
    alice.phone.client.post(members, &json!({"account": bob.account})).await.accepted();
    alice.phone.send(&chat, "again").await;
    let (back, again) = remember(world, &bob.phone, &chat).await;
    assert_eq!(look(&bob.phone, &chat, &back, Some(&before)).await, seen);
    assert_eq!(look(&bob.phone, &chat, &back, Some(&back)).await, again);
    let path = format!("/v1/chats/{chat}?as_of={between}");
    bob.phone.client.get(path).at(&back).await.refused("chat_not_found");
});

story!(saved_messages_have_a_past, |world| {
    let alice = world.person("Alice").await;
    let chat = direct(&alice.phone, &alice).await;
    alice.phone.send(&chat, "a note").await;
    let (then, seen) = remember(world, &alice.phone, &chat).await;
    alice.phone.edit(&chat, 1, "another note").await.accepted();
    let now = world.now().await;
    assert_eq!(look(&alice.laptop, &chat, &now, Some(&then)).await, seen);
});

story!(analysts_look_at_any_chat_as_anybody_who_was_in_it, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let empty = world.now().await;
    let chat = group(&alice.phone, "observed", &[&bob]).await;
    for text in ["one", "two"] {
        alice.phone.send(&chat, text).await;
    }
    bob.phone.read(&chat, 1).await.accepted();
    let (then, seen) = remember(world, &bob.phone, &chat).await;
    bob.phone
        .client
        .post(format!("/v1/chats/{chat}/leave"), &json!({}))
        .await
        .accepted();
    alice.phone.delete(&chat, 2).await.accepted();
    let now = world.now().await;
    let issued = |scope: &str| json!({"name": "analytics", "scopes": [scope]});
    let [reader, confidant] = ["events:read", "events:content"].map(|scope| world.admin.post("/v1/admin/tokens", &issued(scope)));
    let [reader, confidant] = [reader.await.accepted(), confidant.await.accepted()]
        .map(|issued| world.admin.with_token(issued["token"].as_str().expect("it is told once")));
    let path = format!("/v1/events/chats/{chat}");
    let [as_bob, members, messages] = [
        format!("{path}?account={}&as_of={then}", bob.account),
        format!("{path}/members?as_of={then}"),
        format!("{path}/messages?as_of={then}"),
    ];
    let dialog = confidant.get(&as_bob).at(&now).await.accepted();
    assert_eq!(
        (&dialog["chat"]["unread"], &dialog["chat"]["read_up_to"]),
        (&json!(1), &json!(1)),
        "{dialog}"
    );
    assert_eq!(confidant.get(&members).at(&now).await.accepted(), seen[1]);
    let told = confidant.get(&messages).at(&now).await.accepted();
    assert_eq!(texts(&told), ["one", "-"], "what was deleted does not come back: {told}");
    for path in [&as_bob, &members, &messages] {
        reader.get(path).await.refused("missing_scope");
        alice.phone.client.get(path).await.refused("forbidden");
    }
    let refused = [
        format!("{path}?account={}&as_of={then}", carol.account),
        format!("{path}?account={}", bob.account),
        format!("{path}/members?as_of={empty}"),
    ];
    for path in refused {
        confidant.get(&path).at(&now).await.refused("chat_not_found");
    }
    confidant.get(&path).await.refused("invalid_request");
});
