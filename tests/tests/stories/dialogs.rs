//! How people have their chats: hidden, cleared, marked, muted, pinned, archived, with drafts.

use heliograph_tests::client::device::Device;
use heliograph_tests::story;
use heliograph_tests::world::{direct, group};
use serde_json::{Value, json};

/// A chat as a device sees it now.
async fn seen(device: &Device, chat: &str, now: &str) -> Value {
    let answer = device.client.get(format!("/v1/chats/{chat}")).at(now).await;
    answer.accepted()["chat"].clone()
}

/// The ids of the messages that a device sees now.
async fn ids(device: &Device, chat: &str, now: &str) -> Vec<i64> {
    let page = device
        .client
        .get(format!("/v1/chats/{chat}/messages?after=0"))
        .at(now)
        .await
        .accepted();
    let messages = page["messages"].as_array().expect("a list").clone();
    messages.iter().filter_map(|message| message["id"].as_i64()).collect()
}

/// The ids of the chats that a device has in a list.
async fn listed(device: &Device, query: &str, now: &str) -> Vec<String> {
    let page = device.client.get(format!("/v1/chats?{query}")).at(now).await.accepted();
    let chats = page["chats"].as_array().expect("a list").clone();
    chats.iter().filter_map(|chat| chat["id"].as_str().map(str::to_owned)).collect()
}

async fn put(device: &Device, path: String) {
    device.client.put(path, &json!({})).await.accepted();
}

story!(what_one_hides_others_see, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    for number in 1..=5 {
        alice.phone.send(&chat, &format!("message {number}")).await;
    }
    bob.phone.read(&chat, 1).await.accepted();
    let hide = format!("/v1/chats/{chat}/messages/hide");
    bob.phone.client.post(&hide, &json!({"messages": [5, 3, 1]})).await.accepted();
    bob.phone
        .client
        .post(&hide, &json!({"messages": [6]}))
        .await
        .refused("not_sent_yet");
    alice.phone.delete(&chat, 2).await.accepted();
    let now = world.now().await;
    assert_eq!(ids(&bob.laptop, &chat, &now).await, [4]);
    assert_eq!(ids(&alice.phone, &chat, &now).await, [1, 3, 4, 5]);
    let dialog = seen(&bob.laptop, &chat, &now).await;
    assert_eq!((&dialog["unread"], &dialog["not_counted"]), (&json!(1), &json!([2, 3, 5])));
    assert_eq!(dialog["last"]["id"], json!(4));
    let one = bob.phone.client.get(format!("/v1/chats/{chat}/messages/3")).at(&now).await;
    one.refused("message_not_found");
});

story!(a_cleared_chat_is_empty_until_something_is_said, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    for number in 1..=3 {
        alice.phone.send(&chat, &format!("message {number}")).await;
    }
    let clear = format!("/v1/chats/{chat}/clear");
    bob.phone.client.post(&clear, &json!({"up_to": 2})).await.accepted();
    let now = world.now().await;
    assert_eq!(ids(&bob.phone, &chat, &now).await, [3]);
    bob.phone.client.post(&clear, &json!({})).await.accepted();
    let now = world.now().await;
    let dialog = seen(&bob.laptop, &chat, &now).await;
    assert_eq!(
        (&dialog["unread"], &dialog["cleared_up_to"], &dialog["last"]),
        (&json!(0), &json!(3), &Value::Null)
    );
    alice.phone.send(&chat, "again").await;
    let now = world.now().await;
    assert_eq!(
        (ids(&bob.phone, &chat, &now).await, ids(&alice.phone, &chat, &now).await.len()),
        (vec![4], 4)
    );
    assert_eq!(seen(&bob.laptop, &chat, &now).await["unread"], json!(1));
});

story!(a_chat_is_marked_as_unread_until_it_is_read_or_answered, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "hello").await;
    bob.phone.read(&chat, 1).await.accepted();
    let marked = async |now: &str| seen(&bob.laptop, &chat, now).await["marked_unread"] == json!(true);
    let mark = format!("/v1/chats/{chat}/unread");
    put(&bob.phone, mark.clone()).await;
    assert!(marked(&world.now().await).await);
    bob.laptop.read(&chat, 1).await.accepted();
    assert!(!marked(&world.now().await).await);
    put(&bob.phone, mark.clone()).await;
    bob.phone.send(&chat, "hello yourself").await;
    assert!(!marked(&world.now().await).await);
    put(&bob.phone, mark.clone()).await;
    assert!(marked(&world.now().await).await);
    bob.phone.client.delete(&mark).await.accepted();
    assert!(!marked(&world.now().await).await);
});

story!(pinned_chats_come_first_in_their_order, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let mut chats = Vec::new();
    for title in ["one", "two", "three", "four"] {
        chats.push(group(&alice.phone, title, &[&bob]).await);
    }
    for chat in &chats {
        alice.phone.send(chat, "hello").await;
    }
    for chat in [&chats[0], &chats[1]] {
        put(&bob.phone, format!("/v1/me/pinned/{chat}")).await;
    }
    let order = |numbers: [usize; 4]| numbers.map(|number| chats[number].clone());
    let now = world.now().await;
    assert_eq!(listed(&bob.laptop, "limit=100", &now).await, order([1, 0, 3, 2]));
    let reorder = json!({"chats": [&chats[0]]});
    bob.laptop.client.put("/v1/me/pinned", &reorder).await.accepted();
    let now = world.now().await;
    assert_eq!(listed(&bob.laptop, "limit=100", &now).await, order([0, 1, 3, 2]));
    // A page at a time, the same.
    let (mut all, mut path) = (Vec::new(), "/v1/chats?limit=1".to_owned());
    while all.len() < 4 {
        let page = bob.phone.client.get(&path).at(&now).await.accepted();
        all.push(page["chats"][0]["id"].as_str().expect("a chat").to_owned());
        path = format!("/v1/chats?limit=1&after={}", page["next"].as_str().unwrap_or_default());
    }
    assert_eq!(all, order([0, 1, 3, 2]));
    bob.phone.client.delete(format!("/v1/me/pinned/{}", chats[0])).await.accepted();
    let now = world.now().await;
    assert_eq!(listed(&bob.laptop, "limit=100", &now).await, order([1, 3, 2, 0]));
    assert_eq!(listed(&alice.laptop, "limit=100", &now).await, order([3, 2, 1, 0]));
});

story!(chats_are_archived_and_muted, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let (one, other) = (direct(&alice.phone, &bob).await, group(&alice.phone, "loud", &[&bob]).await);
    alice.phone.send(&one, "hello").await;
    put(&bob.phone, format!("/v1/chats/{other}/archive")).await;
    put(&bob.phone, format!("/v1/chats/{other}/mute")).await;
    let until = 7_000_000_000_000_000_i64;
    bob.phone
        .client
        .put(format!("/v1/chats/{one}/mute"), &json!({ "until": until }))
        .await
        .accepted();
    let now = world.now().await;
    assert_eq!(listed(&bob.laptop, "archived=true", &now).await, std::slice::from_ref(&other));
    assert_eq!(listed(&bob.laptop, "archived=false", &now).await, std::slice::from_ref(&one));
    assert_eq!(listed(&bob.laptop, "limit=100", &now).await.len(), 2);
    let dialog = seen(&bob.laptop, &other, &now).await;
    assert_eq!(
        (&dialog["archived"], &dialog["muted_until"]),
        (&json!(true), &json!(9_007_199_254_740_991_i64))
    );
    assert_eq!(seen(&bob.laptop, &one, &now).await["muted_until"], json!(until));
    for setting in ["archive", "mute"] {
        bob.laptop.client.delete(format!("/v1/chats/{other}/{setting}")).await.accepted();
    }
    let now = world.now().await;
    let dialog = seen(&bob.phone, &other, &now).await;
    assert_eq!((&dialog["archived"], &dialog["muted_until"]), (&json!(false), &Value::Null));
});

story!(a_draft_is_on_all_devices_until_it_is_sent, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.send(&chat, "what do you say?").await;
    let path = format!("/v1/chats/{chat}/draft");
    let draft = json!({"text": "I say", "entities": [{"type": "bold", "offset": 0, "length": 1}], "reply_to": 1});
    bob.phone.client.put(&path, &draft).await.accepted();
    let now = world.now().await;
    let kept = seen(&bob.laptop, &chat, &now).await["draft"].clone();
    for field in ["text", "entities", "reply_to"] {
        assert_eq!(kept[field], draft[field], "{kept}");
    }
    assert_eq!(seen(&alice.phone, &chat, &now).await["draft"], Value::Null);
    bob.laptop.send(&chat, "I say yes").await;
    assert_eq!(seen(&bob.phone, &chat, &world.now().await).await["draft"], Value::Null);
    bob.phone.client.put(&path, &draft).await.accepted();
    bob.phone.client.delete(&path).await.accepted();
    assert_eq!(seen(&bob.phone, &chat, &world.now().await).await["draft"], Value::Null);
});

story!(who_is_not_in_a_chat_has_nothing_of_it, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "closed", &[]).await;
    alice.phone.send(&chat, "alone").await;
    let nothing = json!({});
    for path in ["mute", "archive", "unread"] {
        let refused = bob.phone.client.put(format!("/v1/chats/{chat}/{path}"), &nothing).await;
        refused.refused("chat_not_found");
    }
    let client = &bob.phone.client;
    client
        .put(format!("/v1/me/pinned/{chat}"), &nothing)
        .await
        .refused("chat_not_found");
    client
        .put(format!("/v1/chats/{chat}/draft"), &json!({"text": "hi"}))
        .await
        .refused("chat_not_found");
    client
        .post(format!("/v1/chats/{chat}/clear"), &nothing)
        .await
        .refused("chat_not_found");
    let hide = json!({"messages": [1]});
    client
        .post(format!("/v1/chats/{chat}/messages/hide"), &hide)
        .await
        .refused("chat_not_found");
    client
        .put(format!("/v1/chats/{chat}/pins/1"), &nothing)
        .await
        .refused("chat_not_found");
    client.delete(format!("/v1/chats/{chat}/mute")).await.accepted();
});

story!(over_the_socket_it_is_the_same, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    for number in 1..=3 {
        alice.phone.send(&chat, &format!("message {number}")).await;
    }
    for frame in [
        json!({"type": "react", "chat": chat, "message": 1, "reactions": ["👍"]}),
        json!({"type": "pin_message", "chat": chat, "message": 2}),
        json!({"type": "hide", "chat": chat, "messages": [1]}),
        json!({"type": "mute", "chat": chat}),
        json!({"type": "pin_chat", "chat": chat}),
        json!({"type": "archive", "chat": chat}),
        json!({"type": "mark_unread", "chat": chat}),
        json!({"type": "draft", "chat": chat, "text": "well"}),
    ] {
        let id = heliograph_tests::chance::command_id();
        let done = bob.phone.say(id, frame.clone()).await.expect("the connection holds");
        assert_eq!((&done["type"], &done["result"]), (&json!("done"), &json!({})), "{frame}: {done}");
    }
    let now = world.now().await;
    let dialog = seen(&bob.laptop, &chat, &now).await;
    assert_eq!(
        (&dialog["pinned"], &dialog["archived"], &dialog["marked_unread"]),
        (&json!(1), &json!(true), &json!(true))
    );
    assert_eq!((&dialog["draft"]["text"], &dialog["pins"]), (&json!("well"), &json!([2])));
    assert_eq!(ids(&bob.laptop, &chat, &now).await, [2, 3]);
    let id = heliograph_tests::chance::command_id();
    let unpin = json!({"type": "unpin_message", "chat": chat});
    bob.phone.say(id, unpin).await.expect("the connection holds");
    assert_eq!(seen(&alice.phone, &chat, &world.now().await).await["pins"], json!([]));
});
