//! What a run says: a table for people, one JSON object for programs.

use std::time::Duration;

use anyhow::Result;
use hdrhistogram::Histogram;
use serde::Serialize;
use serde_json::{Map, Value};

use super::floor::Floor;
use super::measure::Measured;
use super::process;
use super::verify::Verified;
use crate::say::say;

/// Which scenario, with which settings.
#[derive(Debug)]
pub struct Scenario {
    /// `pairs`, `fanout` …
    pub name: &'static str,
    /// Its settings.
    pub settings: Map<String, Value>,
}

/// What a run says.
#[derive(Debug, Serialize)]
pub struct Report {
    scenario: &'static str,
    backend: String,
    #[serde(flatten)]
    settings: Map<String, Value>,
    /// Messages or updates that online devices received, per second.
    throughput_per_s: f64,
    latency_ms: Option<Latency>,
    /// The server's, the broker's and the database's CPU time per delivery.
    server_cpu_us_per_delivery: Option<f64>,
    cpu: CpuShare,
    /// The most resident memory of the server.
    rss_bytes: u64,
    projection_lag_ms: Option<f64>,
    /// What the bare log does with commits that long.
    floor_appends_per_s: Option<f64>,
    /// As long as the run's own commits on average.
    floor_payload_bytes: Option<usize>,
    deliveries: u64,
    /// Commands refused (`overloaded` …); each was sent anew.
    refusals: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_refusal: Option<String>,
    /// A server that is started for it has none.
    rate_limits: &'static str,
    verified: Option<Verified>,
    machine: String,
    version: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    debug_build: bool,
}

/// From the (intended) sending to the receiving, in ms.
#[derive(Debug, Clone, Copy, Serialize)]
struct Latency {
    p50: f64,
    p99: f64,
    p999: f64,
    max: f64,
}

/// Of how many CPUs each had the use.
#[derive(Debug, Clone, Copy, Serialize)]
struct CpuShare {
    server: f64,
    broker_and_database: f64,
    generator: f64,
}

/// What a report is made of.
#[derive(Debug)]
pub struct Parts<'a> {
    /// Where the server kept its things.
    pub backend: String,
    /// Whether it had rate limits.
    pub rate_limits: &'static str,
    /// What it cost.
    pub measured: Measured,
    /// In µs.
    pub latency: &'a Histogram<u64>,
    /// While it was measured.
    pub deliveries: u64,
    /// All along.
    pub refusals: u64,
    /// The first one's words.
    pub first_refusal: Option<String>,
    /// What was checked afterwards.
    pub verified: Option<Verified>,
    /// What the bare log does.
    pub floor: Option<Floor>,
}

impl Scenario {
    /// A scenario.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            settings: Map::new(),
        }
    }

    /// One of its settings, or a figure of its own.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.settings.insert(key.to_owned(), value.into());
        self
    }

    /// One that not every run has.
    pub fn with_some(self, key: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }
}

impl Report {
    /// Puts it together.
    pub fn new(scenario: Scenario, parts: Parts<'_>) -> Self {
        let Measured { took, cpu, generator, .. } = parts.measured;
        let share = |cpu: Duration| rounded(cpu.as_secs_f64() / took.as_secs_f64().max(1e-9), 3);
        let mut report = Self {
            scenario: scenario.name,
            backend: parts.backend,
            settings: scenario.settings,
            throughput_per_s: 0.0,
            latency_ms: latency(parts.latency),
            server_cpu_us_per_delivery: None,
            cpu: CpuShare {
                server: share(cpu.server),
                broker_and_database: share(cpu.beside),
                generator: share(generator),
            },
            rss_bytes: parts.measured.resident,
            projection_lag_ms: parts.measured.lag_ms.map(|lag| rounded(lag, 1)),
            floor_appends_per_s: parts.floor.map(|floor| floor.appends_per_s.round()),
            floor_payload_bytes: parts.floor.map(|floor| floor.payload),
            deliveries: 0,
            refusals: parts.refusals,
            first_refusal: parts.first_refusal,
            rate_limits: parts.rate_limits,
            verified: parts.verified,
            machine: process::machine(),
            version: env!("CARGO_PKG_VERSION"),
            debug_build: cfg!(debug_assertions),
        };
        report.rate(parts.deliveries, parts.measured);
        report
    }

    /// Works out throughput and cost from this many deliveries.
    pub fn rate(&mut self, deliveries: u64, measured: Measured) {
        let count = exact(deliveries);
        let cpu = (measured.cpu.server + measured.cpu.beside).as_secs_f64() * 1e6;
        self.deliveries = deliveries;
        self.throughput_per_s = rounded(count / measured.took.as_secs_f64().max(1e-9), 0);
        self.server_cpu_us_per_delivery = (deliveries > 0).then(|| rounded(cpu / count, 2));
    }

    /// Messages or updates that were received, per second.
    pub fn throughput_per_s(&self) -> f64 {
        self.throughput_per_s
    }

    /// What each has cost in CPU time, in µs.
    pub fn cpu_us(&self) -> Option<f64> {
        self.server_cpu_us_per_delivery
    }
}

/// Prints what a run says, or what several say together.
pub fn print(report: &impl Serialize, json: bool) -> Result<()> {
    if json {
        return say(serde_json::to_string(report)?);
    }
    let mut rows = rows("", &serde_json::to_value(report)?);
    rows.sort_by_key(|(key, _)| FIRST.iter().position(|first| key.starts_with(first)).unwrap_or(FIRST.len()));
    for (key, value) in rows {
        say(format_args!("{key:<34} {value}"))?;
    }
    Ok(())
}

fn latency(micros: &Histogram<u64>) -> Option<Latency> {
    let at = |quantile: f64| exact(micros.value_at_quantile(quantile)) / 1000.0;
    (!micros.is_empty()).then(|| Latency {
        p50: at(0.5),
        p99: at(0.99),
        p999: at(0.999),
        max: exact(micros.max()) / 1000.0,
    })
}

/// What a table begins with: the rows that start so, in this order.
const FIRST: [&str; 8] = [
    "scenario",
    "backend",
    "throughput",
    "latency_ms.p50",
    "latency_ms.p9",
    "latency_ms",
    "server_cpu",
    "rss",
];

/// One row for each leaf: `latency_ms.p50`, its value.
fn rows(prefix: &str, value: &Value) -> Vec<(String, String)> {
    match value {
        Value::Object(fields) => {
            let row = |(key, value): (&String, &Value)| {
                rows(
                    &if prefix.is_empty() {
                        key.clone()
                    } else {
                        format!("{prefix}.{key}")
                    },
                    value,
                )
            };
            fields.iter().flat_map(row).collect()
        }
        Value::Null => vec![(prefix.to_owned(), "-".to_owned())],
        Value::String(text) => vec![(prefix.to_owned(), text.clone())],
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => vec![(prefix.to_owned(), value.to_string())],
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
fn exact(count: u64) -> f64 {
    count as f64
}

/// The value with this many digits behind its point.
pub fn rounded(value: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (value * scale).round() / scale
}
