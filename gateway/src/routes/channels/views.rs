//! `POST /v1/chats/{chat}/views`: who has seen which posts.

use axum::extract::State;
use domain::id::{ChatId, MessageId};
use projections::timeline;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::answer::{Answer, done};
use crate::caller::Device;
use crate::config::DAY;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Json, Path};
use crate::{Gateway, Shared};

/// Posts told to be seen by one request, at most.
const VIEWED_MAX: usize = 100;

/// What was seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seen {
    /// Which posts: 100 at most.
    #[schema(value_type = Vec<i64>)]
    messages: Vec<MessageId>,
}

/// Tells that the caller has seen posts of a channel; each counts once an account. What is counted is told every ten seconds.
#[utoipa::path(post, path = "/v1/chats/{chat}/views", tag = "channels", params(("chat" = String, Path)), request_body = Seen,
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn see(
    me: Device,
    State(gateway): State<Shared>,
    Path(chat): Path<ChatId>,
    Json(seen): Json<Seen>,
) -> Result<Answer<()>, Error> {
    gateway.viewed(me, chat, &seen.messages).await?;
    Ok(done(None))
}

impl Gateway {
    /// Notes what an account has seen, but for what is not there (any more), or is too old to be counted. Answers what was noted.
    pub(crate) async fn viewed(&self, me: Device, chat: ChatId, messages: &[MessageId]) -> Result<Vec<MessageId>, Error> {
        let ChatId::Channel(_) = chat else { return Err(Error::NotAChannel) };
        if messages.len() > VIEWED_MAX {
            return Err(domain::interactions::Rejection::TooManyMessages.into());
        }
        self.must_be_in(me, chat).await?;
        let ids: Vec<_> = messages.iter().map(|message| (chat, *message)).collect();
        let since = self.clock.now().plus_seconds(-DAY * i64::from(self.config.views_days));
        let there = timeline::messages(&self.models.db, &ids).await?.into_iter();
        let counted = there.filter(|row| !row.deleted && row.sent_at >= since);
        let mut seen: Vec<MessageId> = counted.map(|row| row.message).collect();
        seen.sort_unstable();
        seen.dedup();
        if !seen.is_empty() {
            self.models.state.saw(me.account, chat, &seen).await?;
        }
        Ok(seen)
    }
}
