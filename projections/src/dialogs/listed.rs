//! What a dialog lists: messages that are not counted, mentions, pins, and its last message.

use std::collections::HashMap;

use domain::id::{AccountId, ChatId, MessageId};
use infra::db::Column::{Int, Text};
use infra::db::{Db, Engine, json};
use sqlx::{AssertSqlSafe, Error};

use super::{Dialog, LISTED_MAX};
use crate::cells::Cells;
use crate::{pins, reactions, timeline};

/// A list of so many, to be filled; `None`: too many to be listed.
pub(super) fn listed(count: u32) -> Option<Vec<MessageId>> {
    (count as usize <= LISTED_MAX).then(|| Vec::with_capacity(count as usize))
}

/// Dialogs with what they list.
pub(super) async fn with_lists(db: &Db, account: AccountId, mut dialogs: Vec<Dialog>) -> Result<Vec<Dialog>, Error> {
    if dialogs.is_empty() {
        return Ok(dialogs);
    }
    let mut uncounted = asked(db, account, &dialogs, not_counted(db.engine), |dialog| {
        // What is read and cleared is behind nothing.
        let unread = i64::from(dialog.unread);
        dialog.not_counted.is_some() && dialog.top_message.map_or(0, MessageId::get) - marked(dialog) > unread
    })
    .await?;
    let mut mentions = asked(db, account, &dialogs, mentioned(db.engine), |dialog| {
        dialog.mentions.is_some() && dialog.mentioned > 0
    })
    .await?;
    let chats: Vec<ChatId> = dialogs.iter().map(|dialog| dialog.chat).collect();
    let mut pins = pins::of(db, &chats).await?;
    let tops: Vec<_> = dialogs
        .iter()
        .filter_map(|dialog| Some((dialog.chat, dialog.top_message?, dialog.cleared_up_to.map_or(0, MessageId::get))))
        .collect();
    let mut last = timeline::last(db, account, &tops).await?;
    reactions::fill(db, account, &mut last).await?;
    let mut last: HashMap<_, _> = last.into_iter().map(|message| (message.chat, message)).collect();
    for dialog in &mut dialogs {
        if let Some(list) = &mut dialog.not_counted {
            *list = uncounted.remove(&dialog.chat).unwrap_or_default();
            // Counted by what is listed, should more have come in between.
            let open = dialog.top_message.map_or(0, MessageId::get) - marked(dialog);
            let unread = open.max(0) - i64::try_from(dialog.not_counted.as_ref().map_or(0, Vec::len)).unwrap_or(0);
            dialog.unread = u32::try_from(unread.max(0)).unwrap_or(u32::MAX);
        }
        if let Some(list) = &mut dialog.mentions {
            *list = mentions.remove(&dialog.chat).unwrap_or_default();
            dialog.mentioned = u32::try_from(list.len()).unwrap_or(u32::MAX);
        }
        dialog.pins = pins.remove(&dialog.chat).unwrap_or_default();
        dialog.last = last.remove(&dialog.chat);
    }
    Ok(dialogs)
}

/// Up to where all is read or cleared.
fn marked(dialog: &Dialog) -> i64 {
    dialog.read_up_to.max(dialog.cleared_up_to).map_or(0, MessageId::get)
}

/// The messages that a question finds, by chat, ascending, of those dialogs of which it is to be asked.
async fn asked(
    db: &Db,
    account: AccountId,
    dialogs: &[Dialog],
    question: String,
    is_asked: impl Fn(&Dialog) -> bool,
) -> Result<HashMap<ChatId, Vec<MessageId>>, Error> {
    let row = |dialog: &Dialog| (dialog.chat, marked(dialog), dialog.top_message);
    let rows: Vec<_> = dialogs.iter().filter(|dialog| is_asked(dialog)).map(row).collect();
    let mut found: HashMap<ChatId, Vec<MessageId>> = HashMap::new();
    if rows.is_empty() {
        return Ok(found);
    }
    let query = sqlx::query(AssertSqlSafe(question)).bind(json(&rows)?).bind(account.get());
    for row in query.fetch_all(&db.pool).await? {
        found.entry(row.parsed("chat")?).or_default().push(row.id("message")?);
    }
    Ok(found)
}

fn not_counted(engine: Engine) -> String {
    let (source, chat, marked, top) = (engine.rows("$1"), engine.cell(0, Text), engine.cell(1, Int), engine.cell(2, Int));
    format!(
        "select t.chat, t.message from {source} join timeline t on t.chat = {chat} and t.message > {marked} and t.message <= {top} and t.deleted = 1 \
         union select h.chat, h.message from {source} join hidden h on h.account = $2 and h.chat = {chat} and h.message > {marked} \
         and h.message <= {top} order by 1, 2"
    )
}

fn mentioned(engine: Engine) -> String {
    let (source, chat, marked) = (engine.rows("$1"), engine.cell(0, Text), engine.cell(1, Int));
    format!(
        "select m.chat, m.message from {source} join mentions m on m.account = $2 and m.chat = {chat} and m.message > {marked} \
         where not exists (select 1 from hidden h where h.account = m.account and h.chat = m.chat and h.message = m.message) order by 1, 2"
    )
}
