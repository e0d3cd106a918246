//! What somebody wants of an account.

use serde::Serialize;

use super::event::TokenHash;
use super::{DeviceNameText, NameText, UsernameText};
use crate::id::{DeviceId, NameKey};

/// Something somebody wants of an account.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Bring the account into being.
    Register {
        /// Whether it is a bot.
        bot: bool,
        /// Its display name.
        name: NameText,
    },
    /// Change the display name.
    Rename {
        /// The display name from now on.
        name: NameText,
    },
    /// Let a further device act for the account; it gets the next device id.
    AuthoriseDevice {
        /// Of the token that was made for it. Drawn anew when the command is sent again, so no part of its digest.
        #[serde(skip)]
        token: TokenHash,
        /// What its owner calls it.
        name: DeviceNameText,
    },
    /// End a device's session.
    EndDevice {
        /// Which.
        device: DeviceId,
    },
    /// Ask for a username.
    RequestUsername {
        /// The name's key.
        name: NameKey,
        /// The name.
        username: UsernameText,
    },
    /// Give the username up.
    DropUsername,
    /// A reactor's, who asks before it claims a name: nothing happens where the account has asked for it, or goes by it.
    WantUsername {
        /// The name's key.
        name: NameKey,
    },
    /// A reactor's: the requested name was claimed; use it.
    AdoptUsername {
        /// The claimed name's key.
        name: NameKey,
        /// The claimed name, as sealed in the request.
        username: crate::sealed::Closed,
    },
    /// A reactor's: the requested name can't be had.
    RefuseUsername {
        /// The name's key.
        name: NameKey,
    },
}
