//! Bodies that nobody read: the connection goes on behind a small one, and is said to end before a large one.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CONNECTION, EXPECT};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt as _;
use hyper::body::{Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Bytes of a body that are passed over.
const PASSED_OVER_MAX: usize = 1024 * 1024;
/// How long they may take to come.
const PASSED_OVER_WITHIN: Duration = Duration::from_secs(2);

/// Answers a request whose body may be left unread. A client that is still writing when the connection ends would not read the answer.
pub(super) async fn pass_over(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let expects = request.headers().contains_key(EXPECT);
    let (give_back, mut unread) = oneshot::channel();
    let request = request.map(|body| Body::new(Lent::new(body, give_back)));
    let mut response = next.run(request).await;
    // Who waits to be asked for the body, and was not, need not be asked now.
    if let Ok(Unread { body, was_asked_for }) = unread.try_recv()
        && ((expects && !was_asked_for) || !is_passed_over(body).await)
    {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Reads what is left, unless that is too much or takes too long.
async fn is_passed_over(mut body: Body) -> bool {
    if body.size_hint().lower() > PASSED_OVER_MAX as u64 {
        return false;
    }
    let end = async {
        let mut bytes = 0;
        while let Some(frame) = body.frame().await {
            bytes += frame.as_ref().ok().and_then(Frame::data_ref).map_or(0, Bytes::len);
            if frame.is_err() || bytes > PASSED_OVER_MAX {
                return false;
            }
        }
        true
    };
    timeout(PASSED_OVER_WITHIN, end).await.unwrap_or(false)
}

/// A body that was not read to its end.
struct Unread {
    body: Body,
    was_asked_for: bool,
}

/// A body that is given back where it was not read to its end.
struct Lent {
    /// `None` once it has ended.
    body: Option<Body>,
    was_asked_for: bool,
    give_back: Option<oneshot::Sender<Unread>>,
}

impl Lent {
    fn new(body: Body, give_back: oneshot::Sender<Unread>) -> Self {
        Self {
            body: Some(body),
            was_asked_for: false,
            give_back: Some(give_back),
        }
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.was_asked_for = true;
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let body = self.body.take().filter(|body| !body.is_end_stream());
        if let (Some(body), Some(give_back)) = (body, self.give_back.take()) {
            // Nobody may be waiting for it any more: then it ends here.
            let _ = give_back.send(Unread {
                body,
                was_asked_for: self.was_asked_for,
            });
        }
    }
}
