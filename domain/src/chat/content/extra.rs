//! What an integrator's program adds to a message.

use serde::Serialize;
use serde_json::Value;

/// Bytes of it as JSON, at most.
pub const EXTRA_MAX: usize = 4_096;

/// Any JSON that is short enough; made by [`Extra::parse`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Extra(Value);

/// It is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("extra is longer than {EXTRA_MAX} bytes of JSON")]
pub struct ExtraTooLong;

impl Extra {
    /// Takes any JSON; `null` is nothing.
    pub fn parse(value: Value) -> Result<Option<Self>, ExtraTooLong> {
        if value.is_null() {
            Ok(None)
        } else if value.to_string().len() > EXTRA_MAX {
            Err(ExtraTooLong)
        } else {
            Ok(Some(Self(value)))
        }
    }

    /// The JSON.
    pub fn into_value(self) -> Value {
        self.0
    }
}
