//! What a reactor wants of a unique name.

use serde::Serialize;

use crate::id::AccountId;
use crate::time::Timestamp;

/// Something a reactor wants of a unique name: claim, then take, and release what is not used (any more).
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Reserve it for an account; asked again by the same account, for longer.
    Claim {
        /// For whom.
        account: AccountId,
        /// When the claim expires, if it has not been used by then. Reckoned anew when the command is
        /// sent again, so no part of its digest.
        #[serde(skip)]
        until: Timestamp,
    },
    /// Put the claimed name in use.
    Take {
        /// Who claimed it.
        account: AccountId,
    },
    /// Give it up, claimed or taken; what one does not hold is left alone.
    Release {
        /// Who holds it.
        account: AccountId,
    },
}
