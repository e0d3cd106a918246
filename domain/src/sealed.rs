//! What a human wrote or is called: encrypted with the key of one account, absent once that key is erased.
//!
//! Deciding makes content [`Sealed::Open`]; the executor closes it before the log sees it. Everything
//! that is stored holds it closed. `evolve` never looks at it.

use serde::de::DeserializeOwned;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::AccountId;

/// Content tied to one account. Stored as `{"of":77,"box":"<base64url>"}`; open content refuses to be
/// serialised, so that plaintext can't reach a log or a table by mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sealed<T> {
    /// Readable, in memory only.
    Open {
        /// Whose key closes it.
        of: AccountId,
        /// What a human wrote or is called.
        content: T,
    },
    /// Encrypted.
    Closed(Closed),
}

/// An encrypted content: whose key opens it, and the ciphertext.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// Whose key opens it.
    pub of: AccountId,
    /// Version, nonce, ciphertext and tag, in unpadded base64url.
    #[serde(rename = "box")]
    pub cipher: String,
}

impl<T> Sealed<T> {
    /// Open content of `of`.
    pub fn open(of: AccountId, content: T) -> Self {
        Self::Open { of, content }
    }

    /// The content, if it is open.
    pub fn content(&self) -> Option<&T> {
        match self {
            Self::Open { content, .. } => Some(content),
            Self::Closed(_) => None,
        }
    }
}

impl<T> Serialize for Sealed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Open { .. } => Err(S::Error::custom("open content must be sealed before it is stored")),
            Self::Closed(closed) => closed.serialize(serializer),
        }
    }
}

impl<'de, T> Deserialize<'de> for Sealed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Closed::deserialize(deserializer).map(Self::Closed)
    }
}

/// The sealed parts of an event: at most two, such as what is said and what is quoted.
pub type Parts<'a> = std::iter::Flatten<std::array::IntoIter<Option<&'a mut dyn SealedPart>, 2>>;

/// No sealed part.
pub(crate) fn nothing<'a>() -> Parts<'a> {
    [None, None].into_iter().flatten()
}

/// One sealed part, where there is one.
pub(crate) fn one<'a>(part: impl Into<Option<&'a mut dyn SealedPart>>) -> Parts<'a> {
    [part.into(), None].into_iter().flatten()
}

/// The sealed part of an event without its type: what seals and opens works on this.
pub trait SealedPart {
    /// Whose key it is tied to.
    fn of(&self) -> AccountId;

    /// The plaintext to encrypt (JSON); `None` when it is closed already.
    fn plaintext(&self) -> Option<Vec<u8>>;

    /// The encrypted content; `None` when it is open.
    fn closed(&self) -> Option<&Closed>;

    /// Replaces open content by its ciphertext.
    fn close(&mut self, cipher: String);

    /// Replaces closed content by what its plaintext holds; left closed when that can't be read.
    fn reveal(&mut self, plaintext: &[u8]);
}

impl<T: Serialize + DeserializeOwned> SealedPart for Sealed<T> {
    fn of(&self) -> AccountId {
        match self {
            Self::Open { of, .. } | Self::Closed(Closed { of, .. }) => *of,
        }
    }

    fn plaintext(&self) -> Option<Vec<u8>> {
        self.content()
            .map(|content| serde_json::to_vec(content).expect("content is strings and numbers, which JSON can hold"))
    }

    fn closed(&self) -> Option<&Closed> {
        match self {
            Self::Open { .. } => None,
            Self::Closed(closed) => Some(closed),
        }
    }

    fn close(&mut self, cipher: String) {
        let of = self.of();
        *self = Self::Closed(Closed { of, cipher });
    }

    fn reveal(&mut self, plaintext: &[u8]) {
        if let Ok(content) = serde_json::from_slice(plaintext) {
            *self = Self::Open { of: self.of(), content };
        }
    }
}
