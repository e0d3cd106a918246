//! Reactors: what spans streams. A reactor follows the log with a durable checkpoint and issues commands.
//!
//! A command's id is made of the fact it answers and the reactor's name, so that doing it again, after a crash or beside
//! another process, acts once. The checkpoint is operational state: making read models anew runs no reactor.

mod follower;

use std::fmt::{Debug, Display};

use async_trait::async_trait;
use domain::actor::Actor;
use domain::aggregate::Aggregate;
use domain::event::Event;
use domain::fact::{Fact, FactRef};
use domain::id::CommandId;
use domain::stream::Stream;
use infra::clock::Clock;
use infra::executor::{self, Done, Executor, Request};
use uuid::Uuid;

pub use follower::{Error, Follower};

/// Namespace of reactors' command ids (version 5).
const COMMANDS: Uuid = Uuid::from_u128(0x6865_6c69_6f67_7261_7068_0072_6561_6374);

/// Something that follows the log and issues commands.
#[async_trait]
pub trait Reactor: Send + Sync + Debug {
    /// Its name: of its checkpoint, in its command ids and as who asks. Never changes.
    fn name(&self) -> &'static str;

    /// Whether it cares for facts of a stream; the others are not even read.
    fn concerns(&self, stream: &Stream) -> bool;

    /// Whether it cares for an event of such a stream; the others are not noted.
    fn cares(&self, _: &Event) -> bool {
        true
    }

    /// Reacts to a fact. Happens at least once for each, in the order of the log.
    async fn react(&self, fact: &Fact, context: &Context) -> Result<(), Trouble>;
}

/// Why a reaction did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Something is not reachable: tried again until it is.
    #[error("{0}")]
    Later(String),
    /// It will not succeed: the fact is parked, and the reactor goes on.
    #[error("{0}")]
    Never(String),
}

/// What surrounds a reaction.
#[derive(Debug)]
pub struct Context {
    executor: Executor,
    clock: Clock,
    reactor: &'static str,
    fact: FactRef,
}

impl Context {
    fn new(executor: Executor, clock: Clock, reactor: &'static str, fact: &Fact) -> Self {
        Self {
            executor,
            clock,
            reactor,
            fact: fact.at,
        }
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The fact that is reacted to.
    pub fn fact(&self) -> FactRef {
        self.fact
    }

    /// Issues a command. `step` tells the commands of one reaction apart. The outer error is trouble, the inner one the
    /// aggregate's answer.
    pub async fn command<A: Aggregate>(&self, step: &str, id: A::Id, payload: A::Command) -> Result<Result<Done, A::Rejection>, Trouble> {
        let request = Request {
            by: Actor::Reactor(self.reactor.to_owned()),
            command: self.command_id(step),
            payload,
            sent_at: None,
            trace: infra::trace::here(),
        };
        match self.executor.execute::<A>(id, request).await {
            Ok(done) => Ok(Ok(done)),
            Err(executor::Error::Rejected(rejection)) => Ok(Err(rejection)),
            Err(error) => Err(trouble(&error)),
        }
    }

    /// An aggregate with all that is in its stream by now.
    pub async fn look<A: Aggregate>(&self, id: A::Id) -> Result<A, Trouble> {
        self.executor.look::<A>(id).await.map_err(|error| trouble(&error))
    }

    fn command_id(&self, step: &str) -> CommandId {
        let FactRef { position, index } = self.fact;
        let name = format!("{position}.{index}.{}.{step}", self.reactor);
        CommandId(Uuid::new_v5(&COMMANDS, name.as_bytes()))
    }
}

/// Whether waiting helps.
fn trouble<R: Display>(error: &executor::Error<R>) -> Trouble {
    match error {
        executor::Error::Overloaded { .. } | executor::Error::Unavailable(_) | executor::Error::KeyLost(_) => {
            Trouble::Later(error.to_string())
        }
        executor::Error::Rejected(_)
        | executor::Error::Reused
        | executor::Error::TooLarge { .. }
        | executor::Error::Erased(_)
        | executor::Error::Internal(_) => Trouble::Never(error.to_string()),
    }
}
