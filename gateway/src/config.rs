//! What a gateway allows and how long it waits; the default is a working laptop.

use std::time::Duration;

use infra::config::delivery::Delivery;
use infra::config::limits::Limits;
use infra::config::password::Password;
use infra::config::sign_in::SignIn;
use infra::proof::password::Cost;

/// Limits and waits of a gateway.
#[derive(Debug, Clone)]
pub struct Config {
    /// Connections at a time; further ones wait in the listener's backlog.
    pub connections_max: usize,
    /// WebSockets of one account at a time; each may take a MiB or two, of what its client does not take in.
    pub sessions_max: u32,
    /// How long a client may take to send a request's head, or stay idle between two requests.
    pub head_timeout: Duration,
    /// How long a client may take to send a request's body.
    pub body_timeout: Duration,
    /// The most bytes of a request's body.
    pub body_max_bytes: usize,
    /// The most bytes of a WebSocket message from a client.
    pub frame_max_bytes: usize,
    /// Bytes that the kernel may hold for what one client has not taken in; Linux takes twice as many.
    pub send_buffer_bytes: usize,
    /// How long a WebSocket may stay without its `open` frame.
    pub open_timeout: Duration,
    /// How often the server pings.
    pub ping_every: Duration,
    /// After how long a silent WebSocket is closed.
    pub silence_max: Duration,
    /// How long a client may take nothing of an answer in; and how long it may take for a frame of a WebSocket (at most
    /// [`Config::frame_updates_bytes`] and what else was ready).
    pub write_timeout: Duration,
    /// Who comes back within this has not left.
    pub presence_grace: Duration,
    /// Malformed frames after which a WebSocket is closed.
    pub malformed_max: u32,
    /// Commands of one session under way at a time; while they are, the session is not read.
    pub in_flight_max: usize,
    /// Updates in one frame, at most.
    pub frame_updates_max: usize,
    /// Bytes of updates after which a frame is full.
    pub frame_updates_bytes: usize,
    /// Bytes after which a page of updates, messages or chats over HTTP is full.
    pub page_bytes: usize,
    /// How long an answer may take, waits that the client asks for and the sending of its body not counted, until it is `unavailable`.
    pub answer_max: Duration,
    /// How long a query waits for the position that it carries.
    pub behind_max: Duration,
    /// How long an answer waits until what was just made can be used (a device, a username).
    pub settle_max: Duration,
    /// How long `GET /v1/updates` may wait.
    pub poll_max: Duration,
    /// Seconds from an account's wish to be erased until it is.
    pub erasure_grace_seconds: i64,
    /// What the installation is called.
    pub name: String,
    /// Hours after which a message can't be edited any more; 0: it can for ever.
    pub edit_hours: u32,
    /// Days after which a channel's post is not counted as seen any more.
    pub views_days: u32,
    /// Channels with a username that one account owns, at most.
    pub public_channels: u32,
    /// For how long a device's token is believed without asking the read models.
    pub token_cache: Duration,
    /// How people come in.
    pub sign_in: SignIn,
    /// What it costs to try a password.
    pub password: Cost,
    /// How long a code is shown to an account's other devices alone.
    pub devices_first: Duration,
    /// How far the read models may lag for `/readyz` to say yes.
    pub ready_lag_max: Duration,
    /// How long connections may take to end at shutdown before they are cut.
    pub drain_max: Duration,
    /// How often one may ask; as often as one likes without it.
    pub limits: Option<Limits>,
    /// What the log is, as the first page says it.
    pub log: &'static str,
}

/// Seconds of a day.
pub const DAY: i64 = 24 * 3600;

impl Default for Config {
    fn default() -> Self {
        Self {
            connections_max: 50_000,
            sessions_max: 200,
            head_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(30),
            body_max_bytes: 64 * 1024,
            frame_max_bytes: 64 * 1024,
            send_buffer_bytes: 64 * 1024,
            open_timeout: Duration::from_secs(10),
            ping_every: Duration::from_secs(30),
            silence_max: Duration::from_secs(75),
            write_timeout: Duration::from_mins(1),
            presence_grace: Duration::from_secs(30),
            malformed_max: 10,
            in_flight_max: 64,
            frame_updates_max: 256,
            frame_updates_bytes: 64 * 1024,
            page_bytes: 1024 * 1024,
            answer_max: Duration::from_secs(10),
            behind_max: Duration::from_secs(2),
            settle_max: Duration::from_secs(5),
            poll_max: Duration::from_mins(1),
            erasure_grace_seconds: 7 * DAY,
            name: Delivery::default().name,
            edit_hours: 48,
            views_days: 30,
            public_channels: 10,
            token_cache: Duration::from_secs(1),
            sign_in: SignIn::default(),
            password: Password::default().cost(),
            devices_first: Duration::from_mins(1),
            ready_lag_max: Duration::from_secs(10),
            drain_max: Duration::from_secs(10),
            limits: None,
            log: "SQLite",
        }
    }
}
