//! A unique name's rules: one holder at a time, and an unused claim expires.

use super::event::{Claimed, Held};
use super::{Command, Event, Name, Rejection};
use crate::actor::Actor;
use crate::aggregate::Context;
use crate::id::AccountId;
use crate::time::Timestamp;

pub(super) fn decide(name: &Name, context: &Context, command: &Command) -> Result<Vec<Event>, Rejection> {
    match context.by {
        Actor::Reactor(_) => {}
        Actor::Device(..) | Actor::Service(_) => return Err(Rejection::ReactorsOnly),
    }
    match command {
        Command::Claim { account, until } => claim(name, context.at, *account, *until),
        Command::Take { account } => take(name, *account),
        Command::Release { account } => Ok(release(name, *account)),
    }
}

fn claim(name: &Name, now: Timestamp, account: AccountId, until: Timestamp) -> Result<Vec<Event>, Rejection> {
    let claimed = Ok(vec![Event::Claimed(Claimed { account, until })]);
    match name {
        Name::Free => claimed,
        Name::Claimed {
            account: holder,
            until: held,
        } if *holder == account => {
            if *held < until {
                claimed
            } else {
                Ok(Vec::new())
            }
        }
        Name::Claimed { until: held, .. } if *held <= now => claimed,
        Name::Taken { account: holder } if *holder == account => Ok(Vec::new()),
        Name::Claimed { .. } | Name::Taken { .. } => Err(Rejection::Taken),
    }
}

/// An expired claim still takes the name as long as nobody else has claimed it.
fn take(name: &Name, account: AccountId) -> Result<Vec<Event>, Rejection> {
    match name {
        Name::Free => Err(Rejection::NotClaimed),
        Name::Claimed { account: holder, .. } if *holder == account => Ok(vec![Event::Taken(Held { account })]),
        Name::Taken { account: holder } if *holder == account => Ok(Vec::new()),
        Name::Claimed { .. } | Name::Taken { .. } => Err(Rejection::Taken),
    }
}

fn release(name: &Name, account: AccountId) -> Vec<Event> {
    match name {
        Name::Claimed { account: holder, .. } | Name::Taken { account: holder } if *holder == account => {
            vec![Event::Released(Held { account })]
        }
        Name::Free | Name::Claimed { .. } | Name::Taken { .. } => Vec::new(),
    }
}
