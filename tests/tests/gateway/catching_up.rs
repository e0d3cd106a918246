//! A device that catches up page by page while more happens.

use anyhow::Result;
use gateway::Config;
use serde_json::json;

use super::client::{Socket, texts};
use super::server::{Server, patient};

/// Messages before the device comes back, and while it catches up.
const MISSED: usize = 150;
const MEANWHILE: usize = 150;

async fn write(sender: &mut Socket, chat: &str, numbers: std::ops::Range<usize>) -> Result<()> {
    for number in numbers.clone() {
        let id = heliograph_tests::chance::command_id();
        let send = json!({ "type": "send", "id": id, "chat": chat, "text": number.to_string() });
        sender.send(&send).await?;
    }
    for _ in numbers {
        assert_eq!(sender.answer().await?["type"], "done");
    }
    Ok(())
}

/// Marks need the database as catching up does: the session asks for one while others are under way.
#[tokio::test]
async fn who_marks_much_as_read_before_catching_up_holds_nobody_up() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let chat = alice.group(&[&bob]).await?;
    let mut sender = alice.online(None).await?;
    write(&mut sender, &chat, 0..30).await?;
    let mut back = Socket::connect(&bob.url).await?;
    back.send(&json!({ "type": "open", "token": bob.token, "epoch": projections::updates::EPOCH, "after": 0 }))
        .await?;
    for _ in 0..128 {
        let id = heliograph_tests::chance::command_id();
        back.send(&json!({ "type": "read", "id": id, "chat": chat, "up_to": 30 })).await?;
    }
    assert_eq!(back.frame().await?["type"], "ready");
    for _ in 0..128 {
        assert_eq!(back.answer().await?["type"], "done");
    }
    assert_eq!(texts(&back.next(1 + 30).await?).len(), 30);
    Ok(())
}

#[tokio::test]
async fn who_catches_up_while_more_comes_is_told_all_of_it_once() -> Result<()> {
    let config = Config {
        frame_updates_max: 3,
        ..patient()
    };
    let server = Server::with(config).await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    let chat = alice.group(&[&bob]).await?;
    let mut sender = alice.online(None).await?;
    write(&mut sender, &chat, 0..MISSED).await?;
    let all: Vec<String> = (0..MISSED + MEANWHILE).map(|number| number.to_string()).collect();
    let mut back = bob.online(Some(0)).await?;
    let (written, updates) = tokio::join!(
        write(&mut sender, &chat, MISSED..MISSED + MEANWHILE),
        // That it was added to the chat comes first.
        back.next(1 + MISSED + MEANWHILE)
    );
    written?;
    assert_eq!(texts(&updates?), all);
    write(&mut sender, &chat, 0..1).await?;
    assert_eq!(texts(&back.next(1).await?), ["0"]);
    Ok(())
}
