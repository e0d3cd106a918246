//! `/v1/chats/{chat}/settings`, `…/description`, `…/permissions`, `…/slow-mode`, `…/protection`, `…/owner`: what a group says of itself and lets
//! its members do, and whose it is.

use std::collections::BTreeSet;

use axum::extract::State;
use domain::chat::content::Description;
use domain::chat::{Command, Permission, SlowMode};
use domain::id::{AccountId, ChatId};
use domain::stream::Stream;
use projections::{chats, dialogs};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::have;
use crate::Shared;
use crate::answer::Answer;
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Bare, CommandKey, Json, Path};
use crate::position::Fresh;
use crate::rendering::{DescriptionView, Opener, PermissionName, RulesView};
use crate::routes::chats::description;

/// What a group says of itself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDescription {
    /// 1 to 255 characters, line feeds among them.
    description: String,
}

/// What members may not do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Denied {
    /// All that is denied; what is absent is allowed.
    #[schema(value_type = Vec<PermissionName>)]
    denied: BTreeSet<Permission>,
}

/// How long members wait between two messages.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pause {
    /// In seconds: 0 (not at all) to 86400.
    #[schema(maximum = 86_400)]
    seconds: u32,
}

/// To whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOwner {
    /// A member.
    #[schema(value_type = i64)]
    account: AccountId,
}

/// A group's or a channel's settings, as one of its members sees them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Settings {
    #[serde(flatten)]
    description: DescriptionView,
    #[serde(flatten)]
    rules: RulesView,
}

/// Tells a group's settings.
#[utoipa::path(get, path = "/v1/chats/{chat}/settings", tag = "chats", params(("chat" = String, Path)),
    responses((status = 200, body = Settings), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn get(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Path(chat): Path<ChatId>,
) -> Result<axum::Json<Settings>, Error> {
    gateway.abreast(me.account).await?;
    let _turn = gateway.turn().await;
    gateway.must_be_in(me, chat).await?;
    let db = &gateway.models.db;
    let dialog = dialogs::dialog(db, me.account, chat).await?.ok_or(Error::ChatNotFound)?;
    let row = chats::chat(db, chat).await?.ok_or(Error::ChatNotFound)?;
    let owners: Vec<AccountId> = row.description.iter().map(|description| description.of).collect();
    let opener = Opener::for_accounts(&gateway.keys, &owners).await?;
    let description = row.description.as_ref().map_or_else(DescriptionView::default, |description| {
        let found = opener.open_closed::<Description>(&Stream::Chat(chat), description);
        DescriptionView::of(found.map(|description| description.description))
    });
    let rules = RulesView::of(&dialog);
    Ok(axum::Json(Settings { description, rules }))
}

/// Gives a group another description.
#[utoipa::path(put, path = "/v1/chats/{chat}/description", tag = "chats", params(("chat" = String, Path)), request_body = NewDescription,
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn describe(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(chat): Path<ChatId>,
    Json(new): Json<NewDescription>,
) -> Result<Answer<()>, Error> {
    let description = Some(description(&new.description)?);
    have(&gateway, me, command, chat, Command::Describe { description }).await
}

/// Takes a group's description away.
#[utoipa::path(delete, path = "/v1/chats/{chat}/description", tag = "chats", params(("chat" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn undescribe(
    me: Device,
    State(gateway): State<Shared>,
    Bare { command, of: chat }: Bare<ChatId>,
) -> Result<Answer<()>, Error> {
    have(&gateway, me, command, chat, Command::Describe { description: None }).await
}

/// Says what members of a group may not do.
#[utoipa::path(put, path = "/v1/chats/{chat}/permissions", tag = "chats", params(("chat" = String, Path)), request_body = Denied,
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn permit(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(chat): Path<ChatId>,
    Json(Denied { denied }): Json<Denied>,
) -> Result<Answer<()>, Error> {
    have(&gateway, me, command, chat, Command::Permit { denied }).await
}

/// Lets members of a group wait between two messages.
#[utoipa::path(put, path = "/v1/chats/{chat}/slow-mode", tag = "chats", params(("chat" = String, Path)), request_body = Pause,
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn slow_down(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(chat): Path<ChatId>,
    Json(pause): Json<Pause>,
) -> Result<Answer<()>, Error> {
    let pause = SlowMode::new(pause.seconds);
    let pause = pause.ok_or_else(|| Error::InvalidRequest(format!("seconds: at most {}", SlowMode::MAX)))?;
    have(&gateway, me, command, chat, Command::SlowDown { pause }).await
}

/// Lets nothing that is said in a group be forwarded.
#[utoipa::path(put, path = "/v1/chats/{chat}/protection", tag = "chats", params(("chat" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn protect(
    me: Device,
    State(gateway): State<Shared>,
    Bare { command, of: chat }: Bare<ChatId>,
) -> Result<Answer<()>, Error> {
    have(&gateway, me, command, chat, Command::Protect { protected: true }).await
}

/// Lets what is said in a group be forwarded again.
#[utoipa::path(delete, path = "/v1/chats/{chat}/protection", tag = "chats", params(("chat" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn unprotect(
    me: Device,
    State(gateway): State<Shared>,
    Bare { command, of: chat }: Bare<ChatId>,
) -> Result<Answer<()>, Error> {
    have(&gateway, me, command, chat, Command::Protect { protected: false }).await
}

/// Passes the caller's group on to another member. The caller stays, as an admin with all rights.
#[utoipa::path(post, path = "/v1/chats/{chat}/owner", tag = "chats", params(("chat" = String, Path)), request_body = NewOwner,
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn pass_on(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(chat): Path<ChatId>,
    Json(to): Json<NewOwner>,
) -> Result<Answer<()>, Error> {
    have(&gateway, me, command, chat, Command::PassOn { account: to.account }).await
}
