//! Devices go away and come back: nothing is missed, and nothing deleted or erased comes back.

use std::time::Duration;

use anyhow::Result;
use gateway::Config;
use heliograph_tests::deadline::eventually;
use projections::lane::Lane;
use projections::progress::Progress;
use serde_json::json;

use super::client::{Person, Socket, texts, types};
use super::server::Server;

#[tokio::test]
async fn who_was_away_is_told_everything_as_it_is_now() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let chat = alice.group(&[&bob]).await?;
    let mut a = alice.online(None).await?;
    for text in ["one", "two", "three"] {
        a.command(json!({ "type": "send", "chat": chat, "text": text })).await?;
    }
    a.command(json!({ "type": "edit", "chat": chat, "message": 1, "text": "uno" }))
        .await?;
    let done = a.command(json!({ "type": "delete", "chat": chat, "messages": [2] })).await?;
    bob.get_at("/v1/me", done["position"].as_str().unwrap()).await?.good()?;

    let updates = bob.online(Some(0)).await?.next(6).await?;
    assert_eq!(
        types(&updates),
        [
            "chat_created",
            "message_sent",
            "message_sent",
            "message_sent",
            "message_edited",
            "messages_deleted"
        ]
    );
    assert_eq!(updates[0]["title"], "Hikers");
    assert_eq!(texts(&updates), ["uno", "three", "uno"]);
    assert_eq!(updates[2]["message"]["deleted"], true);
    assert_eq!(updates[2]["message"].get("text"), None);
    let rest = bob.online(Some(4)).await?.next(2).await?;
    assert_eq!(rest[..], updates[4..]);

    let own = alice.online(Some(0)).await?.next(6).await?;
    assert!(own.iter().skip(1).all(|update| update["command"].is_string()), "{own:?}");
    Ok(())
}

#[tokio::test]
async fn catching_up_and_live_are_one_sequence() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let chat = alice.group(&[&bob]).await?;
    let mut a = alice.online(None).await?;
    let talk = tokio::spawn(async move {
        for number in 0..600 {
            a.command(json!({ "type": "send", "chat": chat, "text": number.to_string() }))
                .await?;
        }
        anyhow::Ok(())
    });
    let mut seen = Vec::new();
    let mut last = 0;
    while seen.len() < 601 {
        // A client that breaks off every now and then, and goes on from where it was.
        let mut b = bob.online(Some(last)).await?;
        let count = 97.min(601 - seen.len());
        seen.extend(b.next(count).await?);
        last += i64::try_from(count)?;
    }
    talk.await??;
    let expected: Vec<String> = (0..600).map(|number| number.to_string()).collect();
    assert_eq!(texts(&seen), expected);
    Ok(())
}

#[tokio::test]
async fn a_useless_cursor_is_told_where_to_go_on() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    alice.group(&[&bob]).await?;
    alice.online(Some(0)).await?.next(1).await?;
    for cursor in [json!({ "epoch": 2, "after": 0 }), json!({ "epoch": 1, "after": 99 })] {
        let mut socket = Socket::connect(&alice.url).await?;
        let mut open = cursor.clone();
        (open["type"], open["token"]) = (json!("open"), json!(alice.token));
        socket.send(&open).await?;
        let resync = socket.frame().await?;
        assert_eq!(
            (&resync["type"], &resync["epoch"], &resync["head"]),
            (&json!("resync"), &json!(1), &json!(1))
        );
        assert_eq!(socket.closed().await?, 4409);
        let polled = alice
            .get(&format!("/v1/updates?epoch={}&after={}", cursor["epoch"], cursor["after"]))
            .await?;
        assert_eq!((polled.status.as_u16(), polled.code()), (409, "resync"));
        assert_eq!((&polled.body["epoch"], &polled.body["head"]), (&json!(1), &json!(1)));
    }
    Ok(())
}

/// A door that does not wait long.
fn impatient() -> Config {
    Config {
        behind_max: Duration::from_millis(100),
        settle_max: Duration::ZERO,
        ..Config::default()
    }
}

/// Waits until the read models know the person's token.
async fn admitted(person: &Person) {
    eventually("the token is known", async || {
        let me = person.get("/v1/me").await.ok()?;
        (me.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn while_the_read_models_are_behind_nobody_is_sent_away() -> Result<()> {
    let server = Server::with(impatient()).await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    admitted(&alice).await;
    admitted(&bob).await;
    let chat = alice.group(&[&bob]).await?;

    // The lane wants to write and can't.
    let stalled = server.models.writing().await;
    alice.say(&chat, "hello").await?.good()?;
    let beyond = "/v1/updates?epoch=1&after=99";
    let polled = bob.get(beyond).await?;
    assert_eq!((polled.status.as_u16(), polled.code()), (503, "behind"));
    let mut socket = Socket::connect(&server.url).await?;
    let open = json!({ "type": "open", "token": bob.token, "epoch": 1, "after": 99 });
    socket.send(&open).await?;
    assert_eq!(socket.frame().await?["error"]["code"], "behind");
    assert_eq!(socket.closed().await?, 1011);
    let ack = json!({ "epoch": 1, "seq": 99 });
    assert_eq!(bob.post("/v1/updates/ack", ack.clone()).await?.code(), "behind");
    // A device that the read models do not know yet.
    let new = server.admin.device_of(bob.account).await?;
    assert_eq!(new.get("/v1/me").await?.code(), "behind");

    drop(stalled);
    admitted(&new).await;
    eventually("the cursor is judged", async || {
        let polled = bob.get(beyond).await.ok()?;
        (polled.code() == "resync").then_some(())
    })
    .await;
    assert_eq!(bob.post("/v1/updates/ack", ack).await?.code(), "seq_from_the_future");
    Ok(())
}

#[tokio::test]
async fn a_head_is_told_when_all_lanes_include_what_it_is_about() -> Result<()> {
    let heard = Progress::new([None, None]);
    let server = Server::hearing(impatient(), 2, |_| heard.clone()).await?;
    let alice = server.person("Alice").await?;
    admitted(&alice).await;
    let (account, far) = (alice.account.try_into()?, 1_000.try_into()?);
    let (own, others): (Vec<Lane>, Vec<Lane>) = Lane::all(2).partition(|lane| lane.owns_account(account));
    for lane in &own {
        heard.reached(lane, far);
    }
    assert_eq!(alice.get("/v1/updates").await?.code(), "behind");
    for lane in &others {
        heard.reached(lane, far);
    }
    assert_eq!(alice.get("/v1/updates").await?.good()?["head"], 0);
    Ok(())
}

#[tokio::test]
async fn what_is_erased_stays_erased_in_old_updates_and_keeps_its_numbers() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let chat = bob.group(&[&alice]).await?;
    alice.say(&chat, "from Alice").await?.good()?;
    let said = bob.say(&chat, "from Bob").await?;
    bob.get_at("/v1/me", said.position.as_deref().unwrap()).await?.good()?;
    server.keys.erase(alice.account.try_into()?).await?;
    let updates = bob.online(Some(0)).await?.next(3).await?;
    assert_eq!(types(&updates), ["chat_created", "message_sent", "message_sent"]);
    assert_eq!(updates[1]["message"]["text"], json!(null));
    assert_eq!(updates[1]["message"]["erased"], true);
    assert_eq!(updates[2]["message"]["text"], "from Bob");
    let messages = bob.get(&format!("/v1/chats/{chat}/messages")).await?.good()?;
    assert_eq!(messages["messages"][0]["erased"], true);
    let user = bob.get(&format!("/v1/users/{}", alice.account)).await?.good()?;
    assert_eq!((&user["user"]["name"], &user["user"]["erased"]), (&json!(null), &json!(true)));
    Ok(())
}
