//! The gateway: HTTP for commands and queries, a WebSocket for updates. The protocol is in `docs/API.md`.
//!
//! | word | where |
//! |---|---|
//! | the door: connections, draining | [`serve`], `server` |
//! | routes by resource | `routes` |
//! | WebSocket sessions | `session` |
//! | who asks | `caller`, [`token`] |
//! | what is refused | `error` |
//! | how long an answer may take | `patience` |
//! | how often one may ask | `limits` |
//! | what clients see | `rendering` |
//! | where a device stands in its updates | `sequence`, `acks` |
//! | when a device was seen | `seen` |
//! | how people come in, and what they show | `sign_in`, `factors` |
//! | what is said, as commands | `saying` |
//! | who exists, who is in a chat | `existence`, `membership` |
//! | what an account's devices are told and nobody keeps | `signals` |
//! | a chat as it was | `past` |
//! | what an account takes away | `export` |
//! | the second factor, as a device shows it | `factors` |
//! | what the doctor is told of the program around it | [`checkup`] |

mod acks;
mod answer;
mod caller;
pub mod checkup;
pub mod config;
mod error;
mod existence;
mod export;
mod extract;
mod factors;
mod gathering;
mod limits;
mod membership;
pub mod metrics;
mod past;
mod patience;
mod position;
mod presence;
mod profile;
mod reacting;
mod rendering;
mod routes;
mod saying;
mod seen;
mod sequence;
mod server;
mod session;
mod sign_in;
mod signals;
mod steps;
pub mod token;
mod typing;

use std::fmt;
use std::sync::Arc;

use domain::account::event::TokenHash;
use domain::id::{AccountId, DeviceId, ServiceTokenId};
use domain::time::Timestamp;
use infra::clock::Clock;
use infra::executor::Executor;
use infra::log::EventLog;
use infra::proof::Proofs;
use infra::seal::Keys;
use infra::signals::Signals;
use moka::future::Cache;
use projections::ReadModels;
use projections::directory::ServiceToken;
use projections::outbox::Outbox;
use projections::rebuild::Rebuilds;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use config::Config;
pub use error::Code;
pub use server::serve;

/// Everything that a gateway is made of.
#[derive(Debug)]
pub struct Parts {
    /// Decides commands.
    pub executor: Executor,
    /// Answers queries, and tells what is new.
    pub models: ReadModels,
    /// Opens what people wrote.
    pub keys: Keys,
    /// The log, for what must not be stale.
    pub log: Arc<dyn EventLog>,
    /// Time and chance.
    pub clock: Clock,
    /// Limits and waits.
    pub config: Config,
    /// The operator's token.
    pub admin: token::Secret,
    /// Renders `/metrics`; see [`metrics::install`].
    pub metrics: Option<metrics::Handle>,
    /// Tells the operator's doctor about the program.
    pub checkup: Option<Arc<dyn checkup::Checkup>>,
    /// Makes read models anew.
    pub rebuilds: Option<Rebuilds>,
    /// Takes codes that are to be delivered.
    pub outbox: Outbox,
    /// Tells devices what nobody keeps.
    pub signals: Arc<dyn Signals>,
    /// What is searched, while it is open; `None`: nobody is to search.
    pub search: Option<watch::Receiver<Option<ReadModels>>>,
}

/// A gateway; what all requests share.
pub struct Gateway {
    executor: Executor,
    models: ReadModels,
    keys: Keys,
    log: Arc<dyn EventLog>,
    clock: Clock,
    config: Config,
    /// Makes codes, and compares what is shown.
    proofs: Proofs,
    admin: TokenHash,
    metrics: Option<metrics::Handle>,
    checkup: Option<Arc<dyn checkup::Checkup>>,
    rebuilds: Option<Rebuilds>,
    outbox: Outbox,
    signals: Arc<dyn Signals>,
    search: Option<watch::Receiver<Option<ReadModels>>>,
    /// Who is connected here.
    presence: presence::Presence,
    /// Who was told lately that somebody is typing.
    typing: typing::Typing,
    meters: metrics::Meters,
    /// How often one may ask.
    limits: limits::Limits,
    started_at: Timestamp,
    tokens: Cache<(AccountId, DeviceId), caller::Known>,
    services: Cache<ServiceTokenId, ServiceToken>,
    accounts: Cache<AccountId, ()>,
    /// Accounts that have the second factor which is required.
    guarded: Cache<AccountId, ()>,
    /// What devices have acknowledged and is not written yet.
    acks: acks::Acks,
    /// When devices were seen, as far as it is not written yet.
    seen: seen::Seen,
    /// Turns at the database for devices that open a session or catch up, and for lists: half of the connections for reading.
    turns: Semaphore,
    /// Searches under way: they read much, so that some processors are left to others.
    searches: Semaphore,
    /// Exports under way.
    exports: Arc<export::Exports>,
    /// Turns at replaying a chat's past.
    replays: past::Turns,
    /// WebSocket sessions that are open.
    sessions: TaskTracker,
    /// Commands of several steps that are under way.
    steps: TaskTracker,
    /// Cancelled once the server is to stop.
    stopping: CancellationToken,
}

/// A gateway as handlers get it.
pub type Shared = Arc<Gateway>;

/// Tokens and accounts that are remembered, at most.
const REMEMBERED: u64 = 100_000;

impl Gateway {
    /// A gateway that opens no door yet.
    pub fn new(parts: Parts) -> Shared {
        let tokens = Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_live(parts.config.token_cache)
            .build();
        let services = Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_live(parts.config.token_cache)
            .build();
        let guarded = Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_live(parts.config.token_cache)
            .build();
        // Each lane keeps one for writing.
        let readers = parts
            .models
            .db
            .pool
            .now()
            .options()
            .get_max_connections()
            .saturating_sub(parts.models.lanes());
        Arc::new(Self {
            proofs: Proofs::new(parts.keys.clone(), parts.clock.clone(), parts.config.password),
            executor: parts.executor,
            models: parts.models,
            keys: parts.keys,
            log: parts.log,
            started_at: parts.clock.now(),
            clock: parts.clock,
            limits: limits::Limits::of(parts.config.limits.as_ref()),
            config: parts.config,
            admin: parts.admin.hash(),
            metrics: parts.metrics,
            checkup: parts.checkup,
            rebuilds: parts.rebuilds,
            outbox: parts.outbox,
            signals: parts.signals,
            search: parts.search,
            presence: presence::Presence::default(),
            typing: typing::Typing::default(),
            meters: metrics::Meters::new(),
            tokens,
            services,
            accounts: Cache::new(REMEMBERED),
            guarded,
            acks: acks::Acks::default(),
            seen: seen::Seen::default(),
            turns: Semaphore::new((readers as usize / 2).max(1)),
            searches: Semaphore::new(std::thread::available_parallelism().map_or(1, |processors| processors.get().div_ceil(2))),
            exports: export::Exports::new(),
            replays: past::Turns::new(),
            sessions: TaskTracker::new(),
            steps: TaskTracker::new(),
            stopping: CancellationToken::new(),
        })
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("config", &self.config).finish_non_exhaustive()
    }
}
