//! Who is banned from a channel follows it no more: of that the channel knows nothing, the account's inbox does.
//!
//! Following and banning are facts of two streams, so both may be accepted at one moment. Whichever comes later in the log is reacted to when the
//! other is there already: so both are, each by looking at the channel as it is then, and nobody stays whom it keeps out.

use async_trait::async_trait;
use domain::chat::{self, Chat};
use domain::event::Event;
use domain::fact::Fact;
use domain::id::ChatId;
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
            Event::Chat(chat::Event::MemberBanned(_)) | Event::Inbox(inbox::Event::Subscribed(_))
        )
    }

    async fn react(&self, fact: &Fact, context: &Context) -> Result<(), Trouble> {
        let (chat, account) = match (&fact.stream, &fact.event) {
            (Stream::Chat(chat), Event::Chat(chat::Event::MemberBanned(banned))) => (*chat, banned.account),
            (Stream::Inbox(account), Event::Inbox(inbox::Event::Subscribed(subscribed))) => (subscribed.chat, *account),
            _ => return Ok(()),
        };
        let channel = context.look::<Chat>(chat).await?;
        // A ban that is over, or was lifted, keeps nobody out: a fact may be reacted to late.
        if channel.keeps_out(account, context.clock().now()).is_ok() {
            return Ok(());
        }
        let gone = inbox::Command::Unsubscribe { chat };
        let answer = context.command::<Inbox>("unsubscribe", account, gone).await?;
        answer.map(drop).map_err(|rejection| Trouble::Never(rejection.to_string()))
    }
}
