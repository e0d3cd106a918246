//! Messages that are sent on, and what is told of who said them first.

use heliograph_tests::chance::command_id;
use heliograph_tests::deadline::eventually;
use heliograph_tests::world::{direct, direct_id, group};
use heliograph_tests::{Answer, Device, World, story};
use serde_json::{Value, json};

async fn forward(world: &World, device: &Device, to: &str, what: &Value) -> Answer {
    let call = device.client.post(format!("/v1/chats/{to}/forward"), what);
    call.at(&world.now().await).await
}

/// The messages that an answer tells.
fn messages(answer: Answer) -> Vec<Value> {
    answer.accepted()["messages"].as_array().expect("messages").clone()
}

story!(messages_are_sent_on_in_order_with_who_said_them, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let from = direct(&alice.phone, &bob).await;
    let first = bob.phone.send(&from, "first").await;
    let second = alice.phone.send(&from, "second").await;
    let to = direct_id(&alice, &carol);
    let wanted = json!({"from_chat": from, "messages": [second, first]});
    let sent = messages(forward(world, &alice.phone, &to, &wanted).await);
    let said: Vec<_> = sent
        .iter()
        .map(|message| (&message["text"], &message["from"], &message["forwarded"]["from"]))
        .collect();
    let [me, him] = [json!(alice.account), json!(bob.account)];
    assert_eq!(said, [(&json!("first"), &me, &him), (&json!("second"), &me, &me)]);
    assert!(
        sent[0]["forwarded"].get("chat").is_none(),
        "where it was is not Carol's to know: {}",
        sent[0]
    );
    carol.hears("first").await;
    carol.hears("second").await;
    let again = json!({"from_chat": to, "messages": [sent[0]["id"]]});
    let further = messages(forward(world, &carol.phone, &direct_id(&carol, &carol), &again).await);
    assert_eq!(further[0]["forwarded"], sent[0]["forwarded"], "the first origin stays");
    let id = sent[0]["id"].as_i64().expect("an id");
    alice.phone.edit(&to, id, "changed").await.refused("forward_not_edited");
});

story!(all_are_sent_on_or_none_and_sent_again_only_once, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let (kept, gone) = (alice.phone.send(&chat, "kept").await, alice.phone.send(&chat, "gone").await);
    let notes = direct_id(&bob, &bob);
    let both = json!({"from_chat": chat, "messages": [kept, gone]});
    let id = command_id();
    let path = format!("/v1/chats/{notes}/forward");
    let now = world.now().await;
    let first = bob.phone.client.post(&path, &both).id(id).at(&now).await.accepted();
    assert_eq!(
        first["messages"][0]["forwarded"]["chat"],
        json!(chat),
        "one finds back from one's own notes"
    );
    alice.phone.delete(&chat, gone).await.accepted();
    let again = bob.phone.client.post(&path, &both).id(id).await.accepted();
    assert_eq!(again, first);
    forward(world, &bob.phone, &notes, &both).await.refused("message_deleted");
    let none = json!({"from_chat": chat, "messages": [kept, 99]});
    forward(world, &bob.phone, &notes, &none).await.refused("message_not_found");
    let listed = bob
        .phone
        .client
        .get(format!("/v1/chats/{notes}/messages"))
        .at(&world.now().await)
        .await
        .accepted();
    assert_eq!(listed["messages"].as_array().map(Vec::len), Some(2), "{listed}");
    let many = json!({"from_chat": chat, "messages": vec![kept; 101]});
    forward(world, &bob.phone, &notes, &many).await.refused("too_many_messages");
});

story!(only_who_sees_a_message_sends_it_on, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = group(&alice.phone, "secrets", &[&bob]).await;
    let message = alice.phone.send(&chat, "for two").await;
    let wanted = json!({"from_chat": chat, "messages": [message]});
    let hers = direct_id(&carol, &carol);
    let refused = forward(world, &carol.phone, &hers, &wanted).await;
    refused.refused("chat_not_found");
    assert!(!refused.text.contains("for two"));
    forward(world, &bob.phone, &hers, &wanted).await.refused("chat_not_found");
    let guarded = json!({"text": "stays here", "protected": true});
    let guarded = alice
        .phone
        .client
        .post(format!("/v1/chats/{chat}/messages"), &guarded)
        .await
        .accepted();
    let wanted = json!({"from_chat": chat, "messages": [guarded["message"]["id"]]});
    forward(world, &bob.phone, &direct_id(&bob, &bob), &wanted)
        .await
        .refused("protected_content");
});

story!(who_does_not_wish_to_be_named_is_not, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = group(&alice.phone, "confessions", &[&bob]).await;
    let message = alice.phone.send(&chat, "I like it here").await;
    alice
        .phone
        .client
        .patch("/v1/me/privacy", &json!({"forwards": "contacts"}))
        .await
        .accepted();
    let shown = alice.phone.client.get("/v1/me/privacy").at(&world.now().await).await.accepted();
    assert_eq!(shown["privacy"]["forwards"], "contacts");
    let (to, wanted) = (direct_id(&bob, &carol), json!({"from_chat": chat, "messages": [message]}));
    // What was wished a moment ago may not have been heard yet.
    let hidden = eventually("her name is left out", async || {
        let sent = messages(forward(world, &bob.phone, &to, &wanted).await).remove(0);
        (sent["forwarded"]["hidden"] == true).then_some(sent)
    })
    .await;
    assert!(hidden["forwarded"].get("from").is_none(), "{hidden}");
    assert_eq!(hidden["text"], "I like it here");
    let own = messages(forward(world, &alice.phone, &direct_id(&alice, &carol), &wanted).await);
    assert_eq!(own[0]["forwarded"]["from"], json!(alice.account), "she may say it herself");
    alice
        .phone
        .client
        .put(format!("/v1/me/contacts/{}", bob.account), &json!({}))
        .await
        .accepted();
    eventually("her contacts may tell", async || {
        let sent = messages(forward(world, &bob.phone, &to, &wanted).await).remove(0);
        (sent["forwarded"]["from"] == json!(alice.account)).then_some(())
    })
    .await;
});

story!(what_is_sent_on_goes_with_who_said_it, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = direct(&alice.phone, &bob).await;
    let message = bob.phone.send(&chat, "burn after reading").await;
    let to = direct_id(&alice, &carol);
    let named = json!({"from_chat": chat, "messages": [message]});
    let bare = json!({"from_chat": chat, "messages": [message], "without_origin": true});
    let named = messages(forward(world, &alice.phone, &to, &named).await).remove(0);
    let bare = messages(forward(world, &alice.phone, &to, &bare).await).remove(0);
    assert!(bare.get("forwarded").is_none(), "{bare}");
    let id = bare["id"].as_i64().expect("an id");
    alice.phone.edit(&to, id, "mine").await.refused("forward_not_edited");
    // What they have heard is not what they are told from now on.
    for person in [&alice, &bob, &carol] {
        world.retire(person).await;
    }
    let erased = world.admin.delete(format!("/v1/accounts/{}/key", bob.account)).await;
    assert!(erased.status.is_success(), "{}", erased.text);
    for message in [named, bare] {
        eventually("it is gone", async || {
            let path = format!("/v1/chats/{to}/messages/{}", message["id"]);
            let now = carol.phone.client.get(path).at(&world.now().await).await.accepted();
            (now["message"]["erased"] == true && now["message"]["text"].is_null()).then_some(())
        })
        .await;
    }
    let again = json!({"from_chat": to, "messages": [id]});
    forward(world, &carol.phone, &direct_id(&carol, &carol), &again)
        .await
        .refused("message_deleted");
});
