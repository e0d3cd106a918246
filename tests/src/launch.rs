//! Where the program under test is: `HELIOGRAPH_BIN`, else beside the tests, where `cargo test --workspace` and
//! `cargo nextest run --workspace` put it.

use std::path::PathBuf;
use std::sync::OnceLock;

/// The path of the `heliograph` binary.
pub fn binary() -> &'static PathBuf {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| std::env::var_os("HELIOGRAPH_BIN").map_or_else(beside_the_tests, PathBuf::from))
}

/// Tests are in `target/<profile>/deps`, programs in `target/<profile>`.
fn beside_the_tests() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let binary = test.ancestors().nth(2).expect("it is in a folder of its own").join("heliograph");
    assert!(
        binary.exists(),
        "{} is not there: test the whole workspace (--workspace), or name the program by HELIOGRAPH_BIN",
        binary.display()
    );
    binary
}
