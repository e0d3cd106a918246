#!/bin/sh
# Builds the program that the stories drive and tells them where it is: `cargo nextest` runs this once.
# HELIOGRAPH_BIN names another, then nothing is built.
set -eu
if [ -n "${HELIOGRAPH_BIN:-}" ]; then
    exit
fi
built=$("${CARGO:-cargo}" build --quiet --package heliograph --bin heliograph --message-format json |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -n 1)
echo "HELIOGRAPH_BIN=$built" >> "$NEXTEST_ENV"
