//! What passes through databases and brokers and is of no account: encrypted with keys of the installation's.

use zeroize::Zeroizing;

use super::Keys;
use super::cipher::{Cipher, Hash};

/// What is encrypted so, each with a key of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passing {
    /// What waits to be delivered. Bound to its row.
    Outbox,
    /// What one process tells another. Bound to the question that it belongs to.
    Signals,
}

/// Their keys, derived from the installation's secret.
pub(super) struct Ciphers {
    outbox: Cipher,
    signals: Cipher,
}

impl Ciphers {
    pub(super) fn derive(secret: &[u8; 32]) -> Self {
        let cipher = |purpose| Cipher::new(&Hash::key(secret, purpose));
        Self {
            outbox: cipher("outbox"),
            signals: cipher("signals"),
        }
    }

    fn of(&self, what: Passing) -> &Cipher {
        match what {
            Passing::Outbox => &self.outbox,
            Passing::Signals => &self.signals,
        }
    }
}

impl Keys {
    /// Encrypts what passes; it opens only where the same is named that it is bound to.
    pub fn seal_passing(&self, what: Passing, bound_to: &str, plaintext: &[u8]) -> String {
        let cipher = self.shared.secrets.passing.of(what);
        cipher.seal(&self.shared.store.clock, bound_to.as_bytes(), plaintext)
    }

    /// Decrypts it; `None` when it is damaged, of another installation, or bound to something else.
    pub fn open_passing(&self, what: Passing, bound_to: &str, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
        let cipher = self.shared.secrets.passing.of(what);
        cipher.open(bound_to.as_bytes(), sealed).map(Zeroizing::new)
    }
}
