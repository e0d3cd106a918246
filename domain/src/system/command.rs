//! What the installation's own parts and its operators want of it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Parked, Scope, TokenName};
use crate::account::event::TokenHash;
use crate::id::ServiceTokenId;
use crate::time::Timestamp;

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
    /// Let a service in; it gets the next token id.
    IssueToken {
        /// Of the token that was made for it. Drawn anew when the command is sent again, so no part of its digest.
        #[serde(skip)]
        hash: TokenHash,
        /// As whom the service acts.
        name: TokenName,
        /// What it may.
        scopes: BTreeSet<Scope>,
        /// From when on the token is of no use any more; `None`: never.
        expires_at: Option<Timestamp>,
    },
    /// Let a service in no more.
    EndToken {
        /// Which token.
        token: ServiceTokenId,
    },
}
