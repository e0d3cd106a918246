//! What somebody wants who holds a contact, or says so.

use serde::Serialize;

use super::event::{Channel, Purpose};
use super::{CodeHash, Limits};
use crate::id::{AccountId, SignInId};
use crate::time::Timestamp;

/// Something wanted of a contact. All are asked by the service that lets people in ([`SIGN_IN`](crate::actor::SIGN_IN)), whatever for.
///
/// `now` is what the asker's clock says. It may have gone back, which the time of deciding may not: a clock that once ran ahead would shut
/// everybody out until then. Read anew when the command is sent again, as `limits` are, so neither is a part of its digest.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Make a code that proves possession of the contact.
    Begin {
        /// Drawn from the command.
        sign_in: SignInId,
        /// What for.
        purpose: Purpose,
        /// How it is to be sent.
        channel: Channel,
        /// Of the code. Drawn anew when the command is sent again, so no part of its digest.
        #[serde(skip)]
        code: CodeHash,
        /// As configured.
        #[serde(skip)]
        limits: Limits,
        /// When.
        #[serde(skip)]
        now: Timestamp,
    },
    /// Make another code for the same sign-in, expired or not; the former is of no use any more.
    Resend {
        /// Which.
        sign_in: SignInId,
        /// How it is to be sent.
        channel: Channel,
        /// Of the new code.
        #[serde(skip)]
        code: CodeHash,
        /// As configured.
        #[serde(skip)]
        limits: Limits,
        /// When.
        #[serde(skip)]
        now: Timestamp,
    },
    /// Show a code. Accepted whether it is right or wrong: the event says which.
    Try {
        /// Which.
        sign_in: SignInId,
        /// Of the code that was shown.
        code: CodeHash,
        /// As configured.
        #[serde(skip)]
        limits: Limits,
        /// When.
        #[serde(skip)]
        now: Timestamp,
    },
    /// Use what was proved, once: for this account. Asked again for the same, nothing happens.
    Use {
        /// Which.
        sign_in: SignInId,
        /// For whom.
        account: AccountId,
        /// When.
        #[serde(skip)]
        now: Timestamp,
    },
}
