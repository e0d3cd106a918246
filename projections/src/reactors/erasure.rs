//! Erasures: once the account says that it is gone, its key goes; then the account says that it has.
//!
//! In this order, so that a crash in between repeats: a key that is erased already stays so, and what was finished is finished. Each process
//! does it, which is how each forgets the key at once.

use async_trait::async_trait;
use domain::account::{self, Account};
use domain::event::Event;
use domain::fact::Fact;
use domain::id::AccountId;
use domain::stream::Stream;
use infra::seal::Keys;

use crate::reactor::{Context, Reactor, Trouble};

/// The reactor.
#[derive(Debug, Clone)]
pub struct Erasures {
    /// Where the account's key is.
    pub keys: Keys,
}

#[async_trait]
impl Reactor for Erasures {
    fn name(&self) -> &'static str {
        "erasure"
    }

    fn concerns(&self, stream: &Stream) -> bool {
        match stream {
            Stream::Account(_) => true,
            Stream::Chat(_) | Stream::SignIn(_) | Stream::Inbox(_) | Stream::Name(_) | Stream::Interactions(_) | Stream::System => false,
        }
    }

    async fn react(&self, fact: &Fact, context: &Context) -> Result<(), Trouble> {
        match (&fact.stream, &fact.event) {
            (Stream::Account(account), Event::Account(account::Event::ErasureBegun(_))) => self.finish(*account, context).await,
            _ => Ok(()),
        }
    }
}

impl Erasures {
    async fn finish(&self, account: AccountId, context: &Context) -> Result<(), Trouble> {
        // Whatever hinders it, it must come to pass.
        let erased = self.keys.erase(account).await;
        erased.map_err(|error| Trouble::Later(error.to_string()))?;
        let finished = context
            .command::<Account>("finish", account, account::Command::FinishErasure)
            .await?;
        finished.map(drop).map_err(|rejection| Trouble::Never(rejection.to_string()))
    }
}
