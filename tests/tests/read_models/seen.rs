//! When devices were seen, and since when anybody looked.

use std::collections::HashMap;

use domain::id::{AccountId, DeviceId};
use domain::time::Timestamp;
use heliograph_tests::postgres::Postgres;
use infra::db::{Db, Engine};
use projections::state::State;
use tempfile::TempDir;

use crate::deeds::{alice, bob};

const PHONE: DeviceId = DeviceId::MIN;
const DAY: i64 = 24 * 3600 * 1_000_000;

/// Operational state on either engine.
struct Kept {
    state: State,
    _postgres: Option<Postgres>,
    _folder: TempDir,
}

impl Kept {
    async fn on(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let postgres = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Postgres::start().await),
        };
        let url = match &postgres {
            Some(postgres) => postgres.database().await,
            None => format!("sqlite:{}", folder.path().join("state.db").display()),
        };
        Self {
            state: State::open(Db::open(&url, 2, "off").await.unwrap()).await.unwrap(),
            _postgres: postgres,
            _folder: folder,
        }
    }
}

pub(crate) async fn devices_are_seen_and_the_latest_counts(engine: Engine) {
    let kept = Kept::on(engine).await;
    let laptop = PHONE.next().unwrap();
    let see = async |account: AccountId, device, at| kept.state.see(&[((account, device), Timestamp(at))]).await.unwrap();
    assert_eq!(kept.state.seen(alice()).await.unwrap(), HashMap::new());
    for at in [5, 3, 9, 7] {
        see(alice(), PHONE, at).await;
    }
    let both = [((alice(), laptop), Timestamp(8)), ((bob(), PHONE), Timestamp(20))];
    kept.state.see(&both).await.unwrap();
    kept.state.see(&[]).await.unwrap();
    let seen = HashMap::from([(PHONE, Timestamp(9)), (laptop, Timestamp(8))]);
    assert_eq!(kept.state.seen(alice()).await.unwrap(), seen);
    let stranger = AccountId::MAX;
    let last = HashMap::from([(alice(), Timestamp(9)), (bob(), Timestamp(20))]);
    assert_eq!(kept.state.last_seen_of(&[alice(), bob(), stranger]).await.unwrap(), last);
    kept.state.forget(&[alice()]).await.unwrap();
    assert_eq!(
        kept.state.last_seen_of(&[alice(), bob()]).await.unwrap(),
        HashMap::from([(bob(), Timestamp(20))])
    );
}

pub(crate) async fn who_looks_every_day_has_looked_since_the_first(engine: Engine) {
    let kept = Kept::on(engine).await;
    let days = async |day: i64| kept.state.watch(Timestamp(day * DAY)).await.unwrap().0 / DAY;
    for day in [100, 101, 102, 102] {
        assert_eq!(days(day).await, 100);
    }
    assert_eq!(days(104).await, 104, "nobody looked for two days");
    assert_eq!(days(105).await, 104);
    assert_eq!(days(300).await, 300, "the clock jumps ahead");
    assert_eq!(days(106).await, 106, "and back");
    assert_eq!(days(107).await, 106);
}
