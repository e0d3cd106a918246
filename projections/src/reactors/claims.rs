//! What reactors ask of names for who is to hold them, each time for the fact that is answered: a claim, its use, its end.

use domain::fact::FactRef;
use domain::id::NameKey;
use domain::name::{self, Holder, Name};
use domain::stream::Stream;
use infra::executor::Done;

use crate::reactor::{Context, Trouble};

/// How long a claim that is not used holds a name, in seconds.
pub const CLAIM_SECONDS: i64 = 600;

/// What the name said; the outer error is trouble.
pub(super) type Answer = Result<Result<Done, name::Rejection>, Trouble>;

/// Whether a stream is an account's: whoever keeps names up reacts to what accounts say.
pub(super) fn is_account(stream: &Stream) -> bool {
    match stream {
        Stream::Account(_) => true,
        Stream::Chat(_) | Stream::Inbox(_) | Stream::SignIn(_) | Stream::Name(_) | Stream::Interactions(_) | Stream::System => false,
    }
}

/// Claims a name from now on.
pub(super) async fn claim(step: &str, holder: Holder, key: &NameKey, context: &Context) -> Answer {
    let until = context.clock().now().plus_seconds(CLAIM_SECONDS);
    let fact = Some(context.fact());
    let claim = name::Command::Claim { holder, fact, until };
    context.command::<Name>(step, key.clone(), claim).await
}

/// Takes a claimed name, for a fact that says it is used.
pub(super) async fn take(step: &str, holder: Holder, key: &NameKey, fact: FactRef, context: &Context) -> Answer {
    let fact = Some(fact);
    let take = name::Command::Take { holder, fact };
    context.command::<Name>(step, key.clone(), take).await
}

/// Gives a name up, to rest for so long.
pub(super) async fn release(step: &str, holder: Holder, key: &NameKey, rest_seconds: u32, context: &Context) -> Result<(), Trouble> {
    let release = name::Command::Release {
        holder,
        fact: context.fact(),
        rest_seconds,
    };
    let released = context.command::<Name>(step, key.clone(), release).await?;
    released.map(drop).map_err(|rejection| Trouble::Never(rejection.to_string()))
}
