//! `/v1/chats/{chat}/members`, `/v1/chats/{chat}/leave`: who is in a chat, and as what.

use std::collections::BTreeSet;

use axum::extract::State;
use domain::chat::{Chat, Command, Right, Role};
use domain::id::{AccountId, ChatId};
use projections::members::{self, Member};
use projections::past::{Asked, Replay};
use projections::replay::Place;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::{behind, page_length};
use crate::answer::{Answer, done};
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Bare, CommandKey, Json, Path, Query, id, number, parsed};
use crate::past::Seer;
use crate::position::Fresh;
use crate::rendering::{MemberView, RightName, RoleName};
use crate::{Gateway, Shared};

/// Members of a page, unless asked for otherwise, and at most.
const MEMBERS_PAGE: (u32, u32) = (100, 1_000);

/// Whom to make a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMember {
    /// The account; must exist.
    #[schema(value_type = i64)]
    account: AccountId,
}

/// A role to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleChange {
    /// `admin` or `member`.
    role: RoleName,
    /// An admin's rights; for `admin` alone.
    #[serde(default)]
    #[schema(value_type = Option<Vec<RightName>>)]
    rights: Option<BTreeSet<Right>>,
}

/// One member.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneMember {
    member: MemberView,
}

/// Some members, by account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Members {
    members: Vec<MemberView>,
    /// What to give as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    next: Option<AccountId>,
}

/// Which members.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MemberPages {
    /// Those behind this account.
    #[serde(default, deserialize_with = "id")]
    #[param(value_type = Option<i64>)]
    pub(super) after: Option<AccountId>,
    /// At most so many: 1 … 1000, else 100.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// As of this place in the log: a position, or a time (RFC 3339).
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>)]
    pub(super) as_of: Option<Place>,
}

/// Lists a chat's members.
#[utoipa::path(get, path = "/v1/chats/{chat}/members", tag = "chats", params(("chat" = String, Path), MemberPages),
    responses((status = 200, body = Members), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn list(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Path(chat): Path<ChatId>,
    Query(pages): Query<MemberPages>,
) -> Result<axum::Json<Members>, Error> {
    let limit = pages.limit()?;
    gateway.must_see_members(me, chat).await?;
    let rows = match pages.as_of {
        None => now(&gateway, me, chat, pages.after, limit).await?,
        until => then(&gateway, until, Seer::Member(me), chat, (pages.after, limit)).await?,
    };
    Ok(shown(&rows, limit))
}

impl MemberPages {
    /// How many.
    pub(super) fn limit(&self) -> Result<u32, Error> {
        page_length(self.limit, MEMBERS_PAGE.0, MEMBERS_PAGE.1)
    }
}

/// A page of them, and where the next begins.
pub(super) fn shown(rows: &[Member], limit: u32) -> axum::Json<Members> {
    let next = behind(rows, limit, |row| row.account);
    let members = rows.iter().map(|row| MemberView::new(row.account, &row.role)).collect();
    axum::Json(Members { members, next })
}

/// Who was in it then.
pub(super) async fn then(
    gateway: &Shared,
    until: Option<Place>,
    seer: Seer,
    chat: ChatId,
    (after, limit): (Option<AccountId>, u32),
) -> Result<Vec<Member>, Error> {
    let page = move |replay: Replay| replay.members(after, limit);
    gateway.as_of((until, Asked::Members), seer, chat, page).await
}

async fn now(gateway: &Shared, me: Device, chat: ChatId, after: Option<AccountId>, limit: u32) -> Result<Vec<Member>, Error> {
    gateway.abreast(me.account).await?;
    let _turn = gateway.turn().await;
    gateway.must_be_in(me, chat).await?;
    Ok(members::members(&gateway.models.db, chat, after, limit).await?)
}

/// Adds a member to a group; nothing changes if the account is one.
#[utoipa::path(post, path = "/v1/chats/{chat}/members", tag = "chats", params(("chat" = String, Path)), request_body = NewMember,
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn add(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(chat): Path<ChatId>,
    Json(new): Json<NewMember>,
) -> Result<Answer<()>, Error> {
    gateway.must_exist(&[new.account]).await?;
    let payload = Command::Add { account: new.account };
    let added = gateway.executor.execute::<Chat>(chat, me.request(command, payload)).await?;
    Ok(done(added.position))
}

/// Gives a member another role, or an admin other rights.
#[utoipa::path(patch, path = "/v1/chats/{chat}/members/{account}", tag = "chats", params(("chat" = String, Path), ("account" = i64, Path)),
    request_body = RoleChange, responses((status = 200, body = OneMember), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn change(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path((chat, account)): Path<(ChatId, AccountId)>,
    Json(change): Json<RoleChange>,
) -> Result<Answer<OneMember>, Error> {
    let role = role(change)?;
    let member = MemberView::new(account, &role);
    let steps = Shared::clone(&gateway).give_role(me, command, chat, (account, role));
    let position = gateway.go_through(steps).await?;
    Ok(Answer::ok(OneMember { member }).at(position))
}

impl Gateway {
    /// Refuses to show who runs a channel, or ran it, to whoever does not.
    async fn must_see_members(&self, me: Device, chat: ChatId) -> Result<(), Error> {
        let ChatId::Channel(_) = chat else { return Ok(()) };
        self.abreast(me.account).await?;
        self.must_be_in(me, chat).await?;
        match members::role(&self.models.db, chat, me.account).await? {
            Some(_) => Ok(()),
            None => Err(Error::Forbidden("only who runs a channel sees who does")),
        }
    }
}

fn role(change: RoleChange) -> Result<Role, Error> {
    match (change.role, change.rights) {
        (RoleName::Owner, None) => Ok(Role::Owner),
        (RoleName::Admin, rights) => Ok(Role::Admin(rights.unwrap_or_default())),
        (RoleName::Member, None) => Ok(Role::Member),
        (RoleName::Owner | RoleName::Member, Some(_)) => {
            Err(Error::InvalidRequest("rights: only admins have rights of their own".to_owned()))
        }
    }
}

/// Removes another member from a group.
#[utoipa::path(delete, path = "/v1/chats/{chat}/members/{account}", tag = "chats", params(("chat" = String, Path), ("account" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn remove(
    me: Device,
    State(gateway): State<Shared>,
    Bare {
        command,
        of: (chat, account),
    }: Bare<(ChatId, AccountId)>,
) -> Result<Answer<()>, Error> {
    let request = me.request(command, Command::Remove { account });
    let removed = gateway.executor.execute::<Chat>(chat, request).await?;
    Ok(done(removed.position))
}

/// Leaves a group; follows a channel no more.
#[utoipa::path(post, path = "/v1/chats/{chat}/leave", tag = "chats", params(("chat" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn leave(
    me: Device,
    State(gateway): State<Shared>,
    Bare { command, of: chat }: Bare<ChatId>,
) -> Result<Answer<()>, Error> {
    if let ChatId::Channel(_) = chat {
        let steps = Shared::clone(&gateway).leave_channel(me, command, chat);
        return gateway.go_through(steps).await.map(done);
    }
    let left = gateway.executor.execute::<Chat>(chat, me.request(command, Command::Leave)).await?;
    Ok(done(left.position))
}
