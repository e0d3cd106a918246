//! What a collector is told: one message is one trace, from the request to the push; metrics and logs come too.

use heliograph_tests::collector::{Collector, Heard, attribute, hex};
use heliograph_tests::deadline::eventually;
use heliograph_tests::world::direct;
use heliograph_tests::{Backend, World};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::json;

/// The trace of the caller, and the caller's span in it.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// A server that tells a collector, soon and only what is asked for by `traceparent`.
async fn told_to(backend: Backend, url: &str, ratio: &str) -> World {
    let environment = [
        ("HELIOGRAPH_TELEMETRY__OTLP", url),
        ("HELIOGRAPH_TELEMETRY__RATIO", ratio),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "100"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "200"),
        ("OTEL_SERVICE_NAME", "heliograph-under-test"),
    ];
    World::on(backend, &environment).await
}

/// The one span of this name; its parent is that one.
fn child<'a>(heard: &'a Heard, name: &str, parent: &str) -> &'a Span {
    let spans = heard.named(TRACE, name);
    let [span] = spans[..] else {
        panic!("{} spans {name} among {:?}", spans.len(), names(heard))
    };
    assert_eq!(hex(&span.parent_span_id), parent, "the parent of {name}");
    assert!(span.start_time_unix_nano <= span.end_time_unix_nano, "{name}");
    span
}

fn names(heard: &Heard) -> Vec<&str> {
    heard.spans.iter().map(|span| span.name.as_str()).collect()
}

async fn one_message_is_one_trace(backend: Backend) {
    let collector = Collector::start().await;
    let mut world = told_to(backend, &collector.url, "0").await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let path = format!("/v1/chats/{chat}/messages");
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    let sent = alice.phone.client.post(&path, &json!({"text": "Do you see the light?"}));
    sent.header("traceparent", &traceparent).await.accepted();
    bob.hears("Do you see the light?").await;
    eventually("the whole trace arrives", async || {
        let heard = collector.heard();
        (!heard.named(TRACE, "projection.batch").is_empty() && !heard.named(TRACE, "POST /v1/chats/{chat}/messages").is_empty())
            .then_some(())
    })
    .await;
    let heard = collector.heard();
    let id = |span: &Span| hex(&span.span_id);
    let request = child(&heard, "POST /v1/chats/{chat}/messages", CALLER);
    assert_eq!(attribute(&request.attributes, "http.response.status_code").as_deref(), Some("201"));
    let deciding = child(&heard, "executor.execute", &id(request));
    assert_eq!(attribute(&deciding.attributes, "heliograph.stream"), Some(format!("chat.{chat}")));
    let append = child(&heard, "log.append", &id(deciding));
    let batch = child(&heard, "projection.batch", &id(append));
    for part in ["projection.timeline.apply", "projection.updates.apply", "feed.push"] {
        child(&heard, part, &id(batch));
    }
    // Nobody asked for the others, and the ratio is 0.
    assert!(heard.spans.iter().all(|span| hex(&span.trace_id) == TRACE), "{:?}", names(&heard));
    let told = format!("{heard:?}");
    assert!(!told.contains("Do you see the light?"), "what people write is not told");
    assert_eq!(heard.nonsense, [] as [&str; 0]);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_message_is_one_trace_embedded() {
    one_message_is_one_trace(Backend::Embedded).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_message_is_one_trace_clustered() {
    one_message_is_one_trace(Backend::clustered().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_reactor_does_is_of_the_trace_that_it_follows() {
    let collector = Collector::start().await;
    let mut world = told_to(Backend::Embedded, &collector.url, "0").await;
    let alice = world.person("Alice").await;
    let wanted = alice
        .phone
        .client
        .put("/v1/me/username", &json!({"username": "alice_of_the_light"}));
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    wanted.header("traceparent", &traceparent).await.accepted();
    eventually("the name's stream is of the trace", async || {
        let heard = collector.heard();
        let appends = heard.named(TRACE, "log.append");
        let streams: Vec<_> = appends
            .iter()
            .filter_map(|span| attribute(&span.attributes, "heliograph.stream"))
            .collect();
        let is_claimed = streams.iter().any(|stream| stream.starts_with("name."));
        (is_claimed && !heard.named(TRACE, "reactor.react").is_empty()).then_some(())
    })
    .await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_that_share_a_commit_are_linked() {
    let collector = Collector::start().await;
    let mut world = told_to(Backend::Embedded, &collector.url, "1").await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    let path = format!("/v1/chats/{chat}/messages");
    // Sooner or later some of them wait while another is written.
    eventually("commands share a commit", async || {
        let body = json!({"text": "and again"});
        let sends = (0..32).map(|_| alice.phone.client.post(&path, &body));
        for answer in futures::future::join_all(sends.map(IntoFuture::into_future)).await {
            answer.accepted();
        }
        let heard = collector.heard();
        let shared = heard
            .spans
            .iter()
            .find(|span| span.name == "log.append" && !span.links.is_empty())?;
        let own = hex(&shared.trace_id);
        assert!(
            shared.links.iter().all(|link| hex(&link.trace_id) != own),
            "each request has a trace of its own"
        );
        Some(())
    })
    .await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_and_logs_arrive_and_the_end_flushes() {
    let collector = Collector::start().await;
    let mut world = told_to(Backend::Embedded, &collector.url, "1").await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.say_text(&chat, "hello").await;
    bob.hears("hello").await;
    eventually("metrics arrive", async || {
        let heard = collector.heard();
        let appends = heard.metrics.get("heliograph_append_seconds")?;
        assert_eq!((appends.unit.as_str(), appends.description.is_empty()), ("s", false));
        let Some(Data::Histogram(histogram)) = &appends.data else {
            panic!("{appends:?}")
        };
        let point = &histogram.data_points[0];
        assert_eq!(point.bucket_counts.iter().sum::<u64>(), point.count);
        let commands = heard.metrics.get("heliograph_commands_total")?;
        matches!(&commands.data, Some(Data::Sum(sum)) if sum.is_monotonic).then_some(())
    })
    .await;
    world.restart().await;
    let heard = collector.heard();
    assert!(heard.lines.iter().any(|line| line == "stopping"), "{:?}", heard.lines);
    assert!(
        heard.services.iter().all(|service| service == "heliograph-under-test"),
        "{:?}",
        heard.services
    );
    assert!(heard.spans.iter().any(|span| span.name == "ws chat.send"), "{:?}", names(&heard));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_not_there_harms_nothing() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", nobody.local_addr().expect("it is bound"));
    drop(nobody);
    let mut world = told_to(Backend::Embedded, &url, "1").await;
    let (alice, bob) = (world.person("Alice").await, world.person("Bob").await);
    let chat = direct(&alice.phone, &bob).await;
    alice.phone.say_text(&chat, "hello").await;
    bob.hears("hello").await;
    assert!(world.server.stop().await.success());
    let words = world.server.last_words();
    assert_eq!(words.matches("the collector does not listen").count(), 1, "said once: {words}");
    world.server.go_on().await;
    world.finish().await;
}
