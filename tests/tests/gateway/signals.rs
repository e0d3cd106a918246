//! Signals: whoever is online is told, nobody keeps them.

use anyhow::Result;
use domain::id::{AccountId, DeviceId};
use heliograph_tests::deadline::eventually;
use infra::signals::Signal;
use serde_json::{Value, json};

use super::client::{Person, Socket, texts};
use super::server::Server;

fn code(digits: &str) -> Result<Signal> {
    Ok(Signal::SignInCode {
        code: digits.parse()?,
        expires_at: domain::time::Timestamp(1_750_000_300_000_000),
    })
}

fn frame(digits: &str) -> Value {
    json!({ "type": "signal", "signal": { "type": "sign_in_code", "code": digits, "expires_at": 1_750_000_300_000_000_i64 } })
}

/// Tells the person's online devices, but for one.
async fn tell(server: &Server, to: &Person, except: Option<i64>, digits: &str) -> Result<bool> {
    let except = except.map(DeviceId::try_from).transpose()?;
    let account = AccountId::try_from(to.account)?;
    Ok(server.gateway.signal(account, except, code(digits)?).await)
}

#[tokio::test]
async fn a_code_reaches_the_devices_that_are_online_and_no_others() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let phone = server.admin.device_of(alice.account).await?;
    assert!(!tell(&server, &alice, None, "000000").await?, "nobody is online");
    let mut laptop: Socket = alice.online(None).await?;
    let (mut phones, mut bobs) = (phone.online(None).await?, bob.online(None).await?);
    assert!(tell(&server, &alice, None, "111111").await?);
    assert!(tell(&server, &alice, Some(phone.device), "222222").await?);
    assert_eq!((laptop.frame().await?, laptop.frame().await?), (frame("111111"), frame("222222")));
    assert_eq!(phones.frame().await?, frame("111111"));
    // What comes next says that nothing came in between.
    let chat = alice.post("/v1/chats/direct", json!({ "account": bob.account })).await?.good()?["chat"]["id"].clone();
    phones.command(json!({ "type": "send", "chat": chat, "text": "hello" })).await?;
    assert_eq!(texts(&phones.next(2).await?), ["hello"]);
    assert_eq!(texts(&bobs.next(2).await?), ["hello"]);
    Ok(())
}

#[tokio::test]
async fn a_code_is_in_no_sequence_and_is_not_told_again() -> Result<()> {
    let server = Server::start().await?;
    let alice = server.person("Alice").await?;
    let mut laptop = alice.online(Some(0)).await?;
    let head = laptop.head;
    assert!(tell(&server, &alice, None, "333333").await?);
    assert_eq!(laptop.answer().await?, frame("333333"));
    drop(laptop);
    eventually("it is gone", async || {
        let is_told = tell(&server, &alice, None, "444444").await.expect("it is asked");
        (!is_told).then_some(())
    })
    .await;
    let back = alice.online(Some(head)).await?;
    assert_eq!((back.head, back.last), (head, head));
    let polled = alice.get("/v1/updates?epoch=2&after=0").await?.good()?;
    assert!(!polled.to_string().contains("333333"), "{polled}");
    Ok(())
}
