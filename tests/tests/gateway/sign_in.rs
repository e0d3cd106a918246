//! Whom a contact lets in, and what else is asked for.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use domain::account::address::AddressUse;
use domain::account::command::NewAddress;
use domain::account::factor::{Factor, PasswordSecret, Shown};
use domain::account::{Account, Command};
use domain::actor::{Actor, SIGN_IN};
use domain::aggregate::Aggregate;
use domain::id::{AccountId, CommandId, SignInId};
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
use uuid::Uuid;

use super::client::{Answer, Holder, Person};
use super::server::Server;

const ALICES: &str = "+4915123456789";
const OTHER: &str = "+4915123456780";
const RECOVERY: &str = "alice@example.org";
const CODE: &str = "123456";
/// Namespace of sign-ins' ids.
const SIGN_INS: Uuid = Uuid::from_u128(0x6865_6c69_6f67_7261_7068_0073_6967_6e00);
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
        let (contact, account): (_, AccountId) = (Contact::phone(number)?, person.account.try_into()?);
        let key = contact.key(&self.keys);
        let service = || Actor::Service(SIGN_IN.to_owned());
        let claim = name::Command::Claim {
            holder: name::Holder::from(account),
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
        self.ask::<Name>(
            service(),
            key,
            name::Command::Take {
                holder: name::Holder::from(account),
                fact: None,
            },
        )
        .await
    }

    /// Begins a sign-in whose code is known.
    async fn visitor(&self, number: &'static str) -> Result<Visitor<'_>> {
        self.begun(number, Purpose::SignIn).await
    }

    /// Has a code sent to a number, which is known, for whatever.
    async fn begun(&self, number: &'static str, purpose: Purpose) -> Result<Visitor<'_>> {
        let sign_in = SignInId(command_id());
        self.begins(&Contact::phone(number)?, sign_in, purpose).await?;
        Ok(Visitor {
            server: self,
            number,
            sign_in,
        })
    }

    async fn begins(&self, contact: &Contact, sign_in: SignInId, purpose: Purpose) -> Result<()> {
        let begin = sign_in::Command::Begin {
            sign_in,
            purpose,
            channel: Channel::Contact,
            code: self.proofs().code_hash(sign_in, &CODE.parse()?).await,
            limits: Limits::default(),
            now: Clock::system().now(),
        };
        let by = Actor::Service(SIGN_IN.to_owned());
        self.ask::<SignIn>(by, contact.key(&self.keys), begin).await
    }

    /// Has a code, which is known, sent to the account's recovery address for a visitor; for whatever.
    async fn recovers(&self, visitor: &Visitor<'_>, purpose: Purpose) -> Result<()> {
        let contact = Contact::email(RECOVERY)?;
        let name = format!("{}.{}", contact.key(&self.keys), visitor.sign_in.0);
        let sign_in = SignInId(Uuid::new_v5(&SIGN_INS, name.as_bytes()));
        self.begins(&contact, sign_in, purpose).await
    }

    /// Is reached there, should the password be forgotten.
    async fn recovers_at(&self, person: &Person, shown: Option<Shown>) -> Result<()> {
        let contact = Contact::email(RECOVERY)?;
        let address = NewAddress {
            purpose: AddressUse::Recovery,
            name: contact.key(&self.keys),
            address: contact.as_str().to_owned(),
        };
        let tries = None;
        self.asks(person, Command::SetAddress { address, shown, tries }).await
    }

    /// Has a password and one-time passwords asked for; the recovery codes that stand for these. The last of them is used.
    async fn sets_both_factors(&self, person: &Person) -> Result<Vec<RecoveryCode>> {
        let proofs = self.proofs();
        let (plain, codes) = proofs.recovery_codes();
        let totp = proofs.totp().secret();
        let totp = Command::SetTotp {
            print: proofs.totp_print(CommandId(command_id()), &totp).await,
            totp,
            step: Some(0),
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
        let proofs = self.proofs();
        let print = proofs.password_print(CommandId(command_id()), &password, None).await;
        let phc = proofs.password_hash(&password, Vec::new()).await?;
        let set = Command::SetPassword {
            password: PasswordSecret { phc, hint: None },
            print,
            shown,
            tries: None,
        };
        self.asks(person, set).await
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

#[tokio::test]
async fn a_code_for_something_else_lets_nobody_in() -> Result<()> {
    let server = Server::start().await?;
    let alice = server.person("Alice").await?;
    server.signs_in_with(&alice, ALICES).await?;
    let account = alice.account.try_into()?;
    for purpose in [Purpose::Address(account), Purpose::Recovery(account)] {
        let visitor = server.begun(ALICES, purpose).await?;
        assert_eq!(visitor.code().await?.code(), "sign_in_not_found", "{purpose:?}");
        assert_eq!(visitor.password(PASSWORD).await?.code(), "sign_in_not_found", "{purpose:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_forgotten_password_needs_both_codes_and_the_other_factor_still() -> Result<()> {
    let server = Server::start().await?;
    let alice = server.person("Alice").await?;
    server.signs_in_with(&alice, ALICES).await?;
    let codes = server.sets_both_factors(&alice).await?;
    let shown = server.right(&alice, Factor::RecoveryCode, Some(8)).await?;
    server.recovers_at(&alice, shown).await?;
    let account = alice.account.try_into()?;
    let (visitor, other) = (server.visitor(ALICES).await?, server.visitor(ALICES).await?);
    let code = json!({"code": CODE});
    assert_eq!(visitor.post("recovery/code", code.clone()).await?.code(), "code_not_shown");
    assert_eq!((visitor.wanted().await?, other.wanted().await?), ((true, true), (true, true)));
    server.recovers(&other, Purpose::SignIn).await?;
    assert_eq!(other.post("recovery/code", code.clone()).await?.code(), "sign_in_not_found");
    server.recovers(&visitor, Purpose::Recovery(account)).await?;
    let wrong = visitor.post("recovery/code", json!({"code": "654321"})).await?;
    assert_eq!(wrong.code(), "wrong_code");
    assert_eq!(visitor.wanted().await?, (true, true));
    assert_eq!(wanted(&visitor.post("recovery/code", code).await?.good()?)?, (false, true));
    let done = visitor.recovery_code(&codes[0]).await?.good()?;
    assert_eq!(done["next"], "done", "{done}");
    Ok(())
}

/// A lower bound: on a busy machine it takes as long as it takes.
#[tokio::test]
async fn what_is_asked_before_anything_is_proved_is_not_answered_at_once() -> Result<()> {
    let server = Server::start().await?;
    let visitor = server.visitor(ALICES).await?;
    let stranger = Holder::new(&server.url, "");
    let first = json!({"phone": OTHER, "channel": "devices"});
    let another = json!({"phone": visitor.number, "channel": "devices"});
    let path_of_another = format!("/v1/sign-in/{}/resend", visitor.sign_in.0);
    for (path, body) in [("/v1/sign-in", first), (&*path_of_another, another)] {
        let asked_at = Instant::now();
        stranger.post(path, body).await?;
        assert!(asked_at.elapsed() >= Duration::from_millis(100), "{path}");
    }
    Ok(())
}
