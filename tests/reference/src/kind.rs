//! The kinds of update that `docs/API.md` lists.

/// Declares the kinds by their names on the wire.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)*) => {
        /// A kind of update.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])* $kind,)*
        }

        impl Kind {
            /// All there are.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The `type` of its updates.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            /// The kind of updates with this `type`; `None`: a later version's.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$kind),)*
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    /// A message, as it is now.
    MessageSent = "message_sent",
    /// A message says something else.
    MessageEdited = "message_edited",
    /// Messages are gone for everybody.
    MessagesDeleted = "messages_deleted",
    /// A chat came into being.
    ChatCreated = "chat_created",
    /// A group has another title.
    ChatRenamed = "chat_renamed",
    /// Somebody became a member.
    MemberAdded = "member_added",
    /// Somebody was removed.
    MemberRemoved = "member_removed",
    /// Somebody left.
    MemberLeft = "member_left",
    /// A member has another role or other rights.
    RoleChanged = "role_changed",
    /// A group says something else of itself.
    ChatDescribed = "chat_described",
    /// Members of a group may do something else.
    PermissionsChanged = "permissions_changed",
    /// They wait longer or shorter between two messages.
    SlowModeChanged = "slow_mode_changed",
    /// What is said in a group may not be forwarded, or may again.
    ProtectionChanged = "protection_changed",
    /// A member may do less than others.
    MemberRestricted = "member_restricted",
    /// An account may not be in a group.
    MemberBanned = "member_banned",
    /// It may again.
    MemberUnbanned = "member_unbanned",
    /// An invite link was made.
    LinkMade = "link_made",
    /// An invite link lets in otherwise.
    LinkChanged = "link_changed",
    /// It lets nobody in any more.
    LinkRevoked = "link_revoked",
    /// Somebody asks to be let in.
    JoinRequested = "join_requested",
    /// That came to nothing.
    JoinDeclined = "join_declined",
    /// The account has read a chat, or the other side of a direct one.
    ChatRead = "chat_read",
    /// Somebody reacts to a message otherwise.
    ReactionChanged = "reaction_changed",
    /// A message was pinned.
    MessagePinned = "message_pinned",
    /// Messages were taken down.
    MessagesUnpinned = "messages_unpinned",
    /// The account has hidden messages from itself.
    MessagesHidden = "messages_hidden",
    /// It has hidden all of a chat, up to a message.
    ChatCleared = "chat_cleared",
    /// It has marked a chat as unread, or not any more.
    ChatMarkedUnread = "chat_marked_unread",
    /// It has muted a chat, or not any more.
    ChatMuted = "chat_muted",
    /// It has pinned other chats.
    ChatsPinned = "chats_pinned",
    /// It has put a chat away, or taken it out.
    ChatArchived = "chat_archived",
    /// It is about to say something else.
    DraftChanged = "draft_changed",
    /// The account has another name, or says something else of itself.
    ProfileChanged = "profile_changed",
    /// A further device may act for the account.
    DeviceAuthorised = "device_authorised",
    /// A device may not any more.
    DeviceEnded = "device_ended",
    /// A device is called something else.
    DeviceRenamed = "device_renamed",
    /// The account asked for a username.
    UsernameRequested = "username_requested",
    /// It has another one, or none.
    UsernameChanged = "username_changed",
    /// Somebody else has it.
    UsernameRefused = "username_refused",
    /// The account is reached at an address.
    AddressAdded = "address_added",
    /// It is reached there no more.
    AddressDropped = "address_dropped",
    /// A password is asked for.
    PasswordSet = "password_set",
    /// None is any more.
    PasswordRemoved = "password_removed",
    /// A time-based one-time password is asked for.
    TotpSet = "totp_set",
    /// None is any more.
    TotpRemoved = "totp_removed",
    /// There are new recovery codes.
    RecoveryCodesMade = "recovery_codes_made",
    /// Somebody is a contact, or is called something else.
    ContactAdded = "contact_added",
    /// Somebody is a contact no more.
    ContactRemoved = "contact_removed",
    /// The account has blocked somebody.
    Blocked = "blocked",
    /// It has no more.
    Unblocked = "unblocked",
    /// Others may do other things with the account.
    PrivacyChanged = "privacy_changed",
    /// The account may administer the server.
    Promoted = "promoted",
    /// It may no more.
    Demoted = "demoted",
    /// It is kept from acting.
    Suspended = "suspended",
    /// It may act again.
    Restored = "restored",
    /// It is to be erased.
    ErasureScheduled = "erasure_scheduled",
    /// It is not.
    ErasureCalledOff = "erasure_called_off",
    /// It is gone for everybody.
    ErasureBegun = "erasure_begun",
    /// The account follows a channel.
    Subscribed = "subscribed",
    /// It follows it no more.
    Unsubscribed = "unsubscribed",
    /// From now on a group has a sequence of its own.
    SequenceBegun = "sequence_begun",
    /// It was counted how often messages were seen, and how they are reacted to.
    MessagesCounted = "messages_counted",
    /// A channel asked for a username.
    ChatUsernameRequested = "chat_username_requested",
    /// It has another one, or none.
    ChatUsernameChanged = "chat_username_changed",
    /// Somebody else has it.
    ChatUsernameRefused = "chat_username_refused",
    /// Something that this server can't tell.
    Unsupported = "unsupported",
}
