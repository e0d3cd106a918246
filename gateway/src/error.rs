//! Every error of the API, and the one match that gives it a code.

mod code;
mod refusals;

use std::time::Duration;

use axum::Json;
use axum::http::HeaderValue;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use domain::chat::content::{self, ExtraTooLong, InvalidLocation};
use domain::chat::{InvalidBody, NotAnEmoji};
use domain::id::Position;
use domain::system::Scope;
use domain::text::InvalidText;
use domain::time::Timestamp;
use domain::{account, chat, inbox, interactions, sign_in, system};
use infra::contact::{Contact, InvalidContact};
use infra::proof::{InvalidCode, InvalidPassword, InvalidRecoveryCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::limits::Limit;
use crate::sequence::Cursor;

pub use code::Code;

/// Why a request is refused. What it displays is what the client sees: no internals.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("not JSON: {0}")]
    MalformedJson(String),
    #[error("{0}")]
    InvalidRequest(String),
    #[error("Idempotency-Key must be one UUID")]
    InvalidIdempotencyKey,
    #[error("Heliograph-Position is not a position of this log")]
    InvalidPosition,
    #[error("after: there is no commit at position {0} in this log")]
    NoSuchPosition(Position),
    #[error("at: the commit at position {0} was recorded at another time; it is another log, or was restored from an older copy")]
    OtherCommit(Position),
    #[error("a known token is needed: Authorization: Bearer <token>")]
    Unauthorized,
    #[error("this device has been ended; sign in anew")]
    DeviceEnded,
    #[error("this account is suspended")]
    AccountSuspended,
    #[error("the account has no second factor, which is required here")]
    SecondFactorRequired,
    #[error("this token has been ended, or has expired")]
    TokenEnded,
    #[error("{0}")]
    Forbidden(&'static str),
    #[error("the token lacks the scope {0}")]
    MissingScope(Scope),
    #[error("there is no such route")]
    NotFound,
    #[error("this route does not know this method")]
    MethodNotAllowed,
    #[error("the body did not arrive in time")]
    RequestTimeout,
    #[error("the body is over {limit} bytes")]
    BodyTooLarge { limit: usize },
    #[error("the body {0}")]
    UnsupportedMediaType(&'static str),
    #[error("this route wants a WebSocket handshake")]
    UpgradeRequired,
    #[error("this command id was used for another command")]
    CommandIdReused,
    #[error("what this would record is over what one record may hold")]
    CommandTooLarge,
    #[error("{limit}; nothing was done")]
    TooManyRequests { limit: Limit, retry_after: Duration },
    #[error("too many commands are waiting; nothing was done")]
    Overloaded { retry_after: Duration },
    /// Holds the reason for the operator's log.
    #[error("the server can't reach its log, a database or a key; send the same again")]
    Unavailable(String),
    /// Until the operator puts it back.
    #[error("the key of account {0} is lost; send the same again")]
    KeyLost(domain::id::AccountId),
    #[error("the read models do not include all that the answer must include yet")]
    Behind,
    #[error("this server is about to stop")]
    ShuttingDown,
    /// Holds the reason for the operator's log.
    #[error("a defect of the server")]
    Internal(String),
    #[error("{0}")]
    Body(#[from] InvalidBody),
    #[error("reactions: {0}")]
    Emoji(#[from] NotAnEmoji),
    #[error("location: {0}")]
    Location(#[from] InvalidLocation),
    #[error("contact: {0}")]
    SharedContact(#[from] content::InvalidContact),
    #[error("{0}")]
    Extra(#[from] ExtraTooLong),
    #[error("{0}: {1}")]
    Text(&'static str, InvalidText),
    #[error("{0}")]
    Contact(#[from] InvalidContact),
    #[error("this server sends no codes to {}", way_to(.0))]
    ContactUnreachable(Contact),
    #[error("{0}")]
    InvalidCode(#[from] InvalidCode),
    #[error("{0}")]
    InvalidRecoveryCode(#[from] InvalidRecoveryCode),
    #[error("{0}")]
    Password(#[from] InvalidPassword),
    #[error("the hint has the password in it")]
    HintTellsPassword,
    #[error("the code is wrong")]
    WrongCode,
    #[error("this is not the second factor, or it was used already")]
    WrongFactor,
    #[error("nobody may register here")]
    RegistrationClosed,
    #[error("{0}")]
    SignIn(#[from] sign_in::Rejection),
    /// What will not be an error any more after a while.
    #[error("{error}")]
    Later { error: Box<Error>, retry_after: Duration },
    #[error("there is no account {0}")]
    AccountNotFound(domain::id::AccountId),
    #[error("account {0} has been erased")]
    AccountErased(domain::id::AccountId),
    #[error("somebody else has this username")]
    UsernameTaken,
    #[error("another account signs in with this address")]
    AddressTaken,
    #[error("messages can't be searched here, or not now")]
    SearchUnavailable,
    #[error("there is no such chat, or you are not in it")]
    ChatNotFound,
    #[error("what happened up to then is more than one answer may replay")]
    HistoryTooLong,
    #[error("there is no message {0} in this chat")]
    MessageNotFound(domain::id::MessageId),
    #[error("whoever owns the channel has as many with a username as one may")]
    TooManyUsernames,
    #[error("the account has as many WebSockets as one may have at once")]
    TooManySessions,
    #[error("who has read a message is told in groups to {0} members")]
    GroupTooLarge(u32),
    #[error("{0}")]
    Chat(chat::Rejection),
    #[error("{0}")]
    Account(#[from] account::Rejection),
    #[error("{0}")]
    Inbox(#[from] inbox::Rejection),
    #[error("{0}")]
    Interactions(#[from] interactions::Rejection),
    #[error("this is not a channel")]
    NotAChannel,
    #[error("{0}")]
    System(#[from] system::Rejection),
    #[error("an export of this account is under way already")]
    ExportUnderWay,
    #[error("take a snapshot and go on from head")]
    Resync { epoch: i64, head: Cursor, floor: i64 },
    #[error("there is no update {seq} yet; the last is {head}")]
    SeqFromTheFuture { seq: i64, head: i64 },
    #[error("the first frame must be open")]
    NotOpen,
    #[error("the session is open already")]
    AlreadyOpen,
    #[error("this can't be called from within a session")]
    NotCallable,
}

impl Error {
    /// Its code, which says its status too.
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::MalformedJson(_) => Code::MalformedJson,
            Self::InvalidRequest(_) => Code::InvalidRequest,
            Self::InvalidIdempotencyKey => Code::InvalidIdempotencyKey,
            Self::InvalidPosition | Self::NoSuchPosition(_) | Self::OtherCommit(_) => Code::InvalidPosition,
            Self::Unauthorized => Code::Unauthorized,
            Self::DeviceEnded => Code::DeviceEnded,
            Self::AccountSuspended => Code::AccountSuspended,
            Self::SecondFactorRequired => Code::SecondFactorRequired,
            Self::TokenEnded => Code::TokenEnded,
            Self::Forbidden(_) => Code::Forbidden,
            Self::MissingScope(_) => Code::MissingScope,
            Self::NotFound => Code::NotFound,
            Self::MethodNotAllowed => Code::MethodNotAllowed,
            Self::RequestTimeout => Code::RequestTimeout,
            Self::BodyTooLarge { .. } => Code::BodyTooLarge,
            Self::UnsupportedMediaType(_) => Code::UnsupportedMediaType,
            Self::UpgradeRequired => Code::UpgradeRequired,
            Self::CommandIdReused => Code::CommandIdReused,
            Self::CommandTooLarge => Code::CommandTooLarge,
            Self::TooManyRequests { .. } => Code::TooManyRequests,
            Self::Overloaded { .. } => Code::Overloaded,
            Self::Unavailable(_) | Self::KeyLost(_) => Code::Unavailable,
            Self::Behind => Code::Behind,
            Self::ShuttingDown => Code::ShuttingDown,
            Self::Internal(_) => Code::Internal,
            Self::Body(invalid) => refusals::body(invalid),
            Self::Emoji(NotAnEmoji) => Code::NotAnEmoji,
            Self::Location(_) => Code::InvalidLocation,
            Self::SharedContact(invalid) => refusals::shared_contact(invalid),
            Self::Extra(_) => Code::ExtraTooLong,
            Self::Text(_, invalid) => refusals::text(invalid),
            Self::Contact(invalid) => refusals::contact(*invalid),
            Self::ContactUnreachable(_) => Code::ContactUnreachable,
            Self::InvalidCode(_) | Self::InvalidRecoveryCode(_) => Code::InvalidCode,
            Self::Password(invalid) => refusals::password(*invalid),
            Self::HintTellsPassword => Code::HintTellsPassword,
            Self::WrongCode => Code::WrongCode,
            Self::WrongFactor => Code::WrongFactor,
            Self::RegistrationClosed => Code::RegistrationClosed,
            Self::SignIn(rejection) => refusals::sign_in(rejection),
            Self::Later { error, .. } => error.code(),
            Self::AccountNotFound(_) => Code::AccountNotFound,
            Self::AccountErased(_) => Code::AccountErased,
            Self::UsernameTaken => Code::UsernameTaken,
            Self::AddressTaken => Code::AddressTaken,
            Self::SearchUnavailable => Code::SearchUnavailable,
            Self::ChatNotFound => Code::ChatNotFound,
            Self::HistoryTooLong => Code::HistoryTooLong,
            Self::MessageNotFound(_) => Code::MessageNotFound,
            Self::TooManyUsernames => Code::TooManyUsernames,
            Self::TooManySessions => Code::TooManySessions,
            Self::GroupTooLarge(_) => Code::GroupTooLarge,
            Self::Chat(rejection) => refusals::chat(rejection),
            Self::Account(rejection) => refusals::account(rejection),
            Self::Inbox(rejection) => refusals::inbox(rejection),
            Self::Interactions(rejection) => refusals::interactions(rejection),
            Self::NotAChannel => Code::NotAChannel,
            Self::System(rejection) => refusals::system(rejection),
            Self::ExportUnderWay => Code::ExportUnderWay,
            Self::Resync { .. } => Code::Resync,
            Self::SeqFromTheFuture { .. } => Code::SeqFromTheFuture,
            Self::NotOpen => Code::NotOpen,
            Self::AlreadyOpen => Code::AlreadyOpen,
            Self::NotCallable => Code::NotCallable,
        }
    }

    /// When the same may be sent again, where waiting helps.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Overloaded { retry_after } | Self::TooManyRequests { retry_after, .. } | Self::Later { retry_after, .. } => {
                Some(*retry_after)
            }
            Self::Unavailable(_) | Self::KeyLost(_) | Self::ShuttingDown => Some(Duration::from_secs(1)),
            Self::Behind => Some(Duration::from_millis(250)),
            Self::Chat(chat::Rejection::SlowMode { retry_after }) => Some(Duration::from_secs((*retry_after).into())),
            _ => None,
        }
    }

    /// What the client is told.
    pub(crate) fn body(&self) -> ErrorBody {
        let code = self.code();
        self.report(code);
        ErrorBody {
            code: code.name(),
            message: self.to_string(),
            retry_after_ms: self.retry_after().map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
        }
    }

    /// Tells the operator what the client is not told.
    fn report(&self, code: Code) {
        metrics::counter!("heliograph_errors_total", "code" => code.name()).increment(1);
        match self {
            Self::Internal(reason) => tracing::error!(error.reason = reason, "a request met a defect"),
            Self::Unavailable(reason) => tracing::warn!(error.reason = reason, "a request could not be served"),
            Self::KeyLost(_) => tracing::warn!(error.reason = %self, "a request could not be served"),
            _ => {}
        }
    }
}

/// What kind of contact it is: all that may be told of one.
fn way_to(contact: &Contact) -> &'static str {
    match contact {
        Contact::Phone(_) => "phones",
        Contact::Email(_) => "e-mail addresses",
    }
}

/// What the client is told of an error.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Error)]
pub(crate) struct ErrorBody {
    /// A stable code.
    code: &'static str,
    /// For developers; may change.
    message: String,
    /// When the same may be sent again, where waiting helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after_ms: Option<u64>,
}

/// The body of every answer that is an error.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorAnswer {
    error: ErrorBody,
    /// With `resync`: the epoch that numbers belong to.
    #[serde(skip_serializing_if = "Option::is_none")]
    epoch: Option<i64>,
    /// With `resync`: where to go on from after taking a snapshot.
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<i64>,
    /// With `resync`: the `at` that belongs to `head`; absent while that is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    head_at: Option<Timestamp>,
    /// With `resync`: the lowest cursor that would have been of use.
    #[serde(skip_serializing_if = "Option::is_none")]
    floor: Option<i64>,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut answer = ErrorAnswer {
            error: self.body(),
            epoch: None,
            head: None,
            head_at: None,
            floor: None,
        };
        if let Self::Resync { epoch, head, floor } = &self {
            (answer.epoch, answer.head, answer.head_at, answer.floor) = (Some(*epoch), Some(head.seq), head.at, Some(*floor));
        }
        let mut response = (self.code().status(), Json(answer)).into_response();
        let headers = response.headers_mut();
        if let Some(wait) = self.retry_after() {
            // Whole seconds, not one too few.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if matches!(self, Self::Unauthorized | Self::DeviceEnded | Self::TokenEnded) {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
