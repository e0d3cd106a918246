//! Whose keys open a fact's sealed parts.

use domain::event::Event;
use domain::id::AccountId;
use domain::sealed::SealedPart;
use domain::{account, chat, inbox};

/// The accounts whose keys open the event's sealed parts, if it has any.
pub(crate) fn owners(event: &Event) -> impl Iterator<Item = AccountId> {
    let both = match event {
        Event::Chat(chat::Event::MessageSent(sent)) => [Some(sent.text.of()), sent.quoted.as_deref().map(SealedPart::of)],
        Event::Chat(event) => [of_chat(event), None],
        Event::Account(event) => [of_account(event), None],
        Event::Inbox(event) => [of_inbox(event), None],
        Event::SignIn(_) | Event::Name(_) | Event::System(_) => [None, None],
    };
    both.into_iter().flatten()
}

fn of_chat(event: &chat::Event) -> Option<AccountId> {
    match event {
        chat::Event::Created(created) => created.title.as_ref().map(SealedPart::of),
        chat::Event::Renamed(renamed) => Some(renamed.title.of()),
        chat::Event::MessageSent(sent) => Some(sent.text.of()),
        chat::Event::MessageEdited(edited) => Some(edited.text.of()),
        chat::Event::Described(described) => described.description.as_ref().map(SealedPart::of),
        // Their secrets are told to who may ask for them.
        chat::Event::LinkMade(_)
        | chat::Event::LinkChanged(_)
        | chat::Event::LinkRevoked(_)
        | chat::Event::JoinRequested(_)
        | chat::Event::JoinDeclined(_)
        | chat::Event::PermissionsChanged(_)
        | chat::Event::SlowModeChanged(_)
        | chat::Event::ProtectionChanged(_)
        | chat::Event::MemberRestricted(_)
        | chat::Event::MemberBanned(_)
        | chat::Event::MemberUnbanned(_)
        | chat::Event::MemberAdded(_)
        | chat::Event::MemberRemoved(_)
        | chat::Event::MemberLeft(_)
        | chat::Event::RoleChanged(_)
        | chat::Event::MessagesDeleted(_)
        | chat::Event::ReactionChanged(_)
        | chat::Event::MessagePinned(_)
        | chat::Event::MessagesUnpinned(_) => None,
    }
}

fn of_inbox(event: &inbox::Event) -> Option<AccountId> {
    match event {
        inbox::Event::DraftChanged(changed) => changed.text.as_ref().map(SealedPart::of),
        inbox::Event::Read(_)
        | inbox::Event::MessagesHidden(_)
        | inbox::Event::Cleared(_)
        | inbox::Event::MarkedUnread(_)
        | inbox::Event::Muted(_)
        | inbox::Event::PinsChanged(_)
        | inbox::Event::Archived(_) => None,
    }
}

fn of_account(event: &account::Event) -> Option<AccountId> {
    match event {
        account::Event::Registered(registered) => Some(registered.profile.of()),
        account::Event::ProfileChanged(changed) => Some(changed.profile.of()),
        account::Event::DeviceAuthorised(authorised) => Some(authorised.name.of()),
        account::Event::UsernameRequested(requested) => Some(requested.username.of()),
        account::Event::UsernameChanged(changed) => changed.username.as_ref().map(SealedPart::of),
        account::Event::DeviceRenamed(renamed) => Some(renamed.name.of()),
        account::Event::AddressAdded(added) => Some(added.address.of()),
        account::Event::ContactAdded(added) => added.name.as_ref().map(SealedPart::of),
        // What is sealed of these is told to nobody.
        account::Event::PasswordSet(_)
        | account::Event::TotpSet(_)
        | account::Event::RecoveryCodesMade(_)
        | account::Event::DeviceEnded(_)
        | account::Event::UsernameRefused(_)
        | account::Event::AddressDropped(_)
        | account::Event::PasswordRemoved(_)
        | account::Event::TotpRemoved(_)
        | account::Event::FactorPassed(_)
        | account::Event::FactorFailed(_)
        | account::Event::ContactRemoved(_)
        | account::Event::Blocked(_)
        | account::Event::Unblocked(_)
        | account::Event::PrivacyChanged(_)
        | account::Event::Promoted(_)
        | account::Event::Demoted(_)
        | account::Event::Suspended(_)
        | account::Event::Restored(_)
        | account::Event::ErasureScheduled(_)
        | account::Event::ErasureCalledOff(_)
        | account::Event::ErasureBegun(_)
        | account::Event::Erased(_) => None,
    }
}
