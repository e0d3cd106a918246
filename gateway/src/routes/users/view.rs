//! Accounts as another one sees them.

use std::collections::BTreeMap;

use domain::account::Wishes;
use domain::account::event::ContactName;
use domain::id::AccountId;
use domain::stream::Stream;
use domain::time::Timestamp;
use projections::{directory, people};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Shared;
use crate::error::Error;
use crate::rendering::Opener;
use crate::routes::accounts::{self, AccountView};

/// An account as the caller sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserView {
    #[serde(flatten)]
    account: AccountView,
    /// Whether it is a contact of the caller.
    contact: bool,
    /// What the caller calls that contact; absent: nothing of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    called: Option<String>,
    /// Whether each is a contact of the other.
    mutual: bool,
    /// Whether the caller has blocked it.
    blocked: bool,
    /// When it was last seen, to the minute; absent: never, or the caller may not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    last_seen_at: Option<Timestamp>,
}

/// How the caller and another account stand to each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    /// What the caller wishes of the other.
    own: Wishes,
    /// What the other wishes of the caller.
    pub(super) theirs: Wishes,
}

/// How the caller and these accounts stand to each other, in their order.
pub(super) async fn standings(gateway: &Shared, me: AccountId, others: &[AccountId]) -> Result<Vec<Standing>, Error> {
    let pairs: Vec<_> = others.iter().flat_map(|other| [(me, *other), (*other, me)]).collect();
    let models = &gateway.models;
    let wishes = people::wishes(&models.db, models.checkpoint(), &pairs).await?;
    let standing = |both: &[Wishes]| Standing {
        own: both[0],
        theirs: both[1],
    };
    Ok(wishes.chunks_exact(2).map(standing).collect())
}

/// These accounts, which are known to exist, in their order, as the caller sees them.
pub(in crate::routes) async fn of(gateway: &Shared, me: AccountId, accounts: &[AccountId]) -> Result<Vec<UserView>, Error> {
    let rows = directory::accounts_with(&gateway.models.db, accounts).await?;
    if rows.len() < accounts.len() {
        // Whoever is a contact was registered before; the directory will know.
        return Err(Error::Behind);
    }
    views(gateway, me, &rows).await
}

/// The same of those that the directory knows by now.
pub(in crate::routes) async fn known(gateway: &Shared, me: AccountId, accounts: &[AccountId]) -> Result<Vec<UserView>, Error> {
    let rows = directory::accounts_with(&gateway.models.db, accounts).await?;
    views(gateway, me, &rows).await
}

/// The same of accounts that were looked up.
pub(super) async fn views(gateway: &Shared, me: AccountId, rows: &[directory::Account]) -> Result<Vec<UserView>, Error> {
    let ids: Vec<AccountId> = rows.iter().map(|row| row.id).collect();
    let standings = standings(gateway, me, &ids).await?;
    let mut called = called(gateway, me, &ids).await?;
    let seen = gateway.models.state.last_seen_of(&ids).await?;
    let accounts = accounts::views(gateway, rows).await?;
    let views = accounts.into_iter().zip(&ids).zip(standings);
    let view = |((account, id), standing): ((AccountView, &AccountId), Standing)| {
        let last_seen_at = seen
            .get(id)
            .copied()
            .filter(|_| *id == me || standing.theirs.allow(|privacy| privacy.last_seen));
        view(account, standing, called.remove(id), last_seen_at)
    };
    Ok(views.map(view).collect())
}

/// Whoever blocked the caller says nothing of itself, as if it had nothing to say: it is not told that it did.
fn view(mut account: AccountView, Standing { own, theirs }: Standing, called: Option<String>, last_seen_at: Option<Timestamp>) -> UserView {
    account.bio.take_if(|_| theirs.blocked);
    UserView {
        account,
        contact: own.contact,
        called,
        mutual: own.contact && theirs.contact,
        blocked: own.blocked,
        last_seen_at,
    }
}

/// What the caller calls those of the accounts that are contacts.
async fn called(gateway: &Shared, me: AccountId, accounts: &[AccountId]) -> Result<BTreeMap<AccountId, String>, Error> {
    let contacts = people::contacts_among(&gateway.models.db, me, accounts).await?;
    let named = contacts.into_iter().filter_map(|contact| Some((contact.account, contact.name?)));
    let named: Vec<_> = named.collect();
    let whose: &[AccountId] = if named.is_empty() { &[] } else { &[me] };
    let opener = Opener::for_accounts(&gateway.keys, whose).await?;
    let open = |name| opener.open_closed::<ContactName>(&Stream::Account(me), name).ok();
    let named = named.iter().filter_map(|(account, name)| Some((*account, open(name)?.name)));
    Ok(named.collect())
}
