//! `/v1/chats`: the caller's chats, and one of them, now or as of a moment.

use axum::extract::State;
use domain::id::{AccountId, ChatId};
use domain::time::Timestamp;
use projections::dialogs::{self, Dialog, Place};
use projections::past::{Asked, Replay};
use projections::{replay, timeline};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::view::{ChatView, OneChat, views};
use crate::Shared;
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Path, Query, number, parsed};
use crate::past::Seer;
use crate::position::Fresh;
use crate::routes::page::{PAGE, PAGE_MAX, fitting, page_length};

/// Some of the caller's chats, pinned ones first, then the last active.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Chats {
    chats: Vec<ChatView>,
    /// What to give as `after` for the next page; absent on the last. Opaque.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Which chats.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChatPages {
    /// `true`: those that are archived; `false`: those that are not; absent: all.
    pub(in crate::routes) archived: Option<bool>,
    /// `next` of the page before.
    pub(in crate::routes) after: Option<String>,
    /// At most so many: 1 … 200, else 50.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 1, maximum = 200)]
    pub(in crate::routes) limit: Option<u32>,
}

/// As of when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Then {
    /// As of this place in the log: a position, or a time (RFC 3339).
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    as_of: Option<replay::Place>,
}

/// Lists the caller's chats, pinned ones first, then the last active.
#[utoipa::path(get, path = "/v1/chats", tag = "chats", params(ChatPages),
    responses((status = 200, body = Chats), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn list(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Query(pages): Query<ChatPages>,
) -> Result<axum::Json<Chats>, Error> {
    let limit = page_length(pages.limit, PAGE, PAGE_MAX)?;
    let after = pages.after.as_deref().map(place).transpose()?;
    gateway.abreast(me.account).await?;
    let _turn = gateway.turn().await;
    let (rows, next) = page(&gateway, me.account, pages.archived, after, limit).await?;
    let chats = views(&gateway, me.account, &rows).await?;
    Ok(axum::Json(Chats { chats, next }))
}

/// A page of an account's chats, all or those that are archived or not, as many as fit into an answer, and where the next begins.
pub(in crate::routes) async fn page(
    gateway: &Shared,
    account: AccountId,
    archived: Option<bool>,
    after: Option<Place>,
    limit: u32,
) -> Result<(Vec<Dialog>, Option<String>), Error> {
    let mut rows = dialogs::page(&gateway.models.db, account, archived, after, limit).await?;
    let found = rows.len();
    rows.truncate(fitting(rows.iter().map(size), gateway.config.page_bytes));
    let full = found == limit as usize || rows.len() < found;
    let next = rows.last().filter(|_| full).map(|row| next_of(row.place()));
    Ok((rows, next))
}

/// Bytes of a chat in a list, about.
fn size(row: &Dialog) -> usize {
    row.title.as_ref().map_or(0, |title| title.cipher.len())
        + row.last.as_ref().map_or(0, timeline::Message::size)
        + row.draft.as_ref().map_or(0, |draft| draft.text.cipher.len())
}

fn next_of(place: Place) -> String {
    format!("{}.{}.{}", place.place.unwrap_or(0), place.active_at.0, place.chat)
}

/// Where a page begins, as the one before says.
pub(in crate::routes) fn place(text: &str) -> Result<Place, Error> {
    let parts = text.split_once('.').and_then(|(place, rest)| Some((place, rest.split_once('.')?)));
    let place = parts.and_then(|(place, (at, chat))| {
        Some(Place {
            place: Some(place.parse().ok()?).filter(|place| *place > 0),
            active_at: Timestamp(at.parse().ok()?),
            chat: chat.parse().ok()?,
        })
    });
    place.ok_or_else(|| Error::InvalidRequest("after: must be next of the page before".to_owned()))
}

/// A chat that the caller is in.
#[utoipa::path(get, path = "/v1/chats/{chat}", tag = "chats", params(("chat" = String, Path), Then),
    responses((status = 200, body = OneChat), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn get(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Path(chat): Path<ChatId>,
    Query(moment): Query<Then>,
) -> Result<axum::Json<OneChat>, Error> {
    let row = match moment.as_of {
        None => now(&gateway, me.account, chat).await?,
        until => Some(then(&gateway, until, Seer::Member(me), me.account, chat).await?),
    };
    shown(&gateway, me.account, row).await
}

async fn now(gateway: &Shared, account: AccountId, chat: ChatId) -> Result<Option<Dialog>, Error> {
    gateway.abreast(account).await?;
    Ok(dialogs::dialog(&gateway.models.db, account, chat).await?)
}

/// A chat as an account sees it; `None`: it is not in it.
pub(in crate::routes) async fn shown(gateway: &Shared, account: AccountId, row: Option<Dialog>) -> Result<axum::Json<OneChat>, Error> {
    let rows: Vec<_> = row.into_iter().collect();
    let chat = views(gateway, account, &rows).await?.pop().ok_or(Error::ChatNotFound)?;
    Ok(axum::Json(OneChat { chat }))
}

/// A chat as an account saw it then.
pub(in crate::routes) async fn then(
    gateway: &Shared,
    until: Option<replay::Place>,
    seer: Seer,
    account: AccountId,
    chat: ChatId,
) -> Result<Dialog, Error> {
    let dialog = move |replay: Replay| replay.seen_by(account);
    let dialog = gateway.as_of((until, Asked::Dialog), seer, chat, dialog).await?;
    let mut dialog = dialog.ok_or(Error::ChatNotFound)?;
    gateway.withdraw(seer.member(), dialog.last.as_mut_slice()).await?;
    Ok(dialog)
}
