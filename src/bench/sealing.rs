//! `pairs --sealing both`: what sealing costs, by rounds with and without it in turns.

use anyhow::{Result, ensure};
use serde::Serialize;
use serde_json::{Map, Value};

use super::pairs::Pairs;
use super::process;
use super::report::{self, Report, Scenario, rounded};
use super::server::Sealing;

/// What the rounds say together.
#[derive(Debug, Serialize)]
struct Comparison {
    scenario: &'static str,
    backend: &'static str,
    #[serde(flatten)]
    settings: Map<String, Value>,
    rounds: u32,
    /// Messages that were received per second: the medians of the rounds.
    throughput_per_s: Both,
    /// The server's CPU time for each, in µs: the medians.
    server_cpu_us_per_delivery: Both,
    /// What each round came to, in their order.
    each_per_s: Each,
    machine: String,
    version: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    debug_build: bool,
}

/// A figure with sealing and without.
#[derive(Debug, Clone, Copy, Serialize)]
struct Both {
    sealed: f64,
    unsealed: f64,
    /// The first divided by the second.
    ratio: f64,
}

#[derive(Debug, Default, Serialize)]
struct Each {
    sealed: Vec<f64>,
    unsealed: Vec<f64>,
}

/// Measures rounds in turns, each with a fresh server, and prints how far apart they are.
pub async fn compare(pairs: &Pairs) -> Result<()> {
    ensure!(
        pairs.common.from.may_be_ephemeral(),
        "--sealing both starts servers that leave nothing behind: it can't be used with --url, --nats, --database or --folder"
    );
    let (mut rates, mut costs) = (Each::default(), Each::default());
    for _ in 0..pairs.rounds {
        for sealing in [Sealing::On, Sealing::Off] {
            let report = pairs.round(pairs.common.from.ephemeral(sealing).await?).await?;
            rates.note(sealing, Some(report.throughput_per_s()));
            costs.note(sealing, Report::cpu_us(&report));
        }
    }
    let Scenario { name, settings } = pairs.scenario();
    let comparison = Comparison {
        scenario: name,
        backend: "embedded",
        settings,
        rounds: pairs.rounds,
        throughput_per_s: rates.medians(),
        server_cpu_us_per_delivery: costs.medians(),
        each_per_s: rates,
        machine: process::machine(),
        version: env!("CARGO_PKG_VERSION"),
        debug_build: cfg!(debug_assertions),
    };
    report::print(&comparison, pairs.common.json)
}

impl Each {
    fn note(&mut self, sealing: Sealing, figure: Option<f64>) {
        match sealing {
            Sealing::On => self.sealed.extend(figure),
            Sealing::Off => self.unsealed.extend(figure),
        }
    }

    fn medians(&self) -> Both {
        let (sealed, unsealed) = (median(&self.sealed), median(&self.unsealed));
        Both {
            sealed,
            unsealed,
            ratio: rounded(sealed / unsealed.max(1e-9), 3),
        }
    }
}

/// The one in the middle, or between the two that are.
fn median(figures: &[f64]) -> f64 {
    let mut figures = figures.to_vec();
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match (figures.len() % 2, figures.get(middle)) {
        (_, None) => 0.0,
        (0, Some(upper)) => f64::midpoint(figures[middle - 1], *upper),
        (_, Some(middle)) => *middle,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_rounds_are_compared() {
        let rates = Each {
            sealed: vec![80.0, 100.0, 90.0],
            unsealed: vec![90.0, 110.0],
        };
        let both = rates.medians();
        assert_eq!(
            (both.sealed.to_bits(), both.unsealed.to_bits()),
            (90f64.to_bits(), 100f64.to_bits())
        );
        assert_eq!(both.ratio.to_bits(), 0.9f64.to_bits());
    }
}
