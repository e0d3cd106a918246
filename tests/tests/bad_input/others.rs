//! What belongs to others: chats, messages, devices, the operator's routes.

use heliograph_tests::story;
use serde_json::json;

use crate::scene::Scene;

/// What somebody who is not in a chat may try with it.
const TRIED: &[(&str, &str, &str)] = &[
    ("GET", "/v1/chats/{chat}", ""),
    ("GET", "/v1/chats/{chat}/messages", ""),
    ("GET", "/v1/chats/{chat}/messages/1", ""),
    ("GET", "/v1/chats/{chat}/members", ""),
    ("POST", "/v1/chats/{chat}/messages", "{\"text\":\"let me in\"}"),
    ("POST", "/v1/chats/{chat}/messages", "{\"text\":\"let me in\",\"reply_to\":1}"),
    ("PATCH", "/v1/chats/{chat}/messages/1", "{\"text\":\"changed\"}"),
    ("DELETE", "/v1/chats/{chat}/messages/1", ""),
    ("POST", "/v1/chats/{chat}/messages/delete", "{\"messages\":[1]}"),
    ("POST", "/v1/chats/{chat}/read", "{\"up_to\":1}"),
];

/// What makes sense with a group only.
const TRIED_WITH_GROUPS: &[(&str, &str, &str)] = &[
    ("PATCH", "/v1/chats/{chat}", "{\"title\":\"mine now\"}"),
    ("POST", "/v1/chats/{chat}/members", "{\"account\":{mallory}}"),
    ("PATCH", "/v1/chats/{chat}/members/{mallory}", "{\"role\":\"admin\"}"),
    ("DELETE", "/v1/chats/{chat}/members/{bob}", ""),
    ("POST", "/v1/chats/{chat}/leave", ""),
];

story!(who_is_not_in_a_chat_is_told_that_there_is_none, |world| {
    let scene = Scene::set(world).await;
    for chat in [&scene.dm, &scene.group, &"g-4242".to_owned()] {
        let groups = if chat == &scene.dm { &[][..] } else { TRIED_WITH_GROUPS };
        for (method, path, body) in TRIED.iter().chain(groups) {
            let path = path.replace("{chat}", chat);
            scene
                .refused(&scene.mallory.phone.client, (method, &path, body), 404, "chat_not_found")
                .await;
        }
    }
    for device in scene.mallory.devices() {
        assert_eq!(device.knows(|view| view.chats.len()), 0, "nothing of it was told to {device}");
    }
    scene.goes_on().await;
});

story!(a_direct_chat_is_not_a_group, |world| {
    let scene = Scene::set(world).await;
    for (method, path, body) in [
        ("PATCH", "/v1/chats/{dm}", "{\"title\":\"us\"}"),
        ("POST", "/v1/chats/{dm}/members", "{\"account\":{mallory}}"),
        ("DELETE", "/v1/chats/{dm}/members/{bob}", ""),
        ("PATCH", "/v1/chats/{dm}/members/{bob}", "{\"role\":\"admin\"}"),
        ("POST", "/v1/chats/{dm}/leave", ""),
    ] {
        scene
            .refused(&scene.alice.phone.client, (method, path, body), 400, "not_a_group")
            .await;
    }
});

story!(the_operators_routes_are_the_operators, |world| {
    let scene = Scene::set(world).await;
    for (method, path, body) in [
        ("POST", "/v1/accounts", "{\"name\":\"Eve\"}"),
        ("GET", "/v1/accounts", ""),
        ("POST", "/v1/accounts/{bob}/devices", "{\"name\":\"mine\"}"),
        ("GET", "/v1/accounts/{bob}/devices", ""),
        ("DELETE", "/v1/accounts/{bob}/devices/1", ""),
    ] {
        scene
            .refused(&scene.mallory.phone.client, (method, path, body), 403, "forbidden")
            .await;
    }
    for path in ["/v1/me", "/v1/chats", "/v1/updates?epoch=2&after=0", "/v1/users/{bob}"] {
        scene.refused(&world.admin, ("GET", path, ""), 403, "forbidden").await;
    }
    world
        .admin
        .post("/v1/accounts/1/devices", &json!({"name": "ghost"}))
        .await
        .refused("account_not_found");
});
