//! What goes wrong for a whole batch, whatever its aggregate.

use std::time::Duration;

use tokio::time::Instant;

use super::{Error, RecallError};
use crate::{log, seal};

/// Why nothing could be decided, or not be written.
#[derive(Debug, Clone)]
pub(super) enum Trouble {
    /// Something did not answer in time.
    Unavailable(String),
    /// A defect, or a log that this program can't read.
    Internal(String),
}

/// The answer of a call that may take so long.
pub(super) async fn within<T, E: Into<Trouble>>(
    limit: Duration,
    what: &str,
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(limit, call).await {
        Ok(answer) => answer.map_err(Into::into),
        Err(_) => Err(Trouble::Unavailable(format!("{what} did not answer within {limit:?}"))),
    }
}

/// Trouble once the deadline is over.
pub(super) fn in_time(deadline: Instant, else_what: &str) -> Result<(), Trouble> {
    if Instant::now() < deadline {
        Ok(())
    } else {
        Err(Trouble::Unavailable(else_what.to_owned()))
    }
}

impl<R> From<Trouble> for Error<R> {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Unavailable(why) => Self::Unavailable(why),
            Trouble::Internal(why) => Self::Internal(why),
        }
    }
}

impl<R> From<seal::Error> for Error<R> {
    fn from(error: seal::Error) -> Self {
        match error {
            seal::Error::Erased(account) => Self::Erased(account),
            seal::Error::Missing(account) => Self::KeyLost(account),
            other => Trouble::from(other).into(),
        }
    }
}

impl From<RecallError> for Trouble {
    fn from(error: RecallError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<seal::Error> for Trouble {
    fn from(error: seal::Error) -> Self {
        match error {
            seal::Error::Unavailable(_) | seal::Error::Refused(_) | seal::Error::NotReady(_) | seal::Error::Missing(_) => {
                Self::Unavailable(error.to_string())
            }
            seal::Error::Erased(_)
            | seal::Error::WrongMaster
            | seal::Error::OtherLog { .. }
            | seal::Error::UnknownLog(_)
            | seal::Error::MasterMissing(_)
            | seal::Error::MasterFile { .. }
            | seal::Error::Damaged(_) => Self::Internal(error.to_string()),
        }
    }
}

impl From<log::Error> for Trouble {
    fn from(error: log::Error) -> Self {
        match error {
            log::Error::Unavailable(_) | log::Error::Unfit(_) => Self::Unavailable(error.to_string()),
            log::Error::Damaged(_) | log::Error::Replaced(_) => Self::Internal(error.to_string()),
        }
    }
}
