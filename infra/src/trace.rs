//! Spans of a command's way, from the request to the devices: nothing unless a collector is named, little for what is not sampled.
//!
//! A span's W3C trace context travels with the command into its commit, and with the commit to whoever applies it, in whatever
//! process. Only what is sampled travels.

use std::borrow::Cow;
use std::sync::OnceLock;

use futures::future::Either;
use opentelemetry::context::FutureExt;
use opentelemetry::trace::{Link, SpanContext, SpanId, SpanKind, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer};
use opentelemetry::{Context, Key, KeyValue, Value};
use opentelemetry_sdk::trace::SdkTracer;

/// The most contexts that one span links to.
const LINKS_MAX: usize = 128;

static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// From now on spans are told. Works once per process.
pub(crate) fn install(tracer: SdkTracer) {
    // A second one would tell the same to somebody else.
    let _ = TRACER.set(tracer);
}

/// Whether spans are told at all.
pub fn is_on() -> bool {
    TRACER.get().is_some()
}

/// A span under way; nothing where nothing is told or it is not sampled. Ends when it is dropped.
#[derive(Debug, Default)]
#[must_use = "a span ends when it is dropped"]
pub struct Span(Option<Context>);

/// A request from outside, or a command of a session: goes on with the caller's trace where `traceparent` names one, else begins one.
pub fn enter(name: impl FnOnce() -> Cow<'static, str>, traceparent: Option<&str>) -> Span {
    let Some(tracer) = TRACER.get() else { return Span(None) };
    let outside = Context::new();
    let parent = traceparent.and_then(read).map(|caller| outside.with_remote_span_context(caller));
    let builder = tracer.span_builder(name()).with_kind(SpanKind::Server);
    begin(tracer, builder, &parent.unwrap_or(outside))
}

/// What goes on because of what these contexts say: in the trace of the first, linked to the others. Nothing without any.
pub fn follow<'a>(name: &'static str, causes: impl IntoIterator<Item = &'a str>) -> Span {
    let Some(tracer) = TRACER.get() else { return Span(None) };
    let mut causes = causes.into_iter().filter_map(read);
    let Some(first) = causes.next() else { return Span(None) };
    let links = causes.take(LINKS_MAX).map(|cause| Link::new(cause, Vec::new(), 0)).collect();
    let builder = tracer.span_builder(name).with_kind(SpanKind::Internal).with_links(links);
    begin(tracer, builder, &Context::new().with_remote_span_context(first))
}

/// A part of the span that is under way here; nothing where none is.
pub fn part(name: impl FnOnce() -> Cow<'static, str>) -> Span {
    let Some(tracer) = TRACER.get() else { return Span(None) };
    let here = Context::current();
    if here.span().span_context().is_sampled() {
        begin(tracer, tracer.span_builder(name()), &here)
    } else {
        Span(None)
    }
}

/// The context of the span that is under way here.
pub fn here() -> Option<String> {
    TRACER.get()?;
    written(Context::current().span().span_context())
}

fn begin(tracer: &SdkTracer, builder: opentelemetry::trace::SpanBuilder, parent: &Context) -> Span {
    let context = parent.with_span(tracer.build_with_context(builder, parent));
    let is_sampled = context.span().span_context().is_sampled();
    Span(is_sampled.then_some(context))
}

/// Runs a future within the span that is under way here, wherever it is run.
pub fn carried<F: Future>(inner: F) -> impl Future<Output = F::Output> {
    inner.with_context(Context::current())
}

impl Span {
    /// Its context, as it travels.
    pub fn traceparent(&self) -> Option<String> {
        written(self.0.as_ref()?.span().span_context())
    }

    /// Says something of it; asked for only if it is told. Never what a human wrote.
    pub fn tell<V: Into<Value>>(&self, key: impl Into<Key>, value: impl FnOnce() -> V) {
        if let Some(context) = &self.0 {
            context.span().set_attribute(KeyValue::new(key, value()));
        }
    }

    /// It went wrong.
    pub fn failed(&self, why: impl FnOnce() -> Cow<'static, str>) {
        if let Some(context) = &self.0 {
            context.span().set_status(opentelemetry::trace::Status::error(why()));
        }
    }

    /// Runs a future within it.
    pub async fn within<F: Future>(&self, inner: F) -> F::Output {
        match &self.0 {
            Some(context) => Either::Left(inner.with_context(context.clone())),
            None => Either::Right(inner),
        }
        .await
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(context) = &self.0 {
            context.span().end();
        }
    }
}

/// `00-<trace>-<span>-01`, if it is sampled.
fn written(context: &SpanContext) -> Option<String> {
    let (trace, span) = (context.trace_id(), context.span_id());
    context.is_sampled().then(|| format!("00-{trace}-{span}-01"))
}

/// Reads a context; of a version that is not known what every version begins with.
fn read(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.trim().split('-');
    let mut hexadecimal = |digits: usize| parts.next().filter(|part| part.len() == digits && part.bytes().all(is_digit));
    let (version, trace, span, flags) = (hexadecimal(2)?, hexadecimal(32)?, hexadecimal(16)?, hexadecimal(2)?);
    if version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    );
    context.is_valid().then_some(context)
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn what_is_sampled_is_written_as_it_was_read() {
        assert_eq!(written(&read(CALLER).unwrap()).as_deref(), Some(CALLER));
        let later = CALLER.replacen("00", "cc", 1) + "-what-comes-later";
        assert_eq!(written(&read(&later).unwrap()).as_deref(), Some(CALLER));
        let unsampled = CALLER.replace("-01", "-00");
        assert_eq!(written(&read(&unsampled).unwrap()), None);
    }

    #[test]
    fn what_is_no_context_is_none() {
        for not in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(read(not), None, "{not}");
        }
    }

    #[test]
    fn without_a_collector_there_are_no_spans() {
        assert!(!is_on());
        let span = enter(|| panic!("nobody asks for its name"), Some(CALLER));
        assert_eq!(
            (span.traceparent(), follow("x", [CALLER]).traceparent(), here()),
            (None, None, None)
        );
    }
}
