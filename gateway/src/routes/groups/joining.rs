//! `/v1/join`, `/v1/links/{token}`: coming into a group by an invite link.

use axum::extract::State;
use domain::chat::content::{Description, Title};
use domain::chat::{self, Chat, Command, LinkToken, Rejection};
use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, ChatId, NameKey, Position};
use domain::stream::Stream;
use projections::links::{self, Link};
use projections::{chats, members};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Shared;
use crate::answer::Answer;
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{CommandKey, Json, Path};
use crate::position::Fresh;
use crate::rendering::{Opener, TitleView};

/// By which link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Invitation {
    /// The link's token.
    token: String,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Joined {
    /// Which chat.
    #[schema(value_type = String)]
    chat: ChatId,
    /// Whether the caller is in it now; else it asked to join, and an admin decides.
    joined: bool,
}

/// Where a link leads.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Preview {
    #[serde(flatten)]
    title: TitleView,
    /// What the group says of itself; absent when that is nothing, or is erased or can't be read at present.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// How many members there are.
    members: u32,
    /// Who comes by it asks to join, and an admin decides.
    requests: bool,
    /// The chat, where the caller is in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    chat: Option<ChatId>,
}

/// Shows where a link leads, before one joins.
#[utoipa::path(get, path = "/v1/links/{token}", tag = "chats", params(("token" = String, Path)),
    responses((status = 200, body = Preview), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn preview(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Path(token): Path<LinkToken>,
) -> Result<axum::Json<Preview>, Error> {
    let _turn = gateway.turn().await;
    let link = found(&gateway, &gateway.keys.name_key("link", token.as_str())).await?;
    let db = &gateway.models.db;
    let row = chats::chat(db, link.chat).await?.ok_or(Rejection::LinkNotValid)?;
    let is_in = members::role(db, link.chat, me.account).await?.is_some();
    let boxes = [row.title.as_ref(), row.description.as_ref()];
    let owners: Vec<AccountId> = boxes.iter().flatten().map(|sealed| sealed.of).collect();
    let opener = Opener::for_accounts(&gateway.keys, &owners).await?;
    let stream = Stream::Chat(link.chat);
    let title = row.title.as_ref().map_or_else(TitleView::default, |title| {
        TitleView::of(opener.open_closed::<Title>(&stream, title).map(|title| title.title))
    });
    let description = row.description.as_ref();
    let description = description.and_then(|description| opener.open_closed::<Description>(&stream, description).ok());
    Ok(axum::Json(Preview {
        title,
        description: description.map(|description| description.description),
        members: row.members,
        requests: link.terms.requests,
        chat: is_in.then_some(link.chat),
    }))
}

/// Joins a group by a link, or asks to. Nothing changes if the caller is in it, or has asked.
#[utoipa::path(post, path = "/v1/join", tag = "chats", request_body = Invitation,
    responses((status = 200, body = Joined), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn join(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Json(invitation): Json<Invitation>,
) -> Result<Answer<Joined>, Error> {
    let key = gateway.keys.name_key("link", &invitation.token);
    let chat = found(&gateway, &key).await?.chat;
    let request = me.request(command, Command::Join { key });
    let done = gateway.executor.execute::<Chat>(chat, request).await?;
    let joined = match done.facts.iter().find_map(|fact| came(fact)) {
        Some(joined) => joined,
        None => is_in(&gateway, me, chat, done.position).await?,
    };
    Ok(Answer::ok(Joined { chat, joined }).at(done.position))
}

/// The link with this key. What the read models do not know is judged once they include the log's end.
async fn found(gateway: &Shared, key: &NameKey) -> Result<Link, Error> {
    let db = &gateway.models.db;
    let mut link = links::by_key(db, key).await?;
    if link.is_none()
        && let Some(end) = gateway.log.end().await?
    {
        let waited = gateway.models.progress.wait(end, gateway.config.behind_max).await;
        waited.map_err(|_| Error::Behind)?;
        link = links::by_key(db, key).await?;
    }
    let link = link.filter(|link| !link.revoked);
    Ok(link.ok_or(Rejection::LinkNotValid)?)
}

/// Whether the caller was in it already, as of a position.
async fn is_in(gateway: &Shared, me: Device, chat: ChatId, position: Option<Position>) -> Result<bool, Error> {
    if let Some(position) = position {
        let waited = gateway.models.progress.wait(position, gateway.config.behind_max).await;
        waited.map_err(|_| Error::Behind)?;
    }
    Ok(members::role(&gateway.models.db, chat, me.account).await?.is_some())
}

fn came(fact: &Fact) -> Option<bool> {
    match &fact.event {
        Event::Chat(chat::Event::MemberAdded(_)) => Some(true),
        Event::Chat(chat::Event::JoinRequested(_)) => Some(false),
        Event::Chat(_) | Event::Account(_) | Event::SignIn(_) | Event::Inbox(_) | Event::Name(_) | Event::System(_) => None,
    }
}
