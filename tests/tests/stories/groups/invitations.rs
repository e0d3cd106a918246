//! Coming into a group by a link.

use heliograph_tests::client::http::Client;
use heliograph_tests::story;
use heliograph_tests::world::group;
use serde_json::{Value, json};

async fn link(client: &Client, chat: &str, terms: &Value) -> (i64, String) {
    let made = client.post(format!("/v1/chats/{chat}/links"), terms).await.accepted();
    let token = made["link"]["token"].as_str().expect("it is told").to_owned();
    (made["link"]["id"].as_i64().expect("a number"), token)
}

story!(who_has_a_link_joins_as_often_as_it_lets, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = group(&alice.phone, "open house", &[]).await;
    let (number, token) = link(&alice.phone.client, &chat, &json!({"uses_max": 1, "name": "Poster"})).await;
    let join = json!({"token": token});
    let preview = bob.phone.client.get(format!("/v1/links/{token}")).await.accepted();
    assert_eq!(
        (&preview["title"], &preview["members"]),
        (&json!("open house"), &json!(1)),
        "{preview}"
    );
    let joined = bob.phone.client.post("/v1/join", &join).await.accepted();
    assert_eq!(joined, json!({"chat": chat, "joined": true}));
    assert_eq!(bob.laptop.client.post("/v1/join", &join).await.accepted(), joined, "once is enough");
    bob.phone.send(&chat, "hello").await;
    carol.phone.client.post("/v1/join", &join).await.refused("link_not_valid");
    carol
        .phone
        .client
        .post("/v1/join", &json!({"token": "AAAAAAAAAAAAAAAAAAAAAA"}))
        .await
        .refused("link_not_valid");
    let now = world.now().await;
    let links = alice.phone.client.get(format!("/v1/chats/{chat}/links")).at(&now).await.accepted();
    let shown = &links["links"][0];
    assert_eq!(
        (&shown["name"], &shown["uses"], &shown["token"]),
        (&json!("Poster"), &json!(1), &json!(token))
    );
    let path = format!("/v1/chats/{chat}/links/{number}");
    alice.phone.client.put(&path, &json!({"name": "Leaflet"})).await.accepted();
    carol.phone.client.post("/v1/join", &join).await.accepted();
    alice.phone.client.delete(&path).await.accepted();
    let now = world.now().await;
    let links = alice.phone.client.get(format!("/v1/chats/{chat}/links")).at(&now).await.accepted();
    assert_eq!(links["links"], json!([]));
    alice.phone.client.put(&path, &json!({})).await.refused("link_not_found");
});

story!(a_link_made_again_is_the_same_link, |world| {
    let alice = world.person("Alice").await;
    let chat = group(&alice.phone, "twice", &[]).await;
    let (client, id) = (&alice.phone.client, uuid::Uuid::from_u128(7));
    let path = format!("/v1/chats/{chat}/links");
    let first = client.post(&path, &json!({})).id(id).await.accepted();
    assert_eq!(client.post(&path, &json!({})).id(id).await.accepted(), first);
    let now = world.now().await;
    let links = client.get(&path).at(&now).await.accepted();
    assert_eq!(links["links"].as_array().map(Vec::len), Some(1), "{links}");
});

story!(by_a_link_for_requests_somebody_decides, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = group(&alice.phone, "by request", &[]).await;
    let (_, token) = link(&alice.phone.client, &chat, &json!({"requests": true})).await;
    let join = json!({"token": token});
    let asked = json!({"chat": chat, "joined": false});
    for person in [&bob, &carol] {
        assert_eq!(person.phone.client.post("/v1/join", &join).await.accepted(), asked);
        person.phone.try_send(&chat, "am I in?").await.refused("chat_not_found");
    }
    let now = world.now().await;
    let requests = format!("/v1/chats/{chat}/requests");
    let waiting = alice.phone.client.get(&requests).at(&now).await.accepted();
    assert_eq!(waiting["requests"].as_array().map(Vec::len), Some(2), "{waiting}");
    let of = |account: i64| format!("{requests}/{account}");
    bob.phone.client.post(of(bob.account), &json!({})).await.refused("chat_not_found");
    alice.phone.client.post(of(bob.account), &json!({})).await.accepted();
    bob.phone.send(&chat, "I am in").await;
    carol.phone.client.delete(of(carol.account)).await.accepted();
    alice
        .phone
        .client
        .post(of(carol.account), &json!({}))
        .await
        .refused("join_request_not_found");
});
