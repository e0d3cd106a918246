//! Where the program under test is: `HELIOGRAPH_BIN`, else cargo builds it once per test process.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// The path of the `heliograph` binary, as fresh as the tests: `cargo nextest` builds it before the
/// first test (`.config/nextest.toml`), plain `cargo test` here.
pub fn binary() -> &'static PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| std::env::var_os("HELIOGRAPH_BIN").map_or_else(build, PathBuf::from))
}

fn build() -> PathBuf {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args([
        "build",
        "--quiet",
        "--package",
        "heliograph",
        "--bin",
        "heliograph",
        "--message-format",
        "json",
    ]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let built = command
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stderr(std::process::Stdio::inherit())
        .output();
    let built = built.expect("cargo can be started");
    assert!(built.status.success(), "the program does not compile");
    let messages = String::from_utf8(built.stdout).expect("cargo speaks UTF-8");
    let mut executables = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message["executable"].as_str()?))
    });
    executables.next_back().expect("cargo names what it built")
}
