//! The installation's rules: what is parked is parked once, and released only if it is parked.

use super::event::{FactParked, FactReleased};
use super::{Command, ERROR_MAX, Event, Parked, Rejection, System};
use crate::actor::Actor;
use crate::aggregate::Context;

pub(super) fn decide(system: &System, context: &Context, command: &Command) -> Result<Vec<Event>, Rejection> {
    match context.by {
        Actor::Service(_) | Actor::Reactor(_) => {}
        Actor::Device(..) => return Err(Rejection::OperatorsOnly),
    }
    match command {
        Command::Park { fact, error } => Ok(park(system, fact, error)),
        Command::Release { fact } => release(system, fact),
    }
}

fn park(system: &System, fact: &Parked, error: &str) -> Vec<Event> {
    if system.parked.contains(fact) {
        return Vec::new();
    }
    vec![Event::FactParked(FactParked {
        projection: fact.projection.clone(),
        position: fact.position,
        index: fact.index,
        error: error.chars().take(ERROR_MAX).collect(),
    })]
}

fn release(system: &System, fact: &Parked) -> Result<Vec<Event>, Rejection> {
    if !system.parked.contains(fact) {
        return Err(Rejection::NotParked);
    }
    Ok(vec![Event::FactReleased(FactReleased {
        projection: fact.projection.clone(),
        position: fact.position,
        index: fact.index,
    })])
}
