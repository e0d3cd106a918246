//! What an outbox promises: delivered as long as a code is good, by one process, and then gone.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use infra::db::Db;
use infra::delivery::{Delivery, Purpose, Trouble};
use infra::seal::MasterKey;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::*;

const PHONE: &str = "+4915123456789";
const RETRY: Retry = Retry {
    attempt: Duration::from_secs(10),
    first: Duration::from_secs(2),
    most: Duration::from_secs(6),
};

/// Answers what it is told to, then takes everything.
#[derive(Debug, Default)]
struct Postman {
    answers: Mutex<VecDeque<Trouble>>,
    taken: Mutex<Vec<Message>>,
    woken: Notify,
}

impl Postman {
    fn codes(&self) -> Vec<String> {
        let taken = self.taken.lock().unwrap();
        taken.iter().map(|message| message.code.reveal().to_owned()).collect()
    }

    fn answers(&self) -> MutexGuard<'_, VecDeque<Trouble>> {
        self.answers.lock().unwrap()
    }
}

#[async_trait]
impl Delivery for Postman {
    fn name(&self) -> &'static str {
        "postman"
    }

    async fn deliver(&self, message: &Message) -> Result<(), Trouble> {
        if let Some(trouble) = self.answers().pop_front() {
            return Err(trouble);
        }
        self.taken.lock().unwrap().push(message.clone());
        self.woken.notify_one();
        Ok(())
    }
}

/// An outbox, its postman and its clock.
struct Scene {
    folder: TempDir,
    state: State,
    keys: Keys,
    clock: Clock,
    postman: Arc<Postman>,
    outbox: Outbox,
}

impl Scene {
    async fn new() -> Self {
        Self::on(Clock::manual(Timestamp(0))).await
    }

    async fn on(clock: Clock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
        let state = State::open(Db::open_state(&url("state.db"), 2).await.unwrap()).await.unwrap();
        let master = MasterKey::from_hex(&"07".repeat(32)).unwrap();
        let keys = Keys::connect(&url("keys.db")).await.unwrap();
        let keys = Keys::open(keys, &master, clock.clone()).await.unwrap();
        let postman = Arc::new(Postman::default());
        let outbox = outbox(&state, &keys, &clock, &postman);
        Self {
            folder,
            state,
            keys,
            clock,
            postman,
            outbox,
        }
    }

    /// Another process.
    fn other(&self) -> (Outbox, Arc<Postman>) {
        let postman = Arc::new(Postman::default());
        (outbox(&self.state, &self.keys, &self.clock, &postman), postman)
    }

    /// What is kept back for a command.
    async fn draft(&self, command: u128, code: &str) -> Draft {
        let Order { message, expires_at, .. } = order(1, code);
        self.outbox
            .draft(CommandId(Uuid::from_u128(command)), message, expires_at)
            .await
            .unwrap()
    }

    async fn post(&self, order: &Order) -> Result<(), sqlx::Error> {
        let command = self.clock.command_id();
        let draft = self.outbox.draft(command, order.message.clone(), order.expires_at).await?;
        let letter = Letter {
            sign_in: order.sign_in,
            not_before: order.not_before,
            expires_at: order.expires_at,
        };
        self.outbox.post(&draft, letter).await
    }

    /// At this second whatever is due is tried.
    async fn at(&self, second: i64) {
        self.clock.set(Timestamp(0).plus_seconds(second));
        deliver(&self.outbox).await;
    }

    async fn rows(&self) -> i64 {
        let (rows,): (i64,) = sqlx::query_as("select count(*) from outbox")
            .fetch_one(&self.state.db.pool)
            .await
            .unwrap();
        rows
    }
}

fn outbox(state: &State, keys: &Keys, clock: &Clock, postman: &Arc<Postman>) -> Outbox {
    let carriers = Carriers {
        phone: Some(Arc::clone(postman) as Arc<dyn Delivery>),
        email: None,
    };
    Outbox::new(Parts {
        state: state.clone(),
        keys: keys.clone(),
        carriers,
        clock: clock.clone(),
        retry: RETRY,
    })
}

async fn deliver(outbox: &Outbox) {
    let mut under_way = JoinSet::new();
    outbox.begin(&mut under_way).await.unwrap();
    while let Some(ended) = under_way.join_next().await {
        ended.unwrap();
    }
}

fn sign_in(number: u128) -> SignInId {
    SignInId(Uuid::from_u128(number))
}

/// A code that was made, and how it is to be delivered.
struct Order {
    sign_in: SignInId,
    message: Message,
    not_before: Option<Timestamp>,
    expires_at: Timestamp,
}

fn order(number: u128, code: &str) -> Order {
    Order {
        sign_in: sign_in(number),
        message: Message {
            to: Contact::phone(PHONE).unwrap(),
            code: code.parse().unwrap(),
            purpose: Purpose::SignIn,
        },
        not_before: None,
        expires_at: Timestamp(0).plus_seconds(300),
    }
}

fn passing() -> Trouble {
    Trouble::Passing("busy".to_owned())
}

#[tokio::test]
async fn a_code_is_delivered_once_and_its_row_is_gone() {
    let scene = Scene::new().await;
    scene.post(&order(1, "111111")).await.unwrap();
    assert_eq!(scene.rows().await, 1);
    scene.at(0).await;
    scene.at(100).await;
    assert_eq!((scene.postman.codes(), scene.rows().await), (vec!["111111".to_owned()], 0));
}

#[tokio::test]
async fn what_fails_is_tried_again_after_delays_that_grow() {
    let scene = Scene::new().await;
    scene.postman.answers().extend([passing(), passing(), passing(), passing()]);
    scene.post(&order(1, "111111")).await.unwrap();
    // Attempts at 0, 2, 2 + 4, 2 + 4 + 6 and 2 + 4 + 6 + 6 seconds.
    for (second, left) in [(0, 3), (1, 3), (2, 2), (5, 2), (6, 1), (11, 1), (12, 0), (17, 0)] {
        scene.at(second).await;
        assert_eq!(scene.postman.answers().len(), left, "at {second} s");
        assert_eq!(scene.rows().await, 1);
    }
    scene.at(18).await;
    assert_eq!((scene.postman.codes(), scene.rows().await), (vec!["111111".to_owned()], 0));
}

#[tokio::test]
async fn what_will_never_be_taken_is_not_tried_again() {
    let scene = Scene::new().await;
    scene.postman.answers().push_back(Trouble::Lasting("no such number".to_owned()));
    scene.post(&order(1, "111111")).await.unwrap();
    scene.at(0).await;
    assert_eq!(scene.rows().await, 0);
}

#[tokio::test]
async fn a_code_that_has_ended_is_not_delivered_and_its_row_is_gone() {
    let scene = Scene::new().await;
    scene.post(&order(1, "111111")).await.unwrap();
    scene.at(300).await;
    assert_eq!((scene.postman.codes().len(), scene.rows().await), (0, 0));
    let late = Order {
        not_before: Some(Timestamp(0).plus_seconds(300)),
        ..order(2, "222222")
    };
    scene.post(&late).await.unwrap();
    scene.at(300).await;
    assert_eq!((scene.postman.codes().len(), scene.rows().await), (0, 0));
}

#[tokio::test]
async fn a_code_that_waits_until_its_end_goes_out_when_it_is_hastened() {
    let scene = Scene::new().await;
    let patient = Order {
        not_before: Some(Timestamp(0).plus_seconds(301)),
        ..order(1, "111111")
    };
    scene.post(&patient).await.unwrap();
    scene.at(1).await;
    assert_eq!(scene.postman.codes().len(), 0);
    scene.outbox.hasten(sign_in(1)).await.unwrap();
    scene.at(1).await;
    assert_eq!((scene.postman.codes().len(), scene.rows().await), (1, 0));
}

#[tokio::test]
async fn what_fails_shortly_before_the_codes_end_is_not_kept() {
    let scene = Scene::new().await;
    scene.postman.answers().push_back(passing());
    let soon = Order {
        expires_at: Timestamp(0).plus_seconds(2),
        ..order(1, "111111")
    };
    scene.post(&soon).await.unwrap();
    scene.at(1).await;
    assert_eq!(scene.rows().await, 0);
}

#[tokio::test]
async fn a_later_code_of_the_same_sign_in_takes_the_place_of_the_earlier() {
    let scene = Scene::new().await;
    scene.postman.answers().push_back(passing());
    scene.post(&order(1, "111111")).await.unwrap();
    scene.at(0).await;
    scene.post(&order(1, "222222")).await.unwrap();
    scene.post(&order(2, "333333")).await.unwrap();
    scene.at(0).await;
    let mut codes = scene.postman.codes();
    codes.sort();
    assert_eq!((codes, scene.rows().await), (vec!["222222".to_owned(), "333333".to_owned()], 0));
}

#[tokio::test]
async fn a_code_is_kept_back_until_it_is_made() {
    let scene = Scene::new().await;
    let draft = scene.draft(7, "111111").await;
    assert!(!draft.is_earlier);
    scene.at(100).await;
    assert_eq!((scene.postman.codes().len(), scene.rows().await), (0, 1));
    let letter = Letter {
        sign_in: sign_in(1),
        not_before: None,
        expires_at: Timestamp(0).plus_seconds(300),
    };
    scene.outbox.post(&draft, letter).await.unwrap();
    scene.at(100).await;
    assert_eq!((scene.postman.codes(), scene.rows().await), (vec!["111111".to_owned()], 0));
    // Whoever asked for the same meanwhile has let nothing go.
    scene.outbox.post(&draft, letter).await.unwrap();
    scene.at(100).await;
    assert_eq!(scene.postman.codes().len(), 1);
}

#[tokio::test]
async fn what_a_process_kept_back_that_died_is_the_next_attempts() {
    let scene = Scene::new().await;
    scene.draft(7, "111111").await;
    let again = scene.draft(7, "222222").await;
    assert_eq!((again.is_earlier, again.message.code.reveal()), (true, "111111"));
    let other = scene.draft(8, "333333").await;
    assert!(!other.is_earlier);
    scene.outbox.discard(&other).await.unwrap();
    assert_eq!(scene.rows().await, 1);
    scene.at(300).await;
    assert_eq!((scene.postman.codes().len(), scene.rows().await), (0, 0), "nobody asked again");
}

#[tokio::test]
async fn a_code_may_wait_and_be_called_off() {
    let scene = Scene::new().await;
    for number in [1, 2] {
        let waiting = Order {
            not_before: Some(Timestamp(0).plus_seconds(60)),
            ..order(number, "111111")
        };
        scene.post(&waiting).await.unwrap();
    }
    scene.at(59).await;
    assert_eq!(scene.postman.codes().len(), 0);
    scene.outbox.call_off(sign_in(1)).await.unwrap();
    scene.at(60).await;
    assert_eq!((scene.postman.codes().len(), scene.rows().await), (1, 0));
}

#[tokio::test]
async fn a_code_that_waits_may_be_hastened_but_not_one_that_is_tried_again() {
    let scene = Scene::new().await;
    let waiting = Order {
        not_before: Some(Timestamp(0).plus_seconds(60)),
        ..order(1, "111111")
    };
    scene.post(&waiting).await.unwrap();
    scene.outbox.hasten(sign_in(1)).await.unwrap();
    scene.postman.answers().push_back(passing());
    scene.at(0).await;
    assert_eq!(scene.rows().await, 1, "it was tried");
    scene.outbox.hasten(sign_in(1)).await.unwrap();
    scene.at(1).await;
    assert_eq!(scene.postman.codes().len(), 0, "its time has not come");
    scene.at(2).await;
    assert_eq!(scene.postman.codes().len(), 1);
    scene.outbox.hasten(sign_in(1)).await.unwrap();
}

#[tokio::test]
async fn where_the_clock_goes_back_no_code_waits_for_longer() {
    let scene = Scene::on(Clock::manual(Timestamp(0).plus_seconds(7_200))).await;
    let ends = |order| Order {
        expires_at: Timestamp(0).plus_seconds(7_500),
        ..order
    };
    scene.post(&ends(order(1, "111111"))).await.unwrap();
    let patient = Order {
        not_before: Some(Timestamp(0).plus_seconds(7_260)),
        ..ends(order(2, "222222"))
    };
    scene.post(&patient).await.unwrap();
    scene.at(3_600).await;
    assert_eq!(scene.postman.codes(), ["111111"]);
    scene.at(3_659).await;
    assert_eq!(scene.postman.codes().len(), 1, "it waits for a minute as before");
    scene.at(3_660).await;
    assert_eq!((scene.postman.codes().len(), scene.rows().await), (2, 0));
}

#[tokio::test]
async fn where_the_clock_goes_back_a_code_ends_no_later() {
    let scene = Scene::on(Clock::manual(Timestamp(0).plus_seconds(7_200))).await;
    let patient = Order {
        not_before: Some(Timestamp(0).plus_seconds(7_499)),
        expires_at: Timestamp(0).plus_seconds(7_500),
        ..order(1, "111111")
    };
    scene.post(&patient).await.unwrap();
    scene.at(3_600).await;
    scene.at(3_900).await;
    assert_eq!((scene.postman.codes().len(), scene.rows().await), (0, 0));
}

#[tokio::test]
async fn of_two_processes_one_delivers() {
    let scene = Scene::new().await;
    let (other, others) = scene.other();
    for number in 0..20 {
        scene.post(&order(number, "111111")).await.unwrap();
    }
    while scene.rows().await > 0 {
        tokio::join!(deliver(&scene.outbox), deliver(&other));
    }
    assert_eq!(scene.postman.codes().len() + others.codes().len(), 20);
}

#[tokio::test]
async fn what_a_process_leaves_behind_that_died_is_delivered_by_another() {
    let scene = Scene::new().await;
    scene.post(&order(1, "111111")).await.unwrap();
    let due = scene.state.due(scene.clock.now(), 10).await.unwrap();
    let until = Timestamp(0).plus_seconds(15);
    assert!(scene.state.claim(&due[0], until, scene.clock.now()).await.unwrap());
    assert!(
        !scene.state.claim(&due[0], until, scene.clock.now()).await.unwrap(),
        "claimed already"
    );
    let (other, others) = scene.other();
    deliver(&other).await;
    assert_eq!(others.codes().len(), 0, "its time is not over");
    scene.clock.set(until);
    deliver(&other).await;
    assert_eq!((others.codes().len(), scene.rows().await), (1, 0));
}

#[tokio::test]
async fn where_there_is_no_way_nothing_is_kept() {
    let scene = Scene::new().await;
    let to = Contact::email("alice@example.org").unwrap();
    assert!(!scene.outbox.reaches(&to) && scene.outbox.reaches(&Contact::phone(PHONE).unwrap()));
    let mut unreachable = order(1, "111111");
    unreachable.message.to = to;
    scene.post(&unreachable).await.unwrap();
    scene.at(0).await;
    assert_eq!(scene.rows().await, 0);
}

#[tokio::test]
async fn no_file_holds_a_contact_or_a_code_and_a_row_opens_as_itself_only() {
    let scene = Scene::new().await;
    scene.post(&order(1, "918273")).await.unwrap();
    scene.post(&order(2, "192837")).await.unwrap();
    for file in std::fs::read_dir(scene.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in [PHONE, "918273", "192837"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
        }
    }
    let mut moved = scene.state.due(scene.clock.now(), 10).await.unwrap();
    let (to, from) = (moved.remove(0), moved.remove(0));
    sqlx::query("update outbox set sealed = $1 where id = $2")
        .bind(from.sealed)
        .bind(to.id.to_string())
        .execute(&scene.state.db.pool)
        .await
        .unwrap();
    scene.at(0).await;
    assert_eq!(scene.postman.codes().len(), 1);
    assert_eq!(scene.rows().await, 0);
}

#[tokio::test]
async fn what_is_posted_is_delivered_at_once_and_the_worker_stops_when_told() {
    let scene = Scene::on(Clock::system()).await;
    let stop = CancellationToken::new();
    let worker = tokio::spawn(scene.outbox.clone().run(stop.clone()));
    let soon = Order {
        expires_at: scene.clock.now().plus_seconds(300),
        ..order(1, "111111")
    };
    scene.post(&soon).await.unwrap();
    scene.postman.woken.notified().await;
    stop.cancel();
    worker.await.unwrap().unwrap();
    assert_eq!((scene.postman.codes().len(), scene.rows().await), (1, 0));
}
