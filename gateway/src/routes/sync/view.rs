//! A snapshot as it is told.

use domain::account::event::ContactName;
use domain::id::AccountId;
use domain::stream::Stream;
use domain::time::Timestamp;
use projections::people;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Shared;
use crate::error::Error;
use crate::rendering::{NameView, Opener, PrivacyView};
use crate::routes::chats::view::ChatView;
use crate::routes::devices::view::DeviceView;
use crate::routes::me::Me;
use crate::routes::users::view::UserView;

/// A snapshot, or a further page of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Sync {
    #[serde(flatten)]
    pub(super) first: Option<First>,
    /// Some of the chats, the last active first, as `GET /v1/chats` lists them.
    pub(super) chats: Vec<ChatView>,
    /// Whom they name: other sides, and who said the last message.
    pub(super) users: Vec<UserView>,
    /// What to give as `after` for the next page; absent on the last. Opaque.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

/// What is told on the first page alone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SyncFirst)]
pub(crate) struct First {
    /// From where updates go on.
    pub(super) cursor: CursorView,
    /// The account and the device, as `GET /v1/me` tells them.
    pub(super) me: Me,
    /// Who may do what with the account.
    pub(super) privacy: PrivacyView,
    /// All its contacts, by id.
    pub(super) contacts: Vec<ContactView>,
    /// All whom it has blocked, by id.
    #[schema(value_type = Vec<i64>)]
    pub(super) blocked: Vec<AccountId>,
    /// Its devices that may act, by number.
    pub(super) devices: Vec<DeviceView>,
}

/// A place in the device's updates.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Cursor)]
pub(crate) struct CursorView {
    /// What the number belongs to.
    pub(super) epoch: i64,
    /// An update's number; 0: before the first.
    pub(super) seq: i64,
    /// That update's `at`; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    pub(super) at: Option<Timestamp>,
}

/// A contact, and what it is called by whose it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contact)]
pub(crate) struct ContactView {
    /// Who it is.
    #[schema(value_type = i64)]
    account: AccountId,
    #[serde(flatten)]
    name: NameView,
}

/// An account's contacts as it sees them.
pub(super) async fn contacts(gateway: &Shared, account: AccountId, rows: &[people::Contact]) -> Result<Vec<ContactView>, Error> {
    let (opener, stream) = (Opener::for_accounts(&gateway.keys, &[account]).await?, Stream::Account(account));
    let name = |row: &people::Contact| {
        let open = |name| opener.open_closed::<ContactName>(&stream, name).map(|name| name.name);
        row.name.as_ref().map_or_else(NameView::default, |name| NameView::of(open(name)))
    };
    let view = |row: &people::Contact| ContactView {
        account: row.account,
        name: name(row),
    };
    Ok(rows.iter().map(view).collect())
}
