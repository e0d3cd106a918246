//! `/v1/chats`: creating, listing, renaming chats, and marking them as read.

use axum::extract::State;
use domain::chat::command::Create;
use domain::chat::content::Title;
use domain::chat::{self, Chat, TitleText};
use domain::id::{AccountId, ChatId, CommandId, MessageId, RoomId};
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::executor::{self, Done, Request};
use projections::dialogs::{self, Dialog, Place};
use projections::past::{Asked, Replay};
use projections::{replay, timeline};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::accounts::DRAWS;
use super::page::{PAGE, PAGE_MAX, fitting, page_length};
use crate::Shared;
use crate::answer::{Answer, done};
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{CommandKey, Json, Path, Query, number, or_default, parsed};
use crate::past::Seer;
use crate::position::Fresh;
use crate::rendering::{ChatKind, MessageView, Opener, TitleView, peer};

/// A new group; the caller is its owner.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewGroup {
    /// Its title: 1 to 128 characters.
    title: String,
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

/// A chat as those who are in it know it by its id and title.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChatHead {
    /// Its id.
    #[schema(value_type = String)]
    id: ChatId,
    /// Its kind.
    kind: ChatKind,
    /// The other side of a direct chat.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    peer: Option<AccountId>,
    /// A group's title.
    #[serde(flatten)]
    title: TitleView,
}

/// A chat as one of its members sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Chat)]
pub(crate) struct ChatView {
    #[serde(flatten)]
    head: ChatHead,
    /// How many members it has.
    members: u32,
    /// Messages behind the read mark that are not deleted.
    unread: u32,
    /// The caller has read up to and including this message; 0: nothing.
    read_up_to: i64,
    /// The highest message id given, deleted or not; 0: none.
    top_message: i64,
    /// The last message that is not deleted; absent when there is none among the last hundred.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<MessageView>,
    /// When something was last said, the chat created or the caller added: µs since 1970. The list is in its order.
    #[schema(value_type = i64)]
    active_at: Timestamp,
}

/// One chat's id and title.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneHead {
    chat: ChatHead,
}

/// One chat.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneChat {
    chat: ChatView,
}

/// Some of the caller's chats, the last active first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Chats {
    chats: Vec<ChatView>,
    /// What to give as `after` for the next page; absent on the last. Opaque.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Which chats.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChatPages {
    /// `next` of the page before.
    after: Option<String>,
    /// At most so many: 1 … 200, else 50.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// As of when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Then {
    /// As of this place in the log: a position, or a time (RFC 3339).
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    as_of: Option<replay::Place>,
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
    if new.members.len() > chat::MEMBERS_MAX {
        return Err(chat::Rejection::TooManyMembers.into());
    }
    gateway.must_exist(&new.members).await?;
    let members = new.members;
    let payload = chat::Command::Create(Create { title, members });
    let (id, done) = create_group(&gateway, me.request(command, payload)).await?;
    Ok(Answer::created(titled(id, &new.title)).at(done.position))
}

/// Has a group created, its id being drawn from the command's.
pub(super) async fn create_group(gateway: &Shared, request: Request<chat::Command>) -> Result<(ChatId, Done), Error> {
    let mut refused = Error::Internal("no free chat id could be drawn".to_owned());
    for attempt in 0..DRAWS {
        let id = draw(gateway, request.command, attempt);
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

fn draw(gateway: &Shared, command: CommandId, attempt: u32) -> ChatId {
    let range = RoomId::MAX.get().cast_unsigned();
    let drawn = gateway.keys.draw("room", command, attempt) % range + 1;
    ChatId::Group(RoomId::try_from(drawn.cast_signed()).expect("1 ..= MAX is a group number"))
}

fn title(text: &str) -> Result<TitleText, Error> {
    TitleText::parse(text).map_err(|invalid| Error::Text("title", invalid))
}

fn titled(id: ChatId, title: &str) -> OneHead {
    let chat = ChatHead {
        id,
        kind: ChatKind::of(id),
        peer: None,
        title: TitleView::of(Ok(title.trim().to_owned())),
    };
    OneHead { chat }
}

/// Names the direct chat with an account. It comes into being with its first message.
#[utoipa::path(post, path = "/v1/chats/direct", tag = "chats", request_body = Peer,
    responses((status = 200, body = OneHead), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn direct(me: Device, State(gateway): State<Shared>, Json(other): Json<Peer>) -> Result<axum::Json<OneHead>, Error> {
    gateway.must_exist(&[other.account]).await?;
    let id = ChatId::direct(me.account, other.account);
    let chat = ChatHead {
        id,
        kind: ChatKind::of(id),
        peer: peer(id, me.account),
        title: TitleView::default(),
    };
    Ok(axum::Json(OneHead { chat }))
}

/// Lists the caller's chats, the last active first.
#[utoipa::path(get, path = "/v1/chats", tag = "chats", params(ChatPages),
    responses((status = 200, body = Chats), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn list(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Query(pages): Query<ChatPages>,
) -> Result<axum::Json<Chats>, Error> {
    let limit = page_length(pages.limit, PAGE, PAGE_MAX)?;
    let after = pages.after.as_deref().map(place).transpose()?;
    let _turn = gateway.turn().await;
    let mut rows = dialogs::page(&gateway.models.db, me.account, after, limit).await?;
    let found = rows.len();
    rows.truncate(fitting(rows.iter().map(size), gateway.config.page_bytes));
    let full = found == limit as usize || rows.len() < found;
    let next = rows.last().filter(|_| full).map(|row| format!("{}.{}", row.active_at.0, row.chat));
    let chats = views(&gateway, me.account, &rows).await?;
    Ok(axum::Json(Chats { chats, next }))
}

/// Bytes of a chat in a list, about.
fn size(row: &Dialog) -> usize {
    row.title.as_ref().map_or(0, |title| title.cipher.len()) + row.last.as_ref().map_or(0, timeline::Message::size)
}

fn place(text: &str) -> Result<Place, Error> {
    let parts = text.split_once('.');
    let place = parts.and_then(|(at, chat)| {
        Some(Place {
            active_at: Timestamp(at.parse().ok()?),
            chat: chat.parse().ok()?,
        })
    });
    place.ok_or_else(|| Error::InvalidRequest("after: must be next of the page before".to_owned()))
}

/// A chat that the caller is in.
#[utoipa::path(get, path = "/v1/chats/{chat}", tag = "chats", params(("chat" = String, Path), Then),
    responses((status = 200, body = OneChat), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn get(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Path(chat): Path<ChatId>,
    Query(moment): Query<Then>,
) -> Result<axum::Json<OneChat>, Error> {
    let row = match moment.as_of {
        None => dialogs::dialog(&gateway.models.db, me.account, chat).await?,
        until => Some(then(&gateway, until, Seer::Member(me), me.account, chat).await?),
    };
    shown(&gateway, me.account, row).await
}

/// A chat as an account sees it; `None`: it is not in it.
pub(super) async fn shown(gateway: &Shared, account: AccountId, row: Option<Dialog>) -> Result<axum::Json<OneChat>, Error> {
    let rows: Vec<_> = row.into_iter().collect();
    let chat = views(gateway, account, &rows).await?.pop().ok_or(Error::ChatNotFound)?;
    Ok(axum::Json(OneChat { chat }))
}

/// A chat as an account saw it then.
pub(super) async fn then(
    gateway: &Shared,
    until: Option<replay::Place>,
    seer: Seer,
    account: AccountId,
    chat: ChatId,
) -> Result<Dialog, Error> {
    let dialog = move |replay: Replay| replay.seen_by(account);
    let dialog = gateway.as_of((until, Asked::Dialog), seer, chat, dialog).await?;
    let mut dialog = dialog.ok_or(Error::ChatNotFound)?;
    gateway.withdraw(dialog.last.as_mut_slice()).await?;
    Ok(dialog)
}

/// Gives a group another title.
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

/// Chats as this member sees them.
async fn views(gateway: &Shared, me: AccountId, rows: &[Dialog]) -> Result<Vec<ChatView>, Error> {
    let titles = rows.iter().filter_map(|row| row.title.as_ref().map(|title| title.of));
    let texts = rows
        .iter()
        .filter_map(|row| row.last.as_ref().and_then(|last| last.content.as_ref()).map(|content| content.of));
    let owners: Vec<AccountId> = titles.chain(texts).collect();
    let opener = Opener::for_accounts(&gateway.keys, &owners).await?;
    Ok(rows.iter().map(|row| view(opener, me, row)).collect())
}

fn view(opener: Opener<'_>, me: AccountId, row: &Dialog) -> ChatView {
    let stream = Stream::Chat(row.chat);
    let title = row.title.as_ref().map_or_else(TitleView::default, |title| {
        TitleView::of(opener.open_closed::<Title>(&stream, title).map(|title| title.title))
    });
    ChatView {
        head: ChatHead {
            id: row.chat,
            kind: ChatKind::of(row.chat),
            peer: peer(row.chat, me),
            title,
        },
        members: row.members,
        unread: row.unread,
        read_up_to: row.read_up_to.map_or(0, MessageId::get),
        top_message: row.top_message.map_or(0, MessageId::get),
        last: row.last.as_ref().map(|last| opener.message(last)),
        active_at: row.active_at,
    }
}
