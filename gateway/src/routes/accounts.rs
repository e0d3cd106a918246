//! `POST /v1/accounts`, `GET /v1/accounts`: the operator registers and lists accounts.

use axum::extract::State;
use domain::account::{self, Account, NameText};
use domain::id::{AccountId, CommandId};
use domain::time::Timestamp;
use infra::executor::{self, Done, Request};
use projections::directory;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::page::{PAGE, PAGE_MAX, Pages, behind, page_length};
use crate::Shared;
use crate::answer::Answer;
use crate::caller::Admin;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{CommandKey, Json, Query, or_default};
use crate::position::Fresh;
use crate::rendering::{NameView, Opener};
use domain::stream::Stream;

/// How often an id is drawn before the server gives up: a collision comes once in a blue moon.
pub(super) const DRAWS: u32 = 8;

/// A new account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAccount {
    /// Its display name: 1 to 64 characters.
    name: String,
    /// Whether it is a bot.
    #[serde(default, deserialize_with = "or_default")]
    #[schema(value_type = Option<bool>)]
    bot: bool,
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Account)]
pub(crate) struct AccountView {
    /// Its id.
    #[schema(value_type = i64)]
    id: AccountId,
    /// What it is called.
    #[serde(flatten)]
    name: NameView,
    /// What it says of itself, if it does.
    pub(super) bio: Option<String>,
    /// Whether it is a bot.
    bot: bool,
    /// Its username, if it has one.
    username: Option<String>,
    /// When it came into being, in µs since 1970.
    #[schema(value_type = i64)]
    created_at: Timestamp,
}

/// One account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneAccount {
    account: AccountView,
}

/// Some accounts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Accounts {
    accounts: Vec<AccountView>,
    /// What to give as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    next: Option<AccountId>,
}

/// Registers an account.
#[utoipa::path(post, path = "/v1/accounts", tag = "admin", request_body = NewAccount,
    responses((status = 201, body = OneAccount), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn create(
    admin: Admin,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Json(new): Json<NewAccount>,
) -> Result<Answer<OneAccount>, Error> {
    let name = NameText::parse(&new.name).map_err(|invalid| Error::Text("name", invalid))?;
    let payload = account::Command::Register {
        bot: new.bot,
        name: name.clone(),
        address: None,
    };
    let (id, done) = register(&gateway, admin.request(command, payload)).await?;
    let created_at = done.facts.first().map_or_else(|| gateway.clock.now(), |fact| fact.happened_at());
    let account = AccountView {
        id,
        name: NameView::of(Ok(name.as_str().to_owned())),
        bio: None,
        bot: new.bot,
        username: None,
        created_at,
    };
    Ok(Answer::created(OneAccount { account }).at(done.position))
}

/// Has an account registered, its id being drawn from the command's.
pub(super) async fn register(gateway: &Shared, request: Request<account::Command>) -> Result<(AccountId, Done), Error> {
    let mut refused = Error::Internal("no free account id could be drawn".to_owned());
    for attempt in 0..DRAWS {
        let id = draw(gateway, request.command, attempt);
        match gateway.executor.execute::<Account>(id, request.clone()).await {
            Err(executor::Error::Rejected(account::Rejection::AlreadyExists)) => {}
            // Where the first draw was taken, it was accepted under a later one. Whoever says so knows of it there, too: nothing is made twice.
            Err(error @ executor::Error::Reused) => refused = error.into(),
            Err(error) => return Err(error.into()),
            Ok(done) => return Ok((id, done)),
        }
    }
    Err(refused)
}

fn draw(gateway: &Shared, command: CommandId, attempt: u32) -> AccountId {
    let range = AccountId::MAX.get().cast_unsigned();
    let drawn = gateway.keys.draw("account", command, attempt) % range + 1;
    AccountId::try_from(drawn.cast_signed()).expect("1 ..= MAX is an account id")
}

/// Lists accounts by id.
#[utoipa::path(get, path = "/v1/accounts", tag = "admin", params(Pages),
    responses((status = 200, body = Accounts), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn list(
    _: Admin,
    State(gateway): State<Shared>,
    _: Fresh,
    Query(pages): Query<Pages>,
) -> Result<axum::Json<Accounts>, Error> {
    let limit = page_length(pages.limit, PAGE, PAGE_MAX)?;
    // A list that lacks somebody looks like any other: nobody who is registered by now is missing.
    gateway.level().await?;
    let _turn = gateway.turn().await;
    let rows = directory::accounts(&gateway.models.db, pages.after, limit).await?;
    let next = behind(&rows, limit, |row| row.id);
    let accounts = views(&gateway, &rows).await?;
    Ok(axum::Json(Accounts { accounts, next }))
}

/// Accounts as clients see them.
pub(super) async fn views(gateway: &Shared, rows: &[directory::Account]) -> Result<Vec<AccountView>, Error> {
    let ids: Vec<AccountId> = rows.iter().map(|row| row.id).collect();
    let opener = Opener::for_accounts(&gateway.keys, &ids).await?;
    Ok(rows.iter().map(|row| view(opener, row)).collect())
}

fn view(opener: Opener<'_>, row: &directory::Account) -> AccountView {
    let stream = Stream::Account(row.id);
    let profile = opener.open_closed::<account::event::Profile>(&stream, &row.profile);
    let username = row
        .username
        .as_ref()
        .and_then(|username| opener.open_closed::<account::event::Username>(&stream, username).ok());
    AccountView {
        id: row.id,
        bio: profile.as_ref().ok().and_then(|profile| profile.bio.clone()),
        name: NameView::of(profile.map(|profile| profile.name)),
        bot: row.bot,
        username: username.map(|username| username.username),
        created_at: row.registered_at,
    }
}
