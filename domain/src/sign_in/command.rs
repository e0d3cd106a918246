//! What somebody wants who holds a contact, or says so.

use serde::Serialize;

use super::event::{Channel, Purpose};
use super::{CodeHash, Limits};
use crate::id::{AccountId, SignInId};

/// Something wanted of a contact. All are asked by the installation itself (`Actor::Service("sign-in")`), or by a device of the account
/// that wants to be reached at the contact.
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
        /// As configured; no part of the digest.
        #[serde(skip)]
        limits: Limits,
    },
    /// Make another code for the same sign-in; the former is of no use any more.
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
    },
    /// Use what was proved, once: for this account.
    Use {
        /// Which.
        sign_in: SignInId,
        /// For whom.
        account: AccountId,
    },
}
