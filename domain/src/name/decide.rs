//! A unique name's rules: one holder at a time; an unused claim expires; a name that was given up may rest, so that nobody passes for
//! its former holder.
//!
//! What its holder's facts ask for may come late and in any order, for a reactor may answer an old fact after newer ones. So the
//! name remembers the newest fact that it is held for, and what an older one would release stays held.

use super::event::{Claimed, Held};
use super::{Command, Event, Name, Rejection};
use crate::actor::{Actor, SIGN_IN};
use crate::aggregate::Context;
use crate::fact::FactRef;
use crate::id::AccountId;
use crate::time::Timestamp;

pub(super) fn decide(name: &Name, context: &Context, command: &Command) -> Result<Vec<Event>, Rejection> {
    may_ask(&context.by, command)?;
    match command {
        Command::Claim { account, fact, until } => claim(name, context.at, *account, *fact, *until),
        Command::Take { account, fact } => take(name, *account, *fact),
        Command::Release {
            account,
            fact,
            rest_seconds,
        } => {
            let rests_until = (*rest_seconds > 0).then(|| context.at.plus_seconds((*rest_seconds).into()));
            Ok(release(name, *account, *fact, rests_until))
        }
    }
}

/// Who lets people in claims and takes their addresses' names; whether one is free again is for facts to say.
fn may_ask(by: &Actor, command: &Command) -> Result<(), Rejection> {
    match (by, command) {
        (Actor::Reactor(_), _) => Ok(()),
        (Actor::Service(name), Command::Claim { .. } | Command::Take { .. }) if name == SIGN_IN => Ok(()),
        (Actor::Service(_) | Actor::Device(..) | Actor::Import(_) | Actor::Admin(..), _) => Err(Rejection::ReactorsOnly),
    }
}

fn claim(name: &Name, now: Timestamp, account: AccountId, fact: Option<FactRef>, until: Timestamp) -> Result<Vec<Event>, Rejection> {
    let claimed = |until, fact| Ok(vec![Event::Claimed(Claimed { account, until, fact })]);
    match name {
        Name::Claimed {
            account: holder,
            until: held,
            fact: known,
        } if *holder == account => {
            if *held < until || *known < fact {
                claimed(until.max(*held), fact.max(*known))
            } else {
                Ok(Vec::new())
            }
        }
        Name::Taken {
            account: holder,
            fact: known,
        } if *holder == account => Ok(taken_for(account, *known, fact)),
        Name::Free => claimed(until, fact),
        Name::Claimed { until: held, .. } if *held <= now => claimed(until, fact),
        Name::Resting {
            account: former,
            until: end,
        } if *former == account || *end <= now => claimed(until, fact),
        Name::Claimed { .. } | Name::Taken { .. } | Name::Resting { .. } => Err(Rejection::Taken),
    }
}

/// An expired claim still takes the name as long as nobody else has claimed it.
fn take(name: &Name, account: AccountId, fact: Option<FactRef>) -> Result<Vec<Event>, Rejection> {
    match name {
        Name::Free | Name::Resting { .. } => Err(Rejection::NotClaimed),
        Name::Claimed {
            account: holder,
            fact: known,
            ..
        } if *holder == account => Ok(vec![taken(account, fact.max(*known))]),
        Name::Taken {
            account: holder,
            fact: known,
        } if *holder == account => Ok(taken_for(account, *known, fact)),
        Name::Claimed { .. } | Name::Taken { .. } => Err(Rejection::Taken),
    }
}

fn release(name: &Name, account: AccountId, fact: FactRef, rests_until: Option<Timestamp>) -> Vec<Event> {
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
            vec![Event::Released(Held {
                account,
                fact,
                rests_until,
            })]
        }
        Name::Free | Name::Resting { .. } | Name::Claimed { .. } | Name::Taken { .. } => Vec::new(),
    }
}

/// A name in use stays so; a newer fact is remembered.
fn taken_for(account: AccountId, known: Option<FactRef>, fact: Option<FactRef>) -> Vec<Event> {
    if known < fact { vec![taken(account, fact)] } else { Vec::new() }
}

fn taken(account: AccountId, fact: Option<FactRef>) -> Event {
    Event::Taken(Held {
        account,
        fact,
        rests_until: None,
    })
}
