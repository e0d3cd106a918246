//! One key's encryption: boxes as they are stored, and what is derived from the key.

use std::hash::Hasher as _;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use siphasher::sip::SipHasher24;
use zeroize::Zeroizing;

use crate::clock::Clock;

/// The first byte of every box.
const VERSION: u8 = 1;
const NONCE: usize = 24;
const TAG: usize = 16;

/// Encrypts and decrypts with one key; forgets it when dropped.
#[derive(Clone)]
pub(super) struct Cipher(XChaCha20Poly1305);

impl Cipher {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// The box: base64url-nopad(version ‖ nonce ‖ ciphertext and tag).
    pub(super) fn seal(&self, clock: &Clock, bound_to: &[u8], plaintext: &[u8]) -> String {
        let mut nonce = [0; NONCE];
        clock.fill(&mut nonce);
        let mut bytes = Vec::with_capacity(1 + NONCE + plaintext.len() + TAG);
        bytes.push(VERSION);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(plaintext);
        let tag = self
            .0
            .encrypt_inout_detached(&XNonce::from(nonce), bound_to, (&mut bytes[1 + NONCE..]).into())
            .expect("no text is near the cipher's limit of 256 GiB");
        bytes.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What the box holds; `None` when it is damaged, of another key, or bound to something else.
    pub(super) fn open(&self, bound_to: &[u8], sealed: &str) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (version, rest) = bytes.split_first()?;
        if *version != VERSION || rest.len() < NONCE + TAG {
            return None;
        }
        let (nonce, ciphertext) = rest.split_at(NONCE);
        let mut plaintext = ciphertext.to_vec();
        let nonce = XNonce::try_from(nonce).ok()?;
        self.0.decrypt_in_place(&nonce, bound_to, &mut plaintext).ok()?;
        Some(plaintext)
    }
}

/// A keyed hash with a key of its own, derived from another for one purpose.
#[derive(Clone)]
pub(super) struct Hash(Hmac<Sha256>);

impl Hash {
    pub(super) fn derive(key: &[u8; 32], purpose: &str) -> Self {
        Self(Self::keyed(&Self::key(key, purpose)))
    }

    /// A key derived from another for one purpose.
    pub(super) fn key(key: &[u8; 32], purpose: &str) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(Self(Self::keyed(key)).of(&[purpose.as_bytes()]))
    }

    /// The hash of the parts, one behind the other.
    pub(super) fn of(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
        Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
    }
}

/// A keyed hash of 64 bits for what is hashed by the thousand: SipHash-2-4 (<https://www.aumasson.jp/siphash/siphash.pdf>), whose values nobody
/// tells from chance without the key.
#[derive(Clone)]
pub(super) struct ShortHash(Zeroizing<[u8; 16]>);

impl ShortHash {
    pub(super) fn derive(key: &[u8; 32], purpose: &str) -> Self {
        let key = Hash::key(key, purpose);
        Self(Zeroizing::new(*key.first_chunk().expect("16 are less than 32")))
    }

    /// The hash of the parts, one behind the other.
    pub(super) fn of(&self, parts: &[&[u8]]) -> u64 {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        for part in parts {
            hasher.write(part);
        }
        hasher.finish()
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was sealed once, wherever and whenever, is opened for ever.
    #[test]
    fn a_box_is_opened_as_its_golden_json_says() {
        let golden = include_str!("../../../domain/tests/golden/stored/box.json");
        let golden: Vec<serde_json::Value> = serde_json::from_str(golden).unwrap();
        assert!(!golden.is_empty());
        for example in golden {
            let part = |name: &str| example[name].as_str().unwrap();
            let key: [u8; 32] = std::array::from_fn(|at| u8::from_str_radix(&part("key")[2 * at..2 * at + 2], 16).unwrap());
            let opened = Cipher::new(&key).open(part("bound_to").as_bytes(), part("box"));
            assert_eq!(opened.unwrap(), part("plaintext").as_bytes());
        }
    }
    #[test]
    fn a_short_hash_is_what_siphash_makes_of_all_parts() {
        let hash = ShortHash(Zeroizing::new(std::array::from_fn(|at| u8::try_from(at).unwrap())));
        // The example of the paper's appendix A.
        let message: [u8; 15] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        assert_eq!(hash.of(&[&message[..4], &message[4..]]), 0xa129_ca61_49be_45e5);
        assert_ne!(hash.of(&[&message]), ShortHash::derive(&[7; 32], "word").of(&[&message]));
    }
}
