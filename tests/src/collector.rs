//! A collector of the tests' own: takes OTLP over HTTP on a real socket, and decodes it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A collector; ends with its owner.
#[derive(Debug)]
pub struct Collector {
    /// `http://127.0.0.1:40123`
    pub url: String,
    heard: Arc<Mutex<Heard>>,
    serving: JoinHandle<()>,
}

/// Everything that was told so far.
#[derive(Debug, Default, Clone)]
pub struct Heard {
    /// Spans.
    pub spans: Vec<Span>,
    /// Log lines.
    pub lines: Vec<String>,
    /// Metrics by their names, as they were told last.
    pub metrics: BTreeMap<String, Metric>,
    /// The names that those who told have given themselves.
    pub services: Vec<String>,
    /// What could not be decoded.
    pub nonsense: Vec<String>,
    /// Everything, as it came.
    pub bodies: Vec<Bytes>,
}

type Shared = Arc<Mutex<Heard>>;

impl Collector {
    /// On a free port.
    pub async fn start() -> Self {
        let heard = Shared::default();
        let routes = Router::new()
            .route("/v1/traces", post(traces))
            .route("/v1/logs", post(logs))
            .route("/v1/metrics", post(metrics))
            .with_state(Arc::clone(&heard));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await.expect("it serves") });
        Self { url, heard, serving }
    }

    /// What was told so far.
    pub fn heard(&self) -> Heard {
        self.heard.lock().expect("nobody panics while holding it").clone()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Heard {
    /// The spans of a trace with this name.
    pub fn named(&self, trace: &str, name: &str) -> Vec<&Span> {
        let wanted = |span: &&Span| span.name == name && hex(&span.trace_id) == trace;
        self.spans.iter().filter(wanted).collect()
    }

    fn take_resource(&mut self, resource: Option<Resource>) {
        let attributes = resource.map(|resource| resource.attributes).unwrap_or_default();
        self.services.extend(attribute(&attributes, "service.name"));
    }
}

/// Ids as they are written.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A string takes everything.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// An attribute that is a text.
pub fn attribute(attributes: &[KeyValue], key: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    text(found.value.as_ref()?.value.as_ref()?)
}

fn text(value: &any_value::Value) -> Option<String> {
    match value {
        any_value::Value::StringValue(text) => Some(text.clone()),
        any_value::Value::IntValue(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Decodes what was sent, or keeps why it can't be.
fn take<M: Message + Default>(heard: &Shared, headers: &HeaderMap, body: &Bytes, keep: impl FnOnce(&mut Heard, M)) -> StatusCode {
    let mut heard = heard.lock().expect("nobody panics while holding it");
    heard.bodies.push(body.clone());
    if headers.get("content-type").is_none_or(|kind| kind != "application/x-protobuf") {
        heard.nonsense.push(format!("headers {headers:?}"));
        return StatusCode::UNSUPPORTED_MEDIA_TYPE;
    }
    match M::decode(body.as_ref()) {
        Ok(message) => {
            keep(&mut heard, message);
            StatusCode::OK
        }
        Err(error) => {
            heard.nonsense.push(error.to_string());
            StatusCode::BAD_REQUEST
        }
    }
}

async fn traces(State(heard): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    take(&heard, &headers, &body, |heard, told: ExportTraceServiceRequest| {
        for told in told.resource_spans {
            heard.take_resource(told.resource);
            heard.spans.extend(told.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
    })
}

async fn logs(State(heard): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    take(&heard, &headers, &body, |heard, told: ExportLogsServiceRequest| {
        for told in told.resource_logs {
            heard.take_resource(told.resource);
            let records = told.scope_logs.into_iter().flat_map(|scope| scope.log_records);
            heard.lines.extend(records.filter_map(|record| text(record.body?.value.as_ref()?)));
        }
    })
}

async fn metrics(State(heard): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    take(&heard, &headers, &body, |heard, told: ExportMetricsServiceRequest| {
        for told in told.resource_metrics {
            heard.take_resource(told.resource);
            let metrics = told.scope_metrics.into_iter().flat_map(|scope| scope.metrics);
            heard.metrics.extend(metrics.map(|metric| (metric.name.clone(), metric)));
        }
    })
}
