//! The ledger: no stored form that was ever committed is forgotten.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::{AROUND, Event, folder, golden, old};

/// Digest and type, a line each; lines are only ever added.
const LEDGER: &str = include_str!("ledger.txt");

/// The line of an example.
fn line(type_name: &str, json: &str) -> String {
    let mut line = String::new();
    for byte in Sha256::digest(json.as_bytes()) {
        write!(line, "{byte:02x}").expect("a string takes everything");
    }
    line + " " + type_name
}

/// The lines of all examples that are there, old shapes first, what is in events and around them last.
fn examples() -> Vec<String> {
    let was = old().into_iter().map(|(type_name, old)| line(&type_name, old.was.get()));
    let is = Event::TYPES
        .iter()
        .chain(&AROUND)
        .flat_map(|type_name| golden(type_name).into_iter().map(|json| line(type_name, &json)));
    was.chain(is).collect()
}

#[test]
fn every_stored_form_that_ever_was_still_has_its_example() {
    let there: BTreeSet<String> = examples().into_iter().collect();
    for line in LEDGER.lines() {
        let (digest, type_name) = line.split_once(' ').expect("a digest and a type");
        assert!(
            there.contains(line),
            "an example of {type_name} was changed or removed ({digest}): logs hold it. Bring it back into {type_name}.json or, where the shape \
             had to change, into {type_name}.v<n>.json with what it is today"
        );
    }
}

#[test]
fn every_example_is_in_the_ledger() {
    let known: BTreeSet<&str> = LEDGER.lines().collect();
    let examples = examples();
    let new: Vec<&String> = examples.iter().filter(|line| !known.contains(line.as_str())).collect();
    if std::env::var_os("HELIOGRAPH_BLESS").is_some() {
        let grown = new.iter().fold(LEDGER.to_owned(), |ledger, line| ledger + line + "\n");
        std::fs::write(folder().join("ledger.txt"), grown).expect("the ledger can be written");
    } else {
        assert!(new.is_empty(), "not in ledger.txt yet (`make bless` adds them): {new:#?}");
    }
}
