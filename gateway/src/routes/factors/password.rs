//! `/v1/me/password`: set, changed and removed.

use axum::extract::State;
use domain::account::event::Address;
use domain::account::factor::PasswordSecret;
use domain::account::{self, Account, HintText};
use domain::id::AccountId;
use infra::config::secret::Secret;
use infra::proof::Password;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::answer::{Answer, done};
use crate::caller::{Device, Unguarded};
use crate::error::{Error, ErrorAnswer};
use crate::extract::{CommandKey, Json, JsonOrNone};
use crate::factors::{Evidence, GivenFactor};
use crate::{Gateway, Shared};

/// A new password, and the present factor if one is set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    /// The new one: 8 to 256 characters.
    #[schema(value_type = String)]
    new: Secret,
    /// What reminds its owner of it: 1 to 64 characters, told to who has shown the code. Absent: nothing does.
    #[schema(value_type = Option<String>)]
    hint: Option<Secret>,
    /// The present password, if one is set; else this, `totp` or `recovery_code` where that is.
    #[schema(value_type = Option<String>)]
    password: Option<Secret>,
    /// A time-based one-time password.
    #[schema(value_type = Option<String>)]
    totp: Option<Secret>,
    /// A recovery code, in its place.
    #[schema(value_type = Option<String>)]
    recovery_code: Option<Secret>,
}

/// Has a password asked for when a device signs in; the first, or another.
#[utoipa::path(put, path = "/v1/me/password", tag = "me", request_body = NewPassword,
    responses((status = 204), (status = 429, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn set(
    Unguarded(me): Unguarded,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    Json(new): Json<NewPassword>,
) -> Result<Answer<()>, Error> {
    let password = Password::parse(new.new.reveal().to_owned())?;
    let hint = hint(new.hint.as_ref(), &password)?;
    let given = Evidence::parse(new.password, new.totp, new.recovery_code)?;
    let own = gateway.own_words(me.account).await?;
    let phc = gateway.proofs.password_hash(&password, own).await?;
    let print = gateway.proofs.password_print(command, &password, hint.as_deref()).await;
    let password = PasswordSecret { phc, hint };
    let tries = gateway.factor_tries();
    let set = |shown| account::Command::SetPassword {
        password: password.clone(),
        print: print.clone(),
        shown,
        tries,
    };
    let set = gateway.with_factor(me, command, given, set).await?;
    Ok(done(set.position))
}

/// Has no password asked for any more.
#[utoipa::path(delete, path = "/v1/me/password", tag = "me", request_body = GivenFactor,
    responses((status = 204), (status = 429, body = ErrorAnswer), (status = "4XX", body = ErrorAnswer)))]
pub(crate) async fn remove(
    me: Device,
    State(gateway): State<Shared>,
    CommandKey(command): CommandKey,
    JsonOrNone(given): JsonOrNone<GivenFactor>,
) -> Result<Answer<()>, Error> {
    let tries = gateway.factor_tries();
    let remove = |shown| account::Command::RemovePassword { shown, tries };
    let removed = gateway.with_factor(me, command, given.evidence()?, remove).await?;
    Ok(done(removed.position))
}

/// The hint is told to who does not know the password.
fn hint(hint: Option<&Secret>, password: &Password) -> Result<Option<String>, Error> {
    let Some(hint) = hint else { return Ok(None) };
    let hint = HintText::parse(hint.reveal()).map_err(|invalid| Error::Text("hint", invalid))?;
    if password.is_told_by(hint.as_str()) {
        return Err(Error::HintTellsPassword);
    }
    Ok(Some(hint.as_str().to_owned()))
}

impl Gateway {
    /// What anybody would try who knows an account: what it is called, and where it is reached.
    async fn own_words(&self, id: AccountId) -> Result<Vec<String>, Error> {
        let account = self.executor.look::<Account>(id).await?;
        let mut texts = Vec::new();
        if let Some(profile) = account.profile() {
            texts.push(self.kept(id, profile).await?.name);
        }
        for (_, kept) in account.addresses() {
            texts.push(self.kept::<Address>(id, &kept.address).await?.address);
        }
        Ok(words(texts))
    }
}

/// These texts, and the words in them.
fn words(texts: Vec<String>) -> Vec<String> {
    let words = texts.iter().flat_map(|text| text.split(|char: char| !char.is_alphanumeric()));
    let words: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_owned).collect();
    [texts, words].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Result<Option<String>, Error> {
        let password = Password::parse("correct horse".to_owned()).unwrap();
        hint(Some(&Secret::from(text.to_owned())), &password)
    }

    #[test]
    fn an_address_is_tried_as_a_whole_and_word_by_word() {
        let words = words(vec!["Alice L.".to_owned(), "alice.wonder@example.org".to_owned()]);
        for word in ["Alice L.", "alice.wonder@example.org", "Alice", "wonder", "example"] {
            assert!(words.iter().any(|known| known == word), "{word}");
        }
        assert!(words.iter().all(|word| !word.is_empty()));
    }

    #[test]
    fn a_hint_reminds_and_does_not_tell() {
        assert_eq!(told(" an animal ").unwrap().as_deref(), Some("an animal"));
        assert!(matches!(told("a Correct Horse!"), Err(Error::HintTellsPassword)));
        assert!(matches!(told(" "), Err(Error::Text("hint", _))));
    }
}
