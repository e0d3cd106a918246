//! All logs of a channel, imported and read back whole, compared with a reading of the files that is none of the importer's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use heliograph_tests::irc::Network;
use heliograph_tests::{World, story};
use serde_json::{Value, json};

mod log;
mod marks;
mod sequences;
mod told;

use log::Imported;
use sequences::Watcher;
use told::Told;

use super::imports::import;

/// The logs: `tests/data/ubuntu-irc/README.md` says what they are.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/ubuntu-irc");
const LOGS: usize = 22;
/// Imported before the others, so that some people have devices when those come.
const FIRST: usize = 2;

/// The logs' files, by their days.
fn files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(FOLDER).expect("the logs are there");
    let paths = entries.map(|entry| entry.expect("a folder can be read").path());
    let mut files: Vec<PathBuf> = paths.filter(|path| path.to_string_lossy().ends_with(".raw.txt")).collect();
    files.sort();
    assert_eq!(files.len(), LOGS);
    files
}

/// What they tell, read one after the other.
fn network(files: &[&Path]) -> Network {
    let text = |path: &Path| std::fs::read_to_string(path).expect("a log is text");
    let mut network = Network::default();
    for file in files {
        let name = file.file_name().expect("it is a file").to_string_lossy();
        let title = name.strip_suffix(".raw.txt").expect("it is a log");
        network.read(title, &text(file), &text(&file.with_file_name(format!("{title}.annotation.txt"))));
    }
    network
}

/// Imports files, of which these logs were imported before; the summary has to be what the files say.
async fn imported(world: &World, files: &[&Path], now: &Network, before: &Network) {
    let (done, summary, words) = import(world, "irc", files).await;
    assert!(done, "{words}");
    let new = now.messages() - before.messages();
    let told = |of: &str| summary[of].as_u64().unwrap_or_else(|| panic!("no {of}: {summary}"));
    assert_eq!((told("messages"), told("messages_before")), (new, before.messages()), "{summary}");
    let accounts = now.accounts.len() - before.accounts.len();
    assert_eq!(
        (told("accounts"), told("chats")),
        (accounts as u64, files.len() as u64),
        "{summary}"
    );
    assert_eq!(summary["skipped"], counted(now.logs.iter().map(|log| &log.skipped)), "{summary}");
    assert_eq!(summary["noted"], counted(now.logs.iter().map(|log| &log.noted)), "{summary}");
    if new == 0 {
        assert_eq!(told("other"), 0, "joins, leaves and names: {summary}");
    }
}

/// The sums of what was counted in each log.
fn counted<'a>(logs: impl Iterator<Item = &'a BTreeMap<&'static str, u64>>) -> Value {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for (why, count) in logs.flatten() {
        *sums.entry(*why).or_default() += count;
    }
    json!(sums)
}

story!(twenty_two_logs_are_imported_and_read_back_as_the_files_have_them, |world| {
    let files = files();
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let (first, all) = (network(&files[..FIRST]), network(&files));

    imported(world, &files[..FIRST], &first, &Network::default()).await;
    let people = Imported::read(world, &first).await.people;
    let watchers = sequences::watchers(world, &first, &all, &people).await;

    imported(world, &files, &all, &first).await;
    let whole = Imported::read(world, &all).await;
    let readers = told::readers(world, &all, &whole.people).await;
    let told = Told::read(world, &whole, &readers).await;
    told.is_what_the_logs_say(&all, &whole, &readers);
    sequences::hold_what_concerned_them(world, &watchers, &first, &all).await;

    let heads = sequences::heads(world, &watchers).await;
    imported(world, &files, &all, &all).await;
    let again = Imported::read(world, &all).await;
    assert!(again.facts() == whole.facts(), "the log grew by what was imported before");
    Told::read(world, &again, &readers).await.is_the_same_as(&told);
    assert_eq!(sequences::heads(world, &watchers).await, heads);

    marks::count_down(&all, &whole, &readers).await;
    for Watcher { phone, .. } in &watchers {
        phone.offline().await;
    }
});
