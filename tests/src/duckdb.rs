//! `DuckDB`, which analysts open exported files with: `.tools/duckdb`, or what `DUCKDB` names.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What `DuckDB` answers to a query: an object a row.
pub fn duckdb(sql: &str) -> Vec<Value> {
    let asked = Command::new(program()).args(["-json", "-c", sql]).output();
    let answered = asked.expect("DuckDB can be started");
    assert!(answered.status.success(), "{sql}: {}", String::from_utf8_lossy(&answered.stderr));
    let text = String::from_utf8(answered.stdout).expect("DuckDB writes UTF-8");
    if text.trim().is_empty() {
        return Vec::new();
    }
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn program() -> PathBuf {
    let path = std::env::var_os("DUCKDB").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/duckdb"), PathBuf::from);
    assert!(
        path.exists(),
        "there is no duckdb at {}: run `make tools`, or name one by DUCKDB",
        path.display()
    );
    path
}
