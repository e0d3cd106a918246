//! What stands where in plain text: secrets are looked for in whatever shape, in the files of a world and in what was told.

use std::fs;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem;

use crate::backend::Backend;
use crate::world::World;

/// Characters of a token's random part.
const SECRET: usize = 43;
/// Those who may read the folder own the installation: what they have to know stands in these, and nowhere else.
const OWNERS: [&str; 2] = ["admin.token", "master.key"];

/// What must stand nowhere.
#[derive(Debug, Default)]
pub struct Secrets {
    codes: Vec<String>,
    owners: Vec<String>,
    /// How they may be written, each with what is said when it is found.
    shapes: Vec<(String, Vec<u8>)>,
}

impl Secrets {
    /// Words: what people wrote, their names, addresses and passwords.
    pub fn words(words: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut secrets = Self::default();
        for word in words {
            secrets.word(word);
        }
        secrets
    }

    /// A word; long enough not to come about by chance.
    pub fn word(&mut self, word: impl Into<String>) {
        let word = word.into();
        self.shapes.extend(shapes(&word).into_iter().map(|shape| (word.clone(), shape)));
    }

    /// A one-time code.
    pub fn code(&mut self, code: impl Into<String>) {
        let code = code.into();
        // As it is it needs a closer look: six digits come about by chance.
        let further = shapes(&code).into_iter().skip(1);
        self.shapes.extend(further.map(|shape| (code.clone(), shape)));
        self.codes.push(code);
    }

    /// The token of a device or a service: its random part, also as the bytes that it was drawn as.
    pub fn token(&mut self, token: &str) {
        let secret = &token[token.len() - SECRET..];
        let drawn = URL_SAFE_NO_PAD.decode(secret).expect("a token's random part is base64");
        self.shapes.push((token.to_owned(), hex(&drawn)));
        self.shapes.push((token.to_owned(), drawn));
        self.word(secret);
    }

    /// The operator's token and the master key, which stand in files of their own, and nowhere else.
    pub fn of_the_owner(&mut self, world: &World) {
        for file in OWNERS {
            let secret = fs::read_to_string(world.server.folder().join(file)).expect("the first run makes it");
            self.owners.push(secret.trim().to_owned());
        }
    }

    /// Panics if any of them stands there.
    pub fn not_in(&self, place: &str, bytes: &[u8]) {
        self.search().not_in(place, bytes);
    }

    /// Panics if any of them stands in a file of the server, the broker or the database, or in what any of them said.
    pub async fn nowhere_in(&self, world: &World) {
        let search = self.search();
        for (file, bytes) in files_of(world).await {
            search.not_in(&file.display().to_string(), &bytes);
        }
    }

    fn search(&self) -> Search<'_> {
        let shapes = self.shapes.iter().map(|(_, shape)| shape);
        Search {
            secrets: self,
            shapes: AhoCorasick::new(shapes).expect("there are not so many"),
        }
    }
}

/// A search for all of them at once.
struct Search<'a> {
    secrets: &'a Secrets,
    shapes: AhoCorasick,
}

impl Search<'_> {
    fn not_in(&self, place: &str, bytes: &[u8]) {
        let Secrets { codes, owners, shapes } = self.secrets;
        let found = self.shapes.find(bytes).map(|found| &shapes[found.pattern().as_usize()].0);
        assert_eq!(found, None, "stands in {place}");
        let code = codes.iter().find(|code| has_code(bytes, code));
        assert_eq!(code, None, "stands in {place}");
        let name = Path::new(place).file_name();
        if !OWNERS.iter().any(|file| name.is_some_and(|name| name == *file)) {
            let found = owners.iter().any(|secret| memmem::find(bytes, secret.as_bytes()).is_some());
            assert!(!found, "what only the owner may know stands in {place}");
        }
    }
}

/// Every file of the server, the broker and the database, and what it holds, once everything is in files.
pub async fn files_of(world: &World) -> impl Iterator<Item = (PathBuf, Vec<u8>)> {
    let mut folders = vec![world.server.folder().to_owned(), world.server.beside().to_owned()];
    if let Backend::Clustered { nats, postgres, .. } = &world.backend {
        postgres.checkpoint().await;
        folders.extend([nats.folder().to_owned(), postgres.folder().to_owned()]);
    }
    let files: Vec<PathBuf> = folders.iter().flat_map(|folder| files(folder)).collect();
    assert!(!files.is_empty());
    // A server beside this one may be removing files of its own just now.
    files.into_iter().filter_map(|file| fs::read(&file).ok().map(|bytes| (file, bytes)))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| {
            if entry.path().is_dir() {
                files(&entry.path())
            } else {
                vec![entry.path()]
            }
        })
        .collect()
}

/// A word as it is, in UTF-16, in hex, and in base64 whatever stands before it.
fn shapes(word: &str) -> Vec<Vec<u8>> {
    let mut shapes = vec![word.as_bytes().to_vec(), word.encode_utf16().flat_map(u16::to_le_bytes).collect()];
    shapes.push(hex(word.as_bytes()));
    for before in 0..3 {
        let padded = [&vec![0; before], word.as_bytes()].concat();
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&padded).into_bytes();
            // The characters at both ends depend on the neighbours too.
            shapes.push(encoded[[0, 2, 3][before]..encoded.len() - 1].to_vec());
        }
    }
    shapes
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    crate::collector::hex(bytes).into_bytes()
}

/// Whether the code stands there by itself: within longer numbers, digests and ids, and as a fraction of a second, six digits come about by
/// chance. One neighbour may be whatever a format has between its values.
fn has_code(bytes: &[u8], code: &str) -> bool {
    memmem::find_iter(bytes, code.as_bytes()).any(|at| {
        let (before, behind) = (&bytes[..at], &bytes[at + code.len()..]);
        let left = before.iter().rev().take(2).take_while(|byte| byte.is_ascii_hexdigit());
        let right = behind.iter().take(2).take_while(|byte| byte.is_ascii_hexdigit());
        left.count() + right.count() <= 1 && before.last() != Some(&b'.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_in_whatever_shape() {
        for text in ["", "x", "xy", "xyz"] {
            let text = format!("{text}aliceSecretOne and more");
            let encoded = [STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text)];
            for encoded in encoded {
                let found = shapes("aliceSecretOne")
                    .iter()
                    .any(|shape| memmem::find(encoded.as_bytes(), shape).is_some());
                assert!(found, "{encoded}");
            }
        }
    }

    #[test]
    fn a_code_is_found_by_itself_and_not_in_what_holds_its_digits_by_chance() {
        for text in [
            "123456",
            "code=123456",
            "\"123456\"",
            "f123456",
            "\u{6}123456\u{12}",
            "Your code: 123456.",
        ] {
            assert!(has_code(text.as_bytes(), "123456"), "{text}");
        }
        for text in ["1763881234567890", "ab123456-0000", "07:06:27.123456Z", "12345", "00123456ff"] {
            assert!(!has_code(text.as_bytes(), "123456"), "{text}");
        }
    }

    #[test]
    #[should_panic(expected = "stands in a letter")]
    fn a_token_is_found_by_its_bytes() {
        let mut secrets = Secrets::default();
        secrets.token(&format!("d1.2.{}", URL_SAFE_NO_PAD.encode([7; 32])));
        secrets.not_in("a letter", &[7; 40]);
    }
}
