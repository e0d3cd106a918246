//! Live delivery: what a lane has just committed, to the sessions of the devices it concerns. A hint: the table is the truth.

/// Live delivery to attached devices. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Feed {}
