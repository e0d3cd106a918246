//! What a reactor fails on is parked, and reacted to once it is released.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::account;
use domain::actor::Actor;
use domain::event::Event;
use domain::fact::Fact;
use domain::id::{LogId, Position};
use domain::name::{self, Name};
use domain::stream::Stream;
use domain::system::{self, Parked, System};
use heliograph_tests::deadline::eventually;
use heliograph_tests::fed::PATIENCE;
use infra::log::{self, Append, AppendError, EventLog, Follow, Page, Record};
use projections::reactor::{Context, Reactor, Trouble};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::town::{ALICE, Town, id};

/// A reactor that can't deal with names being claimed.
#[derive(Debug)]
struct Poisoned;

#[async_trait::async_trait]
impl Reactor for Poisoned {
    fn name(&self) -> &'static str {
        "poisoned"
    }

    fn concerns(&self, stream: &Stream) -> bool {
        matches!(stream, Stream::Account(_))
    }

    async fn react(&self, fact: &Fact, context: &Context) -> Result<(), Trouble> {
        match &fact.event {
            Event::Account(account::Event::Registered(_)) if fact.stream == Stream::Account(id(ALICE)) => panic!("not her"),
            Event::Account(account::Event::Registered(_)) => Err(Trouble::Never("not him".to_owned())),
            Event::Account(account::Event::DeviceAuthorised(_)) => {
                let claim = name::Command::Claim {
                    holder: id(ALICE).into(),
                    fact: Some(context.fact()),
                    until: context.clock().now().plus_seconds(60),
                };
                let key = "0".repeat(64).parse().unwrap();
                context.command::<Name>("claim", key, claim).await.map(|_| ())
            }
            _ => Ok(()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_reactor_fails_on_is_parked_and_it_goes_on() {
    let town = Town::new().await;
    let shutdown = CancellationToken::new();
    tokio::spawn(town.follower(Arc::new(Poisoned)).run(shutdown.clone()));
    let claimed = Stream::Name("0".repeat(64).parse().unwrap());
    eventually("it goes on", async || {
        let went_on = !town.facts(&claimed).await.is_empty() && town.facts(&Stream::System).await.len() >= 2;
        went_on.then_some(())
    })
    .await;
    for event in town.facts(&Stream::System).await {
        let Event::System(domain::system::Event::FactParked(parked)) = event else {
            panic!("{event:?}")
        };
        assert_eq!(parked.projection, "reactor.poisoned");
    }
    shutdown.cancel();
}

/// A log whose answers to `at` can be made to fail once.
#[derive(Debug)]
struct Faltering {
    log: Arc<dyn EventLog>,
    fails: AtomicBool,
}

#[async_trait::async_trait]
impl EventLog for Faltering {
    fn id(&self) -> LogId {
        self.log.id()
    }

    async fn append(&self, append: Append) -> Result<Position, AppendError> {
        self.log.append(append).await
    }

    async fn append_many(&self, appends: Vec<Append>) -> Vec<Result<Position, AppendError>> {
        self.log.append_many(appends).await
    }

    async fn page(&self, stream: &Stream, after: Option<Position>) -> Result<Page, log::Error> {
        self.log.page(stream, after).await
    }

    async fn last(&self, stream: &Stream) -> Result<Option<Position>, log::Error> {
        self.log.last(stream).await
    }

    async fn at(&self, position: Position) -> Result<Option<Record>, log::Error> {
        if self.fails.swap(false, Ordering::SeqCst) {
            return Err(log::Error::Unavailable("just now".to_owned()));
        }
        self.log.at(position).await
    }

    async fn end(&self) -> Result<Option<Position>, log::Error> {
        self.log.end().await
    }

    fn follow(&self, after: Option<Position>) -> Follow {
        self.log.follow(after)
    }
}

/// A reactor that gives Alice up at first, and tells when it does not.
#[derive(Debug)]
struct Moody {
    refuses: AtomicBool,
    welcomes: mpsc::UnboundedSender<()>,
}

#[async_trait::async_trait]
impl Reactor for Moody {
    fn name(&self) -> &'static str {
        "moody"
    }

    fn concerns(&self, stream: &Stream) -> bool {
        *stream == Stream::Account(id(ALICE))
    }

    async fn react(&self, fact: &Fact, _context: &Context) -> Result<(), Trouble> {
        if !matches!(fact.event, Event::Account(account::Event::Registered(_))) {
            return Ok(());
        }
        if self.refuses.swap(false, Ordering::SeqCst) {
            return Err(Trouble::Never("not today".to_owned()));
        }
        let _ = self.welcomes.send(());
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_released_while_the_log_is_unavailable_is_reacted_to_later() {
    let town = Town::new().await;
    let (welcomes, mut heard) = mpsc::unbounded_channel();
    let log = Arc::new(Faltering {
        log: Arc::clone(&town.log),
        fails: AtomicBool::new(false),
    });
    let mut follower = town.follower(Arc::new(Moody {
        refuses: AtomicBool::new(true),
        welcomes,
    }));
    follower.log = Arc::clone(&log) as Arc<dyn EventLog>;
    let shutdown = CancellationToken::new();
    tokio::spawn(follower.run(shutdown.clone()));
    let parked = eventually("Alice is parked", async || town.facts(&Stream::System).await.pop()).await;
    let Event::System(system::Event::FactParked(parked)) = parked else {
        panic!("{parked:?}")
    };
    log.fails.store(true, Ordering::SeqCst);
    let fact = Parked {
        projection: parked.projection,
        position: parked.position,
        index: parked.index,
    };
    let release = system::Command::Release { fact };
    town.ask::<System>(Actor::Service("admin".into()), (), release).await;
    tokio::time::timeout(PATIENCE, heard.recv()).await.expect("she is welcomed at last");
    assert!(!log.fails.load(Ordering::SeqCst));
    shutdown.cancel();
}
