//! `/v1/admin/tokens`: the operator lets services in, and no more.

use std::collections::BTreeSet;

use axum::extract::State;
use domain::event::Event;
use domain::id::ServiceTokenId;
use domain::system::event::TokenIssued;
use domain::system::{self, Scope, System, TokenName};
use domain::time::Timestamp;
use infra::executor::Done;
use projections::directory::{self, ServiceToken};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::page::{PAGE, PAGE_MAX, TokenPages, page_length};
use crate::Shared;
use crate::answer::{Answer, done};
use crate::caller::Admin;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Bare, CommandKey, Json, Query};
use crate::position::Fresh;
use crate::token::{Secret, Token};

/// A service to let in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    /// As whom the service acts: 1 to 32 of `a-z`, `0-9`, `-` and `_`, a letter first.
    #[schema(value_type = String)]
    name: TokenName,
    /// What it may: `events:read`, `events:content`; at least one.
    #[schema(value_type = Vec<String>)]
    scopes: BTreeSet<Scope>,
    /// From when on the token is of no use, in µs since 1970; absent: it does not expire.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    expires_at: Option<Timestamp>,
}

/// A service's token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceToken)]
pub(crate) struct TokenView {
    /// Its number.
    #[schema(value_type = i64)]
    id: ServiceTokenId,
    /// As whom the service acts.
    #[schema(value_type = String)]
    name: TokenName,
    /// What it may.
    #[schema(value_type = Vec<String>)]
    scopes: BTreeSet<Scope>,
    /// Since when it may act, in µs since 1970.
    #[schema(value_type = i64)]
    issued_at: Timestamp,
    /// From when on it may not; absent: it does not expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    expires_at: Option<Timestamp>,
    /// Since when it may not; absent while it was not ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    ended_at: Option<Timestamp>,
}

/// A token that works from now on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Issued {
    #[serde(flatten)]
    service: TokenView,
    /// The token, told this once; `null` when the command is repeated.
    token: Option<String>,
    /// Whether this is the first answer again, without the token.
    repeated: bool,
}

/// Services' tokens, those that were ended too, by number.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tokens {
    tokens: Vec<TokenView>,
    /// The `after` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    next: Option<ServiceTokenId>,
}

/// Lets a service in; its token works as soon as this is answered.
#[utoipa::path(post, path = "/v1/admin/tokens", tag = "admin", request_body = NewToken,
    responses((status = 201, body = Issued), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn issue(
    admin: Admin,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Json(new): Json<NewToken>,
) -> Result<Answer<Issued>, Error> {
    if new.scopes.is_empty() {
        return Err(Error::InvalidRequest("scopes: must name at least one".to_owned()));
    }
    let secret = Secret::new(gateway.clock.secret());
    let payload = system::Command::IssueToken {
        hash: secret.hash(),
        name: new.name,
        scopes: new.scopes,
        expires_at: new.expires_at,
    };
    let done = gateway.executor.execute::<System>((), admin.request(command, payload)).await?;
    let service = issued(&done).ok_or_else(|| Error::Internal("a token was issued without a number".to_owned()))?;
    if let Some(position) = done.position {
        // Should the read models be slow, the token works a little later: better than no token.
        let _ = gateway.models.progress.wait(position, gateway.config.settle_max).await;
    }
    let token = (!done.repeated).then(|| Token::Service(service.id, secret).reveal());
    let repeated = done.repeated;
    Ok(Answer::created(Issued { service, token, repeated }).at(done.position))
}

fn issued(done: &Done) -> Option<TokenView> {
    done.facts.iter().find_map(|fact| match &fact.event {
        Event::System(system::Event::TokenIssued(issued)) => Some(TokenView::issued(issued, fact.happened_at())),
        Event::System(_)
        | Event::Chat(_)
        | Event::Account(_)
        | Event::Inbox(_)
        | Event::SignIn(_)
        | Event::Name(_)
        | Event::Interactions(_) => None,
    })
}

/// Lists services' tokens, without the tokens themselves, which are not kept.
#[utoipa::path(get, path = "/v1/admin/tokens", tag = "admin", params(TokenPages),
    responses((status = 200, body = Tokens), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn list(
    _: Admin,
    State(gateway): State<Shared>,
    _: Fresh,
    Query(pages): Query<TokenPages>,
) -> Result<axum::Json<Tokens>, Error> {
    let limit = page_length(pages.limit, PAGE, PAGE_MAX)?;
    let mut rows = directory::service_tokens(&gateway.models.db, pages.after, limit + 1).await?;
    let is_last = rows.len() <= limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| !is_last).map(|row| row.token);
    let tokens = rows.into_iter().map(TokenView::from).collect();
    Ok(axum::Json(Tokens { tokens, next }))
}

/// Ends a service's token: it is refused from now on, and what it reads is broken off.
#[utoipa::path(delete, path = "/v1/admin/tokens/{token}", tag = "admin", params(("token" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn end(
    admin: Admin,
    State(gateway): State<Shared>,
    Bare { command, of: token }: Bare<ServiceTokenId>,
) -> Result<Answer<()>, Error> {
    let request = admin.request(command, system::Command::EndToken { token });
    let ended = gateway.executor.execute::<System>((), request).await?;
    if let Some(position) = ended.position {
        let _ = gateway.models.progress.wait(position, gateway.config.settle_max).await;
    }
    gateway.forget_service(token).await;
    Ok(done(ended.position))
}

impl TokenView {
    fn issued(issued: &TokenIssued, at: Timestamp) -> Self {
        Self {
            id: issued.token,
            name: issued.name.clone(),
            scopes: issued.scopes.clone(),
            issued_at: at,
            expires_at: issued.expires_at,
            ended_at: None,
        }
    }
}

impl From<ServiceToken> for TokenView {
    fn from(row: ServiceToken) -> Self {
        Self {
            id: row.token,
            name: row.name,
            scopes: row.scopes,
            issued_at: row.issued_at,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
        }
    }
}
