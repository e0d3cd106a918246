//! Pages are full once they are long, whatever was asked for; nothing is left out.

use anyhow::{Context, Result};
use gateway::Config;
use serde_json::Value;

use super::client::{Person, texts};
use super::server::{Server, patient};

/// Messages that are sent; a page holds a few of them.
const MESSAGES: usize = 12;

fn long(number: usize) -> String {
    format!("{number:02}{}", "x".repeat(4_000))
}

async fn chatty() -> Result<(Server, Person, Vec<String>)> {
    let config = Config {
        page_bytes: 10_000,
        ..patient()
    };
    let server = Server::with(config).await?;
    let alice = server.person("Alice").await?;
    let chats = [alice.group(&[]).await?, alice.group(&[]).await?, alice.group(&[]).await?];
    for number in 0..MESSAGES {
        let chat = if number < 2 { &chats[number] } else { &chats[2] };
        let said = alice.say(chat, &long(number)).await?;
        alice
            .get_at("/v1/me", said.position.as_deref().context("a position")?)
            .await?
            .good()?;
    }
    Ok((server, alice, chats.into()))
}

fn list<'a>(page: &'a Value, name: &str) -> Result<&'a [Value]> {
    Ok(page[name].as_array().context("a list")?)
}

fn message_ids(page: &Value) -> Result<Vec<i64>> {
    let ids = list(page, "messages")?.iter().filter_map(|message| message["id"].as_i64());
    Ok(ids.collect())
}

#[tokio::test]
async fn a_poll_holds_no_more_than_fits_and_goes_on_behind_it() -> Result<()> {
    let (_server, alice, _) = chatty().await?;
    let (mut all, mut head, mut at) = (Vec::new(), 1, String::new());
    while i64::try_from(all.len())? < head {
        let page = alice
            .get(&format!("/v1/updates?epoch=2&after={}{at}&limit=1000", all.len()))
            .await?
            .good()?;
        let updates = list(&page, "updates")?;
        assert!((1..=6).contains(&updates.len()), "{} updates", updates.len());
        for update in updates {
            assert_eq!(update["seq"], all.len() + 1);
            all.push(update.clone());
            at = format!("&at={}", update["at"]);
        }
        head = page["head"].as_i64().context("a head")?;
    }
    assert_eq!(texts(&all), (0..MESSAGES).map(long).collect::<Vec<_>>());
    Ok(())
}

#[tokio::test]
async fn messages_are_paged_from_either_end() -> Result<()> {
    let (_server, alice, chats) = chatty().await?;
    let path = format!("/v1/chats/{}/messages?limit=200", chats[2]);
    let expected: Vec<i64> = (1..=i64::try_from(MESSAGES - 2)?).collect();
    let (mut up, mut down): (Vec<i64>, Vec<i64>) = (Vec::new(), Vec::new());
    loop {
        let page = alice.get(&format!("{path}&after={}", up.last().unwrap_or(&0))).await?.good()?;
        let ids = message_ids(&page)?;
        if ids.is_empty() {
            break;
        }
        assert!(ids.len() < expected.len());
        up.extend(ids);
    }
    loop {
        let before = down.first().map(|id| format!("&before={id}")).unwrap_or_default();
        let page = alice.get(&format!("{path}{before}")).await?.good()?;
        let ids = message_ids(&page)?;
        if ids.is_empty() {
            break;
        }
        assert!(ids.len() < expected.len());
        down.splice(0..0, ids);
    }
    assert_eq!((&up, &down), (&expected, &expected));
    Ok(())
}

#[tokio::test]
async fn chats_whose_last_messages_are_long_take_several_pages() -> Result<()> {
    let (_server, alice, chats) = chatty().await?;
    let first = alice.get("/v1/chats?limit=200").await?.good()?;
    assert!(list(&first, "chats")?.len() < chats.len());
    let mut found: Vec<Value> = list(&first, "chats")?.to_vec();
    let mut next = first["next"].clone();
    while let Some(after) = next.as_str() {
        let page = alice.get(&format!("/v1/chats?limit=200&after={after}")).await?.good()?;
        found.extend_from_slice(list(&page, "chats")?);
        next = page["next"].clone();
    }
    let ids: Vec<&str> = found.iter().filter_map(|chat| chat["id"].as_str()).collect();
    assert_eq!(ids, chats.iter().rev().map(String::as_str).collect::<Vec<_>>());
    Ok(())
}
