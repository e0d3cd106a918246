//! A server's HTTP door, as the tools use it.

use std::time::Duration;

use anyhow::{Context as _, Result};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;

/// How long a server may take to take a call.
const CALL: Duration = Duration::from_secs(5);
/// How long it may be silent until it has answered: hashing large read models takes its time.
const SILENCE: Duration = Duration::from_mins(5);
/// How long a server may take to say whether it is ready; it looks for up to 6 s itself.
const PROBE_MAX: Duration = Duration::from_secs(10);

/// A server's HTTP door.
#[derive(Debug, Clone)]
pub struct Door {
    http: Client,
    url: String,
}

impl Door {
    /// The door at `http://127.0.0.1:8080`.
    pub fn new(url: &str) -> Self {
        Self {
            http: Client::builder()
                .connect_timeout(CALL)
                .read_timeout(SILENCE)
                .build()
                .expect("the system's settings are readable, and TLS is not asked for"),
            url: url.trim_end_matches('/').to_owned(),
        }
    }

    /// Whether a server answers there that has opened what is behind its door.
    pub async fn is_open(&self) -> bool {
        let ready = self.readiness().await;
        ready.is_some_and(|ready| !gives(&ready, "starting"))
    }

    /// Whether a server answers there whose read models are far behind its log.
    pub async fn is_behind(&self) -> bool {
        let ready = self.readiness().await;
        ready.is_some_and(|ready| gives(&ready, "read_models_behind"))
    }

    async fn readiness(&self) -> Option<Value> {
        let asked = self.http.get(format!("{}/readyz", self.url)).timeout(PROBE_MAX);
        asked.send().await.ok()?.json().await.ok()
    }

    /// Asks for something.
    pub async fn get(&self, token: &str, path: &str) -> Result<Value> {
        answer(path, self.request(Method::GET, token, path)).await
    }

    /// Has something done.
    pub async fn post(&self, token: &str, path: &str, body: &Value) -> Result<Value> {
        answer(path, self.request(Method::POST, token, path).json(body)).await
    }

    /// Has many things done, a line each; answers a line each.
    pub async fn lines(&self, token: &str, path: &str, lines: String) -> Result<String> {
        let request = self
            .request(Method::POST, token, path)
            .header("content-type", "application/x-ndjson")
            .body(lines);
        Ok(taken(path, request).await?.text().await?)
    }

    /// Has something ended.
    pub async fn delete(&self, token: &str, path: &str) -> Result<Value> {
        answer(path, self.request(Method::DELETE, token, path)).await
    }

    /// Asks for what comes bit by bit. Whether it came to its end, its reader finds out.
    pub async fn stream(&self, token: &str, path: &str, query: &[(&str, String)]) -> Result<Response> {
        taken(path, self.request(Method::GET, token, path).query(query)).await
    }

    /// A page that is not JSON.
    pub async fn text(&self, token: &str, path: &str) -> Result<String> {
        Ok(self
            .request(Method::GET, token, path)
            .send()
            .await?
            .error_for_status()?
            .text()
            .await?)
    }

    fn request(&self, method: Method, token: &str, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).bearer_auth(token)
    }
}

/// A server's no.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub struct Refused {
    status: StatusCode,
    words: String,
}

impl Refused {
    /// Whether asking again, just so, is of no use.
    pub fn is_final(&self) -> bool {
        let later = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
        self.status.is_client_error() && !later.contains(&self.status)
    }
}

/// Whether a server gives this as a reason why it is not ready.
fn gives(ready: &Value, reason: &str) -> bool {
    ready["reasons"]
        .as_array()
        .is_some_and(|reasons| reasons.iter().any(|given| given == reason))
}

/// The answer, or the server's own words for what is wrong.
async fn answer(path: &str, request: RequestBuilder) -> Result<Value> {
    let text = taken(path, request).await?.text().await?;
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

/// An answer whose body is to come, unless it is a refusal.
async fn taken(path: &str, request: RequestBuilder) -> Result<Response> {
    let response = request
        .send()
        .await
        .with_context(|| format!("the server does not answer to {path}"))?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let text = response.text().await?;
    let value: Value = serde_json::from_str(&text).unwrap_or_default();
    let error = &value["error"];
    let words = match (error["code"].as_str(), error["message"].as_str()) {
        (Some(code), Some(message)) => format!("the server refused: {message} ({code})"),
        _ => format!("the server answered {status} to {path}: {text}"),
    };
    Err(Refused { status, words }.into())
}
