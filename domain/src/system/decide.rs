//! The installation's rules: what is parked is parked once, and released only if it is parked; operators give tokens to services.

use std::collections::BTreeSet;

use super::event::{FactParked, FactReleased, TokenEnded, TokenIssued};
use super::{Command, ERROR_MAX, Event, Parked, Rejection, Scope, System, TOKENS_MAX, TokenName};
use crate::account::event::TokenHash;
use crate::actor::Actor;
use crate::aggregate::Context;
use crate::id::ServiceTokenId;
use crate::time::Timestamp;

pub(super) fn decide(system: &System, context: &Context, command: &Command) -> Result<Vec<Event>, Rejection> {
    match context.by {
        Actor::Service(_) | Actor::Reactor(_) => {}
        Actor::Device(..) | Actor::Import(_) | Actor::Admin(..) => return Err(Rejection::OperatorsOnly),
    }
    match command {
        Command::Park { fact, error } => Ok(park(system, fact, error)),
        Command::Release { fact } => release(system, fact),
        Command::IssueToken {
            hash,
            name,
            scopes,
            expires_at,
        } => issue(system, context, hash, name, scopes, *expires_at),
        Command::EndToken { token } => end(system, context, *token),
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

fn issue(
    system: &System,
    context: &Context,
    hash: &TokenHash,
    name: &TokenName,
    scopes: &BTreeSet<Scope>,
    expires_at: Option<Timestamp>,
) -> Result<Vec<Event>, Rejection> {
    must_be_operator(context)?;
    if name.is_reserved() {
        return Err(Rejection::ReservedName);
    }
    if expires_at.is_some_and(|at| at <= context.at) {
        return Err(Rejection::ExpiresInThePast);
    }
    if system.tokens.len() >= TOKENS_MAX {
        return Err(Rejection::TooManyTokens);
    }
    let token = match system.last_token {
        Some(last) => last.next().ok_or(Rejection::TooManyTokens)?,
        None => ServiceTokenId::MIN,
    };
    Ok(vec![Event::TokenIssued(TokenIssued {
        token,
        name: name.clone(),
        scopes: scopes.clone(),
        hash: hash.clone(),
        expires_at,
    })])
}

fn end(system: &System, context: &Context, token: ServiceTokenId) -> Result<Vec<Event>, Rejection> {
    must_be_operator(context)?;
    if Some(token) > system.last_token {
        return Err(Rejection::TokenNotFound(token));
    }
    if !system.tokens.contains(&token) {
        return Ok(Vec::new());
    }
    Ok(vec![Event::TokenEnded(TokenEnded { token })])
}

/// Whom to let in is for operators to say, not for what follows the log.
fn must_be_operator(context: &Context) -> Result<(), Rejection> {
    match context.by {
        Actor::Service(_) => Ok(()),
        Actor::Reactor(_) | Actor::Device(..) | Actor::Import(_) | Actor::Admin(..) => Err(Rejection::OperatorsOnly),
    }
}
