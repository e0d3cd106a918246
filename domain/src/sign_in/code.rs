//! One-time codes, as they are kept: by a password hash.

use serde::{Deserialize, Serialize};

/// Argon2id of a one-time code, salted by its sign-in and peppered by the installation's secret, in lower-case hex: the same code of the
/// same sign-in has the same hash, so that deciding can compare. Made outside, by `infra`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeHash(pub String);
