//! Starting from a snapshot: the chats and their messages as queries tell them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::http::{Answer, Client};
use super::update::{Member, Message};
use super::view::Chat;

/// How many rows to ask for at a time.
const PAGE: usize = 100;

/// All chats with all their messages.
pub async fn take(client: &Client) -> anyhow::Result<BTreeMap<String, Chat>> {
    let mut chats = BTreeMap::new();
    for listed in chats_of(client).await? {
        let id = listed["id"].as_str().unwrap_or_default().to_owned();
        let chat = Chat {
            messages: messages(client, &id)
                .await?
                .into_iter()
                .map(|message| (message.id, message))
                .collect(),
            title: listed["title"].as_str().map(str::to_owned),
            members: members(client, &id).await?,
            read_up_to: listed["read_up_to"].as_i64().unwrap_or_default(),
            peer_read_up_to: listed["peer_read_up_to"].as_i64().unwrap_or_default(),
            reactions: BTreeMap::new(),
            pins: serde_json::from_value(listed["pins"].clone()).unwrap_or_default(),
        };
        chats.insert(id, chat);
    }
    Ok(chats)
}

/// The caller's chats as `GET /v1/chats` lists them, all pages.
pub async fn chats_of(client: &Client) -> anyhow::Result<Vec<Value>> {
    let mut all: Vec<Value> = Vec::new();
    let mut next = format!("/v1/chats?limit={PAGE}");
    loop {
        let page = answered(client.get(&next).attempt().await?)?;
        all.extend(page["chats"].as_array().cloned().unwrap_or_default());
        match page["next"].as_str() {
            Some(after) => next = format!("/v1/chats?limit={PAGE}&after={after}"),
            None => return Ok(all),
        }
    }
}

/// A chat's messages in order, all pages; deleted ones are not listed.
pub async fn messages(client: &Client, chat: &str) -> anyhow::Result<Vec<Message>> {
    let mut all: Vec<Message> = Vec::new();
    loop {
        let after = all.last().map_or(0, |message| message.id);
        let page = answered(
            client
                .get(format!("/v1/chats/{chat}/messages?after={after}&limit={PAGE}"))
                .attempt()
                .await?,
        )?;
        let page: Vec<Message> = serde_json::from_value(page["messages"].clone())?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// A chat's members with their roles, all pages.
pub async fn members(client: &Client, chat: &str) -> anyhow::Result<BTreeMap<i64, String>> {
    let mut all = BTreeMap::new();
    let mut next = format!("/v1/chats/{chat}/members?limit={PAGE}");
    loop {
        let page = answered(client.get(&next).attempt().await?)?;
        let members: Vec<Member> = serde_json::from_value(page["members"].clone())?;
        all.extend(members.into_iter().map(|member| (member.account, member.role)));
        match page["next"].as_i64() {
            Some(after) => next = format!("/v1/chats/{chat}/members?limit={PAGE}&after={after}"),
            None => return Ok(all),
        }
    }
}

fn answered(answer: Answer) -> anyhow::Result<Value> {
    anyhow::ensure!(answer.status.is_success(), "{} {}", answer.status, answer.text);
    Ok(answer.body)
}
