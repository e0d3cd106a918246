//! Chats as Telegram Desktop exports them (`result.json`, <https://core.telegram.org/import-export>).

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use uuid::Uuid;

use super::reading;
use super::told::{Told, source};

mod chat;
mod export;
mod sides;
mod text;

use chat::Reading;
use export::{Chat, Export};

/// All chats of an export, each with the people that no earlier one told of. The export is held in memory as a whole.
pub fn read(file: &Path) -> Result<Vec<Told>> {
    let export: Export = serde_json::from_reader(reading::open(file)?).with_context(|| {
        format!(
            "{} is not an export of Telegram Desktop in JSON, or is cut off; nothing was imported",
            file.display()
        )
    })?;
    let exporter = export.personal_information.and_then(|of| of.user_id).map(|id| format!("user{id}"));
    let lists = [export.chats, export.left_chats].into_iter().flatten().flat_map(|list| list.list);
    let chats: Vec<Chat> = lists.chain(export.alone).collect();
    ensure!(
        !chats.is_empty(),
        "{} holds no chats: export chats, not only contacts, in the JSON format",
        file.display()
    );
    Ok(told(chats, exporter.as_deref()))
}

fn told(chats: Vec<Chat>, exporter: Option<&str>) -> Vec<Told> {
    let all = source("telegram");
    let mut names: HashMap<Uuid, String> = HashMap::new();
    let read = |chat: Chat| Reading::of(sides::key(&chat, exporter, all), all, &chat, &mut names).all(&chat, exporter);
    chats.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests;
