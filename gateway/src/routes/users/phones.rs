//! `POST /v1/users/by-phone`: who has which phone number, of those who let the caller find them so.

use std::collections::BTreeMap;

use axum::extract::State;
use domain::id::{AccountId, NameKey};
use infra::contact::Contact;
use projections::people;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::{self, UserView};
use crate::Shared;
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::Json;
use crate::limits::Caller;
use crate::position::Fresh;

/// Numbers looked for at once, at most.
const PHONES_MAX: usize = 100;

/// Whom to find. Nothing of it is kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PhonesWanted)]
pub(crate) struct Wanted {
    /// Phone numbers with their country codes, at most 100; what is none is not found.
    #[schema(max_items = 100)]
    phones: Vec<String>,
}

/// Who was found, in the order in which they were asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundByPhone {
    found: Vec<Found>,
}

/// Who has a number.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Found {
    /// Which of the numbers that were asked for, counted from 0.
    index: usize,
    user: UserView,
}

/// Finds who has these phone numbers, and may be found so.
#[utoipa::path(post, path = "/v1/users/by-phone", tag = "users", request_body = Wanted,
    responses((status = 200, body = FoundByPhone), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn find(
    me: Device,
    State(gateway): State<Shared>,
    _: Fresh,
    Json(wanted): Json<Wanted>,
) -> Result<axum::Json<FoundByPhone>, Error> {
    if wanted.phones.len() > PHONES_MAX {
        return Err(Error::InvalidRequest(format!("phones: at most {PHONES_MAX}")));
    }
    // The request itself counts as one.
    gateway
        .limits
        .caller_again(Caller::Account(me.account), wanted.phones.len().saturating_sub(1))?;
    let keys = wanted
        .phones
        .iter()
        .map(|phone| Some(Contact::phone(phone).ok()?.key(&gateway.keys)));
    let keys: Vec<Option<NameKey>> = keys.collect();
    let mut users = users(&gateway, me, keys.iter().flatten()).await?;
    let found = keys.iter().enumerate().filter_map(|(index, key)| {
        let user = users.remove(key.as_ref()?)?;
        Some(Found { index, user })
    });
    Ok(axum::Json(FoundByPhone { found: found.collect() }))
}

/// Who is found by these keys, by key.
async fn users(gateway: &Shared, me: Device, keys: impl Iterator<Item = &NameKey>) -> Result<BTreeMap<NameKey, UserView>, Error> {
    let keys: Vec<NameKey> = keys.cloned().collect();
    let _turn = gateway.turn().await;
    let found: Vec<(NameKey, AccountId)> = people::by_phone(&gateway.models.db, &keys).await?.into_iter().collect();
    let accounts: Vec<AccountId> = found.iter().map(|(_, account)| *account).collect();
    let standings = view::standings(gateway, me.account, &accounts).await?;
    let lets = found
        .into_iter()
        .zip(standings)
        .filter(|((_, account), standing)| *account == me.account || standing.theirs.allow(|privacy| privacy.find_by_phone));
    let mut keys: BTreeMap<AccountId, NameKey> = lets.map(|((key, account), _)| (account, key)).collect();
    let accounts: Vec<AccountId> = keys.keys().copied().collect();
    let views = view::of(gateway, me.account, &accounts).await?;
    let keyed = accounts
        .iter()
        .zip(views)
        .filter_map(|(account, view)| Some((keys.remove(account)?, view)));
    Ok(keyed.collect())
}
