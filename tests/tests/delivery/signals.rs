//! Signals between processes that share a broker.

use std::sync::Arc;

use async_nats::ConnectOptions;
use domain::id::{AccountId, DeviceId};
use futures::{FutureExt as _, StreamExt as _};
use heliograph_tests::deadline::{PATIENCE, eventually};
use heliograph_tests::nats::{Nats as Broker, Options};
use infra::clock::Clock;
use infra::log::jetstream::dial;
use infra::seal::{Keys, MasterKey};
use infra::signals::{Attached, Audience, Nats, Signal, Signals};
use tempfile::TempDir;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

const PHONE: DeviceId = DeviceId::MIN;

/// Some processes of an installation.
struct Scene {
    broker: Broker,
    keys: Keys,
    clock: Clock,
    stop: CancellationToken,
    _folder: TempDir,
}

impl Scene {
    async fn new() -> Self {
        Self::with(Clock::system(), 7).await
    }

    async fn with(clock: Clock, master: u8) -> Self {
        let (keys, folder) = keys(&clock, master).await;
        let broker = Broker::start_with(Options {
            guarded: true,
            ..Options::default()
        });
        Self {
            broker: broker.await,
            keys,
            clock,
            stop: CancellationToken::new(),
            _folder: folder,
        }
    }

    async fn client(&self) -> async_nats::Client {
        dial(&self.broker.url(), ConnectOptions::new()).await.expect("it is reached")
    }

    /// A process that hears the others.
    async fn process(&self, keys: &Keys) -> Arc<Nats> {
        let process = Arc::new(Nats::new(self.client().await, "heliograph", keys.clone(), self.clock.clone()));
        let (running, stop) = (Arc::clone(&process), self.stop.clone());
        tokio::spawn(async move { running.run(stop).await });
        process
    }

    fn code(&self) -> Signal {
        Signal::SignInCode {
            code: "012345".parse().expect("six digits"),
            expires_at: self.clock.now().plus_seconds(300),
        }
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn keys(clock: &Clock, master: u8) -> (Keys, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("keys.db").display());
    let master = MasterKey::from_hex(&format!("{master:02x}").repeat(32)).expect("64 hex digits");
    let db = Keys::connect(&url).await.expect("a file");
    (Keys::open(db, &master, clock.clone()).await.expect("keys"), folder)
}

fn everybody_of(account: AccountId) -> Audience {
    Audience { account, except: None }
}

/// Once the process that it is attached to listens. What was told until then is taken in.
async fn reached(scene: &Scene, teller: &Nats, listener: &mut Attached, audience: Audience) {
    eventually("it is heard", async || teller.tell(audience, scene.code()).await.then_some(())).await;
    while listener.next().now_or_never().is_some() {}
    let last = Signal::SignInCode {
        code: "000000".parse().expect("six digits"),
        expires_at: scene.clock.now().plus_seconds(300),
    };
    teller.tell(audience, last.clone()).await;
    while *timeout(PATIENCE, listener.next()).await.expect("it comes") != last {}
}

#[tokio::test]
async fn a_device_at_another_process_is_told_and_says_so() {
    let scene = Scene::new().await;
    let (here, there) = (scene.process(&scene.keys).await, scene.process(&scene.keys).await);
    let alice = AccountId::MIN;
    assert!(!here.tell(everybody_of(alice), scene.code()).await, "nobody is online");
    let mut phone = there.attach(alice, PHONE);
    reached(&scene, &here, &mut phone, everybody_of(alice)).await;
    let signal = scene.code();
    assert!(here.tell(everybody_of(alice), signal.clone()).await);
    assert_eq!(*timeout(PATIENCE, phone.next()).await.expect("it comes"), signal);
    let others = Audience {
        account: alice,
        except: Some(PHONE),
    };
    assert!(!here.tell(others, scene.code()).await, "it asked itself");
    assert!(phone.next().now_or_never().is_none());
}

#[tokio::test]
async fn whether_somebody_is_at_another_process_can_be_asked() {
    let scene = Scene::new().await;
    let (here, there) = (scene.process(&scene.keys).await, scene.process(&scene.keys).await);
    let alice = AccountId::MIN;
    let mut phone = there.attach(alice, PHONE);
    reached(&scene, &here, &mut phone, everybody_of(alice)).await;
    assert!(here.is_there(alice).await);
    assert!(phone.next().now_or_never().is_none(), "nothing is told by that");
    drop(phone);
    assert!(!here.is_there(alice).await);
}

#[tokio::test]
async fn devices_here_and_there_are_told_once_each() {
    let scene = Scene::new().await;
    let (here, there) = (scene.process(&scene.keys).await, scene.process(&scene.keys).await);
    let alice = AccountId::MIN;
    let mut laptop = there.attach(alice, PHONE.next().expect("there are more"));
    reached(&scene, &here, &mut laptop, everybody_of(alice)).await;
    let mut phone = here.attach(alice, PHONE);
    let signal = scene.code();
    assert!(here.tell(everybody_of(alice), signal.clone()).await);
    assert_eq!(*timeout(PATIENCE, laptop.next()).await.expect("it comes"), signal);
    assert_eq!(*timeout(PATIENCE, phone.next()).await.expect("it comes"), signal);
    // What is told later comes later: had the first one come back, it would be before this.
    let last = Signal::SignInCode {
        code: "999999".parse().expect("six digits"),
        expires_at: signal.expires_at(),
    };
    assert!(there.tell(everybody_of(alice), last.clone()).await);
    assert_eq!(*timeout(PATIENCE, phone.next()).await.expect("it comes"), last);
}

#[tokio::test]
async fn who_listens_to_the_broker_learns_nothing_and_can_say_nothing() {
    let scene = Scene::new().await;
    let (here, there) = (scene.process(&scene.keys).await, scene.process(&scene.keys).await);
    let alice = AccountId::MIN;
    let spy = scene.client().await;
    let mut overheard = spy.subscribe(">").await.expect("it listens");
    spy.flush().await.expect("it listens");
    let mut phone = there.attach(alice, PHONE);
    reached(&scene, &here, &mut phone, everybody_of(alice)).await;
    let question = eventually("a question is overheard", async || {
        let message = overheard.next().await?;
        message.subject.starts_with("heliograph:signals.").then_some(message)
    })
    .await;
    let said = String::from_utf8_lossy(&question.payload).into_owned();
    assert!(!said.contains("012345") && !said.contains("sign_in"), "{said}");
    // The same words, as another question.
    let reply = spy.new_inbox();
    spy.publish_with_reply(question.subject.clone(), reply, question.payload)
        .await
        .expect("it is sent");
    // An installation with other keys, on the same subject.
    let (strange, _folder) = keys(&scene.clock, 9).await;
    let stranger = scene.process(&strange).await;
    assert!(!stranger.tell(everybody_of(alice), scene.code()).await);
    let signal = scene.code();
    assert!(here.tell(everybody_of(alice), signal.clone()).await);
    assert_eq!(
        *timeout(PATIENCE, phone.next()).await.expect("it comes"),
        signal,
        "nothing came before it"
    );
}
