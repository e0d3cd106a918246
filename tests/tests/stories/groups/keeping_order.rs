//! What those who lead a group do so that others can talk in it.

use heliograph_tests::story;
use heliograph_tests::world::group;
use serde_json::json;

story!(what_happens_in_a_group_stands_in_its_timeline, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = group(&alice.phone, "hiking", &[&bob]).await;
    let client = &alice.phone.client;
    let members = format!("/v1/chats/{chat}/members");
    assert_eq!(alice.phone.send(&chat, "one").await, 1);
    client.post(&members, &json!({"account": carol.account})).await.accepted();
    client
        .patch(format!("/v1/chats/{chat}"), &json!({"title": "climbing"}))
        .await
        .accepted();
    client.put(format!("/v1/chats/{chat}/pins/1"), &json!({})).await.accepted();
    client.delete(format!("{members}/{}", carol.account)).await.accepted();
    assert_eq!(alice.phone.send(&chat, "six").await, 6);
    bob.hears("six").await;
    let now = world.now().await;
    let page = bob
        .phone
        .client
        .get(format!("/v1/chats/{chat}/messages?after=1&limit=4"))
        .at(&now)
        .await
        .accepted();
    let told: Vec<_> = page["messages"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|message| &message["service"])
        .collect();
    assert_eq!(
        told,
        [
            &json!({"type": "member_added", "account": carol.account}),
            &json!({"type": "renamed", "title": "climbing"}),
            &json!({"type": "message_pinned", "message": 1}),
            &json!({"type": "member_removed", "account": carol.account}),
        ]
    );
    assert_eq!(page["messages"][0]["from"], alice.account);
    assert_eq!(bob.phone.unread(&chat, &now).await, 6);
    assert_eq!(alice.phone.unread(&chat, &now).await, 0);
    let reaction = json!({"reactions": ["👍"]});
    let path = format!("/v1/chats/{chat}/messages/2");
    bob.phone
        .client
        .put(format!("{path}/reactions"), &reaction)
        .await
        .refused("service_message");
    alice.phone.edit(&chat, 2, "another text").await.refused("service_message");
    client
        .put(format!("/v1/chats/{chat}/pins/2"), &json!({}))
        .await
        .refused("service_message");
    bob.phone.reply(&chat, 2, "a pity").await;
    client.delete(&path).await.accepted();
    bob.laptop
        .comes_to_know("it is gone", |view| {
            view.chat(&chat).messages.get(&2).is_some_and(|message| message.deleted)
        })
        .await;
});

story!(a_restriction_ends_and_is_told_to_few, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = group(&alice.phone, "noisy", &[&bob, &carol]).await;
    let path = format!("/v1/chats/{chat}/restrictions/{}", bob.account);
    let client = &alice.phone.client;
    let forever = json!({"denied": ["write"]});
    client
        .put(&path, &json!({"denied": ["write"], "until": 1}))
        .await
        .refused("until_in_the_past");
    client.put(&path, &forever).await.accepted();
    bob.phone.try_send(&chat, "but").await.refused("not_permitted");
    let now = world.now().await;
    let settings = bob.phone.client.get(format!("/v1/chats/{chat}/settings")).at(&now).await.accepted();
    assert_eq!(settings["restricted"], json!({"denied": ["write"]}), "{settings}");
    let told = |text: String| text.matches("member_restricted").count();
    for (person, times) in [(&alice, 1), (&bob, 1), (&carol, 0)] {
        let updates = person.phone.client.get("/v1/updates?epoch=2&after=0").at(&now).await;
        assert_eq!(told(updates.text), times, "{}", person.name);
    }
    client.delete(&path).await.accepted();
    bob.phone.send(&chat, "at last").await;
});

story!(who_is_banned_stays_out_until_it_is_lifted, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "closed", &[&bob]).await;
    let (client, path) = (&alice.phone.client, format!("/v1/chats/{chat}/bans/{}", bob.account));
    client.put(&path, &json!({})).await.accepted();
    bob.phone.try_send(&chat, "hello?").await.refused("chat_not_found");
    let add = json!({"account": bob.account});
    client.post(format!("/v1/chats/{chat}/members"), &add).await.refused("banned");
    let now = world.now().await;
    let bans = client.get(format!("/v1/chats/{chat}/bans")).at(&now).await.accepted();
    assert_eq!(
        (&bans["bans"][0]["account"], &bans["bans"][0]["by"]),
        (&json!(bob.account), &json!(alice.account))
    );
    client.delete(&path).await.accepted();
    client.post(format!("/v1/chats/{chat}/members"), &add).await.accepted();
    bob.phone.send(&chat, "thank you").await;
});

story!(in_slow_mode_one_waits_and_is_told_how_long, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "slowly", &[&bob]).await;
    let client = &alice.phone.client;
    client
        .put(format!("/v1/chats/{chat}/slow-mode"), &json!({"seconds": 3600}))
        .await
        .accepted();
    bob.phone.send(&chat, "one").await;
    let refused = bob.phone.try_send(&chat, "two").await;
    refused.refused("slow_mode");
    assert!(
        refused.body["error"]["retry_after_ms"].as_i64() > Some(3_000_000),
        "{}",
        refused.text
    );
    alice.phone.send(&chat, "I may").await;
    alice.phone.send(&chat, "as often as I like").await;
    client
        .put(format!("/v1/chats/{chat}/slow-mode"), &json!({"seconds": 0}))
        .await
        .accepted();
    bob.phone.send(&chat, "two").await;
});

story!(a_group_is_passed_on, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = group(&alice.phone, "inheritance", &[&bob]).await;
    let path = format!("/v1/chats/{chat}/owner");
    let to = json!({"account": bob.account});
    bob.phone.client.post(&path, &to).await.refused("owner_only");
    alice.phone.client.post(&path, &to).await.accepted();
    bob.laptop
        .comes_to_know("it is his", |view| {
            view.chat(&chat).members.get(&bob.account).is_some_and(|role| role == "owner")
        })
        .await;
    alice.phone.client.post(&path, &to).await.refused("owner_only");
    bob.phone
        .client
        .delete(format!("/v1/chats/{chat}/members/{}", alice.account))
        .await
        .accepted();
});
