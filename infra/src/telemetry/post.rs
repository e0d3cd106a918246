//! What is sent to a collector: by the program's own HTTP client, on its own runtime.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use percent_encoding::percent_decode_str;
use tokio::runtime::Handle;

use super::otlp::of_environment;

/// How long a collector may take, unless `OTEL_EXPORTER_OTLP_TIMEOUT` says otherwise.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Sends to a collector. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Post {
    client: reqwest::Client,
    /// Exporters have threads of their own, where no socket can be waited for.
    runtime: Handle,
    is_unheard: Arc<AtomicBool>,
}

impl Post {
    /// On the runtime that this is called in.
    pub(super) fn new() -> Result<Self, reqwest::Error> {
        let millis = of_environment("OTEL_EXPORTER_OTLP_TIMEOUT").and_then(|millis| millis.parse().ok());
        let timeout = millis.map_or(TIMEOUT, Duration::from_millis);
        Ok(Self {
            client: reqwest::Client::builder().no_proxy().timeout(timeout).build()?,
            runtime: Handle::current(),
            is_unheard: Arc::default(),
        })
    }

    /// Sends what is encoded already. What is not taken is lost; the next time tells the same and more.
    pub(super) async fn protobuf(&self, address: &str, body: Vec<u8>) {
        let mut request = self.client.post(address).header("content-type", "application/x-protobuf");
        for (name, value) in headers() {
            request = request.header(name, value);
        }
        match request.body(body).build() {
            Ok(request) => drop(self.send(request).await),
            Err(error) => tracing::warn!(%error, "metrics can't be sent to a collector"),
        }
    }

    async fn send(&self, request: reqwest::Request) -> Result<reqwest::Response, reqwest::Error> {
        let sent = self.client.execute(request).await.and_then(reqwest::Response::error_for_status);
        // Said once, until it changes.
        match &sent {
            Ok(_) if self.is_unheard.swap(false, Ordering::Relaxed) => tracing::info!("the collector listens again"),
            Err(error) if !self.is_unheard.swap(true, Ordering::Relaxed) => {
                tracing::warn!(error.reason = %error, "the collector does not listen; what it is not told is lost");
            }
            Ok(_) | Err(_) => {}
        }
        sent
    }
}

#[async_trait]
impl HttpClient for Post {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        let post = self.clone();
        let answered = self.runtime.spawn(async move {
            let answer = post.send(request).await?;
            let status = answer.status();
            Ok::<_, reqwest::Error>((status, answer.bytes().await?))
        });
        let (status, body) = answered.await??;
        Ok(Response::builder().status(status).body(body)?)
    }
}

/// What `OTEL_EXPORTER_OTLP_HEADERS` adds: `name=value,name=value`, values percent-encoded.
fn headers() -> Vec<(String, String)> {
    let said = of_environment("OTEL_EXPORTER_OTLP_METRICS_HEADERS").or_else(|| of_environment("OTEL_EXPORTER_OTLP_HEADERS"));
    pairs(&said.unwrap_or_default())
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
        Some((name.trim().to_owned(), value.into_owned()))
    };
    text.split(',').filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_pairs() {
        let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(pairs("a=b, c=d%20e,nothing"), [own("a", "b"), own("c", "d e")]);
        assert_eq!(pairs(""), []);
    }
}
