//! Erasures: once the account says that it is gone, its key goes, and when its devices were there; then it leaves what it is part of, as it would
//! itself, and says that all that is done.
//!
//! In this order, so that a crash in between repeats: a key that is erased already stays so, who has left is in no more, and what was finished is
//! finished. Each process does it, which is how each forgets the key at once. Whoever is brought somewhere afterwards, by who did not know yet, leaves by upkeep.

use std::time::Duration;

use async_trait::async_trait;
use domain::account::{self, Account};
use domain::chat::{self, Chat};
use domain::event::Event;
use domain::fact::Fact;
use domain::id::AccountId;
use domain::inbox::{self, Inbox};
use domain::stream::Stream;
use infra::seal::Keys;

use super::claims::is_account;
use crate::dialogs;
use crate::reactor::{Context, Reactor, Trouble};
use crate::read_models::ReadModels;

/// Chats looked at together.
const CHATS: u32 = 200;
/// How long an attempt waits for rows that are behind.
const PATIENCE: Duration = Duration::from_secs(10);

/// The reactor.
#[derive(Debug, Clone)]
pub struct Erasures {
    /// Where the account's key is.
    pub keys: Keys,
    /// Where it stands what the account is part of, and when its devices were there.
    pub models: ReadModels,
}

#[async_trait]
impl Reactor for Erasures {
    fn name(&self) -> &'static str {
        "erasure"
    }

    fn concerns(&self, stream: &Stream) -> bool {
        is_account(stream)
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
        let forgotten = self.models.state.forget(&[account]).await;
        forgotten.map_err(|error| Trouble::Later(error.to_string()))?;
        self.leave_all(account, context).await?;
        follow_nothing(account, context).await?;
        let finished = context
            .command::<Account>("finish", account, account::Command::FinishErasure)
            .await?;
        finished.map(drop).map_err(|rejection| Trouble::Never(rejection.to_string()))
    }

    /// Leaves groups, those that it asks to join, and channels that it runs, as rows tell them that include all from before it was gone.
    async fn leave_all(&self, account: AccountId, context: &Context) -> Result<(), Trouble> {
        let gone = context.fact().position;
        let included = self.models.progress.wait(gone, PATIENCE).await;
        included.map_err(|behind| Trouble::Later(behind.to_string()))?;
        let mut after = None;
        loop {
            let found = dialogs::part_of(&self.models.db, account, after, CHATS).await;
            let found = found.map_err(|error| Trouble::Later(error.to_string()))?;
            let stand = self.models.stand().await.map_err(|error| Trouble::Later(error.to_string()))?;
            if stand < Some(gone) {
                return Err(Trouble::Later("the read models have become an older copy of themselves".to_owned()));
            }
            let Some(last) = found.last() else { return Ok(()) };
            after = Some(*last);
            for chat in found {
                let vacate = chat::Command::Vacate { account };
                match context.command::<Chat>(&format!("leave {chat}"), chat, vacate).await? {
                    Ok(_) | Err(chat::Rejection::NotAMember) => {}
                    Err(rejection) => return Err(Trouble::Never(rejection.to_string())),
                }
            }
        }
    }
}

/// Ends its subscriptions, which its inbox knows: so many in a commit, until none is left.
async fn follow_nothing(account: AccountId, context: &Context) -> Result<(), Trouble> {
    let mut step = 0;
    loop {
        step += 1;
        let name = format!("unfollow {step}");
        let answer = context.command::<Inbox>(&name, account, inbox::Command::UnsubscribeAll).await?;
        let done = answer.map_err(|rejection| Trouble::Never(rejection.to_string()))?;
        if done.facts.is_empty() {
            return Ok(());
        }
    }
}
