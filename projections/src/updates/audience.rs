//! Whom a fact is told, by what it says itself: a function of its public part alone.

use std::collections::BTreeSet;

use domain::id::{AccountId, ChatId};
use domain::stream::Stream;
use domain::{account, chat, event::Event, fact::Fact, inbox, interactions};

/// Whom a fact is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    Members(ChatId),
    /// Whom the fact names, and nobody else: others follow the chat's own sequence.
    Named(ChatId),
    /// Those who lead a group, and whom it is about.
    Admins(ChatId, Option<AccountId>),
    Account(AccountId),
    Nobody,
}

impl Audience {
    /// A fact's audience for ever: another would change old numbers.
    pub(super) fn of(fact: &Fact) -> Self {
        match &fact.stream {
            Stream::Chat(chat) => match &fact.event {
                Event::Chat(event) if matches!(chat, ChatId::Channel(_)) => Self::of_channel(*chat, event),
                Event::Chat(event) => Self::of_chat(*chat, event),
                Event::Account(_) | Event::SignIn(_) | Event::Inbox(_) | Event::Name(_) | Event::Interactions(_) | Event::System(_) => {
                    Self::Members(*chat)
                }
            },
            Stream::Account(account) if is_told(&fact.event) => Self::Account(*account),
            // What one chose is one's own business; others are told by the next count.
            Stream::Interactions(_) => match &fact.event {
                Event::Interactions(interactions::Event::ReactionChanged(changed)) => Self::Account(changed.account),
                Event::Interactions(interactions::Event::Counted(_))
                | Event::Account(_)
                | Event::SignIn(_)
                | Event::Inbox(_)
                | Event::Chat(_)
                | Event::Name(_)
                | Event::System(_) => Self::Nobody,
            },
            Stream::SignIn(_) | Stream::Name(_) | Stream::System | Stream::Account(_) => Self::Nobody,
            Stream::Inbox(account) => match &fact.event {
                // The other side of a direct chat sees what was read.
                Event::Inbox(inbox::Event::Read(inbox::event::Read {
                    chat: chat @ ChatId::Direct(..),
                    ..
                })) => Self::Members(*chat),
                Event::Inbox(_)
                | Event::Chat(_)
                | Event::Account(_)
                | Event::SignIn(_)
                | Event::Name(_)
                | Event::Interactions(_)
                | Event::System(_) => Self::Account(*account),
            },
        }
    }

    /// The chat whose members, all or some, are told.
    pub(super) fn chat(self) -> Option<ChatId> {
        match self {
            Self::Members(chat) | Self::Named(chat) | Self::Admins(chat, _) => Some(chat),
            Self::Account(_) | Self::Nobody => None,
        }
    }

    /// How people come in and who is kept out is the business of those who lead.
    fn of_chat(chat: ChatId, event: &chat::Event) -> Self {
        match event {
            chat::Event::LinkMade(_) | chat::Event::LinkChanged(_) | chat::Event::LinkRevoked(_) => Self::Admins(chat, None),
            chat::Event::MemberRestricted(restricted) => Self::Admins(chat, Some(restricted.account)),
            chat::Event::MemberBanned(banned) => Self::Admins(chat, Some(banned.account)),
            chat::Event::MemberUnbanned(unbanned) => Self::Admins(chat, Some(unbanned.account)),
            chat::Event::JoinRequested(asked) => Self::Admins(chat, Some(asked.account)),
            chat::Event::JoinDeclined(declined) => Self::Admins(chat, Some(declined.account)),
            chat::Event::Created(_)
            | chat::Event::Renamed(_)
            | chat::Event::MemberAdded(_)
            | chat::Event::MemberRemoved(_)
            | chat::Event::MemberLeft(_)
            | chat::Event::RoleChanged(_)
            | chat::Event::MessageSent(_)
            | chat::Event::MessageEdited(_)
            | chat::Event::MessagesDeleted(_)
            | chat::Event::ReactionChanged(_)
            | chat::Event::MessagePinned(_)
            | chat::Event::MessagesUnpinned(_)
            | chat::Event::Described(_)
            | chat::Event::PermissionsChanged(_)
            | chat::Event::SlowModeChanged(_)
            | chat::Event::ProtectionChanged(_)
            | chat::Event::SequenceBegun(_)
            | chat::Event::UsernameRequested(_)
            | chat::Event::UsernameChanged(_)
            | chat::Event::UsernameRefused(_) => Self::Members(chat),
        }
    }

    /// What everybody who follows it should see has a number in the channel's own sequence; who runs it is the business of those who do.
    fn of_channel(chat: ChatId, event: &chat::Event) -> Self {
        match event {
            chat::Event::Created(_) | chat::Event::MessageSent(_) | chat::Event::Renamed(_) => Self::Named(chat),
            chat::Event::MemberAdded(added) => Self::Admins(chat, Some(added.account)),
            chat::Event::MemberRemoved(gone) | chat::Event::MemberLeft(gone) => Self::Admins(chat, Some(gone.account)),
            chat::Event::RoleChanged(changed) => Self::Admins(chat, Some(changed.account)),
            chat::Event::UsernameRequested(_) | chat::Event::UsernameRefused(_) => Self::Admins(chat, None),
            chat::Event::LinkMade(_)
            | chat::Event::LinkChanged(_)
            | chat::Event::LinkRevoked(_)
            | chat::Event::MemberRestricted(_)
            | chat::Event::MemberBanned(_)
            | chat::Event::MemberUnbanned(_)
            | chat::Event::JoinRequested(_)
            | chat::Event::JoinDeclined(_) => Self::of_chat(chat, event),
            chat::Event::Described(_)
            | chat::Event::MessageEdited(_)
            | chat::Event::MessagesDeleted(_)
            | chat::Event::ReactionChanged(_)
            | chat::Event::MessagePinned(_)
            | chat::Event::MessagesUnpinned(_)
            | chat::Event::PermissionsChanged(_)
            | chat::Event::SlowModeChanged(_)
            | chat::Event::ProtectionChanged(_)
            | chat::Event::SequenceBegun(_)
            | chat::Event::UsernameChanged(_) => Self::Nobody,
        }
    }
}

/// Whether an account's devices are told of it: not of each factor that somebody shows, nor of the end, when none is left to be told.
fn is_told(event: &Event) -> bool {
    match event {
        Event::Account(event) => match event {
            account::Event::FactorPassed(_) | account::Event::FactorFailed(_) | account::Event::Erased(_) => false,
            account::Event::Registered(_)
            | account::Event::ProfileChanged(_)
            | account::Event::DeviceAuthorised(_)
            | account::Event::DeviceEnded(_)
            | account::Event::UsernameRequested(_)
            | account::Event::UsernameChanged(_)
            | account::Event::UsernameRefused(_)
            | account::Event::DeviceRenamed(_)
            | account::Event::AddressAdded(_)
            | account::Event::AddressDropped(_)
            | account::Event::PasswordSet(_)
            | account::Event::PasswordRemoved(_)
            | account::Event::TotpSet(_)
            | account::Event::TotpRemoved(_)
            | account::Event::RecoveryCodesMade(_)
            | account::Event::ContactAdded(_)
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
            | account::Event::ErasureBegun(_) => true,
        },
        Event::Chat(_) | Event::SignIn(_) | Event::Inbox(_) | Event::Name(_) | Event::Interactions(_) | Event::System(_) => true,
    }
}

/// The accounts that a fact names itself, beside the members of its chat: whom it is about, and who said or did what stands in the timeline,
/// which reads the chat for it.
pub(super) fn named(fact: &Fact) -> BTreeSet<AccountId> {
    match (Audience::of(fact), &fact.event) {
        (Audience::Account(account), _) => BTreeSet::from([account]),
        (Audience::Admins(_, about), _) => about.into_iter().collect(),
        (Audience::Members(_) | Audience::Named(_), Event::Chat(event)) => {
            let author = event.service().and_then(|(_, service)| service.author(fact.by.account()));
            about(event).into_iter().chain(author).collect()
        }
        (Audience::Members(_) | Audience::Named(_) | Audience::Nobody, _) => BTreeSet::new(),
    }
}

/// Whom an event that all members see is about.
fn about(event: &chat::Event) -> Vec<AccountId> {
    match event {
        chat::Event::Created(created) => created.members.iter().map(|member| member.account).collect(),
        chat::Event::MemberAdded(added) => vec![added.account],
        chat::Event::MemberRemoved(gone) | chat::Event::MemberLeft(gone) => vec![gone.account],
        chat::Event::RoleChanged(changed) => vec![changed.account],
        chat::Event::MessageSent(sent) => vec![sent.from],
        chat::Event::Renamed(_)
        | chat::Event::MessageEdited(_)
        | chat::Event::MessagesDeleted(_)
        | chat::Event::ReactionChanged(_)
        | chat::Event::MessagePinned(_)
        | chat::Event::MessagesUnpinned(_)
        | chat::Event::Described(_)
        | chat::Event::PermissionsChanged(_)
        | chat::Event::SlowModeChanged(_)
        | chat::Event::ProtectionChanged(_)
        // Whom these are about stands in their audience.
        | chat::Event::MemberRestricted(_)
        | chat::Event::MemberBanned(_)
        | chat::Event::MemberUnbanned(_)
        | chat::Event::LinkMade(_)
        | chat::Event::LinkChanged(_)
        | chat::Event::LinkRevoked(_)
        | chat::Event::JoinRequested(_)
        | chat::Event::JoinDeclined(_)
        | chat::Event::SequenceBegun(_)
        | chat::Event::UsernameRequested(_)
        | chat::Event::UsernameChanged(_)
        | chat::Event::UsernameRefused(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use domain::account::event::{Erased, FactorFailed, Suspended};
    use domain::account::factor::Factor;
    use domain::actor::{Actor, SIGN_IN};
    use domain::fact::FactRef;
    use domain::id::{CommandId, Position};
    use domain::time::Timestamp;

    use super::*;

    fn audience(event: account::Event) -> Audience {
        let fact = Fact {
            at: FactRef {
                position: Position::MIN,
                index: 0,
            },
            stream: Stream::Account(AccountId::MIN),
            recorded_at: Timestamp(0),
            sent_at: None,
            by: Actor::Service(SIGN_IN.to_owned()),
            command: CommandId(uuid::Uuid::nil()),
            digest: String::new(),
            event: event.into(),
        };
        Audience::of(&fact)
    }

    #[test]
    fn an_account_is_told_what_becomes_of_it_and_not_of_each_try() {
        assert_eq!(audience(account::Event::Suspended(Suspended {})), Audience::Account(AccountId::MIN));
        let failed = FactorFailed {
            factor: Factor::Password,
            at: Timestamp(0),
            tries_full_at: Timestamp(0),
            sign_in: None,
        };
        assert_eq!(audience(account::Event::FactorFailed(failed)), Audience::Nobody);
        assert_eq!(audience(account::Event::Erased(Erased {})), Audience::Nobody);
    }
}
