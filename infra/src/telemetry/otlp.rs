//! Traces, metrics and logs to a collector, by OTLP over HTTP. Whatever the collector does, the server goes on.

use std::env;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{LogExporter, Protocol, RetryPolicy, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::measured::Metrics;
use super::post::Post;
use crate::clock::Clock;
use crate::config::telemetry::Telemetry;
use crate::trace;

/// How long the end waits for a collector to take in what is left.
const FAREWELL: Duration = Duration::from_secs(5);
/// Between two times that metrics are told, unless `OTEL_METRIC_EXPORT_INTERVAL` says otherwise.
const EVERY: Duration = Duration::from_mins(1);

/// A collector that can't be used.
#[derive(Debug, thiserror::Error)]
#[error("OTLP: {0}")]
pub struct Unusable(String);

/// A collector, and what is on its way there.
#[derive(Debug)]
pub struct Otlp {
    traces: SdkTracerProvider,
    pub(super) logs: SdkLoggerProvider,
    resource: Resource,
    post: Post,
    /// Where metrics go.
    address: String,
    all_said: CancellationToken,
    measuring: Option<JoinHandle<()>>,
}

impl Otlp {
    /// Tells whoever the configuration or the environment names; `None`: nobody. Within a tokio runtime.
    pub fn open(config: &Telemetry) -> Result<Option<Self>, Unusable> {
        let Some(addresses) = Addresses::of(config) else { return Ok(None) };
        let (resource, post) = (resource(), Post::new().map_err(unusable)?);
        let spans = spans(&addresses.of_signal("traces"), &post)?;
        let mut traces = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_batch_exporter(spans);
        if of_environment("OTEL_TRACES_SAMPLER").is_none() {
            let root = Sampler::TraceIdRatioBased(config.ratio);
            traces = traces.with_sampler(Sampler::ParentBased(Box::new(root)));
        }
        let traces = traces.build();
        let logs = SdkLoggerProvider::builder()
            .with_resource(resource.clone())
            .with_batch_exporter(logs(&addresses.of_signal("logs"), &post)?)
            .build();
        trace::install(traces.tracer("heliograph"));
        Ok(Some(Self {
            traces,
            logs,
            resource,
            post,
            address: addresses.of_signal("metrics"),
            all_said: CancellationToken::new(),
            measuring: None,
        }))
    }

    /// Tells metrics now and then, and once more at the end. `render` gives them in Prometheus' text format.
    pub fn measure(&mut self, clock: Clock, render: impl Fn() -> String + Send + 'static) {
        let metrics = Metrics::new(&self.resource, clock.now());
        let (post, address, all_said) = (self.post.clone(), self.address.clone(), self.all_said.clone());
        let every = of_environment("OTEL_METRIC_EXPORT_INTERVAL").and_then(|millis| millis.parse().ok());
        let every = every.filter(|millis| *millis > 0).map_or(EVERY, Duration::from_millis);
        self.measuring = Some(tokio::spawn(async move {
            loop {
                let is_last = tokio::time::timeout(every, all_said.cancelled()).await.is_ok();
                post.protobuf(&address, metrics.encode(&render(), clock.now())).await;
                if is_last {
                    return;
                }
            }
        }));
    }

    /// Tells what is left, and ends. A collector that does not listen is not waited for long.
    pub async fn end(mut self) {
        self.all_said.cancel();
        let measuring = self.measuring.take();
        let measured = async {
            if let Some(measuring) = measuring {
                // A defect there was told where it happened.
                let _ = measuring.await;
            }
        };
        let (traces, logs) = (self.traces, self.logs);
        // They block until they are done; a process that ends does not wait for them any longer.
        let flushed = tokio::task::spawn_blocking(move || {
            let _ = traces.shutdown_with_timeout(FAREWELL / 2);
            let _ = logs.shutdown_with_timeout(FAREWELL / 2);
        });
        let _ = tokio::time::timeout(FAREWELL, async { tokio::join!(measured, flushed) }).await;
    }
}

/// Where a collector is.
struct Addresses {
    base: String,
    /// The configuration names it, and for all signals.
    is_final: bool,
}

impl Addresses {
    fn of(config: &Telemetry) -> Option<Self> {
        if of_environment("OTEL_SDK_DISABLED").is_some_and(|said| said.eq_ignore_ascii_case("true")) {
            return None;
        }
        let configured = config.otlp.as_ref().map(|otlp| otlp.reveal().to_owned());
        let is_final = configured.is_some();
        let base = configured.or_else(|| of_environment("OTEL_EXPORTER_OTLP_ENDPOINT"))?;
        Some(Self { base, is_final })
    }

    fn of_signal(&self, signal: &str) -> String {
        let own = || of_environment(&format!("OTEL_EXPORTER_OTLP_{}_ENDPOINT", signal.to_ascii_uppercase()));
        let own = if self.is_final { None } else { own() };
        own.unwrap_or_else(|| format!("{}/v1/{signal}", self.base.trim_end_matches('/')))
    }
}

fn spans(address: &str, post: &Post) -> Result<SpanExporter, Unusable> {
    let exporter = SpanExporter::builder().with_http().with_http_client(post.clone());
    let exporter = exporter
        .with_retry_policy(RetryPolicy::disabled())
        .with_protocol(Protocol::HttpBinary);
    exporter.with_endpoint(address).build().map_err(unusable)
}

fn logs(address: &str, post: &Post) -> Result<LogExporter, Unusable> {
    let exporter = LogExporter::builder().with_http().with_http_client(post.clone());
    let exporter = exporter
        .with_retry_policy(RetryPolicy::disabled())
        .with_protocol(Protocol::HttpBinary);
    exporter.with_endpoint(address).build().map_err(unusable)
}

fn unusable(error: impl std::fmt::Display) -> Unusable {
    Unusable(error.to_string())
}

/// What is set and not empty.
pub(super) fn of_environment(name: &str) -> Option<String> {
    env::var(name)
        .ok()
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
}

/// Who tells: `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say more.
fn resource() -> Resource {
    let attributes = of_environment("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
    let is_named = of_environment("OTEL_SERVICE_NAME").is_some() || attributes.contains("service.name=");
    let builder = Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    if is_named {
        builder.build()
    } else {
        builder.with_service_name("heliograph").build()
    }
}
