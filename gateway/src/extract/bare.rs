//! Commands that say all that they have to say by their path.

use axum::extract::{FromRequest, FromRequestParts as _, Request};
use domain::id::CommandId;

use super::place::Places;
use super::{CommandKey, NoBody, Path};
use crate::Shared;
use crate::error::Error;

/// A command without a body, and what it is about.
#[derive(Debug)]
pub(crate) struct Bare<T> {
    /// The command's id.
    pub(crate) command: CommandId,
    /// What the path names.
    pub(crate) of: T,
}

impl<T: Places + Send> FromRequest<Shared> for Bare<T> {
    type Rejection = Error;

    async fn from_request(request: Request, gateway: &Shared) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let CommandKey(command) = CommandKey::from_request_parts(&mut parts, gateway).await?;
        let Path(of) = Path::from_request_parts(&mut parts, gateway).await?;
        NoBody::from_request(Request::from_parts(parts, body), gateway).await?;
        Ok(Self { command, of })
    }
}
