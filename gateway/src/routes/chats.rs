//! `/v1/chats`: creating and renaming chats, and marking them as read.

pub(super) mod seen;
pub(super) mod view;

use axum::extract::State;
use domain::chat::command::Create;
use domain::chat::{self, Chat, DescriptionText, TitleText};
use domain::id::{AccountId, ChatId, CommandId, MessageId, RoomId};
use infra::executor::{self, Done, Request};
use serde::Deserialize;
use utoipa::ToSchema;

use super::accounts::DRAWS;
use crate::Shared;
use crate::answer::{Answer, done};
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{CommandKey, Json, Path, or_default};
use crate::rendering::{TitleView, peer};
use view::OneHead;

/// A new group; the caller is its owner.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewGroup {
    /// Its title: 1 to 128 characters.
    title: String,
    /// What it says of itself: 1 to 255 characters, line feeds among them.
    #[serde(default)]
    description: Option<String>,
    /// Members beside the caller; must exist.
    #[serde(default, deserialize_with = "or_default")]
    #[schema(value_type = Option<Vec<i64>>)]
    members: Vec<AccountId>,
}

/// With whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Peer {
    /// The other account, or the caller's own for saved messages; must exist.
    #[schema(value_type = i64)]
    account: AccountId,
}

/// Another title.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTitle {
    /// 1 to 128 characters.
    title: String,
}

/// A read mark.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadMark {
    /// Up to and including this message.
    #[schema(value_type = i64)]
    up_to: MessageId,
}

/// Creates a group.
#[utoipa::path(post, path = "/v1/chats", tag = "chats", request_body = NewGroup,
    responses((status = 201, body = OneHead), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn create(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Json(new): Json<NewGroup>,
) -> Result<Answer<OneHead>, Error> {
    let title = title(&new.title)?;
    if new.members.len() > chat::TOLD_MAX {
        return Err(chat::Rejection::TooManyMembers.into());
    }
    gateway.must_exist(&new.members).await?;
    let payload = chat::Command::Create(Create {
        title,
        members: new.members,
        description: new.description.as_deref().map(description).transpose()?,
    });
    let (id, done) = create_room(&gateway, me.request(command, payload), ChatId::Group).await?;
    Ok(Answer::created(titled(id, &new.title)).at(done.position))
}

/// Has a group or a channel created, its id being drawn from the command's.
pub(super) async fn create_room(
    gateway: &Shared,
    request: Request<chat::Command>,
    kind: fn(RoomId) -> ChatId,
) -> Result<(ChatId, Done), Error> {
    let mut refused = Error::Internal("no free chat id could be drawn".to_owned());
    for attempt in 0..DRAWS {
        let id = kind(draw(gateway, request.command, attempt));
        match gateway.executor.execute::<Chat>(id, request.clone()).await {
            Err(executor::Error::Rejected(chat::Rejection::AlreadyExists)) => {}
            // Where the first draw was taken, it was accepted under a later one. Whoever says so knows of it there, too: nothing is made twice.
            Err(error @ executor::Error::Reused) => refused = error.into(),
            Err(error) => return Err(error.into()),
            Ok(done) => return Ok((id, done)),
        }
    }
    Err(refused)
}

/// The id that it gets, unless another has it.
pub(super) fn drawn(gateway: &Shared, command: CommandId, kind: fn(RoomId) -> ChatId) -> ChatId {
    kind(draw(gateway, command, 0))
}

fn draw(gateway: &Shared, command: CommandId, attempt: u32) -> RoomId {
    let range = RoomId::MAX.get().cast_unsigned();
    let drawn = gateway.keys.draw("room", command, attempt) % range + 1;
    RoomId::try_from(drawn.cast_signed()).expect("1 ..= MAX is a group's or a channel's number")
}

pub(super) fn title(text: &str) -> Result<TitleText, Error> {
    TitleText::parse(text).map_err(|invalid| Error::Text("title", invalid))
}

/// What a group or a channel says of itself.
pub(super) fn description(text: &str) -> Result<DescriptionText, Error> {
    DescriptionText::parse(text).map_err(|invalid| Error::Text("description", invalid))
}

pub(super) fn titled(id: ChatId, title: &str) -> OneHead {
    OneHead::of(id, None, TitleView::of(Ok(title.trim().to_owned())))
}

/// Names the direct chat with an account. It comes into being with its first message.
#[utoipa::path(post, path = "/v1/chats/direct", tag = "chats", request_body = Peer,
    responses((status = 200, body = OneHead), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn direct(me: Device, State(gateway): State<Shared>, Json(other): Json<Peer>) -> Result<axum::Json<OneHead>, Error> {
    gateway.must_exist(&[other.account]).await?;
    let id = ChatId::direct(me.account, other.account);
    Ok(axum::Json(OneHead::of(id, peer(id, me.account), TitleView::default())))
}

/// Gives a group or a channel another title.
#[utoipa::path(patch, path = "/v1/chats/{chat}", tag = "chats", params(("chat" = String, Path)), request_body = NewTitle,
    responses((status = 200, body = OneHead), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn rename(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(chat): Path<ChatId>,
    Json(new): Json<NewTitle>,
) -> Result<Answer<OneHead>, Error> {
    let payload = chat::Command::Rename { title: title(&new.title)? };
    let done = gateway.executor.execute::<Chat>(chat, me.request(command, payload)).await?;
    Ok(Answer::ok(titled(chat, &new.title)).at(done.position))
}

/// Marks a chat as read. Marks of an account are recorded at most once a second; the answer waits for that.
#[utoipa::path(post, path = "/v1/chats/{chat}/read", tag = "chats", params(("chat" = String, Path)), request_body = ReadMark,
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn read(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(chat): Path<ChatId>,
    Json(mark): Json<ReadMark>,
) -> Result<Answer<()>, Error> {
    gateway.read(me, command, chat, mark.up_to).await.map(done)
}
