//! `GET /v1/events`: the log's facts as a stream of lines, for analysts.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::event::Event;
use domain::id::{AccountId, ChatId, Position};
use domain::stream::Stream;
use domain::system::Scope;
use domain::time::Timestamp;
use futures::{Stream as AsyncStream, StreamExt as _, stream};
use projections::replay::{self, Filter, Lines, Place, replay};
use serde::Deserialize;
use tokio::time::{Instant, sleep};
use utoipa::IntoParams;

use crate::Shared;
use crate::caller::Reader;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Query, id, list, number, parsed};

/// What a stream of facts is.
const NDJSON: HeaderValue = HeaderValue::from_static("application/x-ndjson");

/// Which facts, and how.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The first of them, itself included: a position, or a time (RFC 3339). Absent: from the log's beginning.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    from: Option<Place>,
    /// The last of them, itself included: a position, or a time (RFC 3339). Absent: the log's end as it is now.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    to: Option<Place>,
    /// All behind the commit at this position: how a reader goes on. Not with `from`.
    #[serde(default, deserialize_with = "id")]
    #[param(value_type = Option<i64>)]
    after: Option<Position>,
    /// The `recorded_at` of a fact at `after`: where another commit stands there by now, that is refused. Only with `after`.
    #[serde(default, deserialize_with = "number")]
    #[param(value_type = Option<i64>)]
    at: Option<i64>,
    /// Only those in this stream: `chat.g-42`, `account.77`, `inbox.77`, `system` …
    #[serde(default, deserialize_with = "id")]
    #[param(value_type = Option<String>)]
    stream: Option<Stream>,
    /// Only those of this chat: in its stream, or an account's having read it.
    #[serde(default, deserialize_with = "id")]
    #[param(value_type = Option<String>)]
    chat: Option<ChatId>,
    /// Only those of this account: in its own streams, or asked for by one of its devices, or imported as its deed.
    #[serde(default, deserialize_with = "id")]
    #[param(value_type = Option<i64>)]
    account: Option<AccountId>,
    /// Only those of these types, with commas between; docs/EVENTS.md lists them.
    #[serde(default, deserialize_with = "list")]
    #[param(value_type = Option<String>)]
    r#type: Vec<String>,
    /// Goes on with what comes, until the client leaves or the server stops. Not with `to`.
    #[serde(default)]
    follow: bool,
    /// With what people wrote. Needs the scope `events:content`.
    #[serde(default)]
    content: bool,
}

/// The log's facts, one line each. Comes as fast as the client takes it in. An end is an end of a commit; an answer that breaks off is not at its
/// end, and is gone on with by `after`.
#[utoipa::path(get, path = "/v1/events", tag = "events", params(Wanted),
    responses((status = 200, content_type = "application/x-ndjson", body = String), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn tell(reader: Reader, State(gateway): State<Shared>, Query(wanted): Query<Wanted>) -> Result<Response, Error> {
    reader.must(if wanted.content { Scope::EventsContent } else { Scope::EventsRead })?;
    let follow = wanted.follow;
    let lines = replay(gateway.log.clone(), gateway.keys.clone(), wanted.checked()?).await?;
    let telling = Telling {
        gateway,
        reader,
        lines,
        follow,
        looked: Instant::now(),
        told: Instant::now(),
    };
    let headers = [(CONTENT_TYPE, NDJSON), (CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((headers, Body::from_stream(telling.body())).into_response())
}

impl Wanted {
    /// Refuses what contradicts itself, and types that are none.
    fn checked(self) -> Result<replay::Wanted, Error> {
        let contradiction = |what: &str| Err(Error::InvalidRequest(what.to_owned()));
        if self.from.is_some() && self.after.is_some() {
            return contradiction("from: not with after");
        }
        if self.at.is_some() && self.after.is_none() {
            return contradiction("at: only with after");
        }
        if self.to.is_some() && self.follow {
            return contradiction("to: not with follow");
        }
        if let Some(unknown) = self.r#type.iter().find(|name| !Event::TYPES.contains(&name.as_str())) {
            let unknown: String = unknown.chars().take(64).collect();
            return Err(Error::InvalidRequest(format!("type: there are no events {unknown:?}")));
        }
        Ok(replay::Wanted {
            from: self.from,
            after: self.after,
            at: self.at.map(Timestamp),
            to: self.to,
            filter: Filter {
                stream: self.stream,
                chat: self.chat,
                account: self.account,
                types: self.r#type.into_iter().collect(),
            },
            content: self.content,
            follow: self.follow,
        })
    }
}

/// Why an answer breaks off: its client sees that it is not at its end.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the server is about to stop")]
    Stopping,
    #[error(transparent)]
    Refused(Error),
    #[error(transparent)]
    Failed(#[from] replay::Error),
}

/// An answer under way.
struct Telling {
    gateway: Shared,
    reader: Reader,
    lines: Lines,
    follow: bool,
    /// When the reader's token was last looked up.
    looked: Instant,
    /// When something was last told.
    told: Instant,
}

impl Telling {
    fn body(self) -> impl AsyncStream<Item = Result<Bytes, Broken>> + Send {
        stream::unfold(Some(self), |telling| async move {
            let mut telling = telling?;
            match telling.next().await {
                Ok(Some(lines)) => Some((Ok(lines), Some(telling))),
                Ok(None) => None,
                Err(broken) => {
                    tracing::info!(error.reason = %broken, "a replay breaks off");
                    Some((Err(broken), None))
                }
            }
        })
    }

    /// Lines, or an empty one as a sign of life; `None`: that was all.
    async fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        let (gateway, every) = (Shared::clone(&self.gateway), self.gateway.config.token_cache);
        let lines = loop {
            tokio::select! {
                biased;
                // Who follows is told everything so far; who wants all up to an end is not to take this for it.
                () = gateway.stopping.cancelled() => return if self.follow { Ok(None) } else { Err(Broken::Stopping) },
                lines = self.lines.next() => break lines.transpose()?,
                () = sleep(every) => {
                    self.may_go_on(every).await?;
                    if self.told.elapsed() >= gateway.config.ping_every {
                        break Some(Bytes::from_static(b"\n"));
                    }
                }
            }
        };
        self.may_go_on(every).await?;
        self.told = Instant::now();
        Ok(lines)
    }

    /// Looks at the reader's token again, every so often.
    async fn may_go_on(&mut self, every: Duration) -> Result<(), Broken> {
        if self.looked.elapsed() < every {
            return Ok(());
        }
        self.looked = Instant::now();
        self.reader.still(&self.gateway).await.map_err(Broken::Refused)
    }
}
