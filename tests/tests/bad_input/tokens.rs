//! Tokens that are none: refused, all alike.

use heliograph_tests::client::socket::{Frame, Socket};
use heliograph_tests::story;
use heliograph_tests::{Client, World};
use serde_json::json;

use crate::scene::Scene;

/// Tokens that must not work, made of one that does.
fn forgeries(scene: &Scene, admin: &str) -> Vec<String> {
    let good = &scene.alice.phone.client.token;
    let (holder, secret) = good.rsplit_once('.').expect("a token");
    let (account, other) = (scene.alice.account, scene.bob.account);
    let mut swapped: Vec<char> = secret.chars().collect();
    swapped.swap(0, 42);
    let swapped: String = swapped.into_iter().collect();
    let flipped = if secret.starts_with('A') { "B" } else { "A" };
    let mut forged = vec![
        ".".to_owned(),
        "...".to_owned(),
        "x".to_owned(),
        holder.to_owned(),
        secret.to_owned(),
        format!("{holder}."),
        format!("{account}.2.{secret}"),
        format!("{account}.99.{secret}"),
        format!("{account}.0.{secret}"),
        format!("{account}.-1.{secret}"),
        format!("{account}.01.{secret}"),
        format!("{other}.1.{secret}"),
        format!("0.1.{secret}"),
        format!("99999999999999999999.1.{secret}"),
        format!("{holder}.{swapped}"),
        format!("{holder}.{flipped}{}", &secret[1..]),
        format!("{holder}.{}", &secret[..42]),
        format!("{good}A"),
        format!("{good}.{secret}"),
        format!("admin.{secret}"),
        format!("admin.{}", "A".repeat(43)),
        format!("root.{}", admin.trim_start_matches("admin.")),
        good.to_uppercase(),
        "A".repeat(4000),
    ];
    // The characters that are swapped may be the same.
    forged.retain(|token| token != good);
    forged
}

story!(a_forged_token_is_refused, |world| {
    let scene = Scene::set(world).await;
    for token in forgeries(&scene, &world.admin.token) {
        let answer = scene.alice.phone.client.with_token(&token).get("/v1/me").await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (401, Some("unauthorized")),
            "{token}: {}",
            answer.text
        );
        assert!(
            !answer.text.contains(&token) || token.len() < 4,
            "an answer repeats a token: {}",
            answer.text
        );
    }
});

story!(no_token_or_another_scheme_is_refused, |world| {
    let scene = Scene::set(world).await;
    let nobody = Client::new(world.server.address.clone(), "");
    nobody.get("/v1/me").await.refused("unauthorized");
    let good = &scene.alice.phone.client.token;
    for header in [
        "",
        "Bearer",
        "Bearer ",
        &format!("Basic {good}"),
        good,
        &format!("Bearer {good} {good}"),
        &format!("Token {good}"),
    ] {
        let answer = nobody.get("/v1/me").header("authorization", header).await;
        assert_eq!(
            (answer.status.as_u16(), answer.code()),
            (401, Some("unauthorized")),
            "{header}: {}",
            answer.text
        );
    }
    for path in ["/v1/chats", "/v1/updates?epoch=2&after=0", "/v1/accounts"] {
        nobody.get(path).await.refused("unauthorized");
    }
});

story!(a_session_needs_a_good_token_too, |world| {
    let scene = Scene::set(world).await;
    for token in forgeries(&scene, &world.admin.token)
        .iter()
        .chain([&String::new(), &world.admin.token])
    {
        let (frame, closed) = open(world, token).await;
        let code = frame["error"]["code"].as_str().unwrap_or_default();
        assert!(matches!(code, "unauthorized" | "forbidden"), "{token}: {frame}");
        heliograph_tests::documented::assert_documented(code);
        assert!(
            closed.is_some_and(|code| code >= 4000 || code == 1008),
            "{token}: closed with {closed:?}"
        );
    }
    scene.goes_on().await;
});

async fn open(world: &World, token: &str) -> (serde_json::Value, Option<u16>) {
    let mut socket = Socket::connect(&world.server.address.authority()).await.expect("it connects");
    socket.say(&json!({"type": "open", "token": token})).await.expect("it is said");
    match socket.hear().await.expect("an answer") {
        Frame::Said(frame) => (frame, socket.closed().await),
        Frame::Closed(code) => panic!("closed with {code:?} without a word"),
    }
}
