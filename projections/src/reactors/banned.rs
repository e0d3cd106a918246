//! Who is banned from a channel follows it no more, and who follows it no more does not run it: whom it bans and who runs it the channel knows, who
//! follows it the account's inbox.
//!
//! Those are facts of two streams, so both may be accepted at one moment. Whichever comes later in the log is reacted to when the other is there
//! already: so both are, each by looking at both streams as they are then, and nobody stays whom it keeps out, or who has left.

use async_trait::async_trait;
use domain::chat::{self, Chat};
use domain::event::Event;
use domain::fact::Fact;
use domain::id::{AccountId, ChatId};
use domain::inbox::{self, Inbox};
use domain::stream::Stream;

use crate::reactor::{Context, Reactor, Trouble};

/// The reactor.
#[derive(Debug, Clone, Copy)]
pub struct Banned;

#[async_trait]
impl Reactor for Banned {
    fn name(&self) -> &'static str {
        "banned"
    }

    fn concerns(&self, stream: &Stream) -> bool {
        matches!(stream, Stream::Chat(ChatId::Channel(_)) | Stream::Inbox(_))
    }

    /// Of what an inbox says most is about reading.
    fn cares(&self, event: &Event) -> bool {
        matches!(
            event,
            Event::Chat(chat::Event::MemberBanned(_) | chat::Event::RoleChanged(_))
                | Event::Inbox(inbox::Event::Subscribed(_) | inbox::Event::Unsubscribed(_))
        )
    }

    async fn react(&self, fact: &Fact, context: &Context) -> Result<(), Trouble> {
        match (&fact.stream, &fact.event) {
            (Stream::Chat(chat), Event::Chat(chat::Event::MemberBanned(banned))) => keep_out(*chat, banned.account, context).await,
            (Stream::Inbox(account), Event::Inbox(inbox::Event::Subscribed(subscribed))) => {
                keep_out(subscribed.chat, *account, context).await
            }
            (Stream::Chat(chat), Event::Chat(chat::Event::RoleChanged(changed))) => relieve(*chat, changed.account, context).await,
            (Stream::Inbox(account), Event::Inbox(inbox::Event::Unsubscribed(gone))) => relieve(gone.chat, *account, context).await,
            _ => Ok(()),
        }
    }
}

/// Has an account that is banned follow the channel no more.
async fn keep_out(chat: ChatId, account: AccountId, context: &Context) -> Result<(), Trouble> {
    let channel = context.look::<Chat>(chat).await?;
    // A ban that is over, or was lifted, keeps nobody out: a fact may be reacted to late.
    if channel.keeps_out(account, context.clock().now()).is_ok() {
        return Ok(());
    }
    let gone = inbox::Command::Unsubscribe { chat };
    let answer = context.command::<Inbox>("unsubscribe", account, gone).await?;
    answer.map(drop).map_err(|rejection| Trouble::Never(rejection.to_string()))
}

/// Has an account that does not follow the channel run it no more.
async fn relieve(chat: ChatId, account: AccountId, context: &Context) -> Result<(), Trouble> {
    // The channel first: most who follow one never run it.
    let runs = context.look::<Chat>(chat).await?.is_run_by(account);
    if !runs || context.look::<Inbox>(account).await?.follows(chat) {
        return Ok(());
    }
    match context.command::<Chat>("relieve", chat, chat::Command::Vacate { account }).await? {
        Ok(_) | Err(chat::Rejection::NotAMember) => Ok(()),
        Err(rejection) => Err(Trouble::Never(rejection.to_string())),
    }
}
