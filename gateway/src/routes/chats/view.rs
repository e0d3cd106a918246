//! A chat as it is told.

use domain::account::event::Username;
use domain::chat::content::Title;
use domain::id::{AccountId, ChatId, MessageId};
use domain::sealed::Closed;
use domain::stream::Stream;
use domain::time::Timestamp;
use projections::chats;
use projections::dialogs::Dialog;
use projections::timeline::Message;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Shared;
use crate::error::Error;
use crate::rendering::{ChatKind, DraftView, MessageView, Opener, OwnView, TitleView, peer};

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
    /// A public channel's username; absent where it has none, or it can't be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
}

/// A chat as one of its members sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Chat)]
pub(crate) struct ChatView {
    #[serde(flatten)]
    head: ChatHead,
    /// How many members it has; a channel: subscribers.
    members: u32,
    #[serde(flatten)]
    own: Option<OwnView>,
    /// Messages behind `read_up_to` and `cleared_up_to` that are neither deleted nor hidden: all of them but `not_counted`.
    unread: u32,
    /// Messages behind both marks that are no unread ones: deleted, or hidden by the caller; ascending. `null`: more than 200.
    #[schema(value_type = Option<Vec<i64>>)]
    not_counted: Option<Vec<MessageId>>,
    /// How many unread messages mention the caller.
    mention_count: u32,
    /// Which; ascending. `null`: more than 200.
    #[schema(value_type = Option<Vec<i64>>)]
    mentions: Option<Vec<MessageId>>,
    /// The caller has read up to and including this message; 0: nothing.
    read_up_to: i64,
    /// Hidden from the caller up to and including this message; 0: nothing.
    cleared_up_to: i64,
    /// The other side of a direct chat has read up to and including this message; 0: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    peer_read_up_to: Option<i64>,
    /// The caller has marked it as unread.
    marked_unread: bool,
    /// Until when it is muted, in µs since 1970, which may be over; absent: it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    muted_until: Option<Timestamp>,
    /// Its place among the caller's pinned chats, from 1; absent: it is not pinned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pinned: Option<u32>,
    /// The caller has put it away.
    archived: bool,
    /// What the caller is about to say in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    draft: Option<DraftView>,
    /// Its pinned messages, the last pinned last.
    #[schema(value_type = Vec<i64>)]
    pins: Vec<MessageId>,
    /// The highest message id given, deleted or not; 0: none.
    top_message: i64,
    /// The last message that is neither deleted nor hidden; absent when there is none among the last hundred.
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<MessageView>,
    /// When the caller last became a member: µs since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    joined_at: Option<Timestamp>,
    /// When something was last said, the chat created or the caller added: µs since 1970. Behind pinned chats, the list is in its order.
    #[schema(value_type = i64)]
    active_at: Timestamp,
    /// Of a chat with a sequence of its own: the number of the last update there; 0: none yet. What is shown here includes it.
    #[serde(rename = "head", skip_serializing_if = "Option::is_none")]
    last_update: Option<i64>,
}

/// One chat's id and title.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneHead {
    chat: ChatHead,
}

/// One chat.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneChat {
    pub(super) chat: ChatView,
}

impl ChatHead {
    fn of(id: ChatId, peer: Option<AccountId>, title: TitleView) -> Self {
        let (kind, username) = (ChatKind::of(id), None);
        Self {
            id,
            kind,
            peer,
            title,
            username,
        }
    }
}

impl OneHead {
    pub(super) fn of(id: ChatId, peer: Option<AccountId>, title: TitleView) -> Self {
        let chat = ChatHead::of(id, peer, title);
        Self { chat }
    }
}

/// Chats as this member sees them.
pub(in crate::routes) async fn views(gateway: &Shared, me: AccountId, rows: &[Dialog]) -> Result<Vec<ChatView>, Error> {
    let titles = rows
        .iter()
        .flat_map(|row| [&row.title, &row.username])
        .filter_map(|sealed| sealed.as_ref().map(|sealed| sealed.of));
    let texts = rows.iter().filter_map(|row| row.last.as_ref()).flat_map(Message::owners);
    let drafts = rows.iter().filter_map(|row| row.draft.as_ref().map(|draft| draft.text.of));
    let owners: Vec<AccountId> = titles.chain(texts).chain(drafts).collect();
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
            username: username(opener, row.chat, row.username.as_ref()),
            ..ChatHead::of(row.chat, peer(row.chat, me), title)
        },
        members: row.members,
        own: OwnView::of(row),
        unread: row.unread,
        not_counted: row.not_counted.clone(),
        mention_count: row.mentioned,
        mentions: row.mentions.clone(),
        read_up_to: row.read_up_to.map_or(0, MessageId::get),
        cleared_up_to: row.cleared_up_to.map_or(0, MessageId::get),
        peer_read_up_to: peer(row.chat, me).map(|_| row.peer_read_up_to.map_or(0, MessageId::get)),
        marked_unread: row.marked_unread,
        muted_until: row.muted_until,
        pinned: row.place,
        archived: row.archived,
        draft: row.draft.as_ref().map(|draft| opener.draft(me, draft)),
        pins: row.pins.clone(),
        top_message: row.top_message.map_or(0, MessageId::get),
        last: row.last.as_ref().map(|last| opener.message(last)),
        joined_at: row.joined_at,
        active_at: row.active_at,
        last_update: row.head,
    }
}

fn username(opener: Opener<'_>, chat: ChatId, sealed: Option<&Closed>) -> Option<String> {
    let found = opener.open_closed::<Username>(&Stream::Chat(chat), sealed?).ok();
    found.map(|username| username.username)
}

/// A channel as anybody may see it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChannelView {
    #[serde(flatten)]
    head: ChatHead,
    /// How many follow it.
    members: u32,
}

impl ChannelView {
    /// What is shown of a channel that somebody has found.
    pub(in crate::routes) async fn of(gateway: &Shared, row: &chats::Chat) -> Result<Self, Error> {
        let owners: Vec<AccountId> = [&row.title, &row.username].into_iter().flatten().map(|sealed| sealed.of).collect();
        let opener = Opener::for_accounts(&gateway.keys, &owners).await?;
        let stream = Stream::Chat(row.chat);
        let title = row.title.as_ref().map_or_else(TitleView::default, |title| {
            TitleView::of(opener.open_closed::<Title>(&stream, title).map(|title| title.title))
        });
        Ok(Self {
            head: ChatHead {
                username: username(opener, row.chat, row.username.as_ref()),
                ..ChatHead::of(row.chat, None, title)
            },
            members: row.members,
        })
    }
}
