//! `Heliograph-Position`: reading one's own writes.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::HeaderName;
use axum::http::request::Parts;
use domain::id::Position;

use crate::Shared;
use crate::error::Error;

/// The header: on answers of commands the position that includes them, on queries the least that the
/// answer must include. Clients give it back; of several they keep the greatest.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("heliograph-position");

/// How long to wait before asking whether the position exists at all.
const PATIENCE: Duration = Duration::from_millis(100);

/// Extracting it waits until the read models include the position that the query carries, if any.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fresh(pub(crate) Option<Position>);

impl FromRequestParts<Shared> for Fresh {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, gateway: &Shared) -> Result<Self, Error> {
        let mut given = parts.headers.get_all(HEADER).iter();
        let Some(value) = given.next() else { return Ok(Self(None)) };
        let position = value
            .to_str()
            .ok()
            .filter(|_| given.next().is_none())
            .and_then(|text| text.parse().ok())
            .ok_or(Error::InvalidPosition)?;
        wait(gateway, position).await.map(|()| Self(Some(position)))
    }
}

async fn wait(gateway: &Shared, position: Position) -> Result<(), Error> {
    let progress = &gateway.models.progress;
    if progress.wait(position, PATIENCE.min(gateway.config.behind_max)).await.is_ok() {
        return Ok(());
    }
    if gateway.log.end().await? < Some(position) {
        return Err(Error::InvalidPosition);
    }
    let rest = gateway.config.behind_max.saturating_sub(PATIENCE);
    progress.wait(position, rest).await.map_err(|_| Error::Behind)
}
