//! Who runs a channel follows it, and only those learn who follows it who may make them run it.

use futures::future::join_all;
use heliograph_tests::{Person, World, story};
use serde_json::{Value, json};

use super::{channel, subscribe};

/// Asks for a role for an account. Answers by what code that is refused.
async fn refusal(asking: &Person, chat: &str, account: i64, role: &Value) -> Option<String> {
    let path = format!("/v1/chats/{chat}/members/{account}");
    let answer = asking.phone.client.patch(path, role).await;
    answer.code().map(str::to_owned)
}

story!(who_may_make_nobody_an_admin_learns_of_nobody_whether_it_follows, |world| {
    let (alice, bare, promoter) = (world.person("Alice").await, world.person("Bare").await, world.person("Pam").await);
    let (follower, banned, outsider) = (world.person("Fay").await, world.person("Ben").await, world.person("Otto").await);
    let (follows, does_not) = (world.person("Grace").await, world.person("Heidi").await);
    let chat = channel(&alice.phone, "Gazette", "gazette").await;
    for person in [&bare, &promoter, &follower, &banned, &follows] {
        subscribe(&person.phone, &chat).await;
    }
    let admin = |rights: &[&str]| json!({"role": "admin", "rights": rights});
    for (person, role) in [(&bare, admin(&[])), (&promoter, admin(&["promote"]))] {
        assert_eq!(refusal(&alice, &chat, person.account, &role).await, None);
    }
    let ban = format!("/v1/chats/{chat}/bans/{}", banned.account);
    alice.phone.client.put(ban, &json!({})).await.accepted();
    let asked = [follows.account, does_not.account, bare.account, banned.account, alice.account];
    for account in asked {
        for (asking, refused) in [
            (&outsider, "chat_not_found"),
            (&follower, "chat_not_found"),
            (&banned, "chat_not_found"),
            (&bare, "missing_right"),
        ] {
            // An admin may step back.
            if asking.account == account {
                continue;
            }
            for role in [admin(&[]), admin(&["post_messages"]), json!({"role": "member"})] {
                let code = refusal(asking, &chat, account, &role).await;
                assert_eq!(code.as_deref(), Some(refused), "{}: {account} {role}", asking.name);
            }
        }
    }
    for account in [follows.account, does_not.account] {
        let beyond = refusal(&promoter, &chat, account, &admin(&["post_messages"])).await;
        assert_eq!(beyond.as_deref(), Some("right_not_held"));
    }
    let unknown = refusal(&promoter, &chat, does_not.account, &admin(&[])).await;
    assert_eq!(unknown.as_deref(), Some("member_not_found"));
    assert_eq!(refusal(&promoter, &chat, follows.account, &admin(&[])).await, None);
});

/// Leaves and is made an admin at one moment.
async fn leaves_promoted(owner: &Person, person: &Person, chat: &str) {
    let admin = json!({"role": "admin", "rights": ["post_messages"]});
    let leave = format!("/v1/chats/{chat}/leave");
    let nothing = json!({});
    let (left, refused) = tokio::join!(
        person.phone.client.post(leave, &nothing),
        refusal(owner, chat, person.account, &admin)
    );
    left.accepted();
    assert!(matches!(refused.as_deref(), None | Some("member_not_found")), "{refused:?}");
}

/// Who is not in a channel neither posts there nor is listed among those who run it.
async fn is_out(world: &World, owner: &Person, person: &Person, chat: &str) {
    person.phone.try_send(chat, "by a ghost").await.refused("chat_not_found");
    let now = world.now().await;
    person
        .phone
        .client
        .get(format!("/v1/chats/{chat}"))
        .at(&now)
        .await
        .refused("chat_not_found");
    let runs = owner
        .phone
        .client
        .get(format!("/v1/chats/{chat}/members"))
        .at(&now)
        .await
        .accepted();
    assert_eq!(runs["members"].as_array().map(Vec::len), Some(1), "{runs}");
}

story!(who_leaves_a_channel_while_being_made_an_admin_is_none, |world| {
    let alice = world.person("Alice").await;
    let others = [world.person("Bob").await, world.person("Carol").await, world.person("Dave").await];
    let chat = channel(&alice.phone, "Gazette", "gazette").await;
    for _ in 0..5 {
        join_all(others.iter().map(|person| subscribe(&person.phone, &chat))).await;
        join_all(others.iter().map(|person| leaves_promoted(&alice, person, &chat))).await;
        for person in &others {
            is_out(world, &alice, person, &chat).await;
        }
    }
});
