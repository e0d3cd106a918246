//! Finding messages by their words: in one chat, or in all of the caller's.

use std::collections::HashMap;

use axum::extract::State;
use domain::chat::Rejection;
use domain::chat::content::Text;
use domain::id::{AccountId, ChatId, MessageId, Position};
use domain::stream::Stream;
use domain::time::Timestamp;
use projections::search::{self, Hit, Place, Scope};
use projections::timeline::{self, Message};
use projections::{ReadModels, dialogs};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::{PAGE, PAGE_MAX, page_length};
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Path, Query, id, number};
use crate::position::Fresh;
use crate::rendering::{MessageView, Opener};
use crate::{Gateway, Shared};

/// Messages that are looked through for one page, at most: where others say the words much more often, a page may be short, or empty, and
/// has a `next`.
const LOOKED_THROUGH: u32 = 20_000;

/// Messages that are opened for one page, at most.
const OPENED: usize = 2_000;

/// Their text, in UTF-16 code units, at most.
const READ: u32 = 256 * 1024;

/// Of which so much is read without letting others have a turn.
const READ_AT_ONCE: u32 = 16 * 1024;

/// Messages that are opened together.
const TOGETHER: usize = 100;

/// Messages looked through at first.
const FIRST_LOOK: u32 = 200;

/// The index is complete if no more commits than these are missing.
const MISSING: i64 = 10_000;

/// What to find.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Words, all of which must be there; `"in quotation marks"` one after the other. The last may be the beginning of one, unless a space
    /// follows. At most 256 characters and 16 words.
    q: String,
    /// Written by this account alone.
    #[serde(default, deserialize_with = "id")]
    #[param(value_type = Option<i64>)]
    from: Option<AccountId>,
    /// Sent at this time (µs since 1970) or later.
    #[serde(default, deserialize_with = "number")]
    since: Option<i64>,
    /// Sent before this time (µs since 1970).
    #[serde(default, deserialize_with = "number")]
    until: Option<i64>,
    /// `next` of the page before.
    #[serde(default, deserialize_with = "number")]
    after: Option<i64>,
    /// At most so many: 1 … 200, else 50.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// A message that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundMessage {
    /// Where.
    #[schema(value_type = String)]
    chat: ChatId,
    /// The message.
    message: MessageView,
}

/// Some of what was found, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundMessages {
    messages: Vec<FoundMessage>,
    /// What to give as `after` for the next page; absent on the last. A page may be short, or empty, and not be the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
    /// False while what can be found is being made: some that was said is missing.
    complete: bool,
}

/// Finds messages in the caller's chats.
#[utoipa::path(get, path = "/v1/search", tag = "messages", params(Wanted),
    responses((status = 200, body = FoundMessages), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn everywhere(
    me: Device,
    State(gateway): State<Shared>,
    fresh: Fresh,
    Query(wanted): Query<Wanted>,
) -> Result<axum::Json<FoundMessages>, Error> {
    let db = &gateway.models.db;
    let chats = match wanted.from {
        None => dialogs::chats(db, me.account).await?,
        // Of who is in none of them nothing is looked up: how long that takes would tell what they say elsewhere.
        Some(from) => {
            let shared = dialogs::chats_with(db, me.account, from).await?;
            shared.into_iter().filter(|chat| has_authors(*chat)).collect()
        }
    };
    gateway.search(me, &wanted.scope(None, chats), fresh, &wanted).await.map(axum::Json)
}

/// Finds messages in a chat.
#[utoipa::path(get, path = "/v1/chats/{chat}/search", tag = "messages", params(("chat" = String, Path), Wanted),
    responses((status = 200, body = FoundMessages), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn in_chat(
    me: Device,
    State(gateway): State<Shared>,
    fresh: Fresh,
    Path(chat): Path<ChatId>,
    Query(wanted): Query<Wanted>,
) -> Result<axum::Json<FoundMessages>, Error> {
    if wanted.from.is_some() && !has_authors(chat) {
        return Err(Rejection::NotAGroup.into());
    }
    gateway.must_be_in(me, chat).await?;
    gateway
        .search(me, &wanted.scope(Some(chat), Vec::new()), fresh, &wanted)
        .await
        .map(axum::Json)
}

impl Wanted {
    fn scope(&self, chat: Option<ChatId>, chats: Vec<ChatId>) -> Scope {
        Scope {
            chat,
            chats,
            from: self.from,
            since: self.since.map(Timestamp),
            until: self.until.map(Timestamp),
        }
    }
}

/// Whether it is told who says what: a channel says itself what it says.
fn has_authors(chat: ChatId) -> bool {
    !matches!(chat, ChatId::Channel(_))
}

/// What is left of a page's allowance, and what it has.
struct Page {
    limit: usize,
    scan: u32,
    scanned: u32,
    opened: usize,
    /// How much text was read.
    read: u32,
    /// Of that since others had a turn.
    read_at_once: u32,
    messages: Vec<FoundMessage>,
}

impl Page {
    /// How many to look through next; `None`: it is full, or has cost enough.
    fn next_look(&mut self) -> Option<u32> {
        let left = LOOKED_THROUGH.saturating_sub(self.scanned);
        if self.messages.len() >= self.limit || self.has_cost_enough() || left == 0 {
            return None;
        }
        let scan = self.scan.min(left);
        self.scanned += scan;
        self.scan = self.scan.saturating_mul(4);
        Some(scan)
    }

    fn has_cost_enough(&self) -> bool {
        self.opened >= OPENED || self.read >= READ
    }

    /// Before a text of this length is read.
    async fn reads(&mut self, length: u32) {
        self.read = self.read.saturating_add(length);
        self.read_at_once = self.read_at_once.saturating_add(length);
        if self.read_at_once >= READ_AT_ONCE {
            self.read_at_once = 0;
            tokio::task::yield_now().await;
        }
    }
}

impl Gateway {
    async fn search(&self, me: Device, scope: &Scope, fresh: Fresh, wanted: &Wanted) -> Result<FoundMessages, Error> {
        let query = search::Query::parse(&wanted.q).map_err(|invalid| Error::InvalidRequest(format!("q: {invalid}")))?;
        let limit = page_length(wanted.limit, PAGE, PAGE_MAX)? as usize;
        let index = self.index(fresh).await?;
        let _search = self.searches.acquire().await.expect("searches are never closed");
        let mut page = Page {
            limit,
            scan: FIRST_LOOK,
            scanned: 0,
            opened: 0,
            read: 0,
            read_at_once: 0,
            messages: Vec::new(),
        };
        let mut place = wanted.after.map(Place);
        let mut next = None;
        while let Some(scan) = page.next_look() {
            let found = search::find(&index.db, &self.keys, &query, scope, place, scan).await?;
            let stopped = self.take_in(me, &query, scope.from, &found.hits, &mut page).await?;
            next = stopped.or(found.next);
            place = next;
            if next.is_none() {
                break;
            }
        }
        Ok(FoundMessages {
            messages: page.messages,
            next: next.map(|place| place.0),
            complete: self.is_complete(&index),
        })
    }

    /// Takes of these what says it, and can be seen; where to go on, if the page is full before the end.
    async fn take_in(
        &self,
        me: Device,
        query: &search::Query,
        from: Option<AccountId>,
        hits: &[Hit],
        page: &mut Page,
    ) -> Result<Option<Place>, Error> {
        for some in hits.chunks(page.limit.max(TOGETHER)) {
            let ids: Vec<(ChatId, MessageId)> = some.iter().map(|hit| (hit.1, hit.2)).collect();
            let turn = self.turn().await;
            let rows = timeline::shown(&self.models.db, me.account, &ids).await?;
            drop(turn);
            let rows: HashMap<(ChatId, MessageId), Message> = rows.into_iter().map(|row| ((row.chat, row.message), row)).collect();
            let owners: Vec<AccountId> = rows.values().flat_map(Message::owners).collect();
            let opener = Opener::for_accounts(&self.keys, &owners).await?;
            page.opened += some.len();
            for hit in some {
                let row = rows.get(&(hit.1, hit.2)).filter(|row| from.is_none_or(|from| row.author == from));
                page.reads(row.map_or(0, |row| row.length)).await;
                let said = row.filter(|row| says(opener, row, query));
                page.messages.extend(said.map(|row| FoundMessage {
                    chat: row.chat,
                    message: opener.message(row),
                }));
                if page.messages.len() == page.limit || page.read >= READ {
                    return Ok(Some(Place(hit.0)));
                }
            }
            if page.has_cost_enough() {
                return Ok(some.last().map(|hit| Place(hit.0)));
            }
        }
        Ok(None)
    }

    /// What is searched, once it includes what the caller knows of.
    async fn index(&self, fresh: Fresh) -> Result<ReadModels, Error> {
        let current = self.search.as_ref().and_then(|search| search.borrow().clone());
        let index = current.ok_or(Error::SearchUnavailable)?;
        if let Some(position) = fresh.0 {
            let included = index.progress.wait(position, self.config.behind_max).await;
            included.map_err(|_| Error::Behind)?;
        }
        Ok(index)
    }

    fn is_complete(&self, index: &ReadModels) -> bool {
        let stand = |models: &ReadModels| models.checkpoint().map_or(0, Position::get);
        stand(&self.models) - stand(index) <= MISSING
    }
}

/// Whether a message is there and says what is looked for, by now.
fn says(opener: Opener<'_>, row: &Message, query: &search::Query) -> bool {
    let Some(content) = row.content.as_ref().filter(|_| !row.deleted) else {
        return false;
    };
    let text = opener.open_closed::<Text>(&Stream::Chat(row.chat), content);
    text.is_ok_and(|text| query.is_said_by(&text.text))
}
