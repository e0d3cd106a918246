//! Being told to stop from outside.

use anyhow::Result;
use tokio::signal::unix::{SignalKind, signal};

/// Calls `told` at the first SIGTERM or SIGINT; a second one ends the process at once, which loses nothing.
pub fn listen(told: impl Fn() + Send + 'static) -> Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        for time in 0.. {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if time > 0 {
                std::process::exit(1);
            }
            told();
        }
    });
    Ok(())
}
