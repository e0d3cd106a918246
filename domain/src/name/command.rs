//! What is wanted of a unique name.

use serde::Serialize;

use super::Holder;
use crate::fact::FactRef;
use crate::time::Timestamp;

/// Something wanted of a unique name: claim, then take, and release what is not used (any more). Reactors ask for all of it; the service
/// that lets people in ([`SIGN_IN`](crate::actor::SIGN_IN)) claims and takes.
///
/// `fact` is the fact of the account or the chat that it answers, and is in the command's id: so no part of its digest.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Reserve it for an account or a chat; asked again for the same, for longer.
    Claim {
        /// For whom.
        #[serde(flatten)]
        holder: Holder,
        /// Which of its facts asks for it; `None`: none does yet, for the claim comes first.
        #[serde(skip)]
        fact: Option<FactRef>,
        /// When the claim expires, if it has not been used by then. Reckoned anew when the command is
        /// sent again, so no part of its digest.
        #[serde(skip)]
        until: Timestamp,
    },
    /// Put the claimed name in use.
    Take {
        /// Who claimed it.
        #[serde(flatten)]
        holder: Holder,
        /// Which of its facts says that it goes by the name; `None`: that is not known.
        #[serde(skip)]
        fact: Option<FactRef>,
    },
    /// Give it up, claimed or taken; what one does not hold is left alone, and so is what one holds for a newer fact.
    Release {
        /// Who holds it.
        #[serde(flatten)]
        holder: Holder,
        /// Which of its facts says that it does not go by the name.
        #[serde(skip)]
        fact: FactRef,
        /// For how long only its former holder may claim it; 0: anybody may at once. As configured, so no part of its digest.
        #[serde(skip)]
        rest_seconds: u32,
    },
}
