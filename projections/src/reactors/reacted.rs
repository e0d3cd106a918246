//! Reactions where many follow are noted, so that they are counted: whoever dies in between, the log says which.

use async_trait::async_trait;
use domain::event::Event;
use domain::fact::Fact;
use domain::interactions;
use domain::stream::Stream;

use crate::reactor::{Context, Reactor, Trouble};
use crate::state::State;

/// The reactor.
#[derive(Debug, Clone)]
pub struct ReactionsChanged {
    /// Where they are noted.
    pub state: State,
}

#[async_trait]
impl Reactor for ReactionsChanged {
    fn name(&self) -> &'static str {
        "reacted"
    }

    fn concerns(&self, stream: &Stream) -> bool {
        matches!(stream, Stream::Interactions(_))
    }

    async fn react(&self, fact: &Fact, _: &Context) -> Result<(), Trouble> {
        let (Stream::Interactions(chat), Event::Interactions(interactions::Event::ReactionChanged(changed))) = (&fact.stream, &fact.event)
        else {
            return Ok(());
        };
        let noted = self.state.note_reaction(*chat, changed.message, fact.at.position).await;
        noted.map_err(|error| Trouble::Later(error.to_string()))
    }
}
