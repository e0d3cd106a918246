#!/usr/bin/env bash
# No line of the ledger of golden events was ever taken away or changed: not in the history that is at hand, not since.
# The tests check that each line's example is there and is read; this, that the ledger itself was left alone.
set -euo pipefail
cd "$(dirname "$0")/../.."
ledger=domain/tests/golden/ledger.txt

if ! git rev-parse --verify --quiet HEAD >/dev/null 2>&1; then
    echo "goldens: no history here; the ledger is taken as it is" >&2
    exit 0
fi
removed=$({ git log --format= --patch -- "$ledger"; git diff HEAD -- "$ledger"; } | grep -E '^-[0-9a-f]' || true)
if [ -n "$removed" ]; then
    echo "goldens: $ledger lost lines; events that were once stored must stay readable. Put them back:" >&2
    echo "$removed" >&2
    exit 1
fi
