//! `GET /v1/updates`, `POST /v1/updates/ack`: a device's updates by long polling.

use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use domain::id::Seq;
use domain::time::Timestamp;
use projections::feed::{Attached, Live};
use projections::updates::EPOCH;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};
use utoipa::{IntoParams, ToSchema};

use super::page::page_length;
use crate::Shared;
use crate::answer::{Answer, done};
use crate::caller::{Device, Listening};
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Json, Query, number};
use crate::patience::apart;
use crate::position::Fresh;
use crate::rendering::{Update, with_seq};
use crate::sequence::{Claim, Cursor, Page, Start};

/// Updates of a page, unless asked for otherwise, and at most.
const UPDATES_PAGE: (u32, u32) = (100, 1_000);

/// Which updates.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The epoch of `after`.
    #[serde(default, deserialize_with = "number")]
    epoch: Option<i64>,
    /// Those behind this number; 0: from the first. Absent: none, only `head` is told.
    #[serde(default, deserialize_with = "number")]
    after: Option<u64>,
    /// The `at` of the update with that number; needed unless it is 0.
    #[serde(default, deserialize_with = "number")]
    at: Option<i64>,
    /// At most so many: 1 … 1000, else 100. Fewer where they are long.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// How many seconds to wait when there is none yet: 0 … 60, else 0.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 0, maximum = 60)]
    wait: Option<u64>,
}

/// Updates of the caller's device: consecutive numbers.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the wire's name")]
pub(crate) struct Updates {
    /// The epoch that numbers belong to.
    epoch: i64,
    /// The number of the device's last update.
    head: i64,
    /// The `at` of that update; absent while there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    head_at: Option<Timestamp>,
    /// The updates.
    updates: Vec<NumberedUpdate>,
}

/// An update with its number.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NumberedUpdate {
    /// Its number.
    #[schema(value_type = i64)]
    seq: Seq,
    #[serde(flatten)]
    update: Update,
}

/// What the client has kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    /// The epoch of `seq`.
    epoch: i64,
    /// Everything up to here.
    #[schema(value_type = i64)]
    seq: Seq,
}

/// The device's updates behind a number; waits for one if asked to.
#[utoipa::path(get, path = "/v1/updates", tag = "updates", params(Wanted),
    responses((status = 200, body = Updates), (status = 409, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn poll(
    Listening { device: me, mut live }: Listening,
    State(gateway): State<Shared>,
    _: Fresh,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Error> {
    let limit = page_length(wanted.limit, UPDATES_PAGE.0, UPDATES_PAGE.1)? as usize;
    let wait = Duration::from_secs(wanted.wait.unwrap_or(0));
    if wait > gateway.config.poll_max {
        return Err(Error::InvalidRequest(format!(
            "wait: must be 0 to {}",
            gateway.config.poll_max.as_secs()
        )));
    }
    let claim = Claim {
        epoch: wanted.epoch,
        after: wanted.after,
        at: wanted.at.map(Timestamp),
    };
    let Start { from, head } = gateway.cursor(me, claim).await?;
    if wanted.after.is_none() {
        return Ok(answer(head, &[]));
    }
    let deadline = Instant::now() + wait;
    let mut page = behind(&gateway, me, from.seq, limit).await?;
    while page.bodies.is_empty() && news(&gateway, me, &mut live, from.seq, deadline).await? {
        page = behind(&gateway, me, from.seq, limit).await?;
    }
    let known = [page.end, from, head].into_iter().find(|known| known.seq == page.head);
    let head = match known {
        Some(head) => head,
        None => gateway.cursor_of(me, page.head).await?,
    };
    Ok(answer(head, &page.bodies))
}

/// The updates behind `last`, at most `limit`, as many as an answer holds: read in pieces, so that few are read in vain.
async fn behind(gateway: &Shared, me: Device, last: i64, limit: usize) -> Result<Page, Error> {
    let (mut all, mut room, mut goes_on) = (Page::default(), gateway.config.page_bytes, true);
    while goes_on && all.bodies.len() < limit && room > 0 {
        let after = all.bodies.last().map_or(last, |(seq, _)| seq.get());
        let wanted = gateway.config.frame_updates_max.min(limit - all.bodies.len());
        let page = gateway.page(me, after, wanted, room).await?;
        goes_on = page.bodies.len() == wanted;
        room = room.saturating_sub(page.bodies.iter().map(|(_, body)| body.len()).sum());
        all.head = page.head;
        if !page.bodies.is_empty() {
            all.end = page.end;
        }
        all.bodies.extend(page.bodies);
    }
    Ok(all)
}

/// Waits until there may be something behind `last`. `false`: the time is over or the server stops.
async fn news(gateway: &Shared, me: Device, live: &mut Attached, last: i64, deadline: Instant) -> Result<bool, Error> {
    let news = async {
        loop {
            match live.next().await {
                Live::Delivery(delivery) if delivery.first.get() + i64::try_from(delivery.updates.facts.len()).unwrap_or(0) - 1 <= last => {
                }
                Live::Delivery(_) => return Ok(true),
                // What was left out may have been the end of the device.
                Live::Overflowed => return gateway.still(me).await.map(|()| true),
                Live::Closed(why) => return Err(why.into()),
            }
        }
    };
    tokio::select! {
        news = apart(gateway.config.poll_max, timeout_at(deadline, news)) => news.unwrap_or(Ok(false)),
        () = gateway.stopping.cancelled() => Ok(false),
    }
}

/// Bodies are rendered already: they are put together, not parsed again.
fn answer(head: Cursor, bodies: &[(Seq, String)]) -> Response {
    let head_at = head.at.map(|at| format!(r#""head_at":{},"#, at.0)).unwrap_or_default();
    let head = head.seq;
    let numbered: Vec<String> = bodies.iter().map(|(seq, body)| with_seq(body, *seq)).collect();
    let json = format!(r#"{{"epoch":{EPOCH},"head":{head},{head_at}"updates":[{}]}}"#, numbered.join(","));
    ([(CONTENT_TYPE, "application/json")], json).into_response()
}

/// Acknowledges updates: what is kept by the client need not be kept by the server.
#[utoipa::path(post, path = "/v1/updates/ack", tag = "updates", request_body = Kept,
    responses((status = 204), (status = 409, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn acknowledge(me: Device, State(gateway): State<Shared>, Json(kept): Json<Kept>) -> Result<Answer<()>, Error> {
    if kept.epoch != EPOCH {
        return Err(gateway.start_anew(me).await?);
    }
    gateway.acknowledge(me, kept.seq).await?;
    Ok(done(None))
}
