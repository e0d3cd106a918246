//! Paths and queries that are not what the documentation says, and bodies where none is wanted.

use heliograph_tests::story;

use crate::scene::Scene;

/// Ids and numbers out of their range or in another spelling.
const MISSPELT: &[(&str, &str)] = &[
    ("GET", "/v1/chats/x-1"),
    ("GET", "/v1/chats/g-0"),
    ("GET", "/v1/chats/g-01"),
    ("GET", "/v1/chats/g-997852516353"),
    ("GET", "/v1/chats/dm-2-1"),
    ("GET", "/v1/chats/dm-1"),
    ("GET", "/v1/chats/%00"),
    ("GET", "/v1/chats/%ff"),
    ("GET", "/v1/chats/..%2f..%2fetc"),
    ("GET", "/v1/chats/{dm}/messages/0"),
    ("GET", "/v1/chats/{dm}/messages/-1"),
    ("GET", "/v1/chats/{dm}/messages/one"),
    ("GET", "/v1/chats/{dm}/messages/99999999999999999999"),
    ("GET", "/v1/chats/{dm}/messages/01"),
    ("GET", "/v1/chats/{dm}/messages/+1"),
    ("GET", "/v1/chats/{dm}/messages/1.0"),
    ("GET", "/v1/chats/{dm}/messages/%201"),
    ("GET", "/v1/users/0"),
    ("GET", "/v1/users/0{alice}"),
    ("GET", "/v1/users/+{alice}"),
    ("DELETE", "/v1/me/devices/01"),
    ("DELETE", "/v1/me/devices/1048576"),
    ("GET", "/v1/chats?limit=0"),
    ("GET", "/v1/chats?limit=-1"),
    ("GET", "/v1/chats?limit=1000000"),
    ("GET", "/v1/chats?limit=many"),
    ("GET", "/v1/chats?limit=01"),
    ("GET", "/v1/chats?limit=%2B1"),
    ("GET", "/v1/chats?limit="),
    ("GET", "/v1/chats?limit=1&limit=2"),
    ("GET", "/v1/chats/{group}/members?after=01"),
    ("GET", "/v1/chats/{group}/members?after=0"),
    ("GET", "/v1/chats/{dm}/messages?after=01"),
    ("GET", "/v1/chats/{dm}/messages?before=%2B1"),
    ("GET", "/v1/updates?epoch=01&after=0"),
    ("GET", "/v1/updates?epoch=2&after=00"),
    ("GET", "/v1/updates?epoch=2&after=0&wait=%2B1"),
    ("GET", "/v1/chats?after=nowhere"),
    ("GET", "/v1/chats?colour=red"),
    ("GET", "/v1/chats/{dm}/messages?after=-1"),
    ("GET", "/v1/chats/{dm}/messages?before=2&after=1"),
    ("GET", "/v1/chats/{dm}/messages?before=0"),
    ("GET", "/v1/updates?epoch=2&after=-1"),
    ("GET", "/v1/updates?epoch=2&after=18446744073709551616"),
    ("GET", "/v1/updates?epoch=one&after=1&at=1"),
    ("GET", "/v1/updates?epoch=2&after=1"),
    ("GET", "/v1/updates?epoch=2&after=1&at=noon"),
    ("GET", "/v1/updates?epoch=2&after=1&at=01"),
    ("GET", "/v1/updates?epoch=2&after=1&at=9223372036854775808"),
    ("GET", "/v1/updates?epoch=2&after=0&wait=61"),
    ("GET", "/v1/updates?epoch=2&after=0&limit=0"),
    ("GET", "/v1/users"),
    ("GET", "/v1/me?as_of=5"),
    ("GET", "/v1/me?as_of"),
    ("GET", "/v1/chats/{dm}/messages/1?as_of=5"),
    ("GET", "/v1/users/{alice}?username=alice"),
    ("POST", "/v1/chats/{group}/leave?at=5"),
    ("DELETE", "/v1/chats/{dm}/messages/1?&for=all"),
];

/// Bodies that say something where there is nothing to say.
const SUPERFLUOUS: &[(&str, &str, &str)] = &[
    ("POST", "/v1/chats/{group}/leave", "{\"x\":1}"),
    ("POST", "/v1/chats/{group}/leave", "[]"),
    ("DELETE", "/v1/chats/{dm}/messages/1", "{\"x\":1}"),
    ("DELETE", "/v1/chats/{group}/members/{bob}", "{\"x\":1}"),
    ("DELETE", "/v1/me/username", "{\"username\":\"alice\"}"),
    ("DELETE", "/v1/me/devices/2", "{\"x\":1}"),
];

story!(an_id_or_number_has_its_range_and_one_spelling, |world| {
    let scene = Scene::set(world).await;
    for (method, path) in MISSPELT {
        scene
            .refused(&scene.alice.phone.client, (method, path, ""), 400, "invalid_request")
            .await;
    }
    scene.goes_on().await;
});

story!(a_body_that_nobody_wants_is_refused, |world| {
    let scene = Scene::set(world).await;
    for case in SUPERFLUOUS {
        scene.refused(&scene.alice.phone.client, *case, 400, "invalid_request").await;
    }
    scene.goes_on().await;
});

story!(who_has_nothing_to_say_may_say_so, |world| {
    let scene = Scene::set(world).await;
    scene
        .ask(&scene.alice.phone.client, "DELETE", "/v1/me/username", "{}")
        .await
        .accepted();
    scene
        .ask(&scene.bob.phone.client, "POST", "/v1/chats/{group}/leave", "{}")
        .await
        .accepted();
    let leave = scene
        .alice
        .phone
        .client
        .call(reqwest::Method::POST, scene.fill("/v1/chats/{group}/leave"));
    leave.header("content-length", "0").await.accepted();
});
