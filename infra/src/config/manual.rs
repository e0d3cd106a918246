//! `docs/CONFIGURATION.md` is true: it lists every key, with the default and the limits that hold.

use std::collections::BTreeMap;

use figment::Figment;
use figment::providers::{Format, Toml};
use serde_json::Value;

use super::{Config, Error, PREFIX};

const MANUAL: &str = include_str!("../../../docs/CONFIGURATION.md");

/// A row of the table of keys.
struct Row {
    variable: String,
    default: String,
    allowed: String,
}

fn documented() -> BTreeMap<String, Row> {
    let rows = MANUAL.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix("| `")?.split(" | ").collect();
        let [key, variable, default, allowed, _meaning] = cells[..] else {
            return None;
        };
        let bare = |cell: &str| cell.trim_matches('`').to_owned();
        let row = Row {
            variable: bare(variable),
            default: bare(default),
            allowed: allowed.to_owned(),
        };
        Some((bare(key), row))
    });
    rows.collect()
}

/// Every key with its default, as the manual spells it.
fn keys() -> BTreeMap<String, String> {
    let Value::Object(sections) = serde_json::to_value(Config::default()).unwrap() else {
        panic!("sections")
    };
    let mut keys = BTreeMap::new();
    for (section, fields) in sections {
        for (key, default) in fields.as_object().expect("a section is an object") {
            let default = match default {
                Value::Null => "–".to_owned(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            keys.insert(format!("{section}.{key}"), default);
        }
    }
    keys
}

fn with(key: &str, value: i64) -> Result<(), Error> {
    let (section, key) = key.split_once('.').expect("section.key");
    let toml = format!("[{section}]\n{key} = {value}");
    let config: Config = Figment::from(Toml::string(&toml))
        .extract()
        .map_err(|error| Error::Unreadable(Box::new(error)))?;
    config.check()
}

#[test]
fn every_key_stands_in_the_manual_with_its_variable_and_default() {
    let documented = documented();
    for (key, default) in keys() {
        let row = documented
            .get(&key)
            .unwrap_or_else(|| panic!("docs/CONFIGURATION.md does not list {key}"));
        assert_eq!(row.default, default, "{key}");
        assert_eq!(row.variable, format!("{PREFIX}{}", key.replace('.', "__").to_uppercase()), "{key}");
    }
    for key in documented.keys() {
        assert!(keys().contains_key(key), "docs/CONFIGURATION.md lists {key}, which is no key");
    }
}

#[test]
fn the_limits_of_the_manual_hold() {
    let ranges: Vec<(String, i64, i64)> = documented()
        .iter()
        .filter_map(|(key, row)| {
            let (low, high) = row.allowed.split_once(" … ")?;
            Some((key.clone(), low.parse().ok()?, high.parse().ok()?))
        })
        .collect();
    assert!(ranges.len() > 10, "{ranges:?}");
    for (key, low, high) in ranges {
        for allowed in [low, high] {
            assert!(with(&key, allowed).is_ok(), "{key} = {allowed}");
        }
        for refused in [low - 1, high + 1] {
            assert!(with(&key, refused).is_err(), "{key} = {refused}");
        }
    }
}
