//! A unique name's rules: one holder at a time, and an unused claim expires.
//!
//! What its holder's facts ask for may come late and in any order, for a reactor may answer an old fact after newer ones. So the
//! name remembers the newest fact that it is held for, and what an older one would release stays held.

use super::event::{Claimed, Held};
use super::{Command, Event, Name, Rejection};
use crate::actor::Actor;
use crate::aggregate::Context;
use crate::fact::FactRef;
use crate::id::AccountId;
use crate::time::Timestamp;

pub(super) fn decide(name: &Name, context: &Context, command: &Command) -> Result<Vec<Event>, Rejection> {
    match context.by {
        Actor::Reactor(_) => {}
        Actor::Device(..) | Actor::Service(_) | Actor::Import(_) => return Err(Rejection::ReactorsOnly),
    }
    match command {
        Command::Claim { account, fact, until } => claim(name, context.at, *account, *fact, *until),
        Command::Take { account, fact } => take(name, *account, *fact),
        Command::Release { account, fact } => Ok(release(name, *account, *fact)),
    }
}

fn claim(name: &Name, now: Timestamp, account: AccountId, fact: FactRef, until: Timestamp) -> Result<Vec<Event>, Rejection> {
    let claimed = |until, fact| Ok(vec![Event::Claimed(Claimed { account, until, fact })]);
    match name {
        Name::Claimed {
            account: holder,
            until: held,
            fact: known,
        } if *holder == account => {
            if *held < until || *known < Some(fact) {
                claimed(until.max(*held), newest(*known, fact))
            } else {
                Ok(Vec::new())
            }
        }
        Name::Taken {
            account: holder,
            fact: known,
        } if *holder == account => Ok(taken_for(account, *known, fact)),
        Name::Free => claimed(until, Some(fact)),
        Name::Claimed { until: held, .. } if *held <= now => claimed(until, Some(fact)),
        Name::Claimed { .. } | Name::Taken { .. } => Err(Rejection::Taken),
    }
}

/// An expired claim still takes the name as long as nobody else has claimed it.
fn take(name: &Name, account: AccountId, fact: FactRef) -> Result<Vec<Event>, Rejection> {
    match name {
        Name::Free => Err(Rejection::NotClaimed),
        Name::Claimed {
            account: holder,
            fact: known,
            ..
        } if *holder == account => Ok(vec![taken(account, newest(*known, fact))]),
        Name::Taken {
            account: holder,
            fact: known,
        } if *holder == account => Ok(taken_for(account, *known, fact)),
        Name::Claimed { .. } | Name::Taken { .. } => Err(Rejection::Taken),
    }
}

fn release(name: &Name, account: AccountId, fact: FactRef) -> Vec<Event> {
    match name {
        Name::Claimed {
            account: holder,
            fact: known,
            ..
        }
        | Name::Taken {
            account: holder,
            fact: known,
        } if *holder == account && *known <= Some(fact) => {
            let fact = Some(fact);
            vec![Event::Released(Held { account, fact })]
        }
        Name::Free | Name::Claimed { .. } | Name::Taken { .. } => Vec::new(),
    }
}

/// A name in use stays so; a newer fact is remembered.
fn taken_for(account: AccountId, known: Option<FactRef>, fact: FactRef) -> Vec<Event> {
    if known < Some(fact) {
        vec![taken(account, Some(fact))]
    } else {
        Vec::new()
    }
}

fn taken(account: AccountId, fact: Option<FactRef>) -> Event {
    Event::Taken(Held { account, fact })
}

fn newest(known: Option<FactRef>, fact: FactRef) -> Option<FactRef> {
    known.max(Some(fact))
}
