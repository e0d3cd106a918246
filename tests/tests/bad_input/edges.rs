//! Limits, at their edges: what is just allowed, and what is just not.

use heliograph_tests::story;
use serde_json::{Value, json};

use crate::scene::Scene;

fn bold(offset: usize) -> Value {
    json!({"type": "bold", "offset": offset, "length": 1})
}

story!(a_text_has_4096_characters_whatever_they_weigh, |world| {
    let scene = Scene::set(world).await;
    let path = scene.fill("/v1/chats/{dm}/messages");
    let send = async |text: String| scene.alice.phone.client.post(&path, &json!({"text": text})).await;
    for character in ["a", "é", "漢", "🌞"] {
        send(character.repeat(4096)).await.accepted();
        send(character.repeat(4097)).await.refused("text_too_long");
    }
    for blank in ["", " ", "\n\n", "\u{a0}", "\u{200b}\u{200b}", "\u{fe0f}", "\u{e0067}\u{e007f}"] {
        let answer = send(blank.to_owned()).await;
        assert!(matches!(answer.code(), Some("text_blank")), "{blank:?}: {}", answer.text);
    }
    send("a\u{0}b".to_owned()).await.refused("text_control_character");
    send("a\nb".to_owned()).await.accepted();
});

story!(a_text_has_100_entities, |world| {
    let scene = Scene::set(world).await;
    let path = scene.fill("/v1/chats/{dm}/messages");
    let text = "x".repeat(200);
    let send = async |entities: Vec<Value>| {
        scene
            .alice
            .phone
            .client
            .post(&path, &json!({"text": text, "entities": entities}))
            .await
    };
    send((0..100).map(|index| bold(index * 2)).collect()).await.accepted();
    send((0..101).map(bold).collect()).await.refused("too_many_entities");
    send(vec![bold(199)]).await.accepted();
});

story!(entities_must_fit_their_text, |world| {
    let scene = Scene::set(world).await;
    let path = scene.fill("/v1/chats/{dm}/messages");
    for entity in [
        json!({"type": "bold", "offset": 9, "length": 1}),
        json!({"type": "bold", "offset": 8, "length": 2}),
        json!({"type": "bold", "offset": 0, "length": 0}),
        json!({"type": "bold", "offset": 1, "length": 1}),
        json!({"type": "bold", "offset": 4_294_967_295_u32, "length": 4_294_967_295_u32}),
        json!({"type": "text_link", "offset": 0, "length": 2}),
        json!({"type": "text_mention", "offset": 0, "length": 2}),
        json!({"type": "bold", "offset": 0, "length": 2, "url": "https://example.org/"}),
    ] {
        // 🌞 takes offsets 0 and 1; nothing may start within it.
        let body = json!({"text": "🌞 shines", "entities": [entity]});
        let answer = scene.alice.phone.client.post(&path, &body).await;
        assert_eq!(answer.code(), Some("invalid_entity"), "{entity}: {}", answer.text);
    }
    let crossing = json!([{"type": "bold", "offset": 2, "length": 4}, {"type": "italic", "offset": 4, "length": 4}]);
    scene
        .alice
        .phone
        .client
        .post(&path, &json!({"text": "crossing ranges", "entities": crossing}))
        .await
        .refused("invalid_entity");
});

story!(names_and_titles_have_their_lengths, |world| {
    let scene = Scene::set(world).await;
    let phone = &scene.alice.phone.client;
    let title = async |length: usize| {
        phone
            .patch(scene.fill("/v1/chats/{group}"), &json!({"title": "t".repeat(length)}))
            .await
    };
    title(128).await.accepted();
    title(129).await.refused("text_too_long");
    title(0).await.refused("text_blank");
    let name = async |length: usize| phone.patch("/v1/me", &json!({"name": "é".repeat(length)})).await;
    name(64).await.accepted();
    name(65).await.refused("text_too_long");
    name(0).await.refused("text_blank");
    phone
        .patch("/v1/me", &json!({"name": "a\u{7}b"}))
        .await
        .refused("text_control_character");
    phone
        .patch("/v1/me", &json!({"name": "a\u{202e}b"}))
        .await
        .refused("text_control_character");
    phone.patch("/v1/me", &json!({"name": "\u{fe0f}"})).await.refused("text_blank");
    let username = async |name: &str| phone.put("/v1/me/username", &json!({"username": name})).await;
    username("abcde").await.accepted();
    username(&"a".repeat(32)).await.accepted();
    for bad in ["abcd", "1abcd", "ab-cd", "абвгд", "ab cde", "@abcde", ""] {
        username(bad).await.refused("not_a_username");
    }
    username(&"a".repeat(33)).await.refused("not_a_username");
});

story!(a_hundred_messages_are_deleted_at_once, |world| {
    let scene = Scene::set(world).await;
    let phone = &scene.alice.phone;
    for number in 0..100 {
        phone.send(&scene.dm, &format!("message {number}")).await;
    }
    let delete = async |messages: Vec<i64>| {
        phone
            .client
            .post(scene.fill("/v1/chats/{dm}/messages/delete"), &json!({"messages": messages}))
            .await
    };
    delete((1..=101).collect()).await.refused("too_many_messages");
    assert_eq!(
        delete((1..=100).collect()).await.accepted()["deleted"].as_array().map(Vec::len),
        Some(100)
    );
    assert_eq!(delete((1..=100).collect()).await.accepted()["deleted"], json!([]), "once is enough");
    delete(vec![102]).await.refused("message_not_found");
    let reply = phone
        .client
        .post(scene.fill("/v1/chats/{dm}/messages"), &json!({"text": "to whom?", "reply_to": 100}));
    reply.await.refused("message_deleted");
});

story!(a_group_begins_with_a_thousand_members_at_most, |world| {
    let scene = Scene::set(world).await;
    let phone = &scene.alice.phone.client;
    let all = async |members: &[i64]| phone.post("/v1/chats", &json!({"title": "all", "members": members})).await;
    let strangers: Vec<i64> = (1..=1001).collect();
    all(&strangers).await.refused("too_many_members");
    let mut people = Vec::new();
    for _ in 0..20 {
        let register = (0..50).map(async |_| world.admin.post("/v1/accounts", &json!({"name": "a member"})).await.accepted());
        let registered = futures::future::join_all(register).await;
        people.extend(registered.iter().map(|answer| answer["account"]["id"].as_i64().expect("an id")));
    }
    all(&people).await.refused("too_many_members");
    let group = all(&people[1..]).await.accepted();
    let path = format!("/v1/chats/{}/members", group["chat"]["id"].as_str().expect("an id"));
    let page = phone.get(format!("{path}?limit=1000")).at(&world.now().await).await.accepted();
    assert_eq!(page["members"].as_array().map(Vec::len), Some(1000));
});

story!(an_account_has_a_hundred_devices_at_a_time, |world| {
    let account = world.admin.post("/v1/accounts", &json!({"name": "Hydra"})).await.accepted();
    let path = format!("/v1/accounts/{}/devices", account["account"]["id"]);
    let authorise = async || world.admin.post(&path, &json!({"name": "another head"})).await;
    for number in 1..=100 {
        assert_eq!(authorise().await.accepted()["device"], number);
    }
    authorise().await.refused("too_many_devices");
    world.admin.delete(format!("{path}/1")).await.accepted();
    assert_eq!(authorise().await.accepted()["device"], 101, "numbers are not given again");
    authorise().await.refused("too_many_devices");
});

story!(a_body_has_64_kib, |world| {
    let scene = Scene::set(world).await;
    let path = scene.fill("/v1/chats/{dm}/messages");
    let phone = &scene.alice.phone.client;
    let text = "{\"text\":\"just so\"}";
    let post = |bytes: usize| {
        phone
            .call(reqwest::Method::POST, &path)
            .body(text.to_owned() + &" ".repeat(bytes - text.len()))
    };
    post(64 * 1024).await.accepted();
    // The server may have hung up before it was all sent.
    if let Ok(answer) = post(64 * 1024 + 1).attempt().await {
        answer.refused("body_too_large");
    }
});

story!(a_code_block_has_a_language_of_64_characters, |world| {
    let scene = Scene::set(world).await;
    let path = scene.fill("/v1/chats/{dm}/messages");
    let send = async |length: usize| {
        let entity = json!({"type": "pre", "offset": 0, "length": 2, "language": "é".repeat(length)});
        let body = json!({"text": "ok", "entities": [entity]});
        scene.alice.phone.client.post(&path, &body).await
    };
    send(64).await.accepted();
    send(65).await.refused("invalid_entity");
    send(0).await.refused("invalid_entity");
});

story!(pages_have_their_lengths, |world| {
    let scene = Scene::set(world).await;
    let phone = &scene.alice.phone.client;
    for path in [
        "/v1/chats?limit=200",
        "/v1/chats/{dm}/messages?limit=200",
        "/v1/chats/{group}/members?limit=1000",
        "/v1/updates?epoch=2&after=0&limit=1000",
        "/v1/updates?epoch=2&after=0&wait=60",
    ] {
        phone.get(scene.fill(path)).await.accepted();
    }
    for path in [
        "/v1/chats?limit=201",
        "/v1/chats/{dm}/messages?limit=201",
        "/v1/chats/{group}/members?limit=1001",
        "/v1/updates?epoch=2&after=0&limit=1001",
    ] {
        phone.get(scene.fill(path)).await.refused("invalid_request");
    }
});
