//! What the installation's own parts and its operators want of it.

use serde::Serialize;

use super::Parked;

/// Something the installation's own parts or its operators want of it.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Go on without a fact that a projection could not apply.
    Park {
        /// Which projection, which fact.
        fact: Parked,
        /// Why, for operators; no content. The first [`super::ERROR_MAX`] code points are kept.
        error: String,
    },
    /// Apply a parked fact now.
    Release {
        /// Which projection, which fact.
        fact: Parked,
    },
}
