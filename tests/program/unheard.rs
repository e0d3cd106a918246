//! Tools whose answer nobody takes: who reads has gone, or the disk is full.

use std::fs::OpenOptions;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Output, Stdio};

use super::{answer, answers, heliograph, on};

/// What tells something, each on a line of its own or on many.
const TOOLS: [&[&str]; 6] = [
    &["account", "create", "Bob"],
    &["account", "list"],
    &["token", "list"],
    &["token", "create", "sums", "--scope", "events:read"],
    &["doctor", "--json"],
    &["doctor"],
];

fn told(folder: &Path, tool: &[&str], stdout: impl Into<Stdio>) -> Output {
    let mut command = heliograph(tool);
    command.arg("--data").arg(folder).stdout(stdout).output().unwrap()
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_reader_who_has_gone_ends_a_tool_quietly() {
    let folder = tempfile::tempdir().unwrap();
    answer(&on(folder.path(), &["account", "create", "Alice"]));
    for tool in TOOLS {
        let (gone, stdout) = UnixStream::pair().unwrap();
        drop(gone);
        let ended = told(folder.path(), tool, OwnedFd::from(stdout));
        assert!(ended.status.success(), "{tool:?}: {}", words(&ended));
        assert_eq!(words(&ended), "", "{tool:?}");
    }
    // They were stopped in order, and what they did was done.
    assert_eq!(answers(&on(folder.path(), &["account", "list"])).len(), 2);
}

#[test]
fn an_answer_that_finds_no_room_is_a_failure_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    answer(&on(folder.path(), &["account", "create", "Alice"]));
    for tool in TOOLS.into_iter().filter(|tool| *tool != ["token", "list"]) {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ended = told(folder.path(), tool, full);
        assert_eq!(ended.status.code(), Some(1), "{tool:?}");
        assert!(words(&ended).contains("the answer can't be written"), "{tool:?}: {}", words(&ended));
    }
    assert_eq!(answers(&on(folder.path(), &["account", "list"])).len(), 2);
}
