//! `[sms]`: the provider that takes codes for phones, as an HTTP request.

use serde::{Deserialize, Serialize};

use super::secret::{Address, Secret};
use crate::delivery::sms;

/// The provider that takes codes for phones, where `delivery.phone` is `sms`: any that takes an HTTP request for a text message. `{to}`, `{text}` and
/// `{code}` in the URL and the body are replaced.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sms {
    /// `https://…`; `http://…` for a gateway on this machine.
    pub url: Option<Address>,
    /// The request's method.
    pub method: Method,
    /// The body, `To={to}&Body={text}` or `{"to":"{to}","text":"{text}"}`: what is put into it is escaped as `format` asks.
    pub body: Option<Secret>,
    /// How the body is written.
    pub format: Format,
    /// Further headers, `["X-Api-Key: …"]`.
    pub headers: Vec<Secret>,
    /// The user of basic authentication.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<Secret>,
    /// A bearer token instead.
    pub token: Option<Secret>,
    /// The status by which the provider says that it took the message; without it any 2xx.
    pub status: Option<u16>,
}

/// A request's method.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// With a body.
    #[default]
    Post,
    /// With a body.
    Put,
    /// Without one.
    Get,
}

/// How a body is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// `application/x-www-form-urlencoded`
    #[default]
    Form,
    /// `application/json`
    Json,
}

impl Sms {
    pub(super) fn check(&self, is_used: bool, wrong: &mut Vec<String>) {
        if is_used || self.url.is_some() {
            wrong.extend(sms::Template::of(self).err());
        }
        if self.user.is_some() != self.password.is_some() {
            wrong.push("sms.user and sms.password: set both or neither".to_owned());
        }
        if self.user.is_some() && self.token.is_some() {
            wrong.push("sms.user and sms.token: set one of them".to_owned());
        }
        if self.status.is_some_and(|status| !(100..=599).contains(&status)) {
            wrong.push("sms.status: must be 100 … 599".to_owned());
        }
    }
}
