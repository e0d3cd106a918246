//! Erasures that accounts have asked for begin once they are due; what is noted of who is gone already is forgotten again, and what it is in is left.

use async_trait::async_trait;
use domain::account::{self, Account};
use domain::chat::{self, Chat};
use domain::id::ChatId;
use domain::inbox::{self, Inbox};

use super::{Chore, Round, Trouble};
use crate::{dialogs, directory};

/// Accounts looked at together.
const ACCOUNTS: u32 = 200;
/// Erased accounts looked at together.
const FORGOTTEN: usize = 4_096;

/// Begins the erasures that are due. What follows from that is the reactor's.
#[derive(Debug, Clone, Copy)]
pub struct DueErasures;

#[async_trait]
impl Chore for DueErasures {
    fn name(&self) -> &'static str {
        "erasure"
    }

    async fn perform(&self, round: &Round<'_>) -> Result<(), Trouble> {
        let mut after = None;
        loop {
            let due = directory::due(&round.models.db, after, round.now, ACCOUNTS).await?;
            let Some(last) = due.last() else { return Ok(()) };
            after = Some(*last);
            for (account, due_at) in due {
                let due = format!("{account}.{}", due_at.0);
                round.command::<Account>(&due, account, account::Command::BeginErasure).await?;
            }
        }
    }
}

/// Forgets when devices of erased accounts were there. Their erasure does so, too; a process may have noted it a moment later.
#[derive(Debug, Clone, Copy)]
pub struct ForgetErased;

#[async_trait]
impl Chore for ForgetErased {
    fn name(&self) -> &'static str {
        "forget"
    }

    async fn perform(&self, round: &Round<'_>) -> Result<(), Trouble> {
        for erased in round.models.feed.gone().all().chunks(FORGOTTEN) {
            round.models.state.forget(erased).await?;
        }
        Ok(())
    }
}

/// Has erased accounts leave what they were brought into by who did not know yet that they are gone. What they were part of before, they leave by
/// their erasure.
#[derive(Debug, Clone, Copy)]
pub struct LeaveErased;

#[async_trait]
impl Chore for LeaveErased {
    fn name(&self) -> &'static str {
        "leave"
    }

    async fn perform(&self, round: &Round<'_>) -> Result<(), Trouble> {
        for erased in round.models.feed.gone().all().chunks(FORGOTTEN) {
            for (account, chat, since) in dialogs::still_in(&round.models.db, erased).await? {
                let due = format!("{account}.{chat}.{}", since.0);
                round.command::<Chat>(&due, chat, chat::Command::Vacate { account }).await?;
                if let ChatId::Channel(_) = chat {
                    let due = format!("{due}.follow");
                    round.command::<Inbox>(&due, account, inbox::Command::Unsubscribe { chat }).await?;
                }
            }
        }
        Ok(())
    }
}
