//! What takes several commands: once begun it is gone through with, though nobody waits for the answer any more.

use infra::trace;

use crate::Gateway;
use crate::error::Error;

impl Gateway {
    /// Goes through with these steps: who asked for them may break off meanwhile, and half of them is nothing that anybody asked for.
    pub(crate) async fn go_through<T: Send + 'static>(
        &self,
        steps: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let done = self.steps.spawn(trace::carried(steps)).await;
        done.unwrap_or_else(|broken| {
            Err(Error::Internal(format!(
                "the steps of a command could not be gone through: {broken}"
            )))
        })
    }
}
