//! A mail server of the tests' own: takes letters over SMTP (RFC 5321) on a real socket, with TLS where it is to, and keeps them.

mod dialog;
mod tls;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::deadline::eventually;

use dialog::Dialog;
use tls::Identity;

/// A mail server; ends with its owner.
#[derive(Debug)]
pub struct MailServer {
    /// Its port on 127.0.0.1.
    pub port: u16,
    shared: Arc<Shared>,
    folder: TempDir,
    serving: JoinHandle<()>,
}

/// A letter that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// By whom it says it was sent.
    pub from: String,
    /// For whom.
    pub to: Vec<String>,
    /// Its headers and its body.
    pub text: String,
    /// Who sent it, where somebody signed in: user and password.
    pub by: Option<(String, String)>,
    /// Whether it came encrypted.
    pub encrypted: bool,
}

/// How connections are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Not at all.
    None,
    /// From the first byte.
    Tls,
    /// When the client asks for it.
    StartTls,
}

/// How letters are answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mood {
    /// They are taken.
    #[default]
    Taking,
    /// Not now: 451.
    Busy,
    /// Never: 550, with the address, as mail servers do.
    Refusing,
    /// Nothing is answered at all.
    Silent,
}

#[derive(Debug)]
struct Shared {
    letters: Mutex<Vec<Letter>>,
    mood: Mutex<Mood>,
    security: Security,
    identity: Identity,
}

impl MailServer {
    /// One without TLS.
    pub async fn start() -> Self {
        Self::secured(Security::None).await
    }

    /// One with a certificate of its own for 127.0.0.1.
    pub async fn secured(security: Security) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let shared = Arc::new(Shared {
            letters: Mutex::default(),
            mood: Mutex::default(),
            security,
            identity: Identity::new(folder.path()),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let serving = tokio::spawn(serve(listener, Arc::clone(&shared)));
        Self {
            port,
            shared,
            folder,
            serving,
        }
    }

    /// The file with its certificate: who is to trust it names it by `SSL_CERT_FILE`.
    pub fn certificate(&self) -> PathBuf {
        certificate(self.folder.path())
    }

    /// From now on letters are answered like this.
    pub fn is_now(&self, mood: Mood) {
        *self.shared.mood.lock().expect("nobody panics while holding it") = mood;
    }

    /// The letters that were taken so far.
    pub fn letters(&self) -> Vec<Letter> {
        self.shared.letters().clone()
    }

    /// The letters for somebody, once there are so many.
    pub async fn letters_for(&self, to: &str, number: usize) -> Vec<Letter> {
        eventually(&format!("{number} letters come"), async || {
            let mut letters = self.letters();
            letters.retain(|letter| letter.to.iter().any(|known| known == to));
            (letters.len() >= number).then_some(letters)
        })
        .await
    }
}

impl Letter {
    /// The code in its body.
    pub fn code(&self) -> String {
        let (_headers, body) = self.text.split_once("\n\n").unwrap_or_else(|| panic!("no body: {}", self.text));
        code_in(body)
    }
}

/// The six digits of a message.
pub fn code_in(text: &str) -> String {
    let mut words = text.split(|letter: char| !letter.is_ascii_digit());
    let code = words.find(|word| word.len() == 6);
    code.unwrap_or_else(|| panic!("no code: {text}")).to_owned()
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Shared {
    fn letters(&self) -> MutexGuard<'_, Vec<Letter>> {
        self.letters.lock().expect("nobody panics while holding it")
    }

    fn mood(&self) -> Mood {
        *self.mood.lock().expect("nobody panics while holding it")
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        // How a client breaks off is its own business.
        tokio::spawn(async move { drop(converse(stream, &shared).await) });
    }
}

async fn converse(stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    if shared.security == Security::Tls {
        let stream = shared.identity.acceptor().accept(stream).await?;
        Dialog::new(stream, shared, true).greet().await?;
        return Ok(());
    }
    if let Some(stream) = Dialog::new(stream, shared, false).greet().await? {
        let stream = shared.identity.acceptor().accept(stream).await?;
        Dialog::new(stream, shared, true).go_on().await?;
    }
    Ok(())
}

fn certificate(folder: &Path) -> PathBuf {
    folder.join("certificate.pem")
}
