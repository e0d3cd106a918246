//! What tools say: their answers on stdout, remarks on stderr; that nobody reads them is no defect.

use std::fmt::{self, Display};
use std::io::{self, ErrorKind, Write as _};

use anyhow::{Context as _, Result};

/// Who read the answers has seen enough: a quiet end, and no failure.
#[derive(Debug)]
pub struct Enough;

impl Display for Enough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody reads the answer any more")
    }
}

impl std::error::Error for Enough {}

/// Says a line on stdout. [`Enough`]: nobody reads it; whatever else goes wrong, as on a full disk, is an error like any other.
pub fn say(line: impl Display) -> Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Enough.into()),
        Err(error) => Err(error).context("the answer can't be written"),
    }
}

/// Says something about what was done, on stderr. Where that can't be, there is nobody left to be told.
pub fn remark(words: impl Display) {
    let _ = writeln!(io::stderr(), "heliograph: {words}");
}
