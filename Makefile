# `make run`, `make test`, `make lint`: see CONTRIBUTING.md.

CARGO ?= cargo
DATA ?= data
# How long `make soak` breaks things at random, in seconds.
SECONDS_OF_SOAK ?= 3600

.PHONY: run test lint tools bench soak bless

run: ## a server on 127.0.0.1:8080 with its data in $(DATA)
	$(CARGO) run --release --bin heliograph -- serve --data $(DATA)

test: tools ## every test, on both logs and both databases
	@if $(CARGO) nextest --version >/dev/null 2>&1; \
	then $(CARGO) nextest run --workspace --no-fail-fast; \
	else $(CARGO) test --workspace --no-fail-fast; fi

lint: ## formatting, clippy, and what may be built in (licences, sources, known vulnerabilities)
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- --deny warnings
	infra/dev/goldens.sh
	infra/dev/fetch.sh cargo-deny
	infra/dev/deny.sh

tools: ## what the tests need beside Rust: a NATS server, DuckDB, PostgreSQL's programs, curl and jq; a browser and promtool where they can be had
	infra/dev/fetch.sh nats-server
	infra/dev/fetch.sh duckdb
	infra/dev/postgres.sh install
	infra/dev/newcomer.sh install
	infra/dev/promtool.sh

bench: ## the figures of the README
	$(CARGO) build --release --bin heliograph
	infra/dev/bench.sh

soak: tools ## the randomised fault test, for hours
	$(CARGO) build --release --bin heliograph
	CHAOS_SECONDS=$(SECONDS_OF_SOAK) $(CARGO) test --release --package heliograph-tests --test faults -- chaos --nocapture

bless: ## what is made from the code: docs/EVENTS.md, and the ledger of golden events, which only grows
	HELIOGRAPH_BLESS=1 $(CARGO) test --package heliograph-domain --test golden ledger
	HELIOGRAPH_BLESS=1 $(CARGO) test --package heliograph-projections manual
