//! `/v1/me/contacts`: whom the caller knows.

use axum::extract::State;
use domain::account::{Command, ContactNameText};
use domain::id::AccountId;
use projections::people;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Users, have, page};
use crate::Shared;
use crate::answer::Answer;
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Bare, CommandKey, Json, Path, Query};
use crate::position::Fresh;
use crate::routes::page::{PAGE, PAGE_MAX, Pages, page_length};

/// What to call a contact.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewContact {
    /// 1 to 64 characters; without it the contact is called as it calls itself.
    name: Option<String>,
}

/// The caller's contacts, by id.
#[utoipa::path(get, path = "/v1/me/contacts", tag = "me", params(Pages),
    responses((status = 200, body = Users), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn list(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Query(pages): Query<Pages>,
) -> Result<axum::Json<Users>, Error> {
    let limit = page_length(pages.limit, PAGE, PAGE_MAX)?;
    let _turn = gateway.turn().await;
    let contacts = people::contacts(&gateway.models.db, me.account, pages.after, limit).await?;
    let accounts: Vec<AccountId> = contacts.iter().map(|contact| contact.account).collect();
    page(&gateway, me, &accounts, limit).await
}

/// Has an account as a contact, or calls it something else.
#[utoipa::path(put, path = "/v1/me/contacts/{account}", tag = "me", params(("account" = i64, Path)), request_body = NewContact,
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn add(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(account): Path<AccountId>,
    Json(new): Json<NewContact>,
) -> Result<Answer<()>, Error> {
    let name = new.name.as_deref().map(ContactNameText::parse).transpose();
    let name = name.map_err(|invalid| Error::Text("name", invalid))?;
    gateway.must_exist(&[account]).await?;
    have(&gateway, me, command, Command::AddContact { account, name }).await
}

/// Has an account as a contact no more.
#[utoipa::path(delete, path = "/v1/me/contacts/{account}", tag = "me", params(("account" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn remove(
    me: Device,
    State(gateway): State<Shared>,
    Bare { command, of: account }: Bare<AccountId>,
) -> Result<Answer<()>, Error> {
    have(&gateway, me, command, Command::RemoveContact { account }).await
}
