//! Requests and their answers.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::deadline::PATIENCE;
use crate::documented::assert_documented;

/// Where the server is just now; it may come back elsewhere after a restart.
#[derive(Debug, Clone, Default)]
pub struct Address(Arc<Mutex<String>>);

impl Address {
    /// The URL without a path: `http://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        self.0.lock().expect("nobody panics while holding it").clone()
    }

    /// From now on the server is here.
    pub fn set(&self, url: &str) {
        url.trim_end_matches('/')
            .clone_into(&mut self.0.lock().expect("nobody panics while holding it"));
    }

    /// Host and port.
    pub fn authority(&self) -> String {
        self.url().trim_start_matches("http://").to_owned()
    }
}

/// Speaks HTTP with the server on behalf of whoever has the token.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    /// Where the server is.
    pub address: Address,
    /// The bearer token.
    pub token: String,
}

impl Client {
    /// For the holder of a token.
    pub fn new(address: Address, token: &str) -> Self {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(90)).no_proxy().build();
        Self {
            http: http.expect("a client without TLS can be made"),
            address,
            token: token.to_owned(),
        }
    }

    /// The same connections with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: token.to_owned(),
            ..self.clone()
        }
    }

    /// `GET`
    pub fn get(&self, path: impl fmt::Display) -> Call {
        self.call(Method::GET, path)
    }

    /// `POST` with a JSON body.
    pub fn post(&self, path: impl fmt::Display, body: &Value) -> Call {
        self.call(Method::POST, path).json(body)
    }

    /// `PATCH` with a JSON body.
    pub fn patch(&self, path: impl fmt::Display, body: &Value) -> Call {
        self.call(Method::PATCH, path).json(body)
    }

    /// `PUT` with a JSON body.
    pub fn put(&self, path: impl fmt::Display, body: &Value) -> Call {
        self.call(Method::PUT, path).json(body)
    }

    /// `DELETE`
    pub fn delete(&self, path: impl fmt::Display) -> Call {
        self.call(Method::DELETE, path)
    }

    /// Any method, without a body.
    pub fn call(&self, method: Method, path: impl fmt::Display) -> Call {
        let url = format!("{}{path}", self.address.url());
        let request = self.http.request(method, url);
        Call(if self.token.is_empty() {
            request
        } else {
            request.bearer_auth(&self.token)
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.address.url())
    }
}

/// A request that has not been sent: `.await` it, or [`attempt`](Call::attempt) it where it may fail.
#[derive(Debug)]
pub struct Call(reqwest::RequestBuilder);

impl Call {
    /// With the command's id.
    #[must_use]
    pub fn id(self, id: Uuid) -> Self {
        self.header("idempotency-key", &id.to_string())
    }

    /// Answered only by what includes this position.
    #[must_use]
    pub fn at(self, position: &str) -> Self {
        self.header("heliograph-position", position)
    }

    /// With a header.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    /// With a body that need not be JSON.
    #[must_use]
    pub fn body(self, body: impl Into<reqwest::Body>) -> Self {
        Self(self.0.header("content-type", "application/json").body(body))
    }

    /// With a JSON object a line.
    #[must_use]
    pub fn lines(self, lines: &[Value]) -> Self {
        let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
        let body = lines.join("\n");
        Self(self.0.header("content-type", "application/x-ndjson").body(body))
    }

    /// Waits no longer than this for the answer.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self(self.0.timeout(patience))
    }

    /// Sends it; gives the status and what came, which need not be a text. Half an answer is an error.
    pub async fn bytes(self) -> Result<(StatusCode, bytes::Bytes), reqwest::Error> {
        let response = self.0.send().await?;
        Ok((response.status(), response.bytes().await?))
    }

    fn json(self, body: &Value) -> Self {
        Self(self.0.json(body))
    }

    /// Sends it. No answer, or half of one, is an error.
    pub async fn attempt(self) -> Result<Answer, reqwest::Error> {
        let response = self.0.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let text = response.text().await?;
        Ok(Answer {
            status,
            position: header("heliograph-position"),
            retry_after: header("retry-after"),
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
        })
    }
}

impl IntoFuture for Call {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.answered())
    }
}

impl Call {
    /// Sends it, again while the read models are behind the wanted position.
    async fn answered(self) -> Answer {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let again = self.0.try_clone().expect("a body that is not streamed can be sent again");
            let answer = Self(again).attempt().await.expect("the server answers");
            if answer.code() != Some("behind") || Instant::now() > deadline {
                return answer;
            }
            sleep(Duration::from_millis(answer.body["error"]["retry_after_ms"].as_u64().unwrap_or(50))).await;
        }
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// `200 OK` …
    pub status: StatusCode,
    /// `Heliograph-Position`, where the answer has one.
    pub position: Option<String>,
    /// `Retry-After`, where the answer has one.
    pub retry_after: Option<String>,
    /// All headers.
    pub headers: HeaderMap,
    /// The body as JSON; `Null` when it is something else.
    pub body: Value,
    /// The body as it came.
    pub text: String,
}

impl Answer {
    /// What was answered to something that must be accepted.
    #[track_caller]
    pub fn accepted(self) -> Value {
        assert!(self.status.is_success(), "refused: {} {}", self.status, self.text);
        self.body
    }

    /// Panics unless it was refused with this code, which must be a documented one.
    #[track_caller]
    pub fn refused(&self, code: &str) {
        assert_eq!(self.code(), Some(code), "{} {}", self.status, self.text);
        assert!(
            self.status.is_client_error() || self.status.is_server_error(),
            "{} {}",
            self.status,
            self.text
        );
        assert_documented(code);
    }

    /// The error's code, if it is one.
    pub fn code(&self) -> Option<&str> {
        self.body["error"]["code"].as_str()
    }
}
