//! What the installation decides about itself.

use serde::{Deserialize, Serialize};

use crate::id::Position;

/// Something the installation decided about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// A projection could not apply a fact and goes on without it.
    #[serde(rename = "system.fact_parked")]
    FactParked(FactParked),
    /// A parked fact is to be applied now.
    #[serde(rename = "system.fact_released")]
    FactReleased(FactReleased),
}

/// A projection could not apply a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactParked {
    /// The projection.
    pub projection: String,
    /// The fact's commit.
    pub position: Position,
    /// The fact's index in it.
    pub index: u32,
    /// Why, for operators; no content.
    pub error: String,
}

/// A parked fact is to be applied now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactReleased {
    /// The projection.
    pub projection: String,
    /// The fact's commit.
    pub position: Position,
    /// The fact's index in it.
    pub index: u32,
}
