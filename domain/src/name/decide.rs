//! A unique name's rules: one holder at a time; an unused claim expires; a name that was given up may rest, so that nobody passes for
//! its former holder.
//!
//! What its holder's facts ask for may come late and in any order, for a reactor may answer an old fact after newer ones. So the
//! name remembers the newest fact that it is held for, and what an older one would release stays held.

use super::event::{Claimed, Held};
use super::{Command, Event, Holder, Name, Rejection};
use crate::actor::{Actor, SIGN_IN};
use crate::aggregate::Context;
use crate::fact::FactRef;
use crate::time::Timestamp;

pub(super) fn decide(name: &Name, context: &Context, command: &Command) -> Result<Vec<Event>, Rejection> {
    may_ask(&context.by, command)?;
    match command {
        Command::Claim { holder, fact, until } => claim(name, context.at, *holder, *fact, *until),
        Command::Take { holder, fact } => take(name, *holder, *fact),
        Command::Release {
            holder,
            fact,
            rest_seconds,
        } => {
            let rests_until = (*rest_seconds > 0).then(|| context.at.plus_seconds((*rest_seconds).into()));
            Ok(release(name, *holder, *fact, rests_until))
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

fn claim(name: &Name, now: Timestamp, asker: Holder, fact: Option<FactRef>, until: Timestamp) -> Result<Vec<Event>, Rejection> {
    let claimed = |until, fact| {
        Ok(vec![Event::Claimed(Claimed {
            account: asker.account,
            chat: asker.chat,
            until,
            fact,
        })])
    };
    match name {
        Name::Claimed {
            holder,
            until: held,
            fact: known,
        } if *holder == asker => {
            if *held < until || *known < fact {
                claimed(until.max(*held), fact.max(*known))
            } else {
                Ok(Vec::new())
            }
        }
        Name::Taken { holder, fact: known } if *holder == asker => Ok(taken_for(asker, *known, fact)),
        Name::Free => claimed(until, fact),
        Name::Claimed { until: held, .. } if *held <= now => claimed(until, fact),
        Name::Resting {
            holder: former,
            until: end,
        } if *former == asker || *end <= now => claimed(until, fact),
        Name::Claimed { .. } | Name::Taken { .. } | Name::Resting { .. } => Err(Rejection::Taken),
    }
}

/// An expired claim still takes the name as long as nobody else has claimed it.
fn take(name: &Name, asker: Holder, fact: Option<FactRef>) -> Result<Vec<Event>, Rejection> {
    match name {
        Name::Free | Name::Resting { .. } => Err(Rejection::NotClaimed),
        Name::Claimed { holder, fact: known, .. } if *holder == asker => Ok(vec![taken(asker, fact.max(*known))]),
        Name::Taken { holder, fact: known } if *holder == asker => Ok(taken_for(asker, *known, fact)),
        Name::Claimed { .. } | Name::Taken { .. } => Err(Rejection::Taken),
    }
}

fn release(name: &Name, asker: Holder, fact: FactRef, rests_until: Option<Timestamp>) -> Vec<Event> {
    match name {
        Name::Claimed { holder, fact: known, .. } | Name::Taken { holder, fact: known } if *holder == asker && *known <= Some(fact) => {
            let fact = Some(fact);
            vec![Event::Released(Held {
                account: asker.account,
                chat: asker.chat,
                fact,
                rests_until,
            })]
        }
        Name::Free | Name::Resting { .. } | Name::Claimed { .. } | Name::Taken { .. } => Vec::new(),
    }
}

/// A name in use stays so; a newer fact is remembered.
fn taken_for(asker: Holder, known: Option<FactRef>, fact: Option<FactRef>) -> Vec<Event> {
    if known < fact { vec![taken(asker, fact)] } else { Vec::new() }
}

fn taken(asker: Holder, fact: Option<FactRef>) -> Event {
    Event::Taken(Held {
        account: asker.account,
        chat: asker.chat,
        fact,
        rests_until: None,
    })
}
