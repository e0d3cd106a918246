//! Which kinds of update were compared, and why the others are not.

use std::collections::BTreeSet;
use std::sync::Mutex;

use reference::Kind;

/// Those that observers were told.
pub(crate) type Kinds = Mutex<BTreeSet<Kind>>;

/// Panics unless every kind came that deeds bring about.
pub(crate) fn all_came(kinds: &Kinds) {
    let came = kinds.lock().expect("nobody panics while holding it");
    let missing: Vec<_> = Kind::ALL
        .iter()
        .filter(|kind| is_brought(**kind) && !came.contains(*kind))
        .collect();
    assert!(
        missing.is_empty(),
        "no deed brought {missing:?}: the comparison says nothing of them"
    );
}

/// Whether the deeds of this test bring it about. Who adds a kind of update decides here: mostly by adding a deed.
fn is_brought(kind: Kind) -> bool {
    match kind {
        Kind::MessageSent
        | Kind::MessageEdited
        | Kind::MessagesDeleted
        | Kind::ChatCreated
        | Kind::ChatRenamed
        | Kind::ChatRead
        | Kind::ReactionChanged
        | Kind::MessagePinned
        | Kind::MessagesUnpinned
        | Kind::MessagesHidden
        | Kind::ChatCleared
        | Kind::ChatMarkedUnread
        | Kind::ChatMuted
        | Kind::ChatsPinned
        | Kind::ChatArchived
        | Kind::DraftChanged
        | Kind::ChatDescribed
        | Kind::PermissionsChanged
        | Kind::ProtectionChanged
        | Kind::MemberRestricted
        | Kind::MemberBanned
        | Kind::MemberUnbanned
        | Kind::MemberAdded
        | Kind::MemberRemoved
        | Kind::MemberLeft
        | Kind::RoleChanged
        | Kind::ProfileChanged
        | Kind::UsernameRequested
        | Kind::UsernameChanged
        | Kind::DeviceAuthorised
        | Kind::DeviceEnded
        | Kind::DeviceRenamed
        | Kind::ContactAdded
        | Kind::ContactRemoved
        | Kind::Blocked
        | Kind::Unblocked
        | Kind::PrivacyChanged
        | Kind::Promoted
        | Kind::Demoted
        | Kind::Suspended
        | Kind::Restored
        | Kind::ErasureScheduled
        | Kind::ErasureCalledOff
        | Kind::Subscribed
        | Kind::Unsubscribed
        | Kind::SequenceBegun
        | Kind::MessagesCounted
        | Kind::ChatUsernameRequested
        | Kind::ChatUsernameChanged
        | Kind::ChatUsernameRefused
        | Kind::AddressAdded
        | Kind::AddressDropped
        | Kind::PasswordSet
        | Kind::PasswordRemoved
        | Kind::TotpSet
        | Kind::TotpRemoved
        | Kind::RecoveryCodesMade
        | Kind::SlowModeChanged
        | Kind::LinkMade
        | Kind::LinkChanged
        | Kind::LinkRevoked
        | Kind::JoinRequested
        | Kind::JoinDeclined
        | Kind::UsernameRefused => true,
        // Nobody is left who could take a snapshot;
        | Kind::ErasureBegun
        // and these are of another version.
        | Kind::Unsupported => false,
    }
}
