//! One-time codes: made, and tried.

use domain::event::Event;
use domain::id::{AccountId, CommandId};
use domain::sign_in::event::{Channel, CodeMade};
use domain::sign_in::{self, SignIn};
use domain::time::Timestamp;
use infra::delivery::Message;
use infra::executor::{self, Done, Request};
use infra::proof::Code;
use projections::outbox::Draft;

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

/// A code that is to be made.
pub(super) struct NewCode {
    /// The code.
    pub(super) code: Code,
    /// Where it may go to the contact: kept back there until it is made.
    pub(super) draft: Option<Draft>,
}

/// Has a sign-in's first code made, and sees to it that it is sent.
pub(crate) async fn begin(gateway: &Shared, visitor: &Visitor, way: Way, command: CommandId) -> Result<Made, Error> {
    let new = gateway.new_code(visitor, way, command).await?;
    let payload = sign_in::Command::Begin {
        sign_in: visitor.sign_in,
        purpose: visitor.purpose,
        channel: way.channel(),
        code: gateway.proofs.code_hash(visitor.sign_in, &new.code).await,
        limits: gateway.config.sign_in.limits(),
        now: gateway.clock.now(),
    };
    make(gateway, visitor, way, new, asked(command, payload)).await
}

/// Has another code made in its place, and sees to it that it is sent.
pub(crate) async fn resend(gateway: &Shared, visitor: &Visitor, way: Way, command: CommandId) -> Result<Made, Error> {
    gateway.attempt(visitor).await?;
    let new = gateway.new_code(visitor, way, command).await?;
    let payload = sign_in::Command::Resend {
        sign_in: visitor.sign_in,
        channel: way.channel(),
        code: gateway.proofs.code_hash(visitor.sign_in, &new.code).await,
        limits: gateway.config.sign_in.limits(),
        now: gateway.clock.now(),
    };
    make(gateway, visitor, way, new, asked(command, payload)).await
}

async fn make(gateway: &Shared, visitor: &Visitor, way: Way, new: NewCode, request: Request<sign_in::Command>) -> Result<Made, Error> {
    let done = match gateway.executor.execute::<SignIn>(visitor.key.clone(), request).await {
        Ok(done) => done,
        Err(error) => {
            // Whether it was made where this is not known, the same request sent again will tell.
            if matches!(error, executor::Error::Rejected(_)) {
                gateway.discard(&new).await;
            }
            return Err(gateway.timed(error));
        }
    };
    let made = made(&done)?;
    if !done.repeated || new.draft.as_ref().is_some_and(|draft| draft.is_earlier) {
        telling::send(gateway, visitor, way, new, made.until).await?;
    } else {
        // Of the code that was made before nobody here knows more than its hash: it was sent then.
        gateway.discard(&new).await;
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

    /// A code, unless there is no way to send it: which is so of all contacts of a kind. On disk before it is made: whoever dies behind that leaves
    /// it to the next attempt at the same command.
    async fn new_code(&self, visitor: &Visitor, way: Way, command: CommandId) -> Result<NewCode, Error> {
        match way {
            Way::Devices => Ok(NewCode {
                code: self.proofs.code(),
                draft: None,
            }),
            Way::DevicesFirst | Way::Contact if !self.outbox.reaches(&visitor.contact) => {
                Err(Error::ContactUnreachable(visitor.contact.clone()))
            }
            Way::DevicesFirst | Way::Contact => {
                let message = Message {
                    to: visitor.contact.clone(),
                    code: self.proofs.code(),
                    purpose: visitor.purpose.into(),
                };
                let until = self.clock.now().plus_seconds(self.config.sign_in.code_seconds.into());
                let draft = self.outbox.draft(command, message, until).await?;
                Ok(NewCode {
                    code: draft.message.code.clone(),
                    draft: Some(draft),
                })
            }
        }
    }

    /// Nobody is sent a code that was not made. Should it stay, it goes with its end.
    async fn discard(&self, new: &NewCode) {
        if let Some(draft) = &new.draft {
            let _ = self.outbox.discard(draft).await;
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
