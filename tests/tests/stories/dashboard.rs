//! The dashboard of `infra/grafana/` shows what there is: every metric that it names is documented, and no documented one is forgotten.

use std::collections::BTreeSet;

use serde_json::Value;

const DASHBOARD: &str = include_str!("../../../infra/grafana/heliograph.json");
const MANUAL: &str = include_str!("../../../docs/METRICS.md");

/// Names without what Prometheus puts behind them.
fn metric(name: &str) -> &str {
    ["_bucket", "_sum", "_count"]
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .unwrap_or(name)
}

fn named(expression: &str) -> impl Iterator<Item = String> {
    let words = expression.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    words
        .filter(|word| word.starts_with("heliograph_"))
        .map(|word| metric(word).to_owned())
}

/// All expressions, in rows' panels too.
fn expressions(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("expr").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| expressions(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| expressions(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_dashboard_shows_the_metrics_that_there_are() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).expect("it is JSON");
    let mut found = Vec::new();
    expressions(&dashboard, &mut found);
    let shown: BTreeSet<String> = found.iter().flat_map(|expression| named(expression).collect::<Vec<_>>()).collect();
    let documented = MANUAL
        .lines()
        .filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned()));
    assert_eq!(shown, documented.collect());
}

#[test]
fn panels_stand_side_by_side_and_have_titles_and_units() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).expect("it is JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let mut taken = BTreeSet::new();
    for panel in panels {
        assert!(panel["title"].as_str().is_some_and(|title| !title.is_empty()), "{panel}");
        let at = |side: &str| panel["gridPos"][side].as_u64().expect("a place");
        for x in at("x")..at("x") + at("w") {
            for y in at("y")..at("y") + at("h") {
                assert!(x < 24 && taken.insert((x, y)), "{} overlaps at {x}, {y}", panel["title"]);
            }
        }
        if panel["type"] != "row" {
            assert!(panel["fieldConfig"]["defaults"]["unit"].is_string(), "{}", panel["title"]);
        }
    }
}
