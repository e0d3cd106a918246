#!/bin/sh
# What may be built into the program, by deny.toml: bans, licences and sources always; known vulnerabilities where
# RustSec's database can be fetched, which is told where it can't.
set -eu
cd "$(dirname "$0")/../.."

deny="${CARGO_DENY:-.tools/cargo-deny}"
"$deny" check bans licenses sources
if "$deny" fetch db >/dev/null 2>&1; then
    "$deny" check advisories
else
    echo "deny: RustSec's database can't be fetched (github.com), so known vulnerabilities were NOT looked for" >&2
fi
