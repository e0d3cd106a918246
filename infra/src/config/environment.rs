//! The environment's names that begin like ours: which of them are no setting, and which setting was meant.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Config, PREFIX};

/// Names that are ours and no keys of the configuration: the program's, its benchmark's, its tests'.
const OTHERS: [&str; 6] = ["CONFIG", "LOG", "TOKEN", "BIN", "BENCH_NATS", "BENCH_DATABASE"];

/// Slips that make a name a misspelt one, at most; fewer in short ones.
const TYPOS: usize = 2;

/// A name that begins like ours and is none of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranger {
    /// As it stands in the environment.
    pub name: String,
    /// What it is so near to that nothing else can be meant.
    pub meant: Option<String>,
}

/// The strangers in this process' environment.
pub fn strangers() -> Vec<Stranger> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    among(names)
}

/// The strangers among these names. One with two underscores is read as a key, and refused by name when it is none.
fn among(names: impl Iterator<Item = String>) -> Vec<Stranger> {
    let known = known();
    let begins = |name: &String| name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX));
    let ours = |name: &String| begins(name) && !name.contains("__");
    names
        .filter(ours)
        .filter(|name| !known.contains(&name.to_ascii_uppercase()))
        .map(|name| {
            let meant = known.iter().find(|known| is_near(&name, known)).cloned();
            Stranger { name, meant }
        })
        .collect()
}

/// Every name that means something.
fn known() -> BTreeSet<String> {
    let mut known: BTreeSet<String> = OTHERS.iter().map(|name| format!("{PREFIX}{name}")).collect();
    let sections = serde_json::to_value(Config::default()).expect("a configuration is texts and numbers, which JSON can hold");
    let keys = |(section, fields): (&String, &Value)| -> Vec<String> {
        let fields = fields.as_object().into_iter().flatten();
        fields
            .map(|(key, _)| format!("{PREFIX}{section}__{key}").to_ascii_uppercase())
            .collect()
    };
    known.extend(sections.as_object().into_iter().flatten().flat_map(keys));
    known
}

/// Whether they differ by no more than underscores and a slip or two.
fn is_near(name: &str, known: &str) -> bool {
    let letters = |name: &str| name[PREFIX.len()..].replace('_', "").to_ascii_uppercase();
    let (name, known) = (letters(name), letters(known));
    strsim::damerau_levenshtein(&name, &known) <= TYPOS.min(known.len() / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str) -> Vec<Stranger> {
        among([name.to_owned()].into_iter())
    }

    fn stranger(name: &str, meant: Option<&str>) -> Vec<Stranger> {
        let (name, meant) = (name.to_owned(), meant.map(str::to_owned));
        vec![Stranger { name, meant }]
    }

    #[test]
    fn a_misspelt_name_is_known_by_what_it_is_near() {
        for (name, meant) in [
            ("HELIOGRAPH_SERVER_LISTEN", "HELIOGRAPH_SERVER__LISTEN"),
            ("HELIOGRAPH_SERVER_LISTNE", "HELIOGRAPH_SERVER__LISTEN"),
            ("Heliograph_Log_Nats", "HELIOGRAPH_LOG__NATS"),
            ("HELIOGRAPH_DATABASE_URL", "HELIOGRAPH_DATABASE__URL"),
            ("HELIOGRAPH_CONFG", "HELIOGRAPH_CONFIG"),
        ] {
            assert_eq!(found(name), stranger(name, Some(meant)));
        }
    }

    #[test]
    fn what_others_set_is_near_to_nothing() {
        for name in [
            "HELIOGRAPH_TAG",
            "HELIOGRAPH_SERVICE_HOST",
            "HELIOGRAPH_PORT",
            "HELIOGRAPH_PORT_8080_TCP_ADDR",
        ] {
            assert_eq!(found(name), stranger(name, None));
        }
    }

    #[test]
    fn our_own_names_are_no_strangers() {
        for name in known() {
            assert_eq!(found(&name), []);
        }
        assert_eq!(found("HELIOS"), []);
        assert_eq!(found("HELIOGRAPH_SERVER__LISTEM"), [], "refused by name where it is read");
    }
}
