//! What only the program around the gateway knows, for the operator's doctor: its configuration, and what is unwise about it.

use std::fmt;

use futures::future::BoxFuture;
use serde_json::Value;

/// Looks the program over.
pub trait Checkup: fmt::Debug + Send + Sync {
    /// The configuration in effect, secrets hidden.
    fn config(&self) -> Value;

    /// What there is to say about it, and about the servers that it names.
    fn look(&self) -> BoxFuture<'_, Remarks>;
}

/// What is said of a program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remarks {
    /// What works, but not as one would want.
    pub warnings: Vec<String>,
    /// What does not work.
    pub problems: Vec<String>,
}
