//! Groups: who is in them, who may do what.

mod invitations;
mod keeping_order;

use heliograph_tests::story;
use heliograph_tests::world::group;
use serde_json::json;

story!(a_group_from_its_first_to_its_last_word, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = group(&alice.phone, "hiking", &[&bob]).await;
    bob.laptop
        .comes_to_know("the title", |view| {
            view.chats.get(&chat).is_some_and(|chat| chat.title.as_deref() == Some("hiking"))
        })
        .await;
    alice
        .phone
        .client
        .post(format!("/v1/chats/{chat}/members"), &json!({"account": carol.account}))
        .await
        .accepted();
    bob.phone.send(&chat, "welcome").await;
    carol.hears("welcome").await;
    alice
        .phone
        .client
        .patch(format!("/v1/chats/{chat}"), &json!({"title": "climbing"}))
        .await
        .accepted();
    carol
        .phone
        .comes_to_know("the new title", |view| view.chat(&chat).title.as_deref() == Some("climbing"))
        .await;
    carol
        .phone
        .client
        .post(format!("/v1/chats/{chat}/leave"), &json!({}))
        .await
        .accepted();
    alice
        .laptop
        .comes_to_know("she left", |view| !view.chat(&chat).members.contains_key(&carol.account))
        .await;
    carol.phone.try_send(&chat, "one more thing").await.refused("chat_not_found");
    alice.phone.send(&chat, "she is gone").await;
    bob.hears("she is gone").await;
    assert!(!carol.phone.knows(|view| view.texts(&chat).contains(&"she is gone")));
});

story!(who_is_removed_hears_of_it_and_nothing_more, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = group(&alice.phone, "secrets", &[&bob, &carol]).await;
    bob.phone
        .client
        .delete(format!("/v1/chats/{chat}/members/{}", carol.account))
        .await
        .refused("missing_right");
    let seen = alice.phone.send(&chat, "for all three").await;
    carol.hears("for all three").await;
    alice
        .phone
        .client
        .delete(format!("/v1/chats/{chat}/members/{}", carol.account))
        .await
        .accepted();
    alice.phone.send(&chat, "about Carol").await;
    alice.phone.edit(&chat, seen, "for two only").await.accepted();
    bob.hears("about Carol").await;
    bob.hears("for two only").await;
    let told = carol.phone.client.get("/v1/updates?epoch=2&after=0").at(&world.now().await).await;
    assert!(told.status.is_success() && !told.text.contains("for two only"), "{}", told.text);
    for device in carol.devices() {
        device
            .comes_to_know("the removal", |view| !view.chat(&chat).members.contains_key(&carol.account))
            .await;
        device
            .client
            .get(format!("/v1/chats/{chat}/messages"))
            .await
            .refused("chat_not_found");
        device
            .client
            .get(format!("/v1/chats/{chat}/members"))
            .await
            .refused("chat_not_found");
    }
    alice
        .phone
        .client
        .post(format!("/v1/chats/{chat}/members"), &json!({"account": carol.account}))
        .await
        .accepted();
    alice.phone.send(&chat, "welcome back").await;
    carol.hears("welcome back").await;
    assert!(
        !carol.phone.knows(|view| view.texts(&chat).contains(&"about Carol")),
        "updates tell only what happened while in"
    );
});

story!(an_admin_may_do_what_the_rights_say, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let chat = group(&alice.phone, "committee", &[&bob, &carol]).await;
    let members = format!("/v1/chats/{chat}/members");
    let role = json!({"role": "admin", "rights": ["remove_members", "delete_messages"]});
    bob.phone
        .client
        .patch(format!("{members}/{}", bob.account), &role)
        .await
        .refused("missing_right");
    alice
        .phone
        .client
        .patch(format!("{members}/{}", bob.account), &role)
        .await
        .accepted();
    bob.laptop
        .comes_to_know("the role", |view| {
            view.chat(&chat).members.get(&bob.account).is_some_and(|role| role == "admin")
        })
        .await;
    let message = carol.phone.send(&chat, "an insult").await;
    bob.phone.delete(&chat, message).await.accepted();
    bob.phone
        .client
        .patch(format!("/v1/chats/{chat}"), &json!({"title": "Bob's"}))
        .await
        .refused("missing_right");
    bob.phone
        .client
        .delete(format!("{members}/{}", alice.account))
        .await
        .refused("target_is_owner");
    bob.phone.client.delete(format!("{members}/{}", carol.account)).await.accepted();
    carol.phone.try_send(&chat, "so there").await.refused("chat_not_found");
});

story!(thirteen_in_one_group_all_hear_the_same, |world| {
    let mut others = Vec::new();
    for number in 0..12 {
        others.push(world.person(&format!("Member {number}")).await);
    }
    let alice = world.person("Alice").await;
    let chat = group(&alice.phone, "everybody", &others.iter().collect::<Vec<_>>()).await;
    let talking = others.iter().map(async |person| {
        for number in 0..10 {
            person.phone.send(&chat, &format!("{} says {number}", person.name)).await;
        }
    });
    futures::future::join_all(talking).await;
    for person in others.iter().chain([&alice]) {
        for device in person.devices() {
            device.comes_to_know("all of it", |view| view.texts(&chat).len() == 120).await;
        }
    }
});
