//! The outbox on either database: what several processes deliver together arrives, and leaves nothing behind.

use std::sync::Arc;
use std::time::Duration;

use domain::id::{CommandId, SignInId};
use heliograph_tests::chance;
use heliograph_tests::deadline::eventually;
use heliograph_tests::mail::{MailServer, Mood};
use heliograph_tests::postgres::Postgres;
use infra::clock::Clock;
use infra::config;
use infra::db::Db;
use infra::delivery::{Carriers, Delivery, Smtp, Wording};
use infra::seal::{Keys, MasterKey};
use projections::outbox::{Letter, Outbox, Parts, Retry};
use projections::state::State;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::{ATTEMPT, EMAIL, email, message};

/// Processes that share an outbox, and a mail server.
struct Scene {
    outboxes: Vec<Outbox>,
    state: State,
    clock: Clock,
    server: MailServer,
    stop: CancellationToken,
    _folder: TempDir,
    _postgres: Option<Postgres>,
}

impl Scene {
    async fn embedded() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("state.db").display());
        Self::on(folder, Db::open_state(&url, 4).await.expect("a file"), None).await
    }

    async fn clustered() -> Self {
        let postgres = Postgres::start().await;
        let db = Db::open(&postgres.database().await, 4, "normal").await.expect("a database");
        Self::on(tempfile::tempdir().expect("a folder"), db, Some(postgres)).await
    }

    async fn on(folder: TempDir, db: Db, postgres: Option<Postgres>) -> Self {
        let (clock, server, stop) = (Clock::system(), MailServer::start().await, CancellationToken::new());
        let state = State::open(db).await.expect("its tables");
        let url = format!("sqlite:{}", folder.path().join("keys.db").display());
        let master = MasterKey::from_hex(&"07".repeat(32)).expect("64 hex digits");
        let keys = Keys::open(Keys::connect(&url).await.expect("a file"), &master, clock.clone())
            .await
            .expect("keys");
        let outboxes: Vec<Outbox> = (0..3).map(|_| outbox(&state, &keys, &clock, &server)).collect();
        for outbox in &outboxes {
            tokio::spawn(outbox.clone().run(stop.clone()));
        }
        Self {
            outboxes,
            state,
            clock,
            server,
            stop,
            _folder: folder,
            _postgres: postgres,
        }
    }

    async fn post(&self, process: usize) -> SignInId {
        let sign_in = SignInId(chance::command_id());
        let outbox = &self.outboxes[process % self.outboxes.len()];
        let expires_at = self.clock.now().plus_seconds(300);
        let draft = outbox.draft(CommandId(chance::command_id()), message(email()), expires_at).await;
        let letter = Letter {
            sign_in,
            not_before: None,
            expires_at,
        };
        outbox.post(&draft.expect("it is kept back"), letter).await.expect("it is kept");
        sign_in
    }

    /// Attempts at one command, in several processes at once: whichever ends first, one code is let go, once.
    async fn race(&self) {
        let (sign_in, command) = (SignInId(chance::command_id()), CommandId(chance::command_id()));
        let expires_at = self.clock.now().plus_seconds(300);
        let letter = Letter {
            sign_in,
            not_before: None,
            expires_at,
        };
        let drafts = self.outboxes.iter().map(async |outbox| {
            let draft = outbox.draft(command, message(email()), expires_at).await;
            draft.expect("it is kept back")
        });
        let drafts = futures::future::join_all(drafts).await;
        assert_eq!(drafts.iter().filter(|draft| !draft.is_earlier).count(), 1);
        let posted = self
            .outboxes
            .iter()
            .zip(&drafts)
            .map(async |(outbox, draft)| outbox.post(draft, letter).await);
        for posted in futures::future::join_all(posted).await {
            posted.expect("it is kept");
        }
    }

    async fn nothing_is_left(&self) {
        eventually("nothing is left", async || {
            let (rows,): (i64,) = sqlx::query_as("select count(*) from outbox")
                .fetch_one(&self.state.db.pool)
                .await
                .ok()?;
            (rows == 0).then_some(())
        })
        .await;
    }

    /// Each letter once, by whichever process; also those that the mail server could not take at first.
    async fn tell(self) {
        for process in 0..20 {
            self.post(process).await;
        }
        self.nothing_is_left().await;
        assert_eq!(self.server.letters().len(), 20);
        self.race().await;
        self.nothing_is_left().await;
        assert_eq!(self.server.letters().len(), 21);
        self.server.is_now(Mood::Busy);
        self.post(0).await;
        let called_off = self.post(1).await;
        self.outboxes[2].call_off(called_off).await.expect("it is struck out");
        self.server.is_now(Mood::Taking);
        self.server.letters_for(EMAIL, 22).await;
        self.nothing_is_left().await;
        self.server.is_now(Mood::Refusing);
        self.post(1).await;
        self.nothing_is_left().await;
        self.stop.cancel();
    }
}

fn outbox(state: &State, keys: &Keys, clock: &Clock, server: &MailServer) -> Outbox {
    let config = config::smtp::Smtp {
        url: Some(format!("smtp://127.0.0.1:{}", server.port).into()),
        from: Some("codes@example.net".to_owned()),
        ..config::smtp::Smtp::default()
    };
    let carrier = Smtp::open(&config, Wording::new("Example"), ATTEMPT, clock).expect("it can be opened");
    let carriers = Carriers {
        email: Some(Arc::new(carrier) as Arc<dyn Delivery>),
        phone: None,
    };
    Outbox::new(Parts {
        state: state.clone(),
        keys: keys.clone(),
        carriers,
        clock: clock.clone(),
        retry: Retry {
            attempt: ATTEMPT,
            first: Duration::from_millis(50),
            most: Duration::from_millis(200),
        },
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_posted_arrives_once_embedded() {
    Scene::embedded().await.tell().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_posted_arrives_once_clustered() {
    Scene::clustered().await.tell().await;
}
