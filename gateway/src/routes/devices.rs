//! `/v1/accounts/{account}/devices`: the operator authorises, lists and ends devices.

use axum::extract::State;
use domain::account::event::DeviceName;
use domain::account::{self, Account, DeviceNameText};
use domain::event::Event;
use domain::id::{AccountId, DeviceId};
use domain::stream::Stream;
use domain::time::Timestamp;
use infra::executor::Request;
use projections::directory;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Shared;
use crate::answer::{Answer, done};
use crate::caller::Admin;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{CommandKey, Json, NoBody, Path};
use crate::position::Fresh;
use crate::rendering::{NameView, Opener};
use crate::token::{Secret, Token};

/// A new device.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDevice {
    /// What its owner calls it: 1 to 64 characters.
    name: String,
}

/// A device that may act from now on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Authorised {
    /// For which account.
    #[schema(value_type = i64)]
    account: AccountId,
    /// Which of its devices.
    #[schema(value_type = i64)]
    device: DeviceId,
    /// Its token, told this once; `null` when the command is repeated.
    token: Option<String>,
    /// Whether this is the first answer again, without the token.
    repeated: bool,
}

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
    /// Since when it may act, in µs since 1970.
    #[schema(value_type = i64)]
    authorised_at: Timestamp,
    /// Since when it may not; absent while it may.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    ended_at: Option<Timestamp>,
}

/// An account's devices, those that were ended too, by number.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Devices {
    devices: Vec<DeviceView>,
}

/// Authorises a further device; its token works as soon as this is answered.
#[utoipa::path(post, path = "/v1/accounts/{account}/devices", tag = "admin", params(("account" = i64, Path)), request_body = NewDevice,
    responses((status = 201, body = Authorised), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn authorise(
    admin: Admin,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(account): Path<AccountId>,
    Json(new): Json<NewDevice>,
) -> Result<Answer<Authorised>, Error> {
    let name = DeviceNameText::parse(&new.name).map_err(|invalid| Error::Text("name", invalid))?;
    let secret = Secret::new(gateway.clock.secret());
    let payload = account::Command::AuthoriseDevice {
        token: secret.hash(),
        name,
        platform: None,
        sign_in: None,
    };
    let done = gateway
        .executor
        .execute::<Account>(account, admin.request(command, payload))
        .await?;
    let device = done.facts.iter().find_map(|fact| match &fact.event {
        Event::Account(account::Event::DeviceAuthorised(authorised)) => Some(authorised.device),
        Event::Account(_) | Event::Chat(_) | Event::Inbox(_) | Event::SignIn(_) | Event::Name(_) | Event::System(_) => None,
    });
    let device = device.ok_or_else(|| Error::Internal("an authorisation without a device".to_owned()))?;
    if let Some(position) = done.position {
        // Should the read models be slow, the token works a little later: better than no token.
        let _ = gateway.models.progress.wait(position, gateway.config.settle_max).await;
    }
    let authorised = Authorised {
        account,
        device,
        token: (!done.repeated).then(|| Token::Device(account, device, secret).reveal()),
        repeated: done.repeated,
    };
    Ok(Answer::created(authorised).at(done.position))
}

/// Lists an account's devices.
#[utoipa::path(get, path = "/v1/accounts/{account}/devices", tag = "admin", params(("account" = i64, Path)),
    responses((status = 200, body = Devices), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn list(
    _: Admin,
    State(gateway): State<Shared>,
    _: Fresh,
    Path(account): Path<AccountId>,
) -> Result<axum::Json<Devices>, Error> {
    gateway.must_exist(&[account]).await?;
    of(&gateway, account).await
}

/// Ends a device: its token and its sessions end with it.
#[utoipa::path(delete, path = "/v1/accounts/{account}/devices/{device}", tag = "admin", params(("account" = i64, Path), ("device" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn end(
    admin: Admin,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path((account, device)): Path<(AccountId, DeviceId)>,
    _: NoBody,
) -> Result<Answer<()>, Error> {
    let request = admin.request(command, account::Command::EndDevice { device });
    end_by(&gateway, request, account, device).await
}

/// Ends a device on behalf of whoever may; its token is refused once this is answered.
pub(super) async fn end_by(
    gateway: &Shared,
    request: Request<account::Command>,
    account: AccountId,
    device: DeviceId,
) -> Result<Answer<()>, Error> {
    let ended = gateway.executor.execute::<Account>(account, request).await?;
    if let Some(position) = ended.position {
        let _ = gateway.models.progress.wait(position, gateway.config.settle_max).await;
    }
    gateway.forget(account, device).await;
    Ok(done(ended.position))
}

/// An account's devices as clients see them.
pub(super) async fn of(gateway: &Shared, account: AccountId) -> Result<axum::Json<Devices>, Error> {
    let rows = directory::devices(&gateway.models.db, account).await?;
    let opener = Opener::for_accounts(&gateway.keys, &[account]).await?;
    let stream = Stream::Account(account);
    let view = |row: directory::Device| DeviceView {
        device: row.device,
        name: NameView::of(opener.open_closed::<DeviceName>(&stream, &row.name).map(|name| name.name)),
        authorised_at: row.authorised_at,
        ended_at: row.ended_at,
    };
    let devices = rows.into_iter().map(view).collect();
    Ok(axum::Json(Devices { devices }))
}
