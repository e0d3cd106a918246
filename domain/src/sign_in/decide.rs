//! A contact's rules: so many codes, sendings and wrong tries in a time; the newest code of a sign-in proves, once, and is used once.

use super::event::{Begun, Channel, CodeMade, Failed, Proved, Purpose, Used};
use super::limits::{Rate, resend_delay};
use super::{Attempt, CodeHash, Command, Event, Limits, Rejection, SignIn};
use crate::actor::{Actor, SIGN_IN};
use crate::id::{AccountId, SignInId};
use crate::time::Timestamp;

type Decision = Result<Vec<Event>, Rejection>;

pub(super) fn decide(contact: &SignIn, by: &Actor, command: &Command) -> Decision {
    must_let_people_in(by)?;
    match command {
        Command::Begin {
            sign_in,
            purpose,
            channel,
            code,
            limits,
            now,
        } => begin(
            contact,
            *purpose,
            New {
                sign_in,
                channel,
                code,
                limits,
                now,
            },
        ),
        Command::Resend {
            sign_in,
            channel,
            code,
            limits,
            now,
        } => resend(
            contact,
            New {
                sign_in,
                channel,
                code,
                limits,
                now,
            },
        ),
        Command::Try {
            sign_in,
            code,
            limits,
            now,
        } => try_code(contact, *sign_in, code, limits, *now),
        Command::Use { sign_in, account, now } => use_up(contact, *sign_in, *account, *now),
    }
}

fn must_let_people_in(by: &Actor) -> Result<(), Rejection> {
    match by {
        Actor::Service(name) if name == SIGN_IN => Ok(()),
        Actor::Service(_) | Actor::Device(..) | Actor::Reactor(_) | Actor::Import(_) | Actor::Admin(..) => Err(Rejection::NotYours),
    }
}

/// A code that is to be made, as a command tells it.
#[derive(Clone, Copy)]
struct New<'a> {
    sign_in: &'a SignInId,
    channel: &'a Channel,
    code: &'a CodeHash,
    limits: &'a Limits,
    now: &'a Timestamp,
}

fn begin(contact: &SignIn, purpose: Purpose, new: New<'_>) -> Decision {
    if contact.attempt(*new.sign_in).is_some() {
        return Err(Rejection::AlreadyExists);
    }
    let code = make(contact, new, 0)?;
    Ok(vec![Event::Begun(Begun { purpose, code })])
}

fn resend(contact: &SignIn, new: New<'_>) -> Decision {
    let attempt = unproved(contact, *new.sign_in)?;
    if attempt.wait.includes(*new.now) {
        return Err(Rejection::TooSoon {
            retry_at: attempt.wait.until,
        });
    }
    Ok(vec![Event::CodeMade(make(contact, new, attempt.codes)?)])
}

/// The sign-in's next code, if the limits allow for one; `before`: how many it had.
fn make(contact: &SignIn, new: New<'_>, before: u32) -> Result<CodeMade, Rejection> {
    let (limits, now) = (new.limits, *new.now);
    let codes_full_at = take(limits.codes, contact.codes_full_at, now).map_err(|retry_at| Rejection::TooManyCodes { retry_at })?;
    let sends_full_at = match new.channel {
        Channel::Devices => None,
        Channel::Contact => {
            let full_at = take(limits.sends, contact.sends_full_at, now);
            Some(full_at.map_err(|retry_at| Rejection::TooManySends { retry_at })?)
        }
    };
    Ok(CodeMade {
        sign_in: *new.sign_in,
        channel: *new.channel,
        code: new.code.clone(),
        at: now,
        until: now.plus_seconds(limits.code_seconds.into()),
        resend_at: now.plus_seconds(resend_delay(limits.resend_seconds, before)),
        codes_full_at,
        sends_full_at,
    })
}

/// The limits come first: while they hold nobody learns anything by trying.
fn try_code(contact: &SignIn, sign_in: SignInId, code: &CodeHash, limits: &Limits, now: Timestamp) -> Decision {
    let attempt = unproved(contact, sign_in)?;
    if !attempt.good.includes(now) {
        return Err(Rejection::Expired);
    }
    if attempt.wrong >= limits.tries_of_code.max(1) {
        return Err(Rejection::Spent);
    }
    let tries_full_at = take(limits.tries, contact.tries_full_at, now).map_err(|retry_at| Rejection::TooManyTries { retry_at })?;
    let event = if attempt.code == *code {
        let until = now.plus_seconds(limits.proof_seconds.into());
        Event::Proved(Proved { sign_in, at: now, until })
    } else {
        Event::Failed(Failed {
            sign_in,
            at: now,
            tries_full_at,
        })
    };
    Ok(vec![event])
}

fn use_up(contact: &SignIn, sign_in: SignInId, account: AccountId, now: Timestamp) -> Decision {
    let attempt = contact.attempt(sign_in).ok_or(Rejection::NotFound)?;
    match attempt.used_by() {
        Some(user) if user == account => return Ok(Vec::new()),
        Some(_) => return Err(Rejection::AlreadyUsed),
        None => {}
    }
    match attempt.purpose() {
        Purpose::Address(of) | Purpose::Recovery(of) if of != account => return Err(Rejection::OtherAccount),
        Purpose::SignIn | Purpose::Address(_) | Purpose::Recovery(_) => {}
    }
    if !attempt.was_proved() {
        return Err(Rejection::NotProved);
    }
    if !attempt.is_proved(now) {
        return Err(Rejection::TooLate);
    }
    Ok(vec![Event::Used(Used { sign_in, account })])
}

/// A sign-in whose code was not shown yet: a code proves once.
fn unproved(contact: &SignIn, sign_in: SignInId) -> Result<&Attempt, Rejection> {
    let attempt = contact.attempt(sign_in).ok_or(Rejection::NotFound)?;
    if attempt.was_proved() {
        return Err(Rejection::CodeUsed);
    }
    Ok(attempt)
}

/// Takes one of a rate; without a limit there is always one.
fn take(rate: Option<Rate>, full_at: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, Timestamp> {
    rate.map_or(Ok(now), |rate| rate.take(full_at, now))
}
