//! Answers that quote, and whom messages mention.

use heliograph_tests::deadline::eventually;
use heliograph_tests::world::person::Person;
use heliograph_tests::world::{direct, group};
use heliograph_tests::{Device, World, story};
use serde_json::{Value, json};

/// Says something with all that belongs to it; gives the message.
async fn says(device: &Device, chat: &str, what: &Value) -> Value {
    let sent = device.client.post(format!("/v1/chats/{chat}/messages"), what).await.accepted();
    sent["message"].clone()
}

/// A message as another sees it now.
async fn seen(world: &World, by: &Person, chat: &str, message: i64) -> Value {
    let path = format!("/v1/chats/{chat}/messages/{message}");
    let now = by.laptop.client.get(path).at(&world.now().await).await.accepted();
    now["message"].clone()
}

story!(a_quotation_says_what_was_said_then, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let original = alice.phone.send(&chat, "👍 tea or coffee?").await;
    let quoting = |offset, length| json!({"text": "that", "reply_to": original, "quote": {"offset": offset, "length": length}});
    let answer = says(&bob.phone, &chat, &quoting(3, 3)).await;
    assert_eq!(answer["quote"], json!({"offset": 3, "length": 3, "text": "tea"}));
    assert_eq!((&answer["reply_to"], &answer["answers"]), (&json!(original), &json!(alice.account)));
    alice.phone.edit(&chat, original, "never mind").await.accepted();
    let id = answer["id"].as_i64().expect("an id");
    let later = seen(world, &alice, &chat, id).await;
    assert_eq!(later["quote"]["text"], "tea", "an edit does not reach it");
    for (offset, length) in [(0, 0), (0, 1_025), (99, 1)] {
        let refused = bob
            .phone
            .client
            .post(format!("/v1/chats/{chat}/messages"), &quoting(offset, length))
            .await;
        refused.refused("invalid_quote");
    }
    let unanswered = json!({"text": "that", "quote": {"offset": 0, "length": 1}});
    let refused = bob.phone.client.post(format!("/v1/chats/{chat}/messages"), &unanswered).await;
    refused.refused("quote_without_reply");
});

story!(a_quotation_goes_with_who_said_it, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "breakfast", &[&bob]).await;
    let original = bob.phone.send(&chat, "coffee, black").await;
    let quote = json!({"text": "and for me tea", "reply_to": original, "quote": {"offset": 0, "length": 6}});
    let id = says(&alice.phone, &chat, &quote).await["id"].as_i64().expect("an id");
    // What they have heard is not what they are told from now on.
    for person in [&alice, &bob] {
        world.retire(person).await;
    }
    let erased = world.admin.delete(format!("/v1/accounts/{}/key", bob.account)).await;
    assert!(erased.status.is_success(), "{}", erased.text);
    let left = eventually("his words are gone", async || {
        let now = seen(world, &alice, &chat, id).await;
        (now["quote"]["erased"] == true).then_some(now)
    })
    .await;
    assert_eq!((&left["text"], &left["quote"]["text"]), (&json!("and for me tea"), &Value::Null));
});

story!(who_is_named_or_answered_is_mentioned, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = group(&alice.phone, "choir", &[&bob]).await;
    for (person, name) in [(&bob, "bob_sings"), (&carol, "carol_sings")] {
        let wish = json!({"username": name});
        eventually("the name is theirs", async || {
            let claimed = person.phone.client.put("/v1/me/username", &wish).await;
            (claimed.status == 200).then_some(())
        })
        .await;
    }
    let named = eventually("the name is known", async || {
        let said = says(&alice.phone, &chat, &json!({"text": "@Bob_Sings, with @carol_sings"})).await;
        said["mentions"].is_array().then_some(said)
    })
    .await;
    assert_eq!(named["mentions"], json!([bob.account]), "Carol is not in it");
    let id = named["id"].as_i64().expect("an id");
    let edited = alice.phone.edit(&chat, id, "nobody").await.accepted();
    assert!(edited["message"].get("mentions").is_none(), "{edited}");
    assert!(seen(world, &bob, &chat, id).await.get("mentions").is_none());
    let answer = says(&bob.phone, &chat, &json!({"text": "me?", "reply_to": id})).await;
    assert_eq!(answer["mentions"], json!([alice.account]));
    let mention = json!([{"type": "text_mention", "offset": 0, "length": 3, "account": bob.account}]);
    let by_account = says(&alice.phone, &chat, &json!({"text": "you", "entities": mention})).await;
    assert_eq!(by_account["mentions"], json!([bob.account]));
});

story!(what_is_said_quietly_says_so_to_those_who_were_away_too, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    bob.offline().await;
    let frame = json!({"type": "send", "chat": chat, "text": "psst", "silent": true, "protected": true, "extra": {"ticket": 7}});
    let done = alice
        .laptop
        .say(heliograph_tests::chance::command_id(), frame)
        .await
        .expect("the connection holds");
    assert_eq!(done["type"], "done", "{done}");
    let page = bob
        .phone
        .client
        .get("/v1/updates?epoch=2&after=0")
        .at(&world.now().await)
        .await
        .accepted();
    let told = page["updates"]
        .as_array()
        .expect("updates")
        .iter()
        .find(|update| update["type"] == "message_sent");
    let message = &told.unwrap_or_else(|| panic!("{page}"))["message"];
    assert_eq!((&message["silent"], &message["protected"]), (&json!(true), &json!(true)));
    assert_eq!(message["extra"], json!({"ticket": 7}));
    bob.online();
    bob.hears("psst").await;
});
