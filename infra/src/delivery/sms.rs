//! Codes by text message: an HTTP request to whatever provider is configured.

mod template;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::Full;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::time::timeout;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::{Delivery, Message, Trouble, Unfit, Wording, cause};
use crate::config;

pub use template::Template;

/// Hands codes to a provider of text messages. Follows no redirection: what it sends is for the provider alone.
pub struct Sms {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    template: Template,
    method: Method,
    headers: HeaderMap,
    status: Option<StatusCode>,
    wording: Wording,
    patience: Duration,
}

impl Sms {
    /// Of a section that was checked.
    pub fn open(config: &config::sms::Sms, wording: Wording, patience: Duration) -> Result<Self, Unfit> {
        let template = Template::of(config).map_err(Unfit)?;
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(template.is_encrypted())?)
            .https_or_http()
            .enable_http1()
            .build();
        let status = config.status.map(StatusCode::from_u16).transpose();
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            template,
            method: match config.method {
                config::sms::Method::Post => Method::POST,
                config::sms::Method::Put => Method::PUT,
                config::sms::Method::Get => Method::GET,
            },
            headers: template::headers(config).map_err(Unfit)?,
            status: status.map_err(|_| Unfit("sms.status is none".to_owned()))?,
            wording,
            patience,
        })
    }

    fn request(&self, message: &Message) -> Result<Request<Full<Bytes>>, Trouble> {
        let text = self.wording.text(message);
        let filled = self.template.fill(message.to.as_str(), message.code.reveal(), &text);
        let mut request = Request::builder().method(self.method.clone()).uri(filled.url);
        if let Some(headers) = request.headers_mut() {
            headers.extend(self.headers.clone());
        }
        // What is wrong with it may stand in it: the reason is not told.
        let request = request.body(Full::new(Bytes::from(filled.body)));
        request.map_err(|_| Trouble::Lasting("the request can't be written".to_owned()))
    }

    fn judge(&self, status: StatusCode) -> Result<(), Trouble> {
        let is_taken = self.status.map_or(status.is_success(), |expected| status == expected);
        let may_pass = status.is_server_error()
            || matches!(
                status,
                StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
            );
        let why = || format!("the provider answers {}{}", status.as_u16(), self.hint(status));
        match (is_taken, may_pass) {
            (true, _) => Ok(()),
            (false, true) => Err(Trouble::Passing(why())),
            (false, false) => Err(Trouble::Lasting(why())),
        }
    }

    /// What in the configuration an answer may be due to.
    fn hint(&self, status: StatusCode) -> String {
        match (self.status, status) {
            (_, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                ": look at sms.user and sms.password, sms.token, or sms.headers".to_owned()
            }
            (Some(expected), _) if status.is_success() => format!(", where sms.status is {}", expected.as_u16()),
            (None | Some(_), _) => String::new(),
        }
    }
}

/// Who speaks no TLS needs none of this machine's certificates.
fn tls(is_needed: bool) -> Result<ClientConfig, Unfit> {
    let unfit = |error: String| Unfit(format!("TLS can't be spoken: {error}"));
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| unfit(error.to_string()))?;
    let builder = if is_needed {
        builder.with_native_roots().map_err(|error| unfit(error.to_string()))?
    } else {
        builder.with_root_certificates(RootCertStore::empty())
    };
    Ok(builder.with_no_client_auth())
}

impl fmt::Debug for Sms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sms")
    }
}

#[async_trait]
impl Delivery for Sms {
    fn name(&self) -> &'static str {
        "sms"
    }

    async fn deliver(&self, message: &Message) -> Result<(), Trouble> {
        let request = self.request(message)?;
        match timeout(self.patience, self.client.request(request)).await {
            Ok(Ok(answer)) => self.judge(answer.status()),
            Ok(Err(error)) if error.is_connect() => Err(Trouble::Passing(format!("no connection to the provider: {}", cause(&error)))),
            Ok(Err(_)) => Err(Trouble::Passing("the connection to the provider broke".to_owned())),
            Err(_) => Err(Trouble::Passing("the provider does not answer in time".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carrier(status: Option<u16>) -> Sms {
        let config = config::sms::Sms {
            url: Some("http://127.0.0.1:1/".to_owned().into()),
            body: Some("To={to}&Body={text}".to_owned().into()),
            status,
            ..config::sms::Sms::default()
        };
        Sms::open(&config, Wording::new("Example"), Duration::from_secs(1)).unwrap()
    }

    #[test]
    fn what_the_provider_can_not_take_now_is_tried_again_and_what_it_refuses_is_not() {
        let judge = |status: u16| carrier(None).judge(StatusCode::from_u16(status).unwrap());
        for taken in [200, 201, 202, 204] {
            assert_eq!(judge(taken), Ok(()));
        }
        for passing in [408, 429, 500, 503] {
            assert!(matches!(judge(passing), Err(Trouble::Passing(_))), "{passing}");
        }
        for lasting in [301, 400, 401, 404] {
            assert!(matches!(judge(lasting), Err(Trouble::Lasting(_))), "{lasting}");
        }
    }

    #[test]
    fn a_provider_may_say_yes_by_one_status_alone() {
        let judge = |status: u16| carrier(Some(202)).judge(StatusCode::from_u16(status).unwrap());
        assert_eq!(judge(202), Ok(()));
        let Err(Trouble::Lasting(why)) = judge(200) else {
            panic!("it is refused")
        };
        assert_eq!(why, "the provider answers 200, where sms.status is 202");
    }

    #[test]
    fn who_is_not_let_in_is_told_where_to_look() {
        let Err(Trouble::Lasting(why)) = carrier(None).judge(StatusCode::UNAUTHORIZED) else {
            panic!("it is refused")
        };
        assert!(why.starts_with("the provider answers 401: look at sms.user"), "{why}");
    }
}
