//! Who is found by a phone number.

use anyhow::Result;
use domain::account::address::AddressUse;
use domain::account::command::NewAddress;
use domain::account::{Account, Command};
use domain::actor::Actor;
use domain::id::CommandId;
use infra::contact::Contact;
use infra::executor::Request;
use serde_json::{Value, json};

use super::client::Person;
use super::server::Server;

const ALICES: &str = "+49 151 23456789";

impl Server {
    /// Somebody is reached at this number from now on.
    async fn is_reached_at(&self, person: &Person, number: &str) -> Result<()> {
        let contact = Contact::phone(number)?;
        let address = NewAddress {
            purpose: AddressUse::Phone,
            name: contact.key(&self.keys),
            address: contact.as_str().to_owned(),
        };
        let request = Request {
            by: Actor::Device(person.account.try_into()?, person.device.try_into()?),
            command: CommandId(heliograph_tests::chance::command_id()),
            payload: Command::SetAddress {
                address,
                shown: None,
                tries: None,
            },
            sent_at: None,
            trace: None,
        };
        let set = self.executor.execute::<Account>(person.account.try_into()?, request).await?;
        let position = set.position.expect("something happened");
        Ok(self.models.progress.wait(position, heliograph_tests::deadline::PATIENCE).await?)
    }
}

async fn found(by: &Person, phones: &[&str]) -> Result<Value> {
    let answer = by.post("/v1/users/by-phone", json!({ "phones": phones })).await?.good()?;
    Ok(answer["found"].clone())
}

async fn finds(by: &Person, phone: &str) -> Result<bool> {
    Ok(found(by, &[phone]).await? != json!([]))
}

#[tokio::test]
async fn who_has_a_number_is_found_by_it_however_it_is_spelt() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    server.is_reached_at(&alice, ALICES).await?;
    let found = found(&bob, &["+49 151 23456780", "it is late", "+4915123456789"]).await?;
    assert_eq!(found.as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!((&found[0]["index"], &found[0]["user"]["name"]), (&json!(2), &json!("Alice")));
    assert!(!found.to_string().contains("23456789"), "{found}");
    server.is_reached_at(&alice, "+49 151 23456780").await?;
    assert!(!finds(&bob, ALICES).await?, "she is not reached there any more");
    server.is_reached_at(&bob, ALICES).await?;
    assert!(finds(&alice, ALICES).await?);
    Ok(())
}

#[tokio::test]
async fn who_is_found_by_a_number_is_for_its_owner_to_say() -> Result<()> {
    let server = Server::start().await?;
    let (alice, bob) = (server.person("Alice").await?, server.person("Bob").await?);
    server.is_reached_at(&alice, ALICES).await?;
    let wish = async |allowed: &str| {
        let privacy = json!({ "find_by_phone": allowed });
        alice.send(reqwest::Method::PATCH, "/v1/me/privacy", privacy).await
    };
    for (allowed, may) in [("nobody", false), ("contacts", false), ("everybody", true)] {
        assert_eq!(wish(allowed).await?.status, 204);
        assert_eq!(finds(&bob, ALICES).await?, may, "{allowed}");
    }
    wish("contacts").await?;
    let contact = format!("/v1/me/contacts/{}", bob.account);
    assert_eq!(alice.send(reqwest::Method::PUT, &contact, json!({})).await?.status, 204);
    assert!(finds(&bob, ALICES).await?);
    let blocked = format!("/v1/me/blocked/{}", bob.account);
    assert_eq!(alice.send(reqwest::Method::PUT, &blocked, json!({})).await?.status, 204);
    assert!(!finds(&bob, ALICES).await?, "whoever is blocked finds nobody");
    Ok(())
}

#[tokio::test]
async fn only_so_many_numbers_are_looked_for_at_once() -> Result<()> {
    let server = Server::start().await?;
    let alice = server.person("Alice").await?;
    let phones = |count: usize| json!({ "phones": vec!["+4915123456789"; count] });
    alice.post("/v1/users/by-phone", phones(100)).await?.good()?;
    let refused = alice.post("/v1/users/by-phone", phones(101)).await?;
    assert_eq!(refused.code(), "invalid_request");
    Ok(())
}
