//! One-time codes: made, and tried.

use domain::event::Event;
use domain::id::{AccountId, CommandId};
use domain::sign_in::event::{Channel, CodeMade};
use domain::sign_in::{self, SignIn};
use domain::time::Timestamp;
use infra::executor::{Done, Request};
use infra::proof::Code;

use super::{Visitor, asked, telling};
use crate::error::Error;
use crate::{Gateway, Shared};

/// How a code gets to whoever signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// To the account's devices that are online; where there are none, or it is not used soon, to the contact.
    DevicesFirst,
    /// To those devices alone.
    Devices,
    /// To the contact.
    Contact,
}

/// A code that was made, or would have been.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Made {
    /// When another may be asked for.
    pub(crate) resend_at: Timestamp,
    /// From when on it is of no use.
    pub(crate) expires_at: Timestamp,
}

impl Way {
    /// How it is reckoned: what may be sent to the contact takes one of its sendings, whether it is or not. Else who sees no device online could
    /// be told so by the limit.
    fn channel(self) -> Channel {
        match self {
            Self::DevicesFirst | Self::Contact => Channel::Contact,
            Self::Devices => Channel::Devices,
        }
    }
}

/// Has a sign-in's first code made, and sees to it that it is sent.
pub(crate) async fn begin(gateway: &Shared, visitor: &Visitor, way: Way, command: CommandId) -> Result<Made, Error> {
    let code = gateway.new_code(visitor, way)?;
    let payload = sign_in::Command::Begin {
        sign_in: visitor.sign_in,
        purpose: visitor.purpose,
        channel: way.channel(),
        code: gateway.proofs.code_hash(visitor.sign_in, &code).await,
        limits: gateway.config.sign_in.limits(),
        now: gateway.clock.now(),
    };
    make(gateway, visitor, way, code, asked(command, payload)).await
}

/// Has another code made in its place, and sees to it that it is sent.
pub(crate) async fn resend(gateway: &Shared, visitor: &Visitor, way: Way, command: CommandId) -> Result<Made, Error> {
    let code = gateway.new_code(visitor, way)?;
    let hash = gateway.proofs.code_hash(visitor.sign_in, &code).await;
    gateway.attempt(visitor).await?;
    let payload = sign_in::Command::Resend {
        sign_in: visitor.sign_in,
        channel: way.channel(),
        code: hash,
        limits: gateway.config.sign_in.limits(),
        now: gateway.clock.now(),
    };
    make(gateway, visitor, way, code, asked(command, payload)).await
}

async fn make(gateway: &Shared, visitor: &Visitor, way: Way, code: Code, request: Request<sign_in::Command>) -> Result<Made, Error> {
    let done = gateway.ask_contact(visitor, request).await?;
    let made = made(&done)?;
    // Of a code that was made before nobody here knows more than its hash: it was sent then.
    if !done.repeated {
        telling::send(gateway, visitor, way, code, made.until).await?;
    }
    Ok(Made {
        resend_at: made.resend_at,
        expires_at: made.until,
    })
}

fn made(done: &Done) -> Result<&CodeMade, Error> {
    let made = done.facts.iter().find_map(|fact| match &fact.event {
        Event::SignIn(sign_in::Event::Begun(begun)) => Some(&begun.code),
        Event::SignIn(sign_in::Event::CodeMade(made)) => Some(made),
        Event::SignIn(sign_in::Event::Failed(_) | sign_in::Event::Proved(_) | sign_in::Event::Used(_))
        | Event::Account(_)
        | Event::Chat(_)
        | Event::Inbox(_)
        | Event::Name(_)
        | Event::Interactions(_)
        | Event::System(_) => None,
    });
    made.ok_or_else(|| Error::Internal("a code that was not made".to_owned()))
}

impl Gateway {
    /// Tries a code: nothing more is said when it is the right one. The same code tried again, by the same sign-in, is told the same and costs no
    /// further try.
    pub(crate) async fn try_code(&self, visitor: &Visitor, code: &Code) -> Result<(), Error> {
        // Whatever comes of it: how long it takes tells nothing.
        let code = self.proofs.code_hash(visitor.sign_in, code).await;
        let attempt = self.attempt(visitor).await?;
        // One that was wrong may be the next one, by chance.
        let command = visitor.command(&format!("try.{}.{}", code.0, attempt.code_until().0));
        let payload = sign_in::Command::Try {
            sign_in: visitor.sign_in,
            code,
            limits: self.config.sign_in.limits(),
            now: self.clock.now(),
        };
        if !is_proved(&self.ask_contact(visitor, asked(command, payload)).await?) {
            return Err(Error::WrongCode);
        }
        if let Err(error) = self.outbox.call_off(visitor.sign_in).await {
            tracing::warn!(error.reason = %error, "a code that was shown already may still be delivered");
        }
        Ok(())
    }

    /// Uses what the visitor has proved, once: for this account.
    pub(super) async fn use_up(&self, visitor: &Visitor, account: AccountId) -> Result<(), Error> {
        let payload = sign_in::Command::Use {
            sign_in: visitor.sign_in,
            account,
            now: self.clock.now(),
        };
        let command = visitor.command(&format!("use.{account}"));
        self.ask_contact(visitor, asked(command, payload)).await.map(drop)
    }

    /// A code, unless there is no way to send it: which is so of all contacts of a kind.
    fn new_code(&self, visitor: &Visitor, way: Way) -> Result<Code, Error> {
        match way {
            Way::DevicesFirst | Way::Contact if !self.outbox.reaches(&visitor.contact) => {
                Err(Error::ContactUnreachable(visitor.contact.clone()))
            }
            Way::DevicesFirst | Way::Contact | Way::Devices => Ok(self.proofs.code()),
        }
    }

    async fn ask_contact(&self, visitor: &Visitor, request: Request<sign_in::Command>) -> Result<Done, Error> {
        let done = self.executor.execute::<SignIn>(visitor.key.clone(), request).await;
        done.map_err(|error| self.timed(error))
    }
}

fn is_proved(done: &Done) -> bool {
    let proves = |event: &Event| match event {
        Event::SignIn(sign_in::Event::Proved(_)) => true,
        Event::SignIn(sign_in::Event::Begun(_) | sign_in::Event::CodeMade(_) | sign_in::Event::Failed(_) | sign_in::Event::Used(_))
        | Event::Account(_)
        | Event::Chat(_)
        | Event::Inbox(_)
        | Event::Name(_)
        | Event::Interactions(_)
        | Event::System(_) => false,
    };
    done.facts.iter().any(|fact| proves(&fact.event))
}
