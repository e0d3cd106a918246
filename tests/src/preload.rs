//! Libraries that are preloaded into a child process, to stand between it and the system.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles a C source of this package (`src/machine.c`) into a folder; gives the library for `LD_PRELOAD`.
pub fn library(source: &str, folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
    let library = folder.join(source.file_name().expect("a source has a name")).with_extension("so");
    let compiled = Command::new("cc")
        .args(["-O1", "-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .args(["-ldl", "-lpthread"])
        .status();
    assert!(
        compiled.is_ok_and(|status| status.success()),
        "a C compiler (cc) compiles {}",
        source.display()
    );
    library
}
