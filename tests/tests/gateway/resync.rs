//! Devices go away and come back: nothing is missed, and nothing deleted or erased comes back.

use std::time::Duration;

use anyhow::Result;
use gateway::Config;
use heliograph_tests::deadline::eventually;
use projections::lane::Lane;
use projections::progress::Progress;
use reqwest::Method;
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
    let at = alice.told_at(1).await?;
    for cursor in [
        json!({ "epoch": 3, "after": 0, "at": 0 }),
        json!({ "epoch": 3, "after": 1, "at": at }),
        json!({ "epoch": 2, "after": 99, "at": at }),
        json!({ "epoch": 2, "after": 1, "at": at - 1 }),
    ] {
        let mut socket = Socket::connect(&alice.url).await?;
        let mut open = cursor.clone();
        (open["type"], open["token"]) = (json!("open"), json!(alice.token));
        socket.send(&open).await?;
        let resync = socket.frame().await?;
        assert_eq!(
            (&resync["type"], &resync["epoch"], &resync["head"], &resync["head_at"]),
            (&json!("resync"), &json!(2), &json!(1), &json!(at))
        );
        assert_eq!(socket.closed().await?, 4409);
        let polled = alice
            .get(&format!(
                "/v1/updates?epoch={}&after={}&at={}&wait=1",
                cursor["epoch"], cursor["after"], cursor["at"]
            ))
            .await?;
        assert_eq!((polled.status.as_u16(), polled.code()), (409, "resync"));
        let body = &polled.body;
        assert_eq!(
            (&body["epoch"], &body["head"], &body["head_at"]),
            (&json!(2), &json!(1), &json!(at))
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_cursor_that_does_not_say_when_is_refused() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    alice.group(&[&bob]).await?;
    bob.online(Some(0)).await?.next(1).await?;
    for (at, query) in [
        (json!(null), ""),
        (json!("noon"), "&at=noon"),
        (json!(1.5), "&at=1.5"),
        (json!([1]), "&at="),
    ] {
        let polled = bob.get(&format!("/v1/updates?epoch=2&after=1{query}")).await?;
        assert_eq!((polled.status.as_u16(), polled.code()), (400, "invalid_request"), "{query}");
        let mut socket = Socket::connect(&bob.url).await?;
        let open = json!({ "type": "open", "token": bob.token, "epoch": 2, "after": 1, "at": at });
        socket.send(&open).await?;
        let error = socket.frame().await?["error"].clone();
        assert_eq!(error["code"], "invalid_request", "{at}");
        assert!(error["message"].as_str().is_some_and(|message| message.contains("at: ")), "{error}");
        assert_eq!(socket.closed().await?, 4400);
    }
    // Before the first update there is no time to say.
    let all = bob.get("/v1/updates?epoch=2&after=0").await?.good()?;
    assert_eq!(all["updates"][0]["seq"], 1);
    Ok(())
}

#[tokio::test]
async fn an_update_says_the_same_time_for_ever_whatever_becomes_of_it() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let chat = alice.group(&[&bob]).await?;
    let mut live = bob.online(Some(0)).await?;
    for text in ["to be edited", "to be deleted", "to be erased"] {
        alice.say(&chat, text).await?.good()?;
    }
    let message = |id: u32| format!("/v1/chats/{chat}/messages/{id}");
    for text in ["edited", "edited again"] {
        alice.send(Method::PATCH, &message(1), json!({ "text": text })).await?.good()?;
    }
    alice.delete(&message(2)).await?.good()?;
    let renamed = json!({ "title": "Climbers" });
    alice.send(Method::PATCH, &format!("/v1/chats/{chat}"), renamed).await?.good()?;
    bob.send(Method::PATCH, "/v1/me", json!({ "name": "Robert" })).await?.good()?;
    let told = live.next(9).await?;
    server.keys.erase(alice.account.try_into()?).await?;

    let polled = bob.get("/v1/updates?epoch=2&after=0").await?.good()?;
    let polled = polled["updates"].as_array().unwrap();
    assert_eq!(polled.len(), told.len());
    for (live, later) in told.iter().zip(polled) {
        assert!(live["at"].is_i64(), "{live}");
        assert_eq!(live["at"], later["at"], "{live} {later}");
        let seq = &later["seq"];
        for (at, status) in [(live["at"].as_i64().unwrap(), 200), (live["at"].as_i64().unwrap() + 1, 409)] {
            let judged = bob.get(&format!("/v1/updates?epoch=2&after={seq}&at={at}")).await?;
            assert_eq!(judged.status.as_u16(), status, "{later}: {}", judged.body);
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_no_table_says_any_more_the_log_says() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    alice.group(&[&bob]).await?;
    let at = bob.online(Some(0)).await?.next(1).await?[0]["at"].clone();
    let writing = server.models.writing().await;
    sqlx::query("delete from update_facts").execute(&server.models.db.pool).await?;
    drop(writing);
    let all = bob.get("/v1/updates?epoch=2&after=0").await?.good()?;
    assert_eq!(all["updates"], json!([{ "seq": 1, "type": "unsupported", "at": at }]));
    assert_eq!((&all["head"], &all["head_at"]), (&json!(1), &at));
    let good = bob.get(&format!("/v1/updates?epoch=2&after=1&at={at}")).await?.good()?;
    assert_eq!(good, json!({ "epoch": 2, "head": 1, "head_at": at, "updates": [] }));
    assert_eq!(bob.get("/v1/updates?epoch=2&after=1&at=1").await?.code(), "resync");
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
    let beyond = "/v1/updates?epoch=2&after=99&at=1";
    let polled = bob.get(beyond).await?;
    assert_eq!((polled.status.as_u16(), polled.code()), (503, "behind"));
    let mut socket = Socket::connect(&server.url).await?;
    let open = json!({ "type": "open", "token": bob.token, "epoch": 2, "after": 99, "at": 1 });
    socket.send(&open).await?;
    assert_eq!(socket.frame().await?["error"]["code"], "behind");
    assert_eq!(socket.closed().await?, 1011);
    let ack = json!({ "epoch": 2, "seq": 99 });
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
