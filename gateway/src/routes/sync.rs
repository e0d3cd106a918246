//! `GET /v1/sync`: what a new or stale device needs for its first screen, at a cursor from which its updates go on.

mod view;

use std::collections::BTreeSet;

use axum::extract::State;
use domain::account::{BLOCKED_MAX, CONTACTS_MAX};
use domain::id::AccountId;
use domain::stream::Stream;
use projections::dialogs::Dialog;
use projections::people;
use projections::updates::EPOCH;

use super::chats::seen::{self, ChatPages};
use super::chats::view::views;
use super::page::{PAGE, PAGE_MAX, page_length};
use super::{devices, me, users};
use crate::Shared;
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::Query;
use crate::position::Fresh;
use crate::rendering::{peer, shown_in};
use crate::sequence::Claim;
use view::{CursorView, First, Sync, contacts};

/// A snapshot to begin with: the account, its last active chats and the users that they name, at a cursor. Updates behind that cursor join
/// without a gap; some of what they tell may be in the snapshot already, and changes nothing when it is applied again.
#[utoipa::path(get, path = "/v1/sync", tag = "updates", params(ChatPages),
    responses((status = 200, body = Sync), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn sync(
    caller: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Query(pages): Query<ChatPages>,
) -> Result<axum::Json<Sync>, Error> {
    let limit = page_length(pages.limit, PAGE, PAGE_MAX)?;
    let after = pages.after.as_deref().map(seen::place).transpose()?;
    // Before any row is read: all of them include it then, and perhaps more.
    let cursor = match after {
        None => Some(start(&gateway, caller).await?),
        Some(_) => None,
    };
    gateway.abreast(caller.account).await?;
    let _turn = gateway.turn().await;
    let (rows, next) = seen::page(&gateway, caller.account, pages.archived, after, limit).await?;
    Ok(axum::Json(Sync {
        first: match cursor {
            Some(cursor) => Some(first(&gateway, caller, cursor).await?),
            None => None,
        },
        chats: views(&gateway, caller.account, &rows).await?,
        users: users::view::known(&gateway, caller.account, &named(caller.account, &rows)).await?,
        next,
    }))
}

/// Where the device's updates go on.
async fn start(gateway: &Shared, caller: Device) -> Result<CursorView, Error> {
    let nothing = Claim {
        epoch: None,
        after: None,
        at: None,
    };
    let head = gateway.cursor(caller, nothing).await?.head;
    Ok(CursorView {
        epoch: EPOCH,
        seq: head.seq,
        at: head.at,
    })
}

/// What only a first page has.
async fn first(gateway: &Shared, caller: Device, cursor: CursorView) -> Result<First, Error> {
    let (db, account) = (&gateway.models.db, caller.account);
    Ok(First {
        cursor,
        me: me::of(gateway, caller).await?,
        privacy: people::privacy(db, account).await?.into(),
        contacts: contacts(gateway, account, &people::contacts(db, account, None, whole(CONTACTS_MAX)).await?).await?,
        blocked: people::blocked(db, account, None, whole(BLOCKED_MAX)).await?,
        devices: devices::view::acting(gateway, account, caller.device).await?,
    })
}

/// A page that holds all that there may be.
fn whole(max: usize) -> u32 {
    u32::try_from(max).unwrap_or(u32::MAX)
}

/// Whom a list of chats shows beside the account itself: other sides, and who said the last message.
fn named(account: AccountId, rows: &[Dialog]) -> Vec<AccountId> {
    let peers = rows.iter().filter_map(|row| peer(row.chat, account));
    let authors = rows
        .iter()
        .filter_map(|row| shown_in(&Stream::Chat(row.chat), row.last.as_ref()?.author));
    let named: BTreeSet<_> = peers.chain(authors).filter(|named| *named != account).collect();
    named.into_iter().collect()
}
