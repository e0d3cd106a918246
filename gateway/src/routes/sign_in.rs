//! `POST /v1/sign-in` and its steps: whoever holds a phone number or an e-mail address comes in, or is registered.
//!
//! A contact is a part of each request, as the server keeps none that nobody is reached at.

pub(super) mod code;
pub(super) mod factor;
pub(super) mod recovery;

use axum::extract::State;
use domain::account::{DeviceNameText, PlatformText};
use domain::id::SignInId;
use domain::sign_in::event::Purpose;
use domain::time::Timestamp;
use infra::config::secret::Secret;
use infra::contact::Contact;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Shared;
use crate::answer::Answer;
use crate::error::{Error, ErrorAnswer};
use crate::extract::{CommandKey, Json, Path};
use crate::sign_in::{self, Guest, Made, Visitor, Way, evenly};

/// A contact, and how its code is to be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedCode {
    /// A phone number with its country code; this or `email`.
    #[schema(value_type = Option<String>)]
    phone: Option<Secret>,
    /// An e-mail address.
    #[schema(value_type = Option<String>)]
    email: Option<Secret>,
    /// Absent: to the account's devices that are online, and to the contact where there are none or it is not used soon.
    channel: Option<WantedWay>,
}

/// How a code is to be sent.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WantedWay {
    /// To the account's devices that are online, and nowhere else.
    Devices,
    /// To the contact itself, at once.
    Contact,
}

/// A code that is on its way, if there is one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CodeOnItsWay {
    /// The sign-in.
    #[schema(value_type = String, format = Uuid)]
    sign_in: SignInId,
    /// When another code may be asked for, in µs since 1970.
    #[schema(value_type = i64)]
    resend_at: Timestamp,
    /// From when on this one is of no use, in µs since 1970.
    #[schema(value_type = i64)]
    expires_at: Timestamp,
}

/// The device that is to be let in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GuestDevice {
    /// What its owner calls it: 1 to 64 characters.
    name: String,
    /// What it runs on: 1 to 64 characters.
    platform: Option<String>,
}

impl CodeOnItsWay {
    pub(super) fn of(visitor: &Visitor, made: Made) -> Self {
        Self {
            sign_in: visitor.sign_in,
            resend_at: made.resend_at,
            expires_at: made.expires_at,
        }
    }
}

impl GuestDevice {
    /// A guest who is known, or will say later what to be called.
    fn guest(&self) -> Result<Guest, Error> {
        let platform = self.platform.as_deref().map(PlatformText::parse).transpose();
        Ok(Guest {
            device: DeviceNameText::parse(&self.name).map_err(|invalid| Error::Text("device.name", invalid))?,
            platform: platform.map_err(|invalid| Error::Text("device.platform", invalid))?,
            called: None,
        })
    }
}

/// The contact that a request names.
pub(super) fn contact(phone: Option<&Secret>, email: Option<&Secret>) -> Result<Contact, Error> {
    match (phone, email) {
        (Some(phone), None) => Ok(Contact::phone(phone.reveal())?),
        (None, Some(email)) => Ok(Contact::email(email.reveal())?),
        (Some(_), Some(_)) | (None, None) => Err(Error::InvalidRequest("phone, email: one of them is needed".to_owned())),
    }
}

fn way(channel: Option<WantedWay>) -> Way {
    match channel {
        None => Way::DevicesFirst,
        Some(WantedWay::Devices) => Way::Devices,
        Some(WantedWay::Contact) => Way::Contact,
    }
}

/// Begins a sign-in: has a code sent. The same answer for every contact, whether an account is reached there or not.
#[utoipa::path(post, path = "/v1/sign-in", tag = "sign-in", security(()), request_body = WantedCode,
    responses((status = 201, body = CodeOnItsWay), (status = 429, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn begin(
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Json(wanted): Json<WantedCode>,
) -> Result<Answer<CodeOnItsWay>, Error> {
    let contact = contact(wanted.phone.as_ref(), wanted.email.as_ref())?;
    let visitor = Visitor::begun_by(&gateway.keys, contact, Purpose::SignIn, command.0);
    let way = way(wanted.channel);
    let made = evenly(sign_in::begin(&gateway, &visitor, way, visitor.command("begin"))).await?;
    Ok(Answer::created(CodeOnItsWay::of(&visitor, made)))
}

/// Has another code sent; the former is of no use any more.
#[utoipa::path(post, path = "/v1/sign-in/{sign_in}/resend", tag = "sign-in", security(()), params(("sign_in" = String, Path)),
    request_body = WantedCode,
    responses((status = 201, body = CodeOnItsWay), (status = 429, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn resend(
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Path(sign_in): Path<SignInId>,
    Json(wanted): Json<WantedCode>,
) -> Result<Answer<CodeOnItsWay>, Error> {
    let contact = contact(wanted.phone.as_ref(), wanted.email.as_ref())?;
    let visitor = Visitor::of(&gateway.keys, contact, Purpose::SignIn, sign_in);
    let way = way(wanted.channel);
    let command = visitor.command(&format!("resend.{command}"));
    let made = evenly(sign_in::resend(&gateway, &visitor, way, command)).await?;
    Ok(Answer::created(CodeOnItsWay::of(&visitor, made)))
}
