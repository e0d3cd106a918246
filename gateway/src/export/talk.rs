//! What was said: the chats that the account is in with all their messages, and its own messages in those that it has left.

use domain::chat::content::Title;
use domain::id::{AccountId, ChatId, MessageId};
use domain::stream::Stream;
use projections::dialogs::{self, Dialog};
use projections::timeline::{self, From, Message};
use serde_json::{Value, json};

use super::Export;
use super::archive::Broken;
use crate::error::Error;
use crate::rendering::{ChatKind, Opener, TitleView, peer};

/// Chats and messages read at a time.
const PAGE: u32 = 200;

impl Export {
    /// Writes the list of chats, and what was said in each.
    pub(super) async fn talk(&mut self) -> Result<(), Broken> {
        let (chats, listed) = self.chats().await?;
        self.file("chats.json", &listed).await?;
        for chat in chats {
            self.said_in(chat, None).await?;
        }
        let mut after = None;
        loop {
            let left = dialogs::left(&self.gateway.models.db, self.me.account, after, PAGE)
                .await
                .map_err(Error::from)?;
            let Some(last) = left.last() else { return Ok(()) };
            after = Some(*last);
            for chat in left {
                self.said_in(chat, Some(self.me.account)).await?;
            }
        }
    }

    /// The chats that the account is in, and as they are told.
    async fn chats(&mut self) -> Result<(Vec<ChatId>, Vec<Value>), Broken> {
        let (mut chats, mut listed, mut after) = (Vec::new(), Vec::new(), None);
        loop {
            self.may_go_on().await?;
            let page = dialogs::page(&self.gateway.models.db, self.me.account, None, after, PAGE)
                .await
                .map_err(Error::from)?;
            let Some(last) = page.last() else { return Ok((chats, listed)) };
            after = Some(last.place());
            let titles = page.iter().filter_map(|row| row.title.as_ref().map(|title| title.of));
            let owners: Vec<AccountId> = titles.chain([self.me.account]).collect();
            let opener = Opener::for_accounts(&self.gateway.keys, &owners).await.map_err(Error::from)?;
            for row in &page {
                chats.push(row.chat);
                listed.push(told(opener, self.me.account, row));
            }
        }
    }

    /// Writes what was said in a chat, by one account or by all, in a file of its own if there is anything.
    async fn said_in(&mut self, chat: ChatId, by: Option<AccountId>) -> Result<(), Broken> {
        let folder = if by.is_some() { "own-messages" } else { "messages" };
        let mut after = None;
        loop {
            self.may_go_on().await?;
            let rows = self.page(chat, by, after).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            if after.is_none() {
                self.archive.file(&format!("{folder}/{chat}.ndjson")).await?;
            }
            after = Some(last.message);
            let lines = self.lines(&rows).await?;
            self.archive.write(lines).await?;
        }
    }

    /// The next messages that the position includes.
    async fn page(&self, chat: ChatId, by: Option<AccountId>, after: Option<MessageId>) -> Result<Vec<Message>, Broken> {
        let (_turn, db) = (self.gateway.turn().await, &self.gateway.models.db);
        let rows = match by {
            None => timeline::page(db, self.me.account, chat, From::After(after), PAGE).await,
            Some(author) => timeline::by(db, chat, author, after, PAGE).await,
        };
        let mut rows = rows.map_err(Error::from)?;
        rows.retain(|row| row.at.position <= self.until);
        Ok(rows)
    }

    /// A line each.
    async fn lines(&self, rows: &[Message]) -> Result<Vec<u8>, Broken> {
        let owners: Vec<AccountId> = rows.iter().flat_map(Message::owners).collect();
        let opener = Opener::for_accounts(&self.gateway.keys, &owners).await.map_err(Error::from)?;
        let mut lines = Vec::new();
        for row in rows {
            serde_json::to_writer(&mut lines, &opener.message(row)).expect("messages are strings and numbers, and memory takes them");
            lines.push(b'\n');
        }
        Ok(lines)
    }
}

/// A chat as one who is in it knows it.
fn told(opener: Opener<'_>, me: AccountId, row: &Dialog) -> Value {
    let stream = Stream::Chat(row.chat);
    let title = row.title.as_ref().map_or_else(TitleView::default, |title| {
        TitleView::of(opener.open_closed::<Title>(&stream, title).map(|title| title.title))
    });
    json!({
        "id": row.chat,
        "kind": ChatKind::of(row.chat),
        "peer": peer(row.chat, me),
        "title": title.title,
        "members": row.members,
        "read_up_to": row.read_up_to.map_or(0, MessageId::get),
        "cleared_up_to": row.cleared_up_to.map_or(0, MessageId::get),
        "marked_unread": row.marked_unread,
        "muted_until": row.muted_until,
        "pinned": row.place,
        "archived": row.archived,
        "draft": row.draft.as_ref().map(|draft| opener.draft(me, draft)),
    })
}
