//! A session's heartbeat: asks for signs of life, and sees to what live delivery may have missed.

use axum::extract::ws::Message;
use tokio::time::Instant;

use super::End;
use super::running::{Session, unavailable};
use super::socket::Close;
use crate::error::Error;

impl Session<'_> {
    pub(super) async fn tick(&mut self) -> Result<(), End> {
        let now = Instant::now();
        if now >= self.heard_at + self.gateway.config.silence_max {
            return Err(End::Close(Close::Silent));
        }
        if now >= self.ping_at {
            self.ping_at = now + self.gateway.config.ping_every;
            self.gateway.sees(self.device);
            self.queue(Message::Ping(bytes::Bytes::new())).await?;
            self.notice_missed().await?;
        }
        self.wind();
        Ok(())
    }

    /// Live delivery is a hint; should one ever be lost, the tables tell.
    async fn notice_missed(&mut self) -> Result<(), End> {
        self.still_admitted().await?;
        let head = self.gateway.head(self.device).await.map_err(|error| unavailable(&error))?;
        self.behind |= self.last < head;
        Ok(())
    }

    /// What was left out may have been the end of the device.
    pub(super) async fn still_admitted(&mut self) -> Result<(), End> {
        match self.gateway.still(self.device).await {
            Ok(()) => Ok(()),
            Err(Error::DeviceEnded | Error::Unauthorized) => Err(End::Close(Close::Unauthorized)),
            Err(Error::AccountSuspended) => Err(End::Close(Close::Suspended)),
            Err(error) => Err(unavailable(&error)),
        }
    }

    fn wind(&mut self) {
        let silence_at = self.heard_at + self.gateway.config.silence_max;
        self.timer.as_mut().reset(self.ping_at.min(silence_at));
    }
}
