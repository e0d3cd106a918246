//! Prints: by which a command's new secret is told from another one, wherever and whenever it is sent again.
//!
//! What a command says is digested into the log. A digest is made in a microsecond, and so would let a password be guessed by who has the log
//! and the keys; a print costs as much as a password's hash, for which it is no help: it is salted by its command.

use argon2::{Algorithm, Argon2, Params, Version};
use domain::account::factor::Print;
use domain::id::CommandId;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::seal::hex;

/// Equal in all processes, of all versions, for as long as a command may be sent again.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const LENGTH: usize = 32;

/// The print of what a command holds, in parts.
pub(super) fn print(command: CommandId, parts: &[Zeroizing<String>], pepper: &[u8; 32]) -> Print {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(LENGTH)).expect("constants within Argon2's limits");
    let argon2 = Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params).expect("32 bytes are no long secret");
    let salt = Sha256::new()
        .chain_update(b"heliograph command's secret\0")
        .chain_update(command.0.as_bytes());
    let mut whole = Sha256::new();
    for part in parts {
        whole.update((part.len() as u64).to_be_bytes());
        whole.update(part.as_bytes());
    }
    let whole = Zeroizing::new(<[u8; 32]>::from(whole.finalize()));
    let mut print = [0; LENGTH];
    argon2
        .hash_password_into(&*whole, &salt.finalize()[..16], &mut print)
        .expect("32 bytes and a salt of 16 are within Argon2's limits");
    Print(hex(&print))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn of(command: u128, parts: &[&str]) -> Print {
        let parts: Vec<_> = parts.iter().map(|part| Zeroizing::new((*part).to_owned())).collect();
        print(CommandId(Uuid::from_u128(command)), &parts, &[7; 32])
    }

    #[test]
    fn a_print_is_of_a_command_and_of_all_that_it_holds() {
        let first = of(1, &["correct horse", "an animal"]);
        assert_eq!(first, of(1, &["correct horse", "an animal"]));
        for other in [
            of(2, &["correct horse", "an animal"]),
            of(1, &["correct horse", "an anima"]),
            of(1, &["correct hors", "ean animal"]),
            of(1, &["correct horse"]),
        ] {
            assert_ne!(first, other);
        }
        assert!(!format!("{first:?}").contains(&first.0));
    }
}
