//! The doctor's report as text.

use anyhow::Result;
use serde_json::Value;

use super::report::{Report, Standing};
use crate::say::say;

/// Prints it: what is wrong comes last, where one looks.
pub fn print(report: &Report) -> Result<()> {
    section("configuration in effect", &report.config)?;
    for difference in &report.differences {
        say(format_args!("differs: {difference}"))?;
    }
    let server = match report.server {
        Standing::Running => "running",
        Standing::Starting => "starting, or stopping: its door is not open",
        Standing::StartedForTheMoment => "not running; one was started for the moment",
        Standing::NotRunning => "not running",
    };
    say(format_args!("server: {server}"))?;
    let findings = &report.findings;
    for key in ["log", "end", "checkpoint", "lag_positions", "hashed_at"] {
        say(format_args!("{key}: {}", plain(&findings[key])))?;
    }
    for model in findings["models"].as_array().into_iter().flatten() {
        say(format_args!(
            "  {:<12} {:>12} rows  {}",
            plain(&model["model"]),
            plain(&model["rows"]),
            plain(&model["hash"])
        ))?;
    }
    if let Some(phase) = findings["rebuild"]["phase"].as_str().filter(|phase| *phase != "idle") {
        let rebuild = &findings["rebuild"];
        let (facts, of, error) = (plain(&rebuild["facts"]), plain(&rebuild["of"]), rebuild["error"].as_str());
        let error = error.map(|error| format!(": {error}")).unwrap_or_default();
        say(format_args!("rebuild: {phase}, {facts} of {of} facts{error}"))?;
    }
    for fact in findings["parked"].as_array().into_iter().flatten() {
        let (position, index) = (plain(&fact["position"]), plain(&fact["index"]));
        let projection = plain(&fact["projection"]);
        say(format_args!(
            "  parked by {projection}: fact {position}.{index}: {}",
            plain(&fact["error"])
        ))?;
        say(format_args!(
            "    once that is mended: heliograph doctor release '{projection}' {position}.{index}"
        ))?;
    }
    for warning in &report.warnings {
        say(format_args!("warning: {warning}"))?;
    }
    for problem in &report.problems {
        say(format_args!("problem: {problem}"))?;
    }
    if report.warnings.is_empty() && report.problems.is_empty() {
        say("all is well")?;
    }
    Ok(())
}

fn section(title: &str, value: &Value) -> Result<()> {
    say(format_args!("{title}:"))?;
    for (section, fields) in value.as_object().into_iter().flatten() {
        for (key, value) in fields.as_object().into_iter().flatten() {
            say(format_args!("  {section}.{key} = {}", plain(value)))?;
        }
    }
    Ok(())
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}
