//! From the beginning of an erasure on everybody is told that it is done, while the key is still there: no reactor runs here.

use anyhow::Result;
use heliograph_tests::deadline::eventually;
use serde_json::json;

use crate::client::types;
use crate::server::Server;

/// What Alice wrote or is called.
const HERS: [&str; 4] = ["Alice Quill", "said by Alice", "edited by Alice", "titled by Alice"];

#[tokio::test]
async fn who_is_gone_is_told_as_erased_by_every_route_at_once() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person(HERS[0]).await?, server.person("Bob").await?);
    let chat = bob.group(&[&alice]).await?;
    let hers = alice
        .post("/v1/chats", json!({"title": HERS[3], "members": [bob.account]}))
        .await?
        .good()?;
    alice.say(&chat, HERS[1]).await?.good()?;
    let edited = json!({"text": HERS[2]});
    alice
        .send(reqwest::Method::PATCH, &format!("/v1/chats/{chat}/messages/1"), edited)
        .await?
        .good()?;
    let said = bob.say(&chat, "said by Bob").await?;
    let then = said.position.clone().expect("a position");
    let mut live = bob.online(Some(0)).await?;
    let before = live.next(5).await?;
    assert!(json!(before).to_string().contains(HERS[2]));

    server.begins_to_erase(&alice).await?;

    let group = hers["chat"]["id"].as_str().expect("an id");
    for path in [
        format!("/v1/chats/{chat}/messages"),
        format!("/v1/chats/{chat}/messages/1"),
        format!("/v1/chats/{chat}/messages?as_of={then}"),
        format!("/v1/chats/{chat}"),
        format!("/v1/chats/{group}"),
        format!("/v1/users/{}", alice.account),
        "/v1/chats".to_owned(),
        "/v1/updates?epoch=2&after=0".to_owned(),
    ] {
        let told = bob.get(&path).await?.good()?.to_string();
        assert!(
            told.contains(r#""erased":true"#) || path == format!("/v1/chats/{chat}"),
            "{path}: {told}"
        );
        assert!(HERS.iter().all(|hers| !told.contains(hers)), "{path}: {told}");
    }
    let replayed = server
        .admin
        .0
        .request(reqwest::Method::GET, "/v1/events?content=true")
        .send()
        .await?
        .text()
        .await?;
    assert!(
        replayed.contains(r#""erased":true"#) && replayed.contains("said by Bob"),
        "{replayed}"
    );
    assert!(HERS.iter().all(|hers| !replayed.contains(hers)), "{replayed}");
    let again = bob.online(Some(0)).await?.next(5).await?;
    assert_eq!(types(&again), types(&before), "the numbers are as they were");
    assert!(HERS.iter().all(|hers| !json!(again).to_string().contains(hers)), "{again:?}");
    // For a moment the door believes what it knew of her token.
    eventually("her token is refused", async || {
        let told = alice.get("/v1/me").await.ok()?;
        (told.code() == "device_ended").then_some(())
    })
    .await;
    bob.say(&chat, "life goes on").await?.good()?;
    assert_eq!(live.next(1).await?[0]["message"]["text"], "life goes on");
    Ok(())
}
