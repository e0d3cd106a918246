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
