//! `[telemetry]`: where the program tells traces, metrics and logs beside `/metrics` and stderr.

use serde::{Deserialize, Serialize};

use super::secret::Address;

/// What is told over OTLP; nothing unless a collector is named.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// `http://host:4318`: a collector that takes OTLP over HTTP. Without it `OTEL_EXPORTER_OTLP_ENDPOINT` names one, or
    /// nothing is told.
    pub otlp: Option<Address>,
    /// The share of traces that are told, 0 … 1, where neither the caller's `traceparent` nor `OTEL_TRACES_SAMPLER` says.
    pub ratio: f64,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self { otlp: None, ratio: 0.01 }
    }
}

impl Telemetry {
    pub(super) fn check(&self, wrong: &mut Vec<String>) {
        super::within(wrong, "telemetry.ratio", &self.ratio, 0.0..=1.0);
        if self.otlp.as_ref().is_some_and(|otlp| !otlp.is_one_of(&["http://"])) {
            wrong.push("telemetry.otlp: must start with http://, as in http://127.0.0.1:4318; a collector beside the server may speak TLS with others".to_owned());
        }
    }
}
