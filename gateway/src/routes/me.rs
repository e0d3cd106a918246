//! `/v1/me`: the caller's own account.

use axum::extract::State;
use domain::account::{BioText, NameText};
use domain::id::{AccountId, DeviceId};
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::executor::Done;
use projections::directory;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accounts::{self, AccountView};
use crate::Shared;
use crate::answer::Answer;
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{CommandKey, Json};
use crate::position::Fresh;
use crate::profile;
use crate::rendering::{NameView, Opener};

/// The caller's account and device.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    account: AccountView,
    /// The device that asks.
    #[schema(value_type = i64)]
    device: DeviceId,
    /// Whether the account may administer the installation; absent where it may not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    admin: bool,
    /// From when on the account is erased, as it wishes, in µs since 1970; absent where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    erasure_due_at: Option<Timestamp>,
}

/// A change of the profile. What is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileChange {
    /// The display name from now on: 1 to 64 characters.
    #[serde(default)]
    name: Option<String>,
    /// What the account says of itself from now on: 1 to 140 characters; empty: nothing.
    #[serde(default)]
    bio: Option<String>,
}

/// A changed profile.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangedAccount {
    account: Named,
}

/// An account and what it is called.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Named {
    #[schema(value_type = i64)]
    id: AccountId,
    #[serde(flatten)]
    name: NameView,
    /// What it says of itself, if it does.
    bio: Option<String>,
}

/// The caller's account.
#[utoipa::path(get, path = "/v1/me", tag = "me",
    responses((status = 200, body = Me), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn get(me: Device, State(gateway): State<Shared>, _: Fresh) -> Result<axum::Json<Me>, Error> {
    of(&gateway, me).await.map(axum::Json)
}

/// The caller's account, as the read models have it.
pub(super) async fn of(gateway: &Shared, me: Device) -> Result<Me, Error> {
    let row = directory::account(&gateway.models.db, me.account).await?;
    let row = row.ok_or(Error::AccountNotFound(me.account))?;
    let directory::Standing { admin, erasure_due_at, .. } = row.standing;
    let account = accounts::views(gateway, &[row])
        .await?
        .pop()
        .ok_or(Error::AccountNotFound(me.account))?;
    Ok(Me {
        account,
        device: me.device,
        admin,
        erasure_due_at,
    })
}

/// Changes the profile.
#[utoipa::path(patch, path = "/v1/me", tag = "me", request_body = ProfileChange,
    responses((status = 200, body = ChangedAccount), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn change(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Json(change): Json<ProfileChange>,
) -> Result<Answer<ChangedAccount>, Error> {
    let (name, bio) = change.parse()?;
    let done = profile::change(&gateway, me, command, name, bio).await?;
    let account = named(&gateway, me.account, &done).await?;
    Ok(Answer::ok(ChangedAccount { account }).at(done.position))
}

impl ProfileChange {
    #[expect(clippy::option_option, reason = "what is kept, nothing and a text are three things")]
    fn parse(&self) -> Result<(Option<NameText>, Option<Option<BioText>>), Error> {
        let name = self.name.as_deref().map(NameText::parse).transpose();
        let name = name.map_err(|invalid| Error::Text("name", invalid))?;
        let bio = match self.bio.as_deref() {
            None => None,
            Some("") => Some(None),
            Some(bio) => Some(Some(BioText::parse(bio).map_err(|invalid| Error::Text("bio", invalid))?)),
        };
        if name.is_none() && bio.is_none() {
            return Err(Error::InvalidRequest("name, bio: at least one of them is needed".to_owned()));
        }
        Ok((name, bio))
    }
}

/// What the account is called since the change: a repeated one gets its first answer.
async fn named(gateway: &Shared, account: AccountId, done: &Done) -> Result<Named, Error> {
    let told = done.facts.iter().find_map(|fact| profile::told(fact));
    let told = told.ok_or_else(|| Error::Internal("a change without a profile".to_owned()))?;
    let opener = Opener::for_accounts(&gateway.keys, &[account]).await?;
    let profile = opener.open(&Stream::Account(account), told);
    Ok(Named {
        id: account,
        bio: profile.as_ref().ok().and_then(|profile| profile.bio.clone()),
        name: NameView::of(profile.map(|profile| profile.name)),
    })
}
