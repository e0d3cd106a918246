//! Whom a contact lets in, and what else is asked for.

use anyhow::{Context, Result};
use domain::account::address::AddressUse;
use domain::account::command::NewAddress;
use domain::account::factor::{Factor, PasswordSecret, Shown};
use domain::account::{Account, Command};
use domain::actor::{Actor, SIGN_IN};
use domain::aggregate::Aggregate;
use domain::id::{CommandId, SignInId};
use domain::name::{self, Name};
use domain::sign_in::event::{Channel, Purpose};
use domain::sign_in::{self, Limits, SignIn};
use heliograph_tests::chance::command_id;
use infra::clock::Clock;
use infra::config;
use infra::contact::Contact;
use infra::executor::Request;
use infra::proof::{Password, Proofs, RecoveryCode};
use serde_json::{Value, json};

use super::client::{Answer, Holder, Person};
use super::server::Server;

const ALICES: &str = "+4915123456789";
const OTHER: &str = "+4915123456780";
const CODE: &str = "123456";
const PASSWORD: &str = "correct horse battery staple";

/// Somebody who signs in with a phone number, and knows the code.
struct Visitor<'a> {
    server: &'a Server,
    number: &'static str,
    sign_in: SignInId,
}

impl Server {
    fn proofs(&self) -> Proofs {
        let cost = config::password::Password::default().cost();
        Proofs::new(self.keys.clone(), Clock::system(), cost)
    }

    async fn ask<A: Aggregate>(&self, by: Actor, id: A::Id, payload: A::Command) -> Result<()> {
        let request = Request {
            by,
            command: CommandId(command_id()),
            payload,
            sent_at: None,
            trace: None,
        };
        self.executor.execute::<A>(id, request).await?;
        Ok(())
    }

    async fn asks(&self, person: &Person, payload: Command) -> Result<()> {
        let by = Actor::Device(person.account.try_into()?, person.device.try_into()?);
        self.ask::<Account>(by, person.account.try_into()?, payload).await
    }

    /// Somebody is reached at this number, and signs in with it, from now on.
    async fn signs_in_with(&self, person: &Person, number: &str) -> Result<()> {
        let (contact, account) = (Contact::phone(number)?, person.account.try_into()?);
        let key = contact.key(&self.keys);
        let service = || Actor::Service(SIGN_IN.to_owned());
        let claim = name::Command::Claim {
            account,
            fact: None,
            until: domain::time::Timestamp(i64::MAX),
        };
        self.ask::<Name>(service(), key.clone(), claim).await?;
        let address = NewAddress {
            purpose: AddressUse::Phone,
            name: key.clone(),
            address: contact.as_str().to_owned(),
        };
        let (shown, tries) = (None, None);
        self.asks(person, Command::SetAddress { address, shown, tries }).await?;
        self.ask::<Name>(service(), key, name::Command::Take { account, fact: None }).await
    }

    /// Begins a sign-in whose code is known.
    async fn visitor(&self, number: &'static str) -> Result<Visitor<'_>> {
        let sign_in = SignInId(command_id());
        let begin = sign_in::Command::Begin {
            sign_in,
            purpose: Purpose::SignIn,
            channel: Channel::Contact,
            code: self.proofs().code_hash(sign_in, &CODE.parse()?).await,
            limits: Limits::default(),
            now: Clock::system().now(),
        };
        let key = Contact::phone(number)?.key(&self.keys);
        self.ask::<SignIn>(Actor::Service(SIGN_IN.to_owned()), key, begin).await?;
        Ok(Visitor {
            server: self,
            number,
            sign_in,
        })
    }

    /// Has a password and one-time passwords asked for; the recovery codes that stand for these. The last of them is used.
    async fn sets_both_factors(&self, person: &Person) -> Result<Vec<RecoveryCode>> {
        let proofs = self.proofs();
        let (plain, codes) = proofs.recovery_codes();
        let totp = Command::SetTotp {
            totp: proofs.totp().secret(),
            step: 0,
            codes,
            shown: None,
            tries: None,
        };
        self.asks(person, totp).await?;
        let shown = self.right(person, Factor::RecoveryCode, Some(9)).await?;
        self.sets_password(person, PASSWORD, shown).await?;
        Ok(plain)
    }

    /// A factor that is right, as the account has it now.
    async fn right(&self, person: &Person, factor: Factor, code: Option<u32>) -> Result<Option<Shown>> {
        let account = self.executor.look::<Account>(person.account.try_into()?).await?;
        Ok(Some(Shown {
            factor,
            revision: account.factors().revision(),
            right: true,
            step: None,
            code,
            now: Clock::system().now(),
        }))
    }

    /// Has this password asked for.
    async fn sets_password(&self, person: &Person, password: &str, shown: Option<Shown>) -> Result<()> {
        let password = Password::parse(password.to_owned())?;
        let phc = self.proofs().password_hash(&password, Vec::new()).await?;
        let password = PasswordSecret { phc, hint: None };
        let tries = None;
        self.asks(person, Command::SetPassword { password, shown, tries }).await
    }
}

impl Visitor<'_> {
    async fn post(&self, step: &str, fields: Value) -> Result<Answer> {
        let mut body = fields;
        body["phone"] = json!(self.number);
        body["device"] = json!({"name": "laptop"});
        let path = format!("/v1/sign-in/{}/{step}", self.sign_in.0);
        Holder::new(&self.server.url, "").post(&path, body).await
    }

    /// Shows the code.
    async fn code(&self) -> Result<Answer> {
        self.post("code", json!({"code": CODE})).await
    }

    /// What else is asked for, once the code is shown: a password, a one-time password.
    async fn wanted(&self) -> Result<(bool, bool)> {
        wanted(&self.code().await?.good()?)
    }

    async fn password(&self, password: &str) -> Result<Answer> {
        self.post("factor", json!({"password": password})).await
    }

    async fn recovery_code(&self, code: &RecoveryCode) -> Result<Answer> {
        self.post("factor", json!({"recovery_code": code.reveal()})).await
    }
}

fn wanted(step: &Value) -> Result<(bool, bool)> {
    anyhow::ensure!(step["next"] == "factors", "{step}");
    Ok((step["password"].is_object(), step["totp"].as_bool().context("totp")?))
}

/// Nothing releases names here: a reactor that is far behind does not either.
#[tokio::test]
async fn a_number_that_was_given_up_lets_nobody_in_though_its_name_waits_to_be_released() -> Result<()> {
    let server = Server::start().await?;
    let alice = server.person("Alice").await?;
    server.signs_in_with(&alice, ALICES).await?;
    let done = server.visitor(ALICES).await?.code().await?.good()?;
    assert_eq!((&done["next"], &done["account"]), (&json!("done"), &json!(alice.account)));
    let former = server.visitor(ALICES).await?;
    server.signs_in_with(&alice, OTHER).await?;
    assert_eq!(former.code().await?.code(), "unavailable");
    let done = server.visitor(OTHER).await?.code().await?.good()?;
    assert_eq!(done["account"], json!(alice.account));
    Ok(())
}

#[tokio::test]
async fn each_sign_in_shows_each_factor_itself() -> Result<()> {
    let server = Server::start().await?;
    let alice = server.person("Alice").await?;
    server.signs_in_with(&alice, ALICES).await?;
    let codes = server.sets_both_factors(&alice).await?;
    let (first, second) = (server.visitor(ALICES).await?, server.visitor(ALICES).await?);
    assert_eq!(first.password(PASSWORD).await?.code(), "code_not_shown");
    assert_eq!((first.wanted().await?, second.wanted().await?), ((true, true), (true, true)));
    assert_eq!(wanted(&first.password(PASSWORD).await?.good()?)?, (false, true));
    assert_eq!(second.wanted().await?, (true, true), "what one has shown is not the other's");
    assert_eq!(second.recovery_code(&codes[9]).await?.code(), "wrong_factor", "it was used");
    assert_eq!(wanted(&second.recovery_code(&codes[0]).await?.good()?)?, (true, false));
    assert_eq!(first.recovery_code(&codes[0]).await?.code(), "wrong_factor");
    let done = first.recovery_code(&codes[1]).await?.good()?;
    assert_eq!((&done["next"], done["token"].is_string()), (&json!("done"), true), "{done}");
    let again = first.code().await?.good()?;
    assert_eq!((&again["token"], &again["repeated"]), (&Value::Null, &json!(true)));
    assert_eq!(second.wanted().await?, (true, false));
    Ok(())
}

#[tokio::test]
async fn a_factor_that_changes_meanwhile_has_to_be_shown_anew() -> Result<()> {
    let server = Server::start().await?;
    let alice = server.person("Alice").await?;
    server.signs_in_with(&alice, ALICES).await?;
    server.sets_both_factors(&alice).await?;
    let late = server.visitor(ALICES).await?;
    assert_eq!(late.wanted().await?, (true, true));
    assert_eq!(wanted(&late.password(PASSWORD).await?.good()?)?, (false, true));
    let shown = server.right(&alice, Factor::Password, None).await?;
    server.sets_password(&alice, "another horse, another staple", shown).await?;
    assert_eq!(late.wanted().await?, (true, true), "of the former password nothing counts");
    assert_eq!(late.password(PASSWORD).await?.code(), "wrong_factor");
    Ok(())
}

#[tokio::test]
async fn wrong_factors_of_all_sign_ins_count_together_and_then_the_right_one_is_not_looked_at() -> Result<()> {
    let server = Server::start().await?;
    let alice = server.person("Alice").await?;
    server.signs_in_with(&alice, ALICES).await?;
    let codes = server.sets_both_factors(&alice).await?;
    let (first, second) = (server.visitor(ALICES).await?, server.visitor(ALICES).await?);
    first.code().await?.good()?;
    second.code().await?.good()?;
    for by in [&first, &second, &first, &second, &first] {
        assert_eq!(by.password("wrong horse, wrong staple").await?.code(), "wrong_factor");
    }
    for by in [&first, &second] {
        assert_eq!(by.password(PASSWORD).await?.code(), "too_many_tries");
        assert_eq!(by.recovery_code(&codes[0]).await?.code(), "too_many_tries");
    }
    assert_eq!(first.wanted().await?, (true, true));
    Ok(())
}
