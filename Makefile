# What people do with this repository. Every target may be run again at any time.

.PHONY: help setup setup-run build install tar wheel client demo screenshots test fmt lint bench bench-check chaos load deny

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Fetch ONNX Runtime, front-end packages, and what the tests need
	@scripts/setup.sh tests

setup-run: ## Fetch only what building and running need
	@scripts/setup.sh run

build: setup-run ## Build the program: target/release/querist
	cargo build --release --locked

PREFIX ?= /usr/local
PROGRAM ?= $${CARGO_TARGET_DIR:-target}/release/querist

# Builds nothing: under sudo there is mostly no cargo, and what it made would be root's.
install: ## Put what `make build` made into PREFIX, with ONNX Runtime, manual pages and completions (PREFIX=/usr/local)
	@test -x "$(PROGRAM)" || { echo "install: run \`make build\` first, without sudo" >&2; exit 1; }
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/lib/querist" "$(DESTDIR)$(PREFIX)/share/bash-completion/completions" \
	  "$(DESTDIR)$(PREFIX)/share/zsh/site-functions" "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d"
	install -m 755 "$(PROGRAM)" "$(DESTDIR)$(PREFIX)/bin/querist"
	cp -R .setup/onnxruntime/. "$(DESTDIR)$(PREFIX)/lib/querist/"
	"$(PROGRAM)" man "$(DESTDIR)$(PREFIX)/share/man/man1"
	"$(PROGRAM)" completions bash > "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/querist"
	"$(PROGRAM)" completions zsh > "$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_querist"
	"$(PROGRAM)" completions fish > "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/querist.fish"

tar: build ## Pack the program with ONNX Runtime beside it: dist/querist-VERSION-SYSTEM.tar.gz
	@scripts/tar.sh "$(PROGRAM)"

wheel: setup-run ## Build the program as a wheel for pip, and try it in a clean environment: dist/querist-*.whl
	@scripts/wheel.sh

QUERIST ?= $(PROGRAM)

client: setup ## Write the types of the Python client and build its wheel: clients/python/dist (QUERIST=program)
	@test -x "$(QUERIST)" || { echo "client: run \`make build\` first, or name a program: QUERIST=querist" >&2; exit 1; }
	"$(QUERIST)" openapi > .setup/openapi.json
	clients/python/generate.sh .setup/openapi.json
	cd clients/python && PYTHONPATH=../../.setup/client python3 -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	@ls clients/python/dist/*.whl

demo: build ## Start an example project and print how to get in
	$${CARGO_TARGET_DIR:-target}/release/querist demo $(ARGS)

screenshots: build setup ## Take the pictures of the documentation again
	scripts/screenshots.sh

test: setup ## Run every test, on SQLite and PostgreSQL, with the browser
	@scripts/test.sh --locked

fmt: setup ## Format code, templates, styles and scripts
	cargo fmt
	@scripts/lint.sh --write

lint: setup ## Check format, lints and types as CI does
	cargo fmt --check
	@scripts/lint.sh
	cargo clippy --all-targets -- -D warnings

bench: ## Run the benchmarks
	cargo bench --locked

bench-check: ## Compile the benchmarks in the profile the tests use
	cargo bench --no-run --profile dev --locked

ROUNDS ?= 40
FAULT ?=
SEED ?= 1

chaos: setup ## Inflict every fault on servers under work, then random ones up to ROUNDS, on SQLite and PostgreSQL (ROUNDS=200, FAULT=kill, SEED=1)
	QUERIST_CHAOS_ROUNDS=$(ROUNDS) QUERIST_CHAOS_FAULT="$(FAULT)" QUERIST_CHAOS_SEED=$(SEED) \
	  scripts/postgres.sh cargo test --locked --test chaos campaign -- --ignored --nocapture

load: setup ## Measure answers under load, and the same as fast as receipts come (ARGS="--annotators 50 --samples 100000")
	ulimit -n 8192; cargo bench --locked --bench load -- $(ARGS)
	ulimit -n 8192; cargo bench --locked --bench load -- --closed --annotators 8,50 $(ARGS)

deny: ## Check licences, advisories and duplicates (needs cargo-deny)
	cargo deny check
