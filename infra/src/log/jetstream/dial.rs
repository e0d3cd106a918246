//! Calling a NATS server by its address, which may say who calls.

use async_nats::{Client, ConnectError, ConnectErrorKind, ConnectOptions, ServerAddr};
use percent_encoding::percent_decode_str;

use super::super::Error;

/// Connects to `nats://[user:password@|token@]host:port`, several with commas between. Who calls is taken from the first
/// that says so, percent-decoded; the servers of a cluster know the same users.
pub async fn dial(url: &str, options: ConnectOptions) -> Result<Client, Error> {
    let addresses: Result<Vec<ServerAddr>, _> = url.split(',').map(|one| one.trim().parse()).collect();
    let addresses = addresses.map_err(|error| Error::Unfit(format!("its address is not one of NATS: {error}; correct log.nats")))?;
    let caller = addresses.iter().find_map(|address| Some((address.username()?, address.password())));
    let options = match caller {
        Some((user, Some(password))) => options.user_and_password(decoded(user), decoded(password)),
        Some((token, None)) => options.token(decoded(token)),
        None => options,
    };
    options.connect(addresses).await.map_err(|error| refusal(&error))
}

fn refusal(error: &ConnectError) -> Error {
    match error.kind() {
        ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => Error::Unfit(format!(
            "NATS does not let us in: {error}; give log.nats the user and password that the server's configuration names"
        )),
        _ => Error::Unavailable(format!("no connection to NATS: {error}")),
    }
}

fn decoded(part: &str) -> String {
    percent_decode_str(part).decode_utf8_lossy().into_owned()
}
