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
use crate::presence;
use crate::rendering::Opener;
use crate::routes::accounts::{self, AccountView};

/// µs of a day.
const DAY: i64 = 24 * 3600 * 1_000_000;

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
    /// Whether a device of it is connected; absent: the caller may not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    online: Option<bool>,
    /// When it was last seen, to the minute; absent: never, or the caller may not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    last_seen_at: Option<Timestamp>,
    /// About when it was last seen, where the caller may not know it to the minute: `recently`, `within_week`, `within_month`, `long_ago`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    last_seen: Option<About>,
}

/// About when somebody was last seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum About {
    /// Within three days.
    Recently,
    /// Within a week.
    WithinWeek,
    /// Within thirty days.
    WithinMonth,
    /// Before, or never; or it has blocked the caller.
    LongAgo,
}

impl About {
    fn of(seen: Option<Timestamp>, now: Timestamp) -> Self {
        match seen.map(|seen| (now.0 - seen.0) / DAY) {
            Some(..3) => Self::Recently,
            Some(3..7) => Self::WithinWeek,
            Some(7..30) => Self::WithinMonth,
            Some(30..) | None => Self::LongAgo,
        }
    }
}

/// What the caller may know of when an account was last seen.
#[derive(Debug, Clone, Copy)]
struct Seen {
    online: Option<bool>,
    at: Option<Timestamp>,
    about: Option<About>,
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
    let now = gateway.clock.now();
    let views = accounts.into_iter().zip(&ids).zip(standings);
    let view = |((account, id), standing): ((AccountView, &AccountId), Standing)| {
        let at = seen.get(id).copied();
        let known = if *id == me || presence::shows(standing.theirs, standing.own) {
            Seen {
                online: Some(gateway.is_online(*id, at)),
                at,
                about: None,
            }
        } else {
            Seen {
                online: None,
                at: None,
                about: Some(About::of(at.filter(|_| !standing.theirs.blocked), now)),
            }
        };
        view(account, standing, called.remove(id), known)
    };
    Ok(views.map(view).collect())
}

/// Whoever blocked the caller says nothing of itself, as if it had nothing to say: it is not told that it did.
fn view(mut account: AccountView, Standing { own, theirs }: Standing, called: Option<String>, seen: Seen) -> UserView {
    account.bio.take_if(|_| theirs.blocked);
    UserView {
        account,
        contact: own.contact,
        called,
        mutual: own.contact && theirs.contact,
        blocked: own.blocked,
        online: seen.online,
        last_seen_at: seen.at,
        last_seen: seen.about,
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
