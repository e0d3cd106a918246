//! What other crates refuse, as this API's errors.

use domain::chat::{InvalidBody, content};
use domain::text::InvalidText;
use domain::{account, chat, inbox, interactions, name, sign_in, system};
use infra::contact::InvalidContact;
use infra::proof::InvalidPassword;
use infra::{executor, log, seal};
use projections::feed::Closed;
use projections::{past, replay};

use super::{Code, Error};

pub(super) fn body(invalid: &InvalidBody) -> Code {
    match invalid {
        InvalidBody::Blank => Code::TextBlank,
        InvalidBody::TooLong => Code::TextTooLong,
        InvalidBody::ControlCharacter => Code::TextControlCharacter,
        InvalidBody::TooManyEntities => Code::TooManyEntities,
        InvalidBody::Entity(..) => Code::InvalidEntity,
    }
}

pub(super) fn shared_contact(invalid: &content::InvalidContact) -> Code {
    match invalid {
        content::InvalidContact::Phone => Code::InvalidContact,
        content::InvalidContact::Name(invalid) => text(invalid),
    }
}

pub(super) fn text(invalid: &InvalidText) -> Code {
    match invalid {
        InvalidText::Blank => Code::TextBlank,
        InvalidText::TooLong(_) => Code::TextTooLong,
        InvalidText::ControlCharacter => Code::TextControlCharacter,
        InvalidText::NotAUsername => Code::NotAUsername,
        InvalidText::ReservedUsername => Code::UsernameReserved,
    }
}

pub(super) fn contact(invalid: InvalidContact) -> Code {
    match invalid {
        InvalidContact::Phone => Code::InvalidPhone,
        InvalidContact::Email => Code::InvalidEmail,
    }
}

pub(super) fn password(invalid: InvalidPassword) -> Code {
    match invalid {
        InvalidPassword::Length => Code::InvalidPassword,
        InvalidPassword::TooCommon => Code::CommonPassword,
    }
}

pub(super) fn sign_in(rejection: &sign_in::Rejection) -> Code {
    use sign_in::Rejection as R;
    match rejection {
        R::NotYours | R::AlreadyExists => Code::Internal,
        // Whose else it is, is nobody's business.
        R::NotFound | R::OtherAccount => Code::SignInNotFound,
        R::TooManyCodes { .. } => Code::TooManyCodes,
        R::TooManySends { .. } => Code::TooManySends,
        R::TooManyTries { .. } => Code::TooManyTries,
        R::TooSoon { .. } => Code::TooSoon,
        R::Expired => Code::CodeExpired,
        R::Spent => Code::CodeSpent,
        R::CodeUsed => Code::CodeUsed,
        R::NotProved => Code::CodeNotShown,
        R::TooLate => Code::SignInExpired,
        R::AlreadyUsed => Code::SignInUsed,
    }
}

pub(super) fn chat(rejection: &chat::Rejection) -> Code {
    use chat::Rejection as R;
    match rejection {
        R::DevicesOnly => Code::Forbidden,
        // Whether a chat exists is its members' to know.
        R::NotAMember => Code::ChatNotFound,
        R::NotAGroup => Code::NotAGroup,
        R::AlreadyExists | R::UsernameNotRequested => Code::Internal,
        R::MissingRight(_) => Code::MissingRight,
        R::MemberNotFound(_) => Code::MemberNotFound,
        R::TooManyMembers => Code::TooManyMembers,
        R::RemovingOneself => Code::RemovingOneself,
        R::TargetIsOwner => Code::TargetIsOwner,
        R::TargetIsAdmin => Code::TargetIsAdmin,
        R::OwnershipNotGiven => Code::OwnershipNotGiven,
        R::RightNotHeld(_) => Code::RightNotHeld,
        R::MessageNotFound(_) => Code::MessageNotFound,
        R::MessageDeleted(_) => Code::MessageDeleted,
        R::NotYourMessage(_) => Code::NotYourMessage,
        R::ForwardNotEdited(_) => Code::ForwardNotEdited,
        R::OtherKind(_) => Code::OtherKind,
        R::EditTooLate(_) => Code::EditTooLate,
        R::QuoteWithoutReply => Code::QuoteWithoutReply,
        R::InvalidQuote(_) => Code::InvalidQuote,
        R::ProtectedContent(_) => Code::ProtectedContent,
        R::TooManyMessages => Code::TooManyMessages,
        R::CannotWrite(_) => Code::CannotWrite,
        R::CannotAdd(_) => Code::CannotAdd,
        R::NotAChannel => Code::NotAChannel,
        R::TooManyAdmins => Code::TooManyAdmins,
        R::Full => Code::ChatFull,
        R::NotPermitted(_) => Code::NotPermitted,
        R::SlowMode { .. } => Code::SlowMode,
        R::ServiceMessage(_) => Code::ServiceMessage,
        R::OwnerOnly => Code::OwnerOnly,
        R::UntilInThePast => Code::UntilInThePast,
        R::Banned(_) => Code::Banned,
        R::TooManyBans => Code::TooManyBans,
        R::TooManyLinks => Code::TooManyLinks,
        R::LinkNotFound(_) => Code::LinkNotFound,
        R::LinkNotValid => Code::LinkNotValid,
        R::RequestNotFound(_) => Code::JoinRequestNotFound,
        R::TooManyJoinRequests => Code::TooManyJoinRequests,
        R::TooManyReactions => Code::TooManyReactions,
        R::TooManyPins => Code::TooManyPins,
    }
}

pub(super) fn account(rejection: &account::Rejection) -> Code {
    use account::Rejection as R;
    match rejection {
        R::AlreadyExists | R::NotRequested => Code::Internal,
        R::ProfileChanged => Code::Unavailable,
        R::NotFound => Code::AccountNotFound,
        R::Erased => Code::AccountErased,
        R::NotYours => Code::Forbidden,
        R::DeviceEnded => Code::DeviceEnded,
        R::Suspended => Code::AccountSuspended,
        R::DeviceNotFound(_) => Code::DeviceNotFound,
        R::TooManyDevices => Code::TooManyDevices,
        R::DeviceIdsExhausted => Code::DeviceIdsExhausted,
        R::FactorNeeded => Code::FactorNeeded,
        R::FactorNotSet => Code::FactorNotSet,
        R::WrongCode => Code::WrongCode,
        R::FactorsChanged => Code::FactorsChanged,
        R::TooManyTries { .. } => Code::TooManyTries,
        R::LastAddress => Code::LastAddress,
        R::SameAddress => Code::SameAddress,
        R::NoRecovery => Code::NoRecoveryAddress,
        R::Oneself => Code::Oneself,
        R::TooManyContacts => Code::TooManyContacts,
        R::TooManyBlocked => Code::TooManyBlocked,
        R::IsAdmin => Code::AccountIsAdmin,
        R::ErasureNotDue => Code::ErasureNotDue,
    }
}

pub(super) fn inbox(rejection: &inbox::Rejection) -> Code {
    match rejection {
        inbox::Rejection::NotYours => Code::Forbidden,
        inbox::Rejection::NotSentYet(_) => Code::NotSentYet,
        inbox::Rejection::NotAChannel => Code::NotAChannel,
        inbox::Rejection::TooManySubscriptions => Code::TooManySubscriptions,
        inbox::Rejection::NotAMember => Code::ChatNotFound,
        inbox::Rejection::TooManyMessages => Code::TooManyMessages,
        inbox::Rejection::TooManyPinned => Code::TooManyPinned,
    }
}

pub(super) fn interactions(rejection: &interactions::Rejection) -> Code {
    match rejection {
        interactions::Rejection::NotYours | interactions::Rejection::NotAllowed => Code::Forbidden,
        interactions::Rejection::TooManyMessages => Code::TooManyMessages,
        interactions::Rejection::TooManyReactions => Code::TooManyReactions,
    }
}

pub(super) fn system(rejection: &system::Rejection) -> Code {
    match rejection {
        system::Rejection::OperatorsOnly => Code::Forbidden,
        system::Rejection::NotParked => Code::NotParked,
        system::Rejection::TokenNotFound(_) => Code::TokenNotFound,
        system::Rejection::TooManyTokens => Code::TooManyTokens,
        system::Rejection::ReservedName => Code::InvalidRequest,
        system::Rejection::ExpiresInThePast => Code::ExpiresInThePast,
    }
}

impl From<chat::Rejection> for Error {
    fn from(rejection: chat::Rejection) -> Self {
        match rejection {
            chat::Rejection::NotAMember => Self::ChatNotFound,
            other => Self::Chat(other),
        }
    }
}

impl From<name::Rejection> for Error {
    /// Names are asked for by who knows how they answer.
    fn from(rejection: name::Rejection) -> Self {
        Self::Internal(format!("a name: {rejection}"))
    }
}

impl<R> From<executor::Error<R>> for Error
where
    Self: From<R>,
{
    fn from(error: executor::Error<R>) -> Self {
        match error {
            executor::Error::Rejected(rejection) => rejection.into(),
            executor::Error::Reused => Self::CommandIdReused,
            executor::Error::Overloaded { retry_after } => Self::Overloaded { retry_after },
            executor::Error::Unavailable(reason) => Self::Unavailable(reason),
            executor::Error::TooLarge { .. } => Self::CommandTooLarge,
            executor::Error::Erased(account) => Self::AccountErased(account),
            executor::Error::KeyLost(account) => Self::KeyLost(account),
            executor::Error::Internal(reason) => Self::Internal(reason),
        }
    }
}

impl From<Closed> for Error {
    fn from(why: Closed) -> Self {
        match why {
            Closed::Ended => Self::DeviceEnded,
            Closed::Suspended => Self::AccountSuspended,
        }
    }
}

impl From<log::Error> for Error {
    fn from(error: log::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<replay::Error> for Error {
    fn from(error: replay::Error) -> Self {
        match error {
            replay::Error::NoSuchPosition(position) => Self::NoSuchPosition(position),
            replay::Error::OtherCommit(position) => Self::OtherCommit(position),
            replay::Error::Log(error) => error.into(),
            replay::Error::Keys(error) => error.into(),
        }
    }
}

impl From<past::Error> for Error {
    fn from(error: past::Error) -> Self {
        match error {
            past::Error::Log(error) => error.into(),
            past::Error::TooLong => Self::HistoryTooLong,
            stopping @ past::Error::Stopping => Self::Unavailable(stopping.to_string()),
            defect @ (past::Error::Malformed(_) | past::Error::Panicked(_)) => Self::Internal(defect.to_string()),
        }
    }
}

impl From<seal::Error> for Error {
    fn from(error: seal::Error) -> Self {
        match error {
            seal::Error::Erased(account) => Self::AccountErased(account),
            seal::Error::Unavailable(reason) | seal::Error::Refused(reason) => Self::Unavailable(reason),
            seal::Error::Missing(account) => Self::KeyLost(account),
            other @ (seal::Error::NotReady(_)
            | seal::Error::WrongMaster
            | seal::Error::OtherLog { .. }
            | seal::Error::UnknownLog(_)
            | seal::Error::MasterMissing(_)
            | seal::Error::MasterFile { .. }
            | seal::Error::Damaged(_)) => Self::Internal(other.to_string()),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}
