//! What the program says about itself: log lines on stderr, and what goes to a collector. Standard output belongs to answers.

use std::io::IsTerminal;

use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use self::otlp::Otlp;

pub mod exposition;
mod measured;
pub mod otlp;
mod post;

/// The environment's filter, `HELIOGRAPH_LOG=info,heliograph_infra=debug`.
pub const FILTER: &str = "HELIOGRAPH_LOG";

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// A filter that can't be used: it would silence more than is meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{FILTER} = {text:?}: {problem}; write a level (error, warn, info, debug, trace, off), also per crate: info,heliograph_infra=debug"
)]
pub struct NoFilter {
    text: String,
    problem: String,
}

/// Who sends what is told: were that told too, there would be no end.
const MESSENGERS: [&str; 4] = ["opentelemetry", "hyper", "reqwest", "heliograph_infra::telemetry"];

/// Starts telling, with `default` as the filter when the environment has none; to a collector, too, if there is one. Called once; a
/// second call changes nothing.
pub fn start(format: Format, default: &str, collector: Option<&Otlp>) -> Result<(), NoFilter> {
    let text = std::env::var_os(FILTER).map(|text| text.to_string_lossy().into_owned());
    let filter = filter(text.as_deref().map(str::trim).filter(|text| !text.is_empty()).unwrap_or(default))?;
    let afar = collector.map(|collector| {
        let is_told = filter_fn(|event| !MESSENGERS.iter().any(|messenger| event.target().starts_with(messenger)));
        OpenTelemetryTracingBridge::new(&collector.logs).with_filter(is_told)
    });
    let registry = tracing_subscriber::registry().with(filter).with(afar);
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match format {
        Format::Text => registry.with(layer.with_target(false)).try_init(),
        Format::Json => registry.with(layer.json().flatten_event(true)).try_init(),
    };
    // Already started: somebody else's subscriber (a test's) stays.
    drop(started);
    Ok(())
}

/// A lone word is a level here: as a crate's name it would silence all others, and it is mostly a slip.
fn filter(text: &str) -> Result<EnvFilter, NoFilter> {
    let refused = |problem: String| NoFilter {
        text: text.to_owned(),
        problem,
    };
    let directives: Vec<&str> = text.split(',').map(str::trim).filter(|directive| !directive.is_empty()).collect();
    for directive in &directives {
        let is_lone = !directive.contains(['=', '[', ']', '{', '}']);
        if is_lone && directive.parse::<LevelFilter>().is_err() {
            return Err(refused(format!("{directive} is no level")));
        }
    }
    EnvFilter::builder()
        .parse(directives.join(","))
        .map_err(|error| refused(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_levels_alone_or_of_crates() {
        for good in ["info", "WARN", "off", "info,heliograph_infra=debug", "warn, sqlx=off,[send]=trace"] {
            assert!(filter(good).is_ok(), "{good}");
        }
        for bad in ["verbose", "inof", "info,heliograph_infra", "info,heliograph_infra=loud"] {
            let refused = filter(bad).unwrap_err().to_string();
            assert!(refused.contains(FILTER) && refused.contains(bad), "{refused}");
        }
    }
}
