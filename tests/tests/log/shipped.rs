//! The configurations of nats-server that come with Heliograph: they are valid, and a log can be on them.

use heliograph_tests::nats::Nats;
use infra::log::EventLog;
use infra::log::jetstream::JetStreamLog;

use crate::place::patient;
use crate::words::{account, insist};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_can_be_on_the_single_node_that_is_shipped() {
    let mut nats = Nats::as_shipped("single.conf").await;
    let log = JetStreamLog::connect(&nats.url(), patient()).await.unwrap();
    insist(&log, &account(1), "before").await;
    nats.kill9();
    nats.restart().await;
    insist(&log, &account(1), "after").await;
    assert_eq!(log.read(&account(1), None).await.unwrap().len(), 2);
}

#[test]
fn the_cluster_that_is_shipped_is_valid_with_the_variables_that_it_names() {
    let variables = [
        ("NATS_NAME", "heliograph-1"),
        ("NATS_PASSWORD", "one"),
        ("NATS_ROUTES", "two"),
        ("NATS_ROUTE_1", "\"nats-route://route:two@node-1:6222\""),
        ("NATS_ROUTE_2", "\"nats-route://route:two@node-2:6222\""),
        ("NATS_ROUTE_3", "\"nats-route://route:two@node-3:6222\""),
    ];
    assert_eq!(Nats::examine("cluster.conf", &variables), Ok(()));
    assert_eq!(Nats::examine("single.conf", &variables[1..2]), Ok(()));
}
