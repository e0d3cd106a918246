//! Creating what has an id of its own: what is drawn may be taken.

use anyhow::Result;
use domain::account::{self, Account, NameText};
use domain::actor::{Actor, IMPORT};
use domain::id::{AccountId, CommandId};
use infra::executor::Request;
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::client::answer;
use super::server::Server;

/// Somebody has the id that is drawn first for this command.
async fn taken(server: &Server, command: CommandId) -> Result<AccountId> {
    let drawn = server.keys.draw("account", command, 0) % AccountId::MAX.get().cast_unsigned() + 1;
    let taken = AccountId::try_from(drawn.cast_signed())?;
    let payload = account::Command::Register {
        bot: false,
        name: NameText::parse("Earlier")?,
        address: None,
    };
    let request = Request {
        by: Actor::Service(IMPORT.to_owned()),
        command: CommandId(Uuid::from_u128(1)),
        payload,
        sent_at: None,
        trace: None,
    };
    server.executor.execute::<Account>(taken, request).await?;
    Ok(taken)
}

#[tokio::test]
async fn an_account_whose_first_id_is_taken_is_created_once_however_often_it_is_asked_for() -> Result<()> {
    let server = Server::start().await?;
    let key = Uuid::from_u128(0x7000_8000_0000_0000_0007);
    let taken = taken(&server, CommandId(key)).await?;
    let create = |name: &str| {
        let request = server.admin.0.request(Method::POST, "/v1/accounts");
        answer(request.header("idempotency-key", key.to_string()).json(&json!({ "name": name })))
    };
    let first = create("Later").await?.good()?;
    assert_ne!(first["account"]["id"], taken.get());
    assert_eq!(create("Later").await?.good()?, first);
    let other = create("Another").await?;
    assert_eq!((other.status.as_u16(), other.code()), (409, "command_id_reused"));
    Ok(())
}
