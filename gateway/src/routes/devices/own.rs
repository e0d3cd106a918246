//! `/v1/me/devices`: the caller lists, renames and ends devices of the own account.

use axum::extract::State;
use domain::account::event::DeviceName;
use domain::account::{self, Account, DeviceNameText, PlatformText};
use domain::id::DeviceId;
use domain::stream::Stream;
use projections::directory;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::end_by;
use super::view::{self, Devices};
use crate::answer::Answer;
use crate::caller::Device;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Bare, CommandKey, Json, NoBody, Path};
use crate::position::Fresh;
use crate::rendering::Opener;
use crate::{Gateway, Shared};

/// What a device is to be called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewName {
    /// From now on: 1 to 64 characters.
    name: String,
}

/// A renamed device.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Renamed {
    /// Which.
    #[schema(value_type = i64)]
    device: DeviceId,
    /// What it is called from now on.
    name: String,
}

/// The caller's devices.
#[utoipa::path(get, path = "/v1/me/devices", tag = "me",
    responses((status = 200, body = Devices), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn list(me: Device, State(gateway): State<Shared>, _: Fresh) -> Result<axum::Json<Devices>, Error> {
    view::of(&gateway, me.account, Some(me.device)).await
}

/// Calls one of the caller's devices something else.
#[utoipa::path(patch, path = "/v1/me/devices/{device}", tag = "me", params(("device" = i64, Path)), request_body = NewName,
    responses((status = 200, body = Renamed), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn rename(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(device): Path<DeviceId>,
    Json(new): Json<NewName>,
) -> Result<Answer<Renamed>, Error> {
    let name = DeviceNameText::parse(&new.name).map_err(|invalid| Error::Text("name", invalid))?;
    let renamed = Renamed {
        device,
        name: name.as_str().to_owned(),
    };
    let platform = gateway.platform(me, device).await?;
    let payload = account::Command::RenameDevice { device, name, platform };
    let request = me.request(command, payload);
    let done = gateway.executor.execute::<Account>(me.account, request).await?;
    Ok(Answer::ok(renamed).at(done.position))
}

/// Ends one of the caller's devices, perhaps the asking one: its token and its sessions end with it.
#[utoipa::path(delete, path = "/v1/me/devices/{device}", tag = "me", params(("device" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn end(
    me: Device,
    State(gateway): State<Shared>,
    Bare { command, of: device }: Bare<DeviceId>,
) -> Result<Answer<()>, Error> {
    let request = me.request(command, account::Command::EndDevice { device });
    end_by(&gateway, request, me.account, Some(device)).await
}

/// Ends all of the caller's devices but the asking one.
#[utoipa::path(delete, path = "/v1/me/devices", tag = "me",
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn end_others(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    _: NoBody,
) -> Result<Answer<()>, Error> {
    let request = me.request(command, account::Command::EndOtherDevices);
    end_by(&gateway, request, me.account, None).await
}

impl Gateway {
    /// What a device of the caller's runs on: it stays with it whatever it is called.
    async fn platform(&self, me: Device, device: DeviceId) -> Result<Option<PlatformText>, Error> {
        let mut row = directory::device(&self.models, me.account, device).await?;
        if row.is_none() {
            self.level().await?;
            row = directory::device(&self.models, me.account, device).await?;
        }
        let row = row.ok_or(account::Rejection::DeviceNotFound(device))?;
        let opener = Opener::for_accounts(&self.keys, &[me.account]).await?;
        let name = opener.open_closed::<DeviceName>(&Stream::Account(me.account), &row.name);
        // What can't be opened is no reason to refuse here: without the key, the name can't be recorded either.
        let platform = name.ok().and_then(|name| name.platform);
        Ok(platform.and_then(|platform| PlatformText::parse(&platform).ok()))
    }
}
