//! `/v1/me/privacy`: who may do what with the caller's account.

use axum::extract::State;
use domain::account::Command;
use domain::account::privacy::Change;
use projections::people;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::have;
use crate::Shared;
use crate::answer::Answer;
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{CommandKey, Json};
use crate::position::Fresh;
use crate::rendering::{AllowedName, PrivacyView};

/// Who may do what.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OnePrivacy {
    privacy: PrivacyView,
}

/// Who may do what from now on; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PrivacyChange {
    /// Find the account by its phone number.
    find_by_phone: Option<AllowedName>,
    /// Write to it.
    write: Option<AllowedName>,
    /// See when it was last seen.
    last_seen: Option<AllowedName>,
    /// Add it to groups.
    add_to_groups: Option<AllowedName>,
    /// Tell that the account wrote what they forward.
    forwards: Option<AllowedName>,
}

/// Who may do what with the caller's account.
#[utoipa::path(get, path = "/v1/me/privacy", tag = "me",
    responses((status = 200, body = OnePrivacy), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn get(me: Device, State(gateway): State<Shared>, _: Fresh) -> Result<axum::Json<OnePrivacy>, Error> {
    let privacy = people::privacy(&gateway.models.db, me.account).await?.into();
    Ok(axum::Json(OnePrivacy { privacy }))
}

/// Says who may do what with the caller's account.
#[utoipa::path(patch, path = "/v1/me/privacy", tag = "me", request_body = PrivacyChange,
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn change(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Json(wanted): Json<PrivacyChange>,
) -> Result<Answer<()>, Error> {
    let change = Change {
        find_by_phone: wanted.find_by_phone.map(Into::into),
        write: wanted.write.map(Into::into),
        last_seen: wanted.last_seen.map(Into::into),
        add_to_groups: wanted.add_to_groups.map(Into::into),
        forwards: wanted.forwards.map(Into::into),
    };
    have(&gateway, me, command, Command::ChangePrivacy { change }).await
}
