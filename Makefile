# What people do with this repository. Every target may be run again at any time.

.PHONY: help setup setup-run build install demo screenshots test fmt lint bench bench-check deny

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Fetch ONNX Runtime, front-end packages, and what the tests need
	@scripts/setup.sh tests

setup-run: ## Fetch only what building and running need
	@scripts/setup.sh run

build: setup-run ## Build the program: target/release/querist
	cargo build --release --locked

PREFIX ?= /usr/local

# Builds nothing: under sudo there is mostly no cargo, and what it made would be root's.
install: ## Put what `make build` made into PREFIX/bin and PREFIX/lib/querist (PREFIX=/usr/local)
	@test -x "$${CARGO_TARGET_DIR:-target}/release/querist" || { echo "install: run \`make build\` first, without sudo" >&2; exit 1; }
	install -d "$(DESTDIR)$(PREFIX)/bin" "$(DESTDIR)$(PREFIX)/lib/querist"
	install -m 755 "$${CARGO_TARGET_DIR:-target}/release/querist" "$(DESTDIR)$(PREFIX)/bin/querist"
	cp -R .setup/onnxruntime/. "$(DESTDIR)$(PREFIX)/lib/querist/"

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

deny: ## Check licences, advisories and duplicates (needs cargo-deny)
	cargo deny check
