//! `/v1/me/username`: claiming a username is decided by the name itself; the outcome follows.

use std::time::Duration;

use axum::extract::State;
use domain::account::{self, Account, UsernameText};
use domain::event::Event;
use domain::id::{NameKey, Position};
use domain::stream::Stream;
use domain::text::InvalidText;
use infra::commit;
use projections::directory;
use projections::feed::{Attached, Live};
use serde::{Deserialize, Serialize};
use tokio::time::{sleep, timeout};
use utoipa::ToSchema;

use crate::Shared;
use crate::answer::{Answer, done};
use crate::caller::{Device, Listening};
use crate::error::{Error, ErrorAnswer};
use crate::extract::{CommandKey, Json, NoBody};
use crate::rendering::Opener;

/// How often the account is looked at for an outcome that nobody tells live.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A wanted username.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WantedUsername {
    /// Without `@`: 5 to 32 letters a-z, digits and underscores, a letter first.
    username: String,
}

/// What became of the wish.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UsernameOutcome {
    /// As its owner spelt it first; as it was asked for while the outcome is not known.
    username: String,
    /// Whether the outcome is not known yet; `username_changed` or `username_refused` follows as an update.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pending: bool,
}

/// Asks for a username and waits, a few seconds at most, for the outcome.
#[utoipa::path(put, path = "/v1/me/username", tag = "me", request_body = WantedUsername,
    responses((status = 200, body = UsernameOutcome), (status = 202, body = UsernameOutcome), (status = 409, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn request(
    Listening { device: me, live }: Listening,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Json(wanted): Json<WantedUsername>,
) -> Result<Answer<UsernameOutcome>, Error> {
    let username = UsernameText::parse(&wanted.username).map_err(|invalid| Error::Text("username", invalid))?;
    if username.is_reserved() {
        return Err(Error::Text("username", InvalidText::ReservedUsername));
    }
    let name = gateway.keys.name_key("username", &username.canonical());
    let payload = account::Command::RequestUsername {
        name: name.clone(),
        username,
    };
    let asked = gateway
        .executor
        .execute::<Account>(me.account, me.request(command, payload))
        .await?;
    let settled = timeout(gateway.config.settle_max, settled(&gateway, me, &name, asked.position, live)).await;
    match settled.ok().transpose()? {
        Some((Settled::Had { spelt }, seen)) => Ok(Answer::ok(outcome(spelt.unwrap_or(wanted.username), false)).at(seen)),
        Some((Settled::Refused, _)) => Err(Error::UsernameTaken),
        None => Ok(Answer::accepted(outcome(wanted.username, true)).at(asked.position)),
    }
}

fn outcome(username: String, pending: bool) -> UsernameOutcome {
    UsernameOutcome { username, pending }
}

/// What became of a wish.
enum Settled {
    /// The account has the name or had it, spelt so; `None`: as it was asked for.
    Had { spelt: Option<String> },
    /// Somebody else has it.
    Refused,
}

/// Waits for what the name's own stream decides, until everybody can see it. Answers since which position they can.
async fn settled(
    gateway: &Shared,
    me: Device,
    name: &NameKey,
    asked: Option<Position>,
    mut live: Attached,
) -> Result<(Settled, Option<Position>), Error> {
    if let Some(position) = asked {
        let _ = gateway.models.progress.wait(position, gateway.config.settle_max).await;
    }
    loop {
        match told(gateway, me, name, asked).await? {
            Some(Outcome::Refused(position)) => return Ok((Settled::Refused, Some(position))),
            Some(Outcome::Had(position)) => return Ok((Settled::Had { spelt: None }, Some(position))),
            Some(Outcome::Has) | None => {}
        }
        if let Some(row) = holding(gateway, me, name).await? {
            let spelt = spelling(gateway, &row).await?;
            return Ok((Settled::Had { spelt }, gateway.models.checkpoint().max(asked)));
        }
        tokio::select! {
            live = live.next() => if matches!(live, Live::Closed) {
                return Err(Error::DeviceEnded);
            },
            () = sleep(LOOK_EVERY) => {}
        }
    }
}

/// The account, if it has the username and is found by it.
async fn holding(gateway: &Shared, me: Device, name: &NameKey) -> Result<Option<directory::Account>, Error> {
    let found = directory::by_username(&gateway.models.db, name).await?;
    Ok(found.filter(|row| row.id == me.account && row.username_key.as_ref() == Some(name)))
}

/// How the account's username is spelt.
async fn spelling(gateway: &Shared, row: &directory::Account) -> Result<Option<String>, Error> {
    let opener = Opener::for_accounts(&gateway.keys, &[row.id]).await?;
    let open = |username| {
        opener
            .open_closed::<account::event::Username>(&Stream::Account(row.id), username)
            .ok()
    };
    Ok(row.username.as_ref().and_then(open).map(|username| username.username))
}

/// What became of a wish, as the account's stream says.
enum Outcome {
    /// It was refused here.
    Refused(Position),
    /// The account has the name, which everybody can see soon.
    Has,
    /// It got the name, and has another one or none since here.
    Had(Position),
}

/// What became of the wish for a name, behind `asked`; the first outcome counts, so that a wish sent again is told the same.
async fn told(gateway: &Shared, me: Device, name: &NameKey, asked: Option<Position>) -> Result<Option<Outcome>, Error> {
    let mut outcome = None;
    for record in gateway.log.read(&Stream::Account(me.account), asked).await? {
        let commit = commit::decode(&record).map_err(|error| Error::Internal(error.to_string()))?;
        for read in &commit.facts {
            let commit::Read::Fact(fact) = read else { continue };
            outcome = match (&outcome, &fact.event) {
                (None, Event::Account(account::Event::UsernameRefused(refused))) if refused.name == *name => {
                    return Ok(Some(Outcome::Refused(record.position)));
                }
                (None, Event::Account(account::Event::UsernameChanged(changed))) if changed.name.as_ref() == Some(name) => {
                    Some(Outcome::Has)
                }
                (Some(_), Event::Account(account::Event::UsernameChanged(_))) => return Ok(Some(Outcome::Had(record.position))),
                _ => outcome,
            };
        }
    }
    Ok(outcome)
}

/// Gives the username up.
#[utoipa::path(delete, path = "/v1/me/username", tag = "me",
    responses((status = 204), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn drop(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    _: NoBody,
) -> Result<Answer<()>, Error> {
    let request = me.request(command, account::Command::DropUsername);
    let dropped = gateway.executor.execute::<Account>(me.account, request).await?;
    Ok(done(dropped.position))
}
