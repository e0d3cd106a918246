//! All events, whatever their aggregate: what the log holds and projections match on.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::sealed::{Parts, nothing};
use crate::{account, chat, inbox, name, sign_in, system};

mod upcast;

/// Any event. Stored as `{"type":"chat.message_sent","data":{…}}`; types are stable names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// Of a chat.
    Chat(chat::Event),
    /// Of an account.
    Account(account::Event),
    /// Of a contact that somebody signs in with.
    SignIn(sign_in::Event),
    /// Of an account's inbox.
    Inbox(inbox::Event),
    /// Of a unique name.
    Name(name::Event),
    /// Of the installation.
    System(system::Event),
}

/// A stored event that this program can't read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// This program records no such events; perhaps a newer one did.
    #[error("unknown event type {0:?}")]
    UnknownType(String),
    /// The type is known, its data is not of the documented shape.
    #[error("malformed event: {0}")]
    Malformed(#[from] serde_json::Error),
}

impl Event {
    /// Reads an event as the log stores it.
    pub fn from_json(json: &str) -> Result<Self, Unreadable> {
        fn read<E: DeserializeOwned + Into<Event>>(name: &str, json: &str) -> Result<Event, Unreadable> {
            let today = serde_json::from_str::<E>(json).or_else(|error| match upcast::today(name, json) {
                Some(event) => serde_json::from_value(event),
                None => Err(error),
            });
            Ok(today?.into())
        }
        let name = stored_type(json)?;
        if !Self::TYPES.contains(&name.as_ref()) {
            return Err(Unreadable::UnknownType(name.into_owned()));
        }
        match name.split_once('.') {
            Some(("chat", _)) => read::<chat::Event>(&name, json),
            Some(("account", _)) => read::<account::Event>(&name, json),
            Some(("sign_in", _)) => read::<sign_in::Event>(&name, json),
            Some(("inbox", _)) => read::<inbox::Event>(&name, json),
            Some(("name", _)) => read::<name::Event>(&name, json),
            Some(("system", _)) => read::<system::Event>(&name, json),
            _ => Err(Unreadable::UnknownType(name.into_owned())),
        }
    }

    /// The event's sealed parts, if it has any; what people wrote first.
    pub fn sealed_parts_mut(&mut self) -> Parts<'_> {
        match self {
            Self::Chat(event) => event.sealed_parts_mut(),
            Self::Account(event) => event.sealed_parts_mut(),
            Self::Inbox(event) => event.sealed_parts_mut(),
            Self::SignIn(_) | Self::Name(_) | Self::System(_) => nothing(),
        }
    }
}

/// The type's name. Where the type comes first, as this program writes it, no second look at the whole is needed.
fn stored_type(json: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Type {
        r#type: String,
    }
    let leading = json.strip_prefix(r#"{"type":""#).and_then(|rest| rest.split_once('"'));
    match leading {
        Some((name, _)) if !name.contains('\\') => Ok(Cow::Borrowed(name)),
        Some(_) | None => serde_json::from_str(json).map(|Type { r#type }| Cow::Owned(r#type)),
    }
}

macro_rules! from_aggregate {
    ($($module:ident => $variant:ident),* $(,)?) => {$(
        impl From<$module::Event> for Event {
            fn from(event: $module::Event) -> Self {
                Self::$variant(event)
            }
        }
    )*};
}

from_aggregate!(chat => Chat, account => Account, sign_in => SignIn, inbox => Inbox, name => Name, system => System);

/// Names every type of event once, in the order of the aggregates.
macro_rules! event_types {
    ($($aggregate:ident, $module:ident, $variant:ident, $name:literal;)*) => {
        impl Event {
            /// Every type's stable name, as stored.
            pub const TYPES: &[&str] = &[$($name),*];

            /// The type's stable name, as stored.
            pub fn type_name(&self) -> &'static str {
                match self {
                    $(Self::$aggregate($module::Event::$variant(_)) => $name,)*
                }
            }
        }
    };
}

event_types! {
    Chat, chat, Created, "chat.created";
    Chat, chat, Renamed, "chat.renamed";
    Chat, chat, MemberAdded, "chat.member_added";
    Chat, chat, MemberRemoved, "chat.member_removed";
    Chat, chat, MemberLeft, "chat.member_left";
    Chat, chat, RoleChanged, "chat.role_changed";
    Chat, chat, MessageSent, "chat.message_sent";
    Chat, chat, MessageEdited, "chat.message_edited";
    Chat, chat, MessagesDeleted, "chat.messages_deleted";
    Chat, chat, ReactionChanged, "chat.reaction_changed";
    Chat, chat, MessagePinned, "chat.message_pinned";
    Chat, chat, MessagesUnpinned, "chat.messages_unpinned";
    Chat, chat, Described, "chat.described";
    Chat, chat, PermissionsChanged, "chat.permissions_changed";
    Chat, chat, MemberRestricted, "chat.member_restricted";
    Chat, chat, MemberBanned, "chat.member_banned";
    Chat, chat, MemberUnbanned, "chat.member_unbanned";
    Chat, chat, SlowModeChanged, "chat.slow_mode_changed";
    Chat, chat, ProtectionChanged, "chat.protection_changed";
    Chat, chat, LinkMade, "chat.link_made";
    Chat, chat, LinkChanged, "chat.link_changed";
    Chat, chat, LinkRevoked, "chat.link_revoked";
    Chat, chat, JoinRequested, "chat.join_requested";
    Chat, chat, JoinDeclined, "chat.join_declined";
    Account, account, Registered, "account.registered";
    Account, account, ProfileChanged, "account.profile_changed";
    Account, account, DeviceAuthorised, "account.device_authorised";
    Account, account, DeviceEnded, "account.device_ended";
    Account, account, UsernameRequested, "account.username_requested";
    Account, account, UsernameChanged, "account.username_changed";
    Account, account, UsernameRefused, "account.username_refused";
    Account, account, DeviceRenamed, "account.device_renamed";
    Account, account, AddressAdded, "account.address_added";
    Account, account, AddressDropped, "account.address_dropped";
    Account, account, PasswordSet, "account.password_set";
    Account, account, PasswordRemoved, "account.password_removed";
    Account, account, TotpSet, "account.totp_set";
    Account, account, TotpRemoved, "account.totp_removed";
    Account, account, RecoveryCodesMade, "account.recovery_codes_made";
    Account, account, FactorPassed, "account.factor_passed";
    Account, account, FactorFailed, "account.factor_failed";
    Account, account, ContactAdded, "account.contact_added";
    Account, account, ContactRemoved, "account.contact_removed";
    Account, account, Blocked, "account.blocked";
    Account, account, Unblocked, "account.unblocked";
    Account, account, PrivacyChanged, "account.privacy_changed";
    Account, account, Promoted, "account.promoted";
    Account, account, Demoted, "account.demoted";
    Account, account, Suspended, "account.suspended";
    Account, account, Restored, "account.restored";
    Account, account, ErasureScheduled, "account.erasure_scheduled";
    Account, account, ErasureCalledOff, "account.erasure_called_off";
    Account, account, ErasureBegun, "account.erasure_begun";
    Account, account, Erased, "account.erased";
    SignIn, sign_in, Begun, "sign_in.begun";
    SignIn, sign_in, CodeMade, "sign_in.code_made";
    SignIn, sign_in, Failed, "sign_in.failed";
    SignIn, sign_in, Proved, "sign_in.proved";
    SignIn, sign_in, Used, "sign_in.used";
    Inbox, inbox, Read, "inbox.read";
    Inbox, inbox, MessagesHidden, "inbox.messages_hidden";
    Inbox, inbox, Cleared, "inbox.chat_cleared";
    Inbox, inbox, MarkedUnread, "inbox.marked_unread";
    Inbox, inbox, Muted, "inbox.muted";
    Inbox, inbox, PinsChanged, "inbox.pins_changed";
    Inbox, inbox, Archived, "inbox.archived";
    Inbox, inbox, DraftChanged, "inbox.draft_changed";
    Name, name, Claimed, "name.claimed";
    Name, name, Taken, "name.taken";
    Name, name, Released, "name.released";
    System, system, FactParked, "system.fact_parked";
    System, system, FactReleased, "system.fact_released";
    System, system, TokenIssued, "system.token_issued";
    System, system, TokenEnded, "system.token_ended";
}
