//! How accounts stand: the suspended are kept out and lose nothing, admins look after them, and the operator after admins.

use heliograph_tests::client::socket::{Frame, Socket};
use heliograph_tests::deadline::eventually;
use heliograph_tests::world::direct;
use heliograph_tests::{Answer, Client, Person, World, story};
use serde_json::{Value, json};

use super::own_devices::{session, with_two_doors};

/// Has whoever holds the token change how somebody stands.
async fn change(by: &Client, person: &Person, verb: &str) -> Answer {
    by.post(format!("/v1/admin/accounts/{}/{verb}", person.account), &json!({})).await
}

/// Somebody as the list of accounts says, to whoever holds the token.
async fn listed(world: &World, by: &Client, person: &Person) -> Value {
    let path = format!("/v1/admin/accounts?after={}&limit=1", person.account - 1);
    let list = by.get(path).at(&world.now().await).await.accepted();
    assert_eq!(list["accounts"][0]["id"], person.account, "{list}");
    list["accounts"][0].clone()
}

story!(who_is_suspended_is_kept_out_and_loses_nothing, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let mut open = session(&world.server, &bob.laptop).await;
    bob.laptop.client.get("/v1/me").await.accepted();
    for _ in 0..2 {
        change(&world.admin, &bob, "suspend").await.accepted();
    }
    assert_eq!(open.closed().await, Some(4403));
    bob.laptop.client.get("/v1/me").await.refused("account_suspended");
    bob.laptop.try_send(&chat, "let me in").await.refused("account_suspended");
    let mut socket = Socket::connect(&world.server.address.authority()).await.expect("it connects");
    let refused = socket.open(&bob.laptop.client.token, None).await.expect("an answer");
    assert!(
        matches!(&refused, Frame::Said(refused) if refused["error"]["code"] == "account_suspended"),
        "{refused:?}"
    );
    assert_eq!(socket.closed().await, Some(4403));
    let told = listed(world, &world.admin, &bob).await;
    assert_eq!((&told["state"], &told["name"]), (&json!("suspended"), &json!("Bob")));
    alice.phone.send(&chat, "while you are away").await;
    for _ in 0..2 {
        change(&world.admin, &bob, "restore").await.accepted();
    }
    bob.hears("while you are away").await;
    bob.phone.send(&chat, "back").await;
    assert_eq!(listed(world, &world.admin, &bob).await["state"], "active");
});

story!(an_admin_looks_after_accounts_but_not_after_admins, |world| {
    let (alice, bob, carol) = (world.person("Alice").await, world.person("Bob").await, world.person("Carol").await);
    let (hers, his) = (&alice.phone.client, &bob.phone.client);
    his.get("/v1/admin/accounts").await.refused("forbidden");
    change(his, &carol, "suspend").await.refused("forbidden");
    for admin in [&alice, &bob] {
        change(&world.admin, admin, "promote").await.accepted();
    }
    assert_eq!(listed(world, his, &carol).await["state"], "active");
    assert_eq!(listed(world, his, &bob).await["admin"], true);
    change(his, &carol, "suspend").await.accepted();
    carol.phone.client.get("/v1/me").await.refused("account_suspended");
    for admin in [&alice, &bob] {
        change(his, admin, "suspend").await.refused("account_is_admin");
    }
    for verb in ["promote", "demote"] {
        change(his, &carol, verb).await.refused("forbidden");
    }
    change(his, &carol, "restore").await.accepted();
    carol.online();
    eventually("Carol is in again", async || {
        carol.phone.client.get("/v1/me").await.status.is_success().then_some(())
    })
    .await;
    // What an admin does is an event of its own, in which Carol is not told by whom.
    let told = world.admin.get("/v1/events?type=account.suspended,account.restored").await;
    let by = format!(
        r#""by":{{"account":{},"device":{},"service":"admin"}}"#,
        bob.account, bob.phone.number
    );
    assert_eq!(told.text.matches(&by).count(), 2, "{}", told.text);
    let updates = carol.phone.client.get("/v1/updates?epoch=2&after=0").at(&world.now().await).await;
    assert!(updates.text.contains(r#""type":"suspended""#), "{}", updates.text);
    assert!(!updates.text.contains(&format!(r#""by":{}"#, bob.account)), "{}", updates.text);
    // The operator keeps an admin from acting; and who is none any more is refused at once.
    change(&world.admin, &bob, "suspend").await.accepted();
    change(his, &carol, "suspend").await.refused("account_suspended");
    change(&world.admin, &bob, "restore").await.accepted();
    change(&world.admin, &bob, "demote").await.accepted();
    change(his, &carol, "suspend").await.refused("forbidden");
    change(hers, &bob, "suspend").await.accepted();
    change(hers, &bob, "restore").await.accepted();
});

story!(nobody_who_is_not_there_is_promoted, |world| {
    for verb in ["promote", "demote", "suspend", "restore"] {
        let path = format!("/v1/admin/accounts/1/{verb}");
        world.admin.post(path, &json!({})).await.refused("account_not_found");
    }
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_suspended_at_one_server_is_out_at_the_other() {
    let (mut world, mut second) = with_two_doors(&[]).await;
    let alice = world.person("Alice").await;
    let mut at_second = session(&second, &alice.laptop).await;
    let mut there = alice.laptop.client.clone();
    there.address = second.address.clone();
    there.get("/v1/me").await.accepted();
    change(&world.admin, &alice, "suspend").await.accepted();
    assert_eq!(at_second.closed().await, Some(4403));
    // A second is what is promised; a busy machine takes what it takes.
    eventually("it is refused", async || {
        (there.get("/v1/me").await.code() == Some("account_suspended")).then_some(())
    })
    .await;
    change(&world.admin, &alice, "restore").await.accepted();
    eventually("it is let in", async || there.get("/v1/me").await.status.is_success().then_some(())).await;
    assert!(second.stop().await.success());
    world.finish().await;
}
