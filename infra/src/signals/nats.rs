//! Signals between processes: one asks all others on a subject of core NATS, which keeps nothing; those who have such a device say so.

use std::fmt;
use std::time::Duration;

use async_nats::{Client, Message, Subscriber};
use async_trait::async_trait;
use bytes::Bytes;
use domain::id::{AccountId, DeviceId};
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Attached, Audience, Local, Signal, Signals};
use crate::clock::Clock;
use crate::seal::{Keys, Passing};

/// How long other processes may take to say that a device is there, or took a signal.
pub const ANSWER: Duration = Duration::from_millis(300);

/// How long to wait before listening again, should NATS end it.
const AGAIN: Duration = Duration::from_secs(1);

/// Signals in all processes that share a log on NATS. What goes over the wire is encrypted with the installation's secret, and opens only
/// in the question that it was written for.
#[derive(Clone)]
pub struct Nats {
    here: Local,
    client: Client,
    subject: String,
    keys: Keys,
    clock: Clock,
    /// This process: it hears its own questions, too.
    me: Uuid,
}

/// What one process asks all others.
#[derive(Serialize, Deserialize)]
struct Question {
    from: Uuid,
    #[serde(flatten)]
    audience: Audience,
    /// What they are told; absent: it is only asked whether any is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signal: Option<Signal>,
}

/// What one process tells all others.
#[derive(Serialize, Deserialize)]
struct Spread {
    from: Uuid,
    accounts: Vec<AccountId>,
    signal: Signal,
}

/// What is told without a question opens as nothing else.
const SPREAD: &str = "told";

impl Nats {
    /// Those of a log's stream. It says nothing to other processes' questions until it [runs](Signals::run).
    pub fn new(client: Client, stream: &str, keys: Keys, clock: Clock) -> Self {
        Self {
            here: Local::default(),
            client,
            // No stream's name has a colon, so that none records it.
            subject: format!("heliograph:signals.{stream}"),
            keys,
            me: clock.command_id().0,
            clock,
        }
    }

    /// Hears what others ask for as long as NATS lets it.
    async fn listen(&self) {
        if let Ok(mut questions) = self.client.subscribe(self.subject.clone()).await {
            while let Some(question) = questions.next().await {
                self.hear(question).await;
            }
        }
    }

    async fn hear(&self, message: Message) {
        if message.reply.is_none() {
            return self.hear_spread(&message);
        }
        let Some((question, reply)) = self.read(&message) else { return };
        if question.from != self.me && self.is_taken_here(question) {
            let answer = self.keys.seal_passing(Passing::Signals, &bound_to_answer(&reply), b"taken");
            // A process that does not hear it sends the code another way.
            let _ = self.client.publish(reply, Bytes::from(answer)).await;
        }
    }

    fn is_taken_here(&self, Question { audience, signal, .. }: Question) -> bool {
        match signal {
            // It may have waited for a connection.
            Some(signal) => signal.expires_at() > self.clock.now() && self.here.tell_here(audience, signal) > 0,
            None => self.here.has(audience.account),
        }
    }

    fn hear_spread(&self, message: &Message) {
        let sealed = std::str::from_utf8(&message.payload).ok();
        let plaintext = sealed.and_then(|sealed| self.keys.open_passing(Passing::Signals, SPREAD, sealed));
        let Some(spread) = plaintext.and_then(|plaintext| serde_json::from_slice::<Spread>(&plaintext).ok()) else {
            return;
        };
        if spread.from != self.me && spread.signal.expires_at() > self.clock.now() {
            self.here.spread_here(&spread.accounts, spread.signal);
        }
    }

    fn read(&self, message: &Message) -> Option<(Question, String)> {
        let reply = message.reply.as_ref()?.to_string();
        let sealed = std::str::from_utf8(&message.payload).ok()?;
        let plaintext = self.keys.open_passing(Passing::Signals, &reply, sealed)?;
        Some((serde_json::from_slice(&plaintext).ok()?, reply))
    }

    /// Asks the others, who answer at this address.
    async fn ask(&self, reply: &str, audience: Audience, signal: Option<Signal>) -> bool {
        let from = self.me;
        let question = Question { from, audience, signal };
        let plaintext = zeroize::Zeroizing::new(serde_json::to_vec(&question).expect("texts and numbers are JSON"));
        let sealed = self.keys.seal_passing(Passing::Signals, reply, &plaintext);
        let sent = self
            .client
            .publish_with_reply(self.subject.clone(), reply.to_owned(), Bytes::from(sealed));
        sent.await.is_ok()
    }

    /// Asks the others, and waits for an answer.
    async fn is_taken_there(&self, reply: String, audience: Audience, signal: Option<Signal>) -> bool {
        let Ok(mut answers) = self.client.subscribe(reply.clone()).await else {
            return false;
        };
        if !self.ask(&reply, audience, signal).await {
            return false;
        }
        timeout(ANSWER, self.is_answered(&reply, &mut answers)).await.unwrap_or(false)
    }

    async fn is_answered(&self, reply: &str, answers: &mut Subscriber) -> bool {
        let bound_to = bound_to_answer(reply);
        while let Some(answer) = answers.next().await {
            let sealed = std::str::from_utf8(&answer.payload).ok();
            if sealed.is_some_and(|sealed| self.keys.open_passing(Passing::Signals, &bound_to, sealed).is_some()) {
                return true;
            }
        }
        false
    }
}

/// An answer does not open as a question.
fn bound_to_answer(reply: &str) -> String {
    format!("{reply} answered")
}

#[async_trait]
impl Signals for Nats {
    fn attach(&self, account: AccountId, device: DeviceId) -> Attached {
        self.here.attach(account, device)
    }

    async fn tell(&self, audience: Audience, signal: Signal) -> bool {
        let reply = self.client.new_inbox();
        if self.here.tell_here(audience, signal.clone()) > 0 {
            self.ask(&reply, audience, Some(signal)).await;
            return true;
        }
        self.is_taken_there(reply, audience, Some(signal)).await
    }

    async fn is_there(&self, account: AccountId) -> bool {
        let audience = Audience { account, except: None };
        self.here.has(account) || self.is_taken_there(self.client.new_inbox(), audience, None).await
    }

    /// Who is connected to other processes is not known here.
    fn reachable(&self, accounts: &[AccountId]) -> Vec<AccountId> {
        accounts.to_vec()
    }

    async fn spread(&self, accounts: Vec<AccountId>, signal: Signal) {
        if accounts.is_empty() {
            return;
        }
        self.here.spread_here(&accounts, signal.clone());
        let from = self.me;
        let spread = Spread { from, accounts, signal };
        let plaintext = zeroize::Zeroizing::new(serde_json::to_vec(&spread).expect("texts and numbers are JSON"));
        let sealed = self.keys.seal_passing(Passing::Signals, SPREAD, &plaintext);
        // Who does not hear it, hears the next one.
        let _ = self.client.publish(self.subject.clone(), Bytes::from(sealed)).await;
    }

    async fn run(&self, stop: CancellationToken) {
        let listening = async {
            loop {
                self.listen().await;
                sleep(AGAIN).await;
            }
        };
        stop.run_until_cancelled(listening).await;
    }
}

impl fmt::Debug for Nats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nats({})", self.subject)
    }
}
