//! What is said over one connection: a line, an answer.

use std::future::pending;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufStream};

use super::{Letter, Mood, Security, Shared};

/// A dialog with one client.
pub(super) struct Dialog<'a, S> {
    stream: BufStream<S>,
    shared: &'a Shared,
    encrypted: bool,
    by: Option<(String, String)>,
    from: String,
    to: Vec<String>,
}

/// What follows a line.
enum Next {
    Listen,
    Encrypt,
    End,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Dialog<'a, S> {
    pub(super) fn new(stream: S, shared: &'a Shared, encrypted: bool) -> Self {
        Self {
            stream: BufStream::new(stream),
            shared,
            encrypted,
            by: None,
            from: String::new(),
            to: Vec::new(),
        }
    }

    /// From the first word on. Gives the connection back when it is to be encrypted.
    pub(super) async fn greet(mut self) -> io::Result<Option<S>> {
        if self.shared.mood() == Mood::Silent {
            pending::<()>().await;
        }
        self.say("220 tests ESMTP").await?;
        self.go_on().await
    }

    /// Listens and answers.
    pub(super) async fn go_on(mut self) -> io::Result<Option<S>> {
        while let Some(line) = self.line().await? {
            match self.answer(&line).await? {
                Next::Listen => {}
                Next::Encrypt => return Ok(Some(self.stream.into_inner())),
                Next::End => break,
            }
        }
        Ok(None)
    }

    async fn answer(&mut self, line: &str) -> io::Result<Next> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.offer().await?,
            "STARTTLS" if self.offers_tls() => {
                self.say("220 go ahead").await?;
                return Ok(Next::Encrypt);
            }
            "AUTH" => self.sign_in(rest).await?,
            "MAIL" => {
                self.from = address(rest);
                self.say("250 ok").await?;
            }
            "RCPT" => self.recipient(address(rest)).await?,
            "DATA" => self.letter().await?,
            "NOOP" | "RSET" => self.say("250 ok").await?,
            "QUIT" => {
                self.say("221 bye").await?;
                return Ok(Next::End);
            }
            _ => self.say("502 what?").await?,
        }
        Ok(Next::Listen)
    }

    fn offers_tls(&self) -> bool {
        self.shared.security == Security::StartTls && !self.encrypted
    }

    async fn offer(&mut self) -> io::Result<()> {
        if self.offers_tls() {
            self.say("250-tests\r\n250 STARTTLS").await
        } else {
            self.say("250-tests\r\n250 AUTH PLAIN").await
        }
    }

    /// `PLAIN` with what it needs in the same line: nothing, the user, the password, a zero before each of the latter two.
    async fn sign_in(&mut self, words: &str) -> io::Result<()> {
        let said = words.strip_prefix("PLAIN ").and_then(|words| STANDARD.decode(words).ok());
        let parts = said.and_then(|said| String::from_utf8(said).ok());
        let parts: Vec<&str> = parts.as_deref().unwrap_or_default().split('\0').collect();
        if let [_, user, password] = parts[..] {
            self.by = Some((user.to_owned(), password.to_owned()));
            self.say("235 welcome").await
        } else {
            self.say("501 what?").await
        }
    }

    async fn recipient(&mut self, to: String) -> io::Result<()> {
        match self.shared.mood() {
            Mood::Taking => {
                self.to.push(to);
                self.say("250 ok").await
            }
            Mood::Busy => self.say("451 come again").await,
            Mood::Refusing => self.say(&format!("550 5.1.1 <{to}>: nobody here is called so")).await,
            Mood::Silent => pending().await,
        }
    }

    async fn letter(&mut self) -> io::Result<()> {
        self.say("354 go ahead").await?;
        let mut text = String::new();
        while let Some(line) = self.line().await? {
            if line == "." {
                break;
            }
            text.push_str(line.strip_prefix('.').unwrap_or(&line));
            text.push('\n');
        }
        self.shared.letters().push(Letter {
            from: std::mem::take(&mut self.from),
            to: std::mem::take(&mut self.to),
            text,
            by: self.by.clone(),
            encrypted: self.encrypted,
        });
        self.say("250 taken").await
    }

    /// `None`: the client has gone.
    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line).await?;
        Ok((read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
    }

    async fn say(&mut self, words: &str) -> io::Result<()> {
        self.stream.write_all(words.as_bytes()).await?;
        self.stream.write_all(b"\r\n").await?;
        self.stream.flush().await
    }
}

/// The address in `FROM:<alice@example.org> SIZE=…`.
fn address(words: &str) -> String {
    let inner = words.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map(|(address, _)| address.to_owned()).unwrap_or_default()
}
