//! A session's beginning: the `open` frame, the token, the cursor.

use domain::id::ChatId;
use infra::signals;
use projections::feed::{Attached, Following};
use projections::updates::EPOCH;
use tokio::time::timeout;

use super::End;
use super::incoming::{self, Incoming, Open};
use super::outgoing::{self, Outgoing};
use super::socket::{Close, Received, Socket};
use crate::Shared;
use crate::caller::Device;
use crate::error::Error;
use crate::limits::Caller;
use crate::presence::Present;
use crate::sequence::{Claim, Cursor};

/// A session that may begin.
pub(super) struct Opened {
    /// Whose.
    pub(super) device: Device,
    /// Live updates, from before the table was asked.
    pub(super) live: Attached,
    /// What the account's devices are told and nobody keeps.
    pub(super) signals: signals::Attached,
    /// As long as it is held, the account is there.
    pub(super) present: Present,
    /// What happens in chats that the account follows.
    pub(super) followed: Following,
    /// Where those stand.
    pub(super) heads: Vec<(ChatId, i64)>,
    /// The last update that the client has.
    pub(super) last: i64,
    /// The device's last update when the session began.
    pub(super) head: Cursor,
}

/// Waits for the `open` frame and answers it with `ready`, or says why not.
pub(super) async fn open(gateway: &Shared, socket: &mut Socket) -> Result<Opened, End> {
    let first = tokio::select! {
        first = timeout(gateway.config.open_timeout, frame(socket)) => first.map_err(|_| End::Close(Close::Silent))??,
        () = gateway.stopping.cancelled() => return Err(End::Close(Close::GoingAway)),
    };
    match gateway.in_time(begin(gateway, first)).await {
        Ok(opened) => {
            let ready = Outgoing::<()>::Ready {
                account: opened.device.account,
                device: opened.device.device,
                epoch: EPOCH,
                head: opened.head.seq,
                head_at: opened.head.at,
            };
            socket.queue(ready.text()).await?;
            if !opened.heads.is_empty() {
                socket.queue(outgoing::heads(opened.heads.iter().copied())).await?;
            }
            Ok(opened)
        }
        Err(error) => Err(refuse(socket, &error).await),
    }
}

/// The first text frame.
async fn frame(socket: &mut Socket) -> Result<Result<Open, Error>, End> {
    loop {
        match socket.receive().await {
            Received::Text(text) => {
                return Ok(match incoming::read(&text) {
                    Ok(Incoming::Open(open)) => Ok(open),
                    Ok(Incoming::Ack(_) | Incoming::Typing(_) | Incoming::Command(..) | Incoming::Call(..)) => Err(Error::NotOpen),
                    Err(misunderstood) => Err(misunderstood.error),
                });
            }
            Received::Life => {}
            Received::Wrong(why) => return Err(End::Close(why)),
            Received::End => return Err(End::Gone),
        }
    }
}

async fn begin(gateway: &Shared, open: Result<Open, Error>) -> Result<Opened, Error> {
    let open = open?;
    let (device, live) = gateway.attach(&open.token).await?;
    gateway.limits.caller(Caller::Account(device.account))?;
    let present = Present::new(gateway, device.account)?;
    let claim = Claim {
        epoch: open.epoch,
        after: open.after,
        at: open.at,
    };
    let start = gateway.cursor(device, claim).await?;
    let (followed, heads) = gateway.following(device.account).await?;
    Ok(Opened {
        followed,
        heads,
        device,
        live,
        signals: gateway.signals.attach(device.account, device.device),
        present,
        last: start.from.seq,
        head: start.head,
    })
}

/// Says why the session can't begin.
async fn refuse(socket: &mut Socket, error: &Error) -> End {
    let (frame, why) = match error {
        Error::Resync { epoch, head, floor } => (outgoing::resync(*epoch, *head, *floor), Close::Resync),
        Error::AccountSuspended | Error::SecondFactorRequired => (outgoing::refused(None, error), Close::Suspended),
        Error::Unauthorized | Error::DeviceEnded | Error::Forbidden(_) => (outgoing::refused(None, error), Close::Unauthorized),
        Error::TooManyRequests { .. } | Error::TooManySessions => (outgoing::refused(None, error), Close::TooMany),
        _ if error.code().status().is_server_error() => (outgoing::refused(None, error), Close::Internal),
        _ => (outgoing::refused(None, error), Close::Malformed),
    };
    match socket.queue(frame).await {
        Ok(()) => End::Close(why),
        Err(_) => End::Gone,
    }
}
