//! `/v1/accounts/{account}/devices`: the operator authorises, lists and ends devices.

pub(super) mod own;
pub(super) mod view;

use axum::extract::State;
use domain::account::{self, Account, DeviceNameText, PlatformText};
use domain::event::Event;
use domain::id::{AccountId, DeviceId};
use infra::executor::Request;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Shared;
use crate::answer::{self, Answer};
use crate::caller::Admin;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{Bare, CommandKey, Json, Path};
use crate::position::Fresh;
use crate::token::{Secret, Token};
use view::Devices;

/// A new device.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDevice {
    /// What its owner calls it: 1 to 64 characters.
    name: String,
    /// What it runs on: 1 to 64 characters.
    platform: Option<String>,
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
    let platform = new.platform.as_deref().map(PlatformText::parse).transpose();
    let platform = platform.map_err(|invalid| Error::Text("platform", invalid))?;
    let secret = Secret::new(gateway.clock.secret());
    let payload = account::Command::AuthoriseDevice {
        token: secret.hash(),
        name,
        platform,
        sign_in: None,
    };
    let done = gateway
        .executor
        .execute::<Account>(account, admin.request(command, payload))
        .await?;
    let device = done.facts.iter().find_map(|fact| match &fact.event {
        Event::Account(account::Event::DeviceAuthorised(authorised)) => Some(authorised.device),
        Event::Account(_)
        | Event::Chat(_)
        | Event::Inbox(_)
        | Event::SignIn(_)
        | Event::Name(_)
        | Event::Interactions(_)
        | Event::System(_) => None,
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
    view::of(&gateway, account, None).await
}

/// Ends a device: its token and its sessions end with it.
#[utoipa::path(delete, path = "/v1/accounts/{account}/devices/{device}", tag = "admin", params(("account" = i64, Path), ("device" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn end(
    admin: Admin,
    State(gateway): State<Shared>,
    Bare {
        command,
        of: (account, device),
    }: Bare<(AccountId, DeviceId)>,
) -> Result<Answer<()>, Error> {
    let request = admin.request(command, account::Command::EndDevice { device });
    end_by(&gateway, request, account, Some(device)).await
}

/// Ends devices on behalf of whoever may: the one that is named, or all that turn out to be meant. Their tokens are refused once this is answered.
async fn end_by(
    gateway: &Shared,
    request: Request<account::Command>,
    account: AccountId,
    named: Option<DeviceId>,
) -> Result<Answer<()>, Error> {
    let done = gateway.executor.execute::<Account>(account, request).await?;
    if let Some(position) = done.position {
        let _ = gateway.models.progress.wait(position, gateway.config.settle_max).await;
    }
    let ended = done.facts.iter().filter_map(|fact| match &fact.event {
        Event::Account(account::Event::DeviceEnded(ended)) => Some(ended.device),
        Event::Account(_)
        | Event::Chat(_)
        | Event::Inbox(_)
        | Event::Name(_)
        | Event::SignIn(_)
        | Event::Interactions(_)
        | Event::System(_) => None,
    });
    for device in named.into_iter().chain(ended) {
        gateway.forget(account, device).await;
    }
    Ok(answer::done(done.position))
}
