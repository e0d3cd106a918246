//! `pairs --sealing both`, `--search both`: what a part of the server costs, by rounds with and without it in turns.

use anyhow::{Result, ensure};
use serde::Serialize;
use serde_json::{Map, Value};

use super::pairs::Pairs;
use super::process;
use super::report::{self, Report, Scenario, rounded};
use super::server::Part;

/// What the rounds say together.
#[derive(Debug, Serialize)]
struct Comparison {
    scenario: &'static str,
    backend: &'static str,
    /// What is there, or not.
    compared: &'static str,
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

/// A figure with the part and without.
#[derive(Debug, Clone, Copy, Serialize)]
struct Both {
    with: f64,
    without: f64,
    /// The first divided by the second.
    ratio: f64,
}

#[derive(Debug, Default, Serialize)]
struct Each {
    with: Vec<f64>,
    without: Vec<f64>,
}

/// Measures rounds in turns, each with a fresh server, and prints how far apart they are.
pub async fn compare(pairs: &Pairs, part: Part) -> Result<()> {
    ensure!(
        pairs.common.from.may_be_ephemeral(),
        "--{} both starts servers that leave nothing behind: it can't be used with --url, --nats, --database or --folder",
        part.name()
    );
    let (mut rates, mut costs) = (Each::default(), Each::default());
    for _ in 0..pairs.rounds {
        for without in [None, Some(part)] {
            let report = pairs.round(pairs.common.from.ephemeral(without).await?).await?;
            rates.note(without, Some(report.throughput_per_s()));
            costs.note(without, Report::cpu_us(&report));
        }
    }
    let Scenario { name, settings } = pairs.scenario();
    let comparison = Comparison {
        scenario: name,
        backend: "embedded",
        compared: part.name(),
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
    fn note(&mut self, without: Option<Part>, figure: Option<f64>) {
        match without {
            None => self.with.extend(figure),
            Some(_) => self.without.extend(figure),
        }
    }

    fn medians(&self) -> Both {
        let (with, without) = (median(&self.with), median(&self.without));
        Both {
            with,
            without,
            ratio: rounded(with / without.max(1e-9), 3),
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
            with: vec![80.0, 100.0, 90.0],
            without: vec![90.0, 110.0],
        };
        let both = rates.medians();
        assert_eq!((both.with.to_bits(), both.without.to_bits()), (90f64.to_bits(), 100f64.to_bits()));
        assert_eq!(both.ratio.to_bits(), 0.9f64.to_bits());
    }
}
