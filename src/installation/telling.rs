//! What reaches people past the log: codes from the outbox, signals to their devices.

use std::sync::Arc;

use infra::clock::Clock;
use infra::config::Config;
use infra::delivery::Carriers;
use infra::seal::Keys;
use infra::signals::{Local, Nats, Signals};
use projections::outbox::{Outbox, Parts, Retry};
use projections::state::State;

pub(super) fn outbox(config: &Config, carriers: Carriers, state: &State, keys: &Keys, clock: &Clock) -> Outbox {
    Outbox::new(Parts {
        state: state.clone(),
        keys: keys.clone(),
        carriers,
        clock: clock.clone(),
        retry: Retry::of(&config.delivery),
    })
}

/// To devices at other processes, too, where there may be some: those that share the log's broker.
pub(super) fn signals(config: &Config, broker: Option<async_nats::Client>, keys: &Keys, clock: &Clock) -> Arc<dyn Signals> {
    match broker {
        Some(broker) => Arc::new(Nats::new(broker, &config.log.stream, keys.clone(), clock.clone())),
        None => Arc::new(Local::default()),
    }
}
