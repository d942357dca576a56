# `make run` shows the joined stack, `make test` proves everything. Each installs or names what it misses.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GATEWAY := tests/stack/gateway/Cargo.toml
STACK := target/debug/loyalty-stack
BENCH := target/debug/loyalty-bench
# nextest where it is there, and cargo's own runner where it is not: the tests are the same.
NEXTEST := $(shell cargo nextest --version >/dev/null 2>&1 && echo yes)
ifeq ($(NEXTEST),yes)
RUN_TESTS = cargo nextest run
else
RUN_TESTS = cargo test
endif

.PHONY: help run test release profile bench format lint build gateway unit it schema deny clean

help: ## Say what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: ## Start the joined stack on embedded defaults; Ctrl-C stops it
	@tests/setup.sh run
	@echo '== build (the first time takes some minutes)'
	cargo build --workspace
	cargo build --manifest-path $(GATEWAY)
	@exec $(STACK) up

test: ## Everything: format, lints, unit, property, integration, composition, joined
	@tests/setup.sh test
	@$(MAKE) --no-print-directory format lint build
	@$(MAKE) --no-print-directory it

release: ## target/release/loyalty as it is shipped and measured: optimised by a profile of what it does most
	@tests/bench/build.sh

profile: ## That profile anew, from a short run of the benchmarks
	@tests/setup.sh bench
	@tests/bench/build.sh renew

bench: ## What it does in a second, beside its limits and its peers (BENCH_ONLY=w1,r1 measures a part)
	@tests/setup.sh bench
	@echo '== build (optimised; the first time takes some minutes)'
	@tests/bench/build.sh
	cargo build --package loyalty-bench
	@exec $(BENCH)

format: ## Formatting is rustfmt's
	@echo '== format'
	cargo fmt --all --check
	cargo fmt --manifest-path $(GATEWAY) --check

lint: ## Clippy, warnings denied
	@echo '== lint'
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	cargo clippy --manifest-path $(GATEWAY) --quiet -- -D warnings

build: gateway ## Everything that the tests start
	@echo '== build'
	cargo build --workspace --all-targets

gateway: ## The gateway, in a workspace of its own
	@echo '== build the gateway'
	cargo build --manifest-path $(GATEWAY)

it: ## All tests, with a PostgreSQL and a Redis of their own (ARGS are handed to the runner)
	@echo '== test'
	cargo build --quiet --workspace
	$(RUN_TESTS) --manifest-path $(GATEWAY)
	$(STACK) with-servers -- $(RUN_TESTS) --workspace $(ARGS)

schema: ## Write schema/ again from the code
	cargo build --quiet
	target/debug/loyalty schema graphql > schema/loyalty.graphql
	target/debug/loyalty schema program > schema/program.schema.json

deny: ## Licences and sources of dependencies (needs cargo-deny)
	cargo deny --all-features check bans licenses sources

clean: ## Remove what was built and what `make run` keeps
	rm -rf target tests/stack/gateway/target data
