//! The doctor's report as text.

use serde_json::Value;

use super::report::{Report, Standing};

/// Prints it: what is wrong comes last, where one looks.
pub fn print(report: &Report) {
    section("configuration in effect", &report.config);
    for difference in &report.differences {
        println!("differs: {difference}");
    }
    let server = match report.server {
        Standing::Running => "running",
        Standing::Starting => "starting, or stopping: its door is not open",
        Standing::StartedForTheMoment => "not running; one was started for the moment",
        Standing::NotRunning => "not running",
    };
    println!("server: {server}");
    let findings = &report.findings;
    for key in ["log", "end", "checkpoint", "lag_positions", "hashed_at"] {
        println!("{key}: {}", plain(&findings[key]));
    }
    for model in findings["models"].as_array().into_iter().flatten() {
        println!(
            "  {:<12} {:>12} rows  {}",
            plain(&model["model"]),
            plain(&model["rows"]),
            plain(&model["hash"])
        );
    }
    if let Some(phase) = findings["rebuild"]["phase"].as_str().filter(|phase| *phase != "idle") {
        let rebuild = &findings["rebuild"];
        let (facts, of, error) = (plain(&rebuild["facts"]), plain(&rebuild["of"]), rebuild["error"].as_str());
        let error = error.map(|error| format!(": {error}")).unwrap_or_default();
        println!("rebuild: {phase}, {facts} of {of} facts{error}");
    }
    for fact in findings["parked"].as_array().into_iter().flatten() {
        let (position, index) = (plain(&fact["position"]), plain(&fact["index"]));
        let projection = plain(&fact["projection"]);
        println!("  parked by {projection}: fact {position}.{index}: {}", plain(&fact["error"]));
        println!("    once that is mended: heliograph doctor release '{projection}' {position}.{index}");
    }
    for warning in &report.warnings {
        println!("warning: {warning}");
    }
    for problem in &report.problems {
        println!("problem: {problem}");
    }
    if report.warnings.is_empty() && report.problems.is_empty() {
        println!("all is well");
    }
}

fn section(title: &str, value: &Value) {
    println!("{title}:");
    for (section, fields) in value.as_object().into_iter().flatten() {
        for (key, value) in fields.as_object().into_iter().flatten() {
            println!("  {section}.{key} = {}", plain(value));
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}
