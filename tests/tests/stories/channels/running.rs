//! Who runs a channel follows it, and only those learn who follows it who may make them run it.

use heliograph_tests::{Person, story};
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
