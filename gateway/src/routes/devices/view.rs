//! Devices as their owner sees them.

use domain::account::event::DeviceName;
use domain::id::{AccountId, DeviceId};
use domain::stream::Stream;
use domain::time::Timestamp;
use projections::directory;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Gateway;
use crate::error::Error;
use crate::rendering::{NameView, Opener};

/// A device.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Device)]
pub(crate) struct DeviceView {
    /// Which of its account's.
    #[schema(value_type = i64)]
    device: DeviceId,
    /// What its owner calls it.
    #[serde(flatten)]
    name: NameView,
    /// What it runs on, if it said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<String>,
    /// Since when it may act, in µs since 1970.
    #[schema(value_type = i64)]
    authorised_at: Timestamp,
    /// Since when it may not; absent while it may.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    ended_at: Option<Timestamp>,
    /// When it last asked for something or was connected, to the minute; absent if it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    last_seen_at: Option<Timestamp>,
    /// Whether it is the one that asks.
    current: bool,
}

/// An account's devices, those that were ended too, by number.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Devices {
    devices: Vec<DeviceView>,
}

/// An account's devices; `asking` is the one that asks, if it is one of them.
pub(in crate::routes) async fn of(gateway: &Gateway, account: AccountId, asking: Option<DeviceId>) -> Result<axum::Json<Devices>, Error> {
    let devices = all(gateway, account, asking).await?;
    Ok(axum::Json(Devices { devices }))
}

/// Those of an account that may act, by number.
pub(in crate::routes) async fn acting(gateway: &Gateway, account: AccountId, asking: DeviceId) -> Result<Vec<DeviceView>, Error> {
    let devices = all(gateway, account, Some(asking)).await?;
    Ok(devices.into_iter().filter(|device| device.ended_at.is_none()).collect())
}

async fn all(gateway: &Gateway, account: AccountId, asking: Option<DeviceId>) -> Result<Vec<DeviceView>, Error> {
    let rows = directory::devices(&gateway.models.db, account).await?;
    let seen = gateway.models.state.seen(account).await?;
    let opener = Opener::for_accounts(&gateway.keys, &[account]).await?;
    let stream = Stream::Account(account);
    let view = |row: directory::Device| {
        let (name, platform) = match opener.open_closed::<DeviceName>(&stream, &row.name) {
            Ok(DeviceName { name, platform }) => (Ok(name), platform),
            Err(shut) => (Err(shut), None),
        };
        DeviceView {
            device: row.device,
            name: NameView::of(name),
            platform,
            authorised_at: row.authorised_at,
            ended_at: row.ended_at,
            last_seen_at: seen.get(&row.device).copied(),
            current: asking == Some(row.device),
        }
    };
    Ok(rows.into_iter().map(view).collect())
}
