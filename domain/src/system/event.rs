//! What the installation decides about itself.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::token::{Scope, TokenName};
use crate::account::event::TokenHash;
use crate::id::{Position, ServiceTokenId};
use crate::time::Timestamp;

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
    /// A service may act with a token from now on.
    #[serde(rename = "system.token_issued")]
    TokenIssued(TokenIssued),
    /// A service's token is of no use any more.
    #[serde(rename = "system.token_ended")]
    TokenEnded(TokenEnded),
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

/// A service may act with a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenIssued {
    /// Which.
    pub token: ServiceTokenId,
    /// As whom the service acts.
    pub name: TokenName,
    /// What it may.
    pub scopes: BTreeSet<Scope>,
    /// SHA-256 of the token's secret, lower-case hex.
    pub hash: TokenHash,
    /// From when on it is of no use; absent: it does not expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// A service's token is of no use any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenEnded {
    /// Which.
    pub token: ServiceTokenId,
}
