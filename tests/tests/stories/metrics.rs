//! What is measured is what `docs/METRICS.md` says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use heliograph_tests::story;
use heliograph_tests::world::direct;

const MANUAL: &str = include_str!("../../../docs/METRICS.md");

/// The documented types of metrics by name.
fn documented() -> BTreeMap<&'static str, &'static str> {
    let rows = MANUAL.lines().filter_map(|line| {
        let (name, rest) = line.strip_prefix("| `")?.split_once("` | ")?;
        Some((name, rest.split(" | ").next()?))
    });
    rows.collect()
}

story!(every_metric_that_is_told_is_documented, |world| {
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.say_text(&chat, "hello").await;
    bob.hears("hello").await;
    bob.phone.try_send("g-1", "nobody there").await.refused("chat_not_found");
    let told = world.admin.get("/metrics").await.text;
    let documented = documented();
    let mut types = 0;
    for line in told.lines() {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|line| line.split_once(' ')) {
            assert_eq!(documented.get(name), Some(&kind), "docs/METRICS.md on {name}");
            assert!(told.contains(&format!("# HELP {name} ")), "{name} has no help text");
            types += 1;
        }
    }
    assert!(types > 10, "{told}");
});

#[test]
fn every_metric_of_the_program_is_documented_and_no_other() {
    let mut metrics = BTreeSet::new();
    for package in ["gateway", "infra", "projections"] {
        let sources = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(package).join("src");
        collect(&sources, &mut metrics);
    }
    let documented: BTreeSet<String> = documented().keys().map(|name| (*name).to_owned()).collect();
    assert_eq!(metrics, documented);
}

/// Collects the metrics that are named in a folder's sources.
fn collect(folder: &Path, metrics: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("sources").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            collect(&entry, metrics);
        } else {
            let source = fs::read_to_string(&entry).expect("a source is text");
            let names = source.split('"').filter(|text| text.starts_with("heliograph_"));
            metrics.extend(
                names
                    .filter(|text| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
                    .map(str::to_owned),
            );
        }
    }
}
