//! What proves that somebody is who they say: one-time codes, passwords, time-based one-time passwords, recovery codes.
//!
//! Hashing takes memory and time on purpose. So it is done beside the runtime, by as many at a time as there are processors; others
//! wait, and hold up nobody but themselves.

use std::sync::Arc;
use std::thread::available_parallelism;

use domain::account::factor::{Print, RecoveryCodes, TotpSecret};
use domain::id::{CommandId, SignInId};
use domain::sign_in::CodeHash;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::seal::Keys;

mod code;
pub mod password;
mod print;
pub mod recovery;
pub mod totp;

pub use code::{Code, InvalidCode};
pub use password::{InvalidPassword, Password};
pub use recovery::{InvalidRecoveryCode, RecoveryCode};
pub use totp::Totp;

/// Makes proofs and compares them. Cheap to clone; clones share their places.
#[derive(Clone, Debug)]
pub struct Proofs {
    keys: Keys,
    clock: Clock,
    password: password::Cost,
    places: Arc<Semaphore>,
}

impl Proofs {
    /// Passwords are hashed at this cost from now on; those that were at another are still known.
    pub fn new(keys: Keys, clock: Clock, password: password::Cost) -> Self {
        let places = Arc::new(Semaphore::new(available_parallelism().map_or(2, usize::from)));
        Self {
            keys,
            clock,
            password,
            places,
        }
    }

    /// Draws a one-time code.
    pub fn code(&self) -> Code {
        Code::draw(&self.clock)
    }

    /// A one-time code of a sign-in, as it is kept: the same wherever and whenever it is asked for.
    pub async fn code_hash(&self, sign_in: SignInId, code: &Code) -> CodeHash {
        let (pepper, code) = (self.keys.pepper(), code.clone());
        self.beside(move || code.hash(sign_in, &pepper)).await
    }

    /// A new password as it is kept, in the PHC string format; refused if it is among the first that anybody would try who knows what its
    /// owner is called, and where it is reached: `own`.
    pub async fn password_hash(&self, password: &Password, own: Vec<String>) -> Result<String, InvalidPassword> {
        let (cost, password) = (self.password, password.clone());
        let mut salt = [0; password::SALT];
        self.clock.fill(&mut salt);
        self.beside(move || {
            if password.is_common(&own) {
                Err(InvalidPassword::TooCommon)
            } else {
                Ok(password.hash(&salt, cost))
            }
        })
        .await
    }

    /// By what a command that sets a password is told from one that sets another, or with another hint.
    pub async fn password_print(&self, command: CommandId, password: &Password, hint: Option<&str>) -> Print {
        let hint = hint.map(|hint| Zeroizing::new(hint.to_owned()));
        self.print(command, [password.text()].into_iter().chain(hint).collect()).await
    }

    /// By what a command that sets an authenticator app's secret is told from one that sets another.
    pub async fn totp_print(&self, command: CommandId, totp: &TotpSecret) -> Print {
        self.print(command, vec![Zeroizing::new(totp.secret.clone())]).await
    }

    async fn print(&self, command: CommandId, parts: Vec<Zeroizing<String>>) -> Print {
        let pepper = self.keys.pepper();
        self.beside(move || print::print(command, &parts, &pepper)).await
    }

    /// Whether this is the password that is kept, at whatever cost it was hashed. `None`: what is kept can't be read.
    pub async fn is_password(&self, shown: &Password, phc: &str) -> Option<bool> {
        let (shown, phc) = (shown.clone(), phc.to_owned());
        self.beside(move || shown.is(&phc)).await
    }

    /// Draws a secret for time-based one-time passwords.
    pub fn totp(&self) -> Totp {
        Totp::draw(&self.clock)
    }

    /// Draws recovery codes, to be told once; and what is kept of them.
    pub fn recovery_codes(&self) -> (Vec<RecoveryCode>, RecoveryCodes) {
        recovery::draw(&self.clock)
    }

    /// Works beside the runtime, once there is a place. Whoever gives up waiting leaves its place to others only when the work is done.
    async fn beside<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let places = Arc::clone(&self.places);
        let place = places.acquire_owned().await.expect("the semaphore is never closed");
        let worked = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        match worked.await {
            Ok(worked) => worked,
            Err(defect) => std::panic::resume_unwind(defect.into_panic()),
        }
    }
}
